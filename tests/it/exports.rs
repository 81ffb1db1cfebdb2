//! Reports in every format: judged by other people's validators, the same twice, and a page of a hundred thousand
//! findings in two megabytes.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use bartizan::audit::{Audit, Evidence, Finding, Fingerprint, Pack, RuleMeta, Severity, Status, Subject};
use bartizan::model::{Estate, Gap, GapReason, ResourceKey};
use bartizan::report::{Format, Report};
use bartizan::source::demo;
use jiff::Timestamp;
use serde_json::json;

use crate::python::python;

/// Every format but the one for terminals, with a file name that no two share.
const FILES: &[(Format, &str)] = &[
    (Format::Html, "report.html"),
    (Format::Json, "report.json"),
    (Format::Sarif, "report.sarif"),
    (Format::Junit, "report.xml"),
    (Format::Csv, "report.csv"),
    (Format::Markdown, "report.md"),
    (Format::Github, "report.github"),
    (Format::Ocsf, "report.ocsf.json"),
    (Format::Asff, "report.asff.json"),
    #[cfg(feature = "parquet")]
    (Format::Parquet, "report.parquet"),
];

/// Has the program write a report in every format into a directory of its own.
fn export(directory: &Path, source: &[&str]) {
    fs::create_dir_all(directory).unwrap();
    let formats = FILES.iter().map(|(format, file)| format!("--format={}={file}", format.word()));
    let output = Command::new(env!("CARGO_BIN_EXE_bartizan"))
        .arg("audit")
        .args(source)
        .args(formats)
        .current_dir(directory)
        .env("SOURCE_DATE_EPOCH", "1700000000")
        .env("XDG_CONFIG_HOME", directory)
        .output()
        .unwrap();
    let code = output.status.code();
    assert!(matches!(code, Some(0 | 1 | 3)), "{code:?}: {}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.stdout, b"", "everything went to files");
}

/// Has the validators judge the reports in these directories.
fn check(directories: &[&Path]) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/validators/check.py");
    let output = Command::new(python("validators")).arg(script).args(directories).output().unwrap();
    let told = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{told}");
}

/// Names that would break out of any of the formats.
const NAMES: [&str; 12] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    "a|b|c `code` ``two``",
    "=HYPERLINK(\"http://evil.example\")",
    "line\nbreak\r\n::error::fake",
    "\u{1b}[31mred\u{1b}[0m\u{1b}]0;owned\u{7}",
    "user\u{202e}txt.exe\u{200b}\u{feff}",
    "]]></failure><failure>--><!--",
    "[link](http://evil.example) ![i](http://evil.example/i) www.evil.example @everyone #1",
    "\u{0}\u{8}\u{fffe}\u{ffff}\u{2028}",
    "&lt;b&gt; &#60; %0A %25 \\",
];

/// An AWS CLI dump of groups with such names, open to the world, in one Region; of another, little was read.
fn hostile(directory: &Path) {
    let open = json!([{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}],
        "Ipv6Ranges": [], "PrefixListIds": [], "UserIdGroupPairs": []}]);
    let group = |(nth, name): (usize, &&str)| {
        json!({"GroupId": format!("sg-{nth}"), "GroupName": name, "VpcId": "vpc-1", "Description": name,
            "IpPermissions": open, "IpPermissionsEgress": [],
            "Tags": [{"Key": "environment", "Value": "production"}, {"Key": "owner", "Value": name}]})
    };
    let groups: Vec<_> = NAMES.iter().enumerate().map(group).collect();
    let buckets: Vec<_> = NAMES.iter().map(|name| json!({"Name": name})).collect();
    for (path, value) in [
        ("eu-west-1/SecurityGroups.json", json!({"SecurityGroups": groups})),
        ("eu-west-1/NetworkInterfaces.json", json!({"NetworkInterfaces": []})),
        ("eu-west-1/PrefixLists.json", json!({"PrefixLists": []})),
        ("us-east-1/Vpcs.json", json!({"Vpcs": []})),
        ("aws-global/Buckets.json", json!({"Buckets": buckets})),
    ] {
        let path = directory.join("111122223333").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, value.to_string()).unwrap();
    }
}

#[test]
fn other_peoples_validators_accept_every_format() {
    let home = tempfile::tempdir().unwrap();
    hostile(&home.path().join("dump"));
    let estates = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/estates/aws-cli");
    let demos = demo::names().into_iter();
    let mut sources: Vec<_> = demos.map(|name| (name.to_owned(), vec![format!("--demo={name}")])).collect();
    let dump = |path: &Path| vec!["--from".to_owned(), path.display().to_string()];
    sources.push(("hostile".to_owned(), dump(&home.path().join("dump"))));
    for entry in fs::read_dir(estates).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources.push((path.file_name().unwrap().to_string_lossy().into_owned(), dump(&path)));
        }
    }
    assert_eq!(sources.len(), 12, "{sources:?}");
    let directories: Vec<_> = sources.iter().map(|(name, _)| home.path().join(name)).collect();
    for ((_, source), directory) in sources.iter().zip(&directories) {
        let source: Vec<&str> = source.iter().map(String::as_str).collect();
        export(directory, &source);
        let again = directory.join("again");
        export(&again, &source);
        for (_, file) in FILES {
            let [one, two] = [directory, &again].map(|directory| fs::read(directory.join(file)).unwrap());
            assert!(one == two, "{}/{file} is not the same twice", directory.display());
        }
    }
    check(&directories.iter().map(std::path::PathBuf::as_path).collect::<Vec<_>>());
    let report = fs::read_to_string(home.path().join("hostile/report.json")).unwrap();
    assert!(report.contains("\"complete\": false"), "what was not read is told");
}

/// An audit made by hand.
#[derive(Default)]
struct World {
    audit: Audit,
    estate: Estate,
    packs: Vec<Pack>,
}

impl World {
    fn new() -> Self {
        let packs = Pack::embedded().unwrap();
        let mut estate = Estate::default();
        estate.shard_mut(&"111122223333".into(), &"eu-west-1".into()).provenance.caller = Some("arn:caller".into());
        Self { estate, packs, ..Self::default() }
    }

    fn report(&self) -> Report<'_> {
        Report {
            audit: &self.audit,
            estate: &self.estate,
            packs: &self.packs,
            environments: &[],
            only: None,
            comparison: None,
            trend: None,
            fail_on: Severity::High,
            at: Timestamp::from_second(1_700_000_000).unwrap(),
            paint: false,
            again: " --demo",
        }
    }

    fn text(&self, format: Format) -> String {
        String::from_utf8(format.render(&self.report())).unwrap()
    }

    /// Adds a finding of the `rule`th rule.
    fn add(&mut self, rule: usize, status: Status, (account, region, id): (&str, &str, &str)) {
        let rules: Vec<&RuleMeta> = self.packs.iter().flat_map(|pack| &pack.rules).map(|rule| &rule.meta).collect();
        let meta = rules.get(rule % rules.len()).expect("a rule");
        let key =
            ResourceKey { account: account.into(), region: region.into(), kind: meta.resource, id: id.to_owned() };
        let print = Fingerprint::new(&meta.id, &key);
        let evidence = Evidence { resource: None, field: "IpPermissions[0].CidrIp".into(), value: "0.0.0.0/0".into() };
        self.audit.findings.push(Finding {
            id: print.id(),
            rule: meta.id.clone(),
            pack: meta.pack.clone(),
            title: meta.title.clone(),
            severity: meta.severity,
            status,
            subject: Subject { key, name: Some("a name of some length".into()) },
            environment: Some("production".into()),
            owner: None,
            message: "port 22 is open to the whole internet; users of the group: 1, with a public address: 1".into(),
            evidence: vec![evidence],
        });
    }
}

fn unknown(detail: &str) -> Status {
    let gap = Gap::new("ec2:DescribeSecurityGroups", GapReason::AccessDenied, detail);
    Status::Unknown { missing: vec![gap], reason: "not read: ec2:DescribeSecurityGroups (access denied)".into() }
}

/// Ids of seventeen digits that look random and are not.
fn id(seed: u64) -> String {
    let mixed = (seed + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    format!("sg-0{mixed:016x}")
}

/// The ids that a page gives, those whose common beginning was left out put together again.
fn ids(page: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for part in page.split("<div class=\"").skip(1) {
        let Some((class, part)) = part.split_once('"') else { continue };
        let (part, _) = part.split_once("</div>").unwrap_or_default();
        let between = |open: &str, close: &str| part.split_once(open).and_then(|(_, rest)| rest.split_once(close));
        match class {
            "f" => found.extend(between("<code>", "</code>").map(|(id, _)| id.to_owned())),
            "ids" => {
                let beginning = between("each begins with <b>", "</b>").map_or("", |(text, _)| text);
                let lists = part.lines().filter_map(|line| line.strip_prefix("<p><b>")?.split_once("</b> "));
                found.extend(lists.flat_map(|(_, ids)| ids.split(' ').map(|id| format!("{beginning}{id}"))));
            }
            _ => {}
        }
    }
    found
}

#[test]
fn a_hundred_thousand_findings_are_a_page_of_two_megabytes_that_names_each() {
    type Make = fn(&mut World, u64);
    let worlds: [(&str, Make); 4] = [
        ("one rule", |world, n| world.add(3, Status::Fail, ("111122223333", "eu-west-1", &id(n)))),
        ("every rule in sixty places", |world, n| {
            let (account, region) = (format!("1111222233{:02}", n % 20), format!("eu-west-{}", n % 3));
            world.add(usize::try_from(n).unwrap(), Status::Fail, (&account, &region, &id(n)));
        }),
        ("not decided", |world, n| {
            world.add(usize::try_from(n % 7).unwrap(), unknown(&id(n)), ("111122223333", "eu-west-1", &id(n)));
        }),
        ("one in ten", |world, n| {
            let status = if n % 10 == 0 { Status::Fail } else { Status::Pass };
            world.add(usize::try_from(n).unwrap(), status, ("111122223333", "eu-west-1", &id(n)));
        }),
    ];
    for (name, make) in worlds {
        let mut world = World::new();
        (0..100_000_u64).for_each(|n| make(&mut world, n));
        let page = world.text(Format::Html);
        assert!(page.len() <= 2_000_000, "{name}: {} bytes", page.len());
        assert!(page.len() > 1_000_000, "{name}: {} bytes leave room that is not used", page.len());
        let open = world.audit.findings.iter().filter(|f| f.status.is_fail() || f.status.is_unknown());
        let wanted: BTreeSet<String> = open.map(|finding| finding.subject.key.id.clone()).collect();
        let lost = wanted.difference(&ids(&page)).count();
        assert_eq!(lost, 0, "{name}: {lost} of {} findings are not on the page", wanted.len());
    }
}

#[test]
fn what_cannot_be_named_in_two_megabytes_is_counted() {
    let mut world = World::new();
    for n in 0..100_000_u64 {
        let arn = format!("{}/{}", id(n).repeat(2), id(n + 1).repeat(3));
        world.add(usize::try_from(n % 50).unwrap(), Status::Fail, ("111122223333", "eu-west-1", arn.as_str()));
    }
    let page = world.text(Format::Html);
    assert!(page.len() <= 2_000_000, "{} bytes", page.len());
    let told: usize =
        page.split("data-n=\"").skip(1).map(|part| part.split('"').next().unwrap().parse::<usize>().unwrap()).sum();
    assert_eq!(told + page.matches("class=\"f\"").count(), 100_000);
    let step = world.text(Format::Markdown);
    assert!(step.len() <= 1_000_000, "{} bytes", step.len());
    assert!(step.contains("more**: the formats csv, json and html list them"));
}
