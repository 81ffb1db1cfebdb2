//! What holds for every format.

use std::collections::BTreeSet;

use super::*;
use crate::audit::{Comparison, Fixed, Late, Open, Overdue, RunLine, Was};
use crate::model::{AccountId, Gap, GapReason, Kind, Region, ResourceKey, Shard};

/// An audit made by hand.
#[derive(Default)]
struct World {
    audit: Audit,
    estate: Estate,
    packs: Vec<Pack>,
    comparison: Option<Comparison>,
    trend: Option<Trend>,
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
            comparison: self.comparison.as_ref(),
            trend: self.trend.as_ref(),
            fail_on: Severity::High,
            at: Timestamp::from_second(1_700_000_000).unwrap(),
            paint: false,
            again: " --demo",
        }
    }

    /// Adds a finding of the `rule`th rule.
    fn add(&mut self, rule: usize, status: Status, (account, region, id): (&str, &str, &str)) {
        let rules: Vec<&RuleMeta> = self.packs.iter().flat_map(|pack| &pack.rules).map(|rule| &rule.meta).collect();
        let meta = rules[rule % rules.len()];
        let key =
            ResourceKey { account: account.into(), region: region.into(), kind: meta.resource, id: id.to_owned() };
        let print = crate::audit::Fingerprint::new(&meta.id, &key);
        let evidence = Evidence { resource: None, field: "IpPermissions[0].CidrIp".into(), value: "0.0.0.0/0".into() };
        self.audit.findings.push(Finding {
            id: print.id(),
            rule: meta.id.clone(),
            pack: meta.pack.clone(),
            title: meta.title.clone(),
            severity: meta.severity,
            status,
            subject: crate::audit::Subject { key, name: Some("a name of some length".into()) },
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

/// One finding of each status, and what is gone since.
fn varied() -> World {
    let mut world = World::new();
    let waived = Status::Waived {
        reason: "until the move".into(),
        until: "2026-12-31".into(),
        owner: "ann".into(),
        ticket: Some("OPS-1".into()),
    };
    let statuses = [Status::Fail, Status::Fail, unknown("denied"), waived, Status::Pass, Status::NotApplicable];
    for (nth, status) in statuses.into_iter().enumerate() {
        world.add(0, status, ("111122223333", "eu-west-1", &format!("id-{nth}")));
    }
    let findings = &world.audit.findings;
    let was = Was { severity: Severity::Low, message: "milder".into() };
    let gone = Gone {
        id: "0123456789ab".into(),
        rule: findings[0].rule.clone(),
        title: "Mended".into(),
        severity: Severity::High,
        subject: findings[0].subject.clone(),
        environment: None,
        now: crate::audit::Now::Unknown,
        why: "not read".into(),
    };
    world.comparison = Some(Comparison {
        with: "the audit of yesterday".into(),
        new: BTreeSet::from([findings[0].id.clone()]),
        changed: [(findings[1].id.clone(), was)].into(),
        gone: vec![gone],
        ..Comparison::default()
    });
    world
}

fn text(format: Format, report: &Report<'_>) -> String {
    String::from_utf8(format.render(report)).unwrap()
}

#[test]
fn every_format_tells_waivers_and_changes() {
    let world = varied();
    for (format, parts) in [
        (
            Format::Html,
            [
                "<h2 id=\"changes\">Since the audit of yesterday",
                "before: low: milder",
                "waived until 2026-12-31 by ann, OPS-1",
            ],
        ),
        (Format::Markdown, ["## Since the audit of yesterday", "**NEW** ", "waived until 2026-12-31 by ann, OPS-1"]),
        (Format::Json, ["\"with\": \"the audit of yesterday\"", "\"new\": [", "\"ticket\": \"OPS-1\""]),
        (Format::Sarif, ["\"baselineState\": \"updated\"", "\"baselineState\": \"new\"", "\"suppressions\": ["]),
        (Format::Csv, ["\"WAIVED\"", "\"new\"", "waived until 2026-12-31 by ann, OPS-1: until the move"]),
        (Format::Junit, ["<failure ", "<error type=\"UNKNOWN\"", "<skipped message=\"waived until 2026-12-31 by ann"]),
        (Format::Junit, [" message=\"NEW: ", " message=\"CHANGED: ", "name=\"changes\" value=\"new: 1; changed: 1; "]),
        (Format::Ocsf, ["\"change\": \"new\"", "\"status\": \"Suppressed\"", "waived until 2026-12-31 by ann"]),
        (Format::Asff, ["\"Status\": \"SUPPRESSED\"", "waived until 2026-12-31 by ann", "\"WAIVED\""]),
        (
            Format::Asff,
            ["\"bartizan/change\": \"new\"", "\"changed\"", "\"bartizan/since\": \"the audit of yesterday\""],
        ),
    ] {
        let page = text(format, &world.report());
        for part in parts {
            assert!(page.contains(part), "{}: {part}\n{page}", format.word());
        }
    }
}

#[test]
fn an_incomplete_audit_never_says_that_all_is_well() {
    let mut world = World::new();
    world.add(0, Status::Pass, ("111122223333", "eu-west-1", "a"));
    let outcome = |world: &World| Summary::new(&world.report()).outcome(&world.report());
    assert_eq!(outcome(&world), "PASSED: nothing at or above high");
    world.add(0, unknown("denied"), ("111122223333", "eu-west-1", "b"));
    assert_eq!(outcome(&world), "INCOMPLETE: nothing at or above high was found, but 1 verdict could not be decided");
    for format in [Format::Html, Format::Markdown, Format::Csv, Format::Junit, Format::Github, Format::Text] {
        let page = text(format, &world.report());
        let body = page.split_once("<body>").map_or(page.as_str(), |(_, body)| body);
        assert!(body.lines().take(4).any(|line| line.contains("INCOMPLETE")), "{}: {page}", format.word());
        assert!(!page.contains("PASSED:"), "{}", format.word());
    }
    world.estate.shards.clear();
    assert!(outcome(&world).ends_with("but nothing was read"));
}

#[test]
fn a_manifest_names_what_was_read_and_what_was_not() {
    let mut world = World::new();
    let mut shard = Shard::new(AccountId::from("111122223333"), Region::from("us-east-1"));
    shard.provenance.taken_at = Timestamp::from_second(1_600_000_000).ok();
    shard.reads.insert("ec2:DescribeVpcs".into());
    shard.gaps.push(Gap::new("ec2:DescribeSubnets", GapReason::Throttled, "slow down"));
    shard.gaps.push(Gap::new("s3:GetBucketPolicy", GapReason::AccessDenied, "no").about("data"));
    world.estate.shards.push(shard);
    world.add(0, Status::Fail, ("111122223333", "us-east-1", "a"));
    let report = world.report();
    let manifest = manifest::Manifest::new(&report);
    let states: Vec<_> = manifest.reads.iter().map(|read| (read.action.as_str(), read.word())).collect();
    let wanted = [("ec2:DescribeSubnets", "missing"), ("ec2:DescribeVpcs", "read"), ("s3:GetBucketPolicy", "partly")];
    assert_eq!(states, wanted);
    assert_eq!(manifest.read_at(&world.audit.findings[0]).as_deref(), Some("2020-09-13T12:26:40Z"));
    assert_eq!(manifest.callers, BTreeSet::from(["arn:caller"]));
    let json = text(Format::Json, &report);
    for part in ["\"estate_digest\": \"sha256:", "\"state\": \"partly\"", "\"digest\": \"sha256:", "\"arn:caller\""] {
        assert!(json.contains(part), "{part}");
    }
    let digest = world.estate.digest();
    world.estate.origin.label = "elsewhere".into();
    assert_eq!(world.estate.digest(), digest, "where a snapshot lies does not matter");
    world.estate.shards[0].resources.push_json(Kind::Vpc, serde_json::json!({"VpcId": "vpc-1"})).unwrap();
    assert_ne!(world.estate.digest(), digest);
}

#[test]
fn what_is_new_comes_before_what_is_known_and_makes_it_no_milder() {
    let mut world = World::new();
    for id in ["known", "fresh"] {
        world.add(0, Status::Fail, ("111122223333", "eu-west-1", id));
    }
    let [known, fresh] = world.audit.findings.as_mut_slice() else { panic!("two") };
    (known.severity, fresh.severity) = (Severity::Critical, Severity::Low);
    world.comparison = Some(Comparison { new: BTreeSet::from([fresh.id.clone()]), ..Comparison::default() });
    let page = text(Format::Html, &world.report());
    let at = |text: &str| page.find(text).unwrap_or_else(|| panic!("{text}"));
    assert!(at("<section class=\"rule critical\"") < at("NEW</span> <code>fresh"), "{page}");
    assert!(at("NEW</span> <code>fresh") < at("<p><code>known"), "{page}");
}

/// A trend over runs that many days apart, the findings of the audit standing open, and one more that it did not see.
fn trend(world: &World, days: &[i64], owners: &[&str]) -> Trend {
    let runs = (1_i64..).zip(days).map(|(nth, day)| RunLine {
        run: nth,
        at: Timestamp::from_second(1_700_000_000 + day * 86_400).unwrap(),
        open: [(Severity::High, 7), (Severity::Critical, usize::try_from(nth).unwrap())].into(),
        new: 1,
        ..RunLine::default()
    });
    let late = |(id, rule): (&str, &str)| Late {
        id: id.into(),
        rule: rule.into(),
        severity: Severity::High,
        title: "<img src=x>".into(),
        resource: "arn:aws:ecs:eu-west-1:111122223333:service/a".into(),
        age: 9 * 86_400,
    };
    let seen = world.audit.findings.iter().filter(|finding| finding.status.is_fail()).take(9);
    let findings = seen.map(|finding| (finding.id.as_str(), finding.rule.as_str())).chain([("0123456789ab", "other")]);
    let worst: Vec<Late> = findings.map(late).collect();
    let overdue = |owner: &&str| Overdue {
        owner: (!owner.is_empty()).then(|| (*owner).to_owned()),
        open: [(Severity::High, 30)].into(),
        oldest: 9 * 86_400,
        worst: worst.clone(),
    };
    Trend {
        runs: runs.collect(),
        unread: Vec::new(),
        open: [(Severity::High, Open { count: 7, mean: 86_400 * 3, oldest: 86_400 * 9 })].into(),
        unseen: 1,
        fixed: [(Severity::Low, Fixed { count: 4, mean: 3600 * 5 })].into(),
        overdue: owners.iter().map(overdue).collect(),
        reopened: 2,
        notes: vec!["a <note>".into()],
    }
}

#[test]
fn a_trend_is_drawn_told_and_leads_to_the_findings() {
    let mut world = varied();
    world.trend = Some(trend(&world, &[0, 1, 5], &["<b>anna</b>", ""]));
    let page = text(Format::Html, &world.report());
    let finding = &world.audit.findings[0];
    let link = format!("<a href=\"#f-{}\">&lt;img src=x&gt;</a> <code>service/a</code>", finding.id);
    for part in [
        "3 runs since 14 Nov 2023: 8 open then, 10 now; 4 fixed in between, 2 came back. Of those open now, 1 could not",
        "<polygon class=\"critical\" points=\"0,900 800,800 4000,700 4000,1000 800,1000 0,1000\"/>",
        "<polygon class=\"high\" points=\"0,200 800,100 4000,0 4000,700 800,800 0,900\"/>",
        "First 14 Nov 2023 22:13 UTC: 1 critical, 7 high, 0 low; last 19 Nov 2023 22:13 UTC: 3 critical, 7 high, 0 low.",
        "<td class=\"n\">7</td><td class=\"n k\">3 days</td><td class=\"n k\">9 days</td>",
        "<tr><td>&lt;b&gt;anna&lt;/b&gt;</td><td class=\"n\">30</td>",
        "no owner is named",
        "a &lt;note&gt;",
        "9 days; not seen this time",
        link.as_str(),
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(page.find("id=\"changes\"") < page.find("id=\"trend\""), "what changed comes first");
    assert!(page.find("id=\"trend\"") < page.find("id=\"findings\""));
    let markdown = text(Format::Markdown, &world.report());
    for part in [
        "3 runs since 2023-11-14: 8 open then, 10 now, 1 of them not looked at this time.",
        "| high | 7 | 7 | 3 days | 9 days | 0 |  |",
        "| low | 0 | 0 |  |  | 4 | 5 h |",
        "| \\<b\\>anna\\</b\\> | 30 | 9 days | high `arn:aws:ecs:eu-west-1:111122223333:service/a`",
        "| *no owner is named* | 30 |",
    ] {
        assert!(markdown.contains(part), "{part}: {markdown}");
    }
    let json: serde_json::Value = serde_json::from_str(&text(Format::Json, &world.report())).unwrap();
    let told = &json["trend"];
    assert_eq!((&told["runs_in_all"], &told["runs"][2]["open"]["critical"]), (&3.into(), &3.into()), "{told}");
    assert_eq!((&told["open_not_seen"], &told["reopened"]), (&1.into(), &2.into()));
    assert_eq!(told["overdue"][0]["worst"][0]["id"], finding.id.as_str());
    assert_eq!(told["open"][2]["mean_seconds_to_fix"], 3600 * 5, "{told}");
}

#[test]
fn one_run_is_no_trend_and_without_a_history_there_is_none() {
    let mut world = varied();
    assert!(!text(Format::Html, &world.report()).contains("trend"), "no history");
    assert!(!text(Format::Json, &world.report()).contains("\"trend\""));
    world.trend = Some(trend(&world, &[0], &["anna"]));
    let page = text(Format::Html, &world.report());
    assert!(page.contains("This is the first run in the history") && !page.contains("<svg"), "{page}");
    assert!(text(Format::Markdown, &world.report()).contains("This is the first run in the history."));
    world.trend = Some(trend(&world, &[], &[]));
    let page = text(Format::Html, &world.report());
    assert!(page.contains("a &lt;note&gt;") && !page.contains("<svg"), "only why there is none: {page}");
}

#[test]
fn a_trend_of_many_runs_and_owners_leaves_room_and_every_link_leads_somewhere() {
    let mut world = World::new();
    for n in 0..20_000_usize {
        world.add(n, Status::Fail, ("111122223333", "eu-west-1", &format!("resource-{n:07}-{:x}", n * 7919)));
    }
    let names: Vec<String> = (0..3000).map(|n| format!("team-{n}-{}", "x".repeat(500))).collect();
    let owners: Vec<&str> = names.iter().map(String::as_str).collect();
    world.trend = Some(trend(&world, &(0..2000).collect::<Vec<_>>(), &owners));
    let page = text(Format::Html, &world.report());
    assert!(page.len() <= 2_000_000 && page.len() > 1_800_000, "{} bytes", page.len());
    assert!(page.contains("and 2980 more owners, with 89400 findings") && page.contains("of 2000 runs are drawn"));
    let ids: BTreeSet<&str> = page.split("id=\"").skip(1).filter_map(|part| part.split('"').next()).collect();
    let links: Vec<&str> = page.split("href=\"#").skip(1).filter_map(|part| part.split('"').next()).collect();
    let lost: Vec<&&str> = links.iter().filter(|link| !ids.contains(**link)).collect();
    assert!(links.len() > 180 && lost.is_empty(), "{lost:?}");
    assert!(text(Format::Markdown, &world.report()).len() <= 1_000_000);
}
