//! What holds for every format.

use std::collections::BTreeSet;

use super::*;
use crate::audit::{Comparison, Was};
use crate::model::{AccountId, Gap, GapReason, Kind, Region, ResourceKey, Shard};

/// An audit made by hand.
#[derive(Default)]
struct World {
    audit: Audit,
    estate: Estate,
    packs: Vec<Pack>,
    comparison: Option<Comparison>,
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
