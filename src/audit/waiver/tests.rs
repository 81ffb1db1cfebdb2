//! Waivers read, applied and written.

use jiff::civil::date;

use super::*;
use crate::audit::pack::{of_files, rego};
use crate::audit::{Audit, Options, Pack, Severity, Status, run};
use crate::model::resource::{SecurityGroup, Vpc};
use crate::model::{Environment, Gap, GapReason, Kind};

const BODY: &str = "fail contains {\"message\": \"it is open\"} if input.resource.GroupName == \"open\"\n\n\
    pass if input.resource.GroupName == \"shut\"";

fn packs() -> Vec<Pack> {
    let rules = ["open-group", "other-rule"].map(|id| (format!("{id}.rego"), rego(id, "", BODY)));
    let files: Vec<(&str, &str)> = rules.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    vec![of_files("test", &files).unwrap()]
}

/// Two open groups, one of them in a production VPC, and one that is shut.
fn estate() -> Estate {
    let mut estate = Estate::default();
    let shard = estate.shard_mut(&"111122223333".into(), &"eu-west-1".into());
    shard.reads.extend(["ec2:DescribeSecurityGroups", "ec2:DescribeVpcs"].map(str::to_owned));
    let tags = vec![Tag::new("environment", "production")];
    shard.resources.vpcs = vec![Vpc { vpc_id: "vpc-1".into(), tags, ..Vpc::default() }];
    let group = |id: &str, name: &str, vpc: &str, tags: &[(&str, &str)]| SecurityGroup {
        group_id: id.into(),
        group_name: Some(name.into()),
        vpc_id: Some(vpc.into()),
        tags: tags.iter().map(|(key, value)| Tag::new(*key, *value)).collect(),
        ..SecurityGroup::default()
    };
    shard.resources.security_groups = vec![
        group("sg-1", "open", "vpc-1", &[("team", "shop")]),
        group("sg-2", "open", "vpc-2", &[("owner", "ops")]),
        group("sg-3", "shut", "vpc-1", &[]),
    ];
    estate
}

fn waivers(resource: &str, expires: &str) -> Vec<Waiver> {
    let text = format!(
        "[[waiver]]\nrule = \"open-group\"\nresource = {resource}\nowner = \"anna\"\nreason = \"moves soon\"\n\
         expires = {expires}\nticket = \"SHOP-1\"\n"
    );
    Waiver::of_text("waivers.toml", &text).unwrap()
}

fn applied(estate: &Estate, waivers: &[Waiver], narrowed: bool) -> Audit {
    let (packs, environments) = (packs(), Environment::usual());
    let mut audit = run(estate, &environments, &packs, Options::default());
    let today = date(2026, 11, 21);
    Waiving { estate, environments: &environments, packs: &packs, narrowed, today }.apply(waivers, &mut audit);
    audit
}

fn status<'a>(audit: &'a Audit, rule: &str, id: &str) -> &'a Finding {
    audit.findings.iter().find(|f| f.rule == rule && (f.subject.key.id == id || id.is_empty())).unwrap()
}

fn waived(audit: &Audit) -> Vec<&str> {
    let waived = audit.findings.iter().filter(|f| matches!(f.status, Status::Waived { .. }));
    waived.map(|f| f.subject.key.id.as_str()).collect()
}

#[test]
fn a_waiver_covers_what_its_selector_fits_and_nothing_else() {
    for (resource, covered) in [
        ("{ id = \"sg-1\" }", vec!["sg-1"]),
        ("{ id = \"SG-1\" }", vec![]),
        ("{ name = \"op?n*\" }", vec!["sg-1", "sg-2"]),
        ("{ name = \"Op*\" }", vec![]),
        ("{ tag = { key = \"team\", value = \"shop\" } }", vec!["sg-1"]),
        ("{ tag = { key = \"team\", value = \"sho\" } }", vec![]),
        ("{ environment = \"Production\" }", vec!["sg-1"]),
        ("{ region = \"eu-west-1\" }", vec!["sg-1", "sg-2"]),
        ("{ account = \"111122223334\" }", vec![]),
        ("{ name = \"*\", environment = \"staging\" }", vec![]),
        ("{ id = \"sg-2\", environment = \"production\" }", vec![]),
    ] {
        let audit = applied(&estate(), &waivers(resource, "2026-12-31"), false);
        assert_eq!(waived(&audit), covered, "{resource}");
        assert_eq!(status(&audit, "other-rule", "sg-1").status, Status::Fail, "another rule is not waived");
        assert_eq!(status(&audit, "open-group", "sg-3").status, Status::Pass, "what passes stays a pass");
    }
}

#[test]
fn what_is_waived_says_who_answers_for_it_until_when_and_why() {
    let audit = applied(&estate(), &waivers("{ region = \"eu-west-1\" }", "2026-11-21"), false);
    let expected = Status::Waived {
        reason: "moves soon".into(),
        until: "2026-11-21".into(),
        owner: "anna".into(),
        ticket: Some("SHOP-1".into()),
    };
    assert_eq!(status(&audit, "open-group", "sg-1").status, expected, "the last day counts");
    assert_eq!(status(&audit, "open-group", "sg-1").owner.as_deref(), Some("anna"));
    assert_eq!(status(&audit, "open-group", "sg-2").owner.as_deref(), Some("ops"), "the resource's own tag wins");
    assert_eq!(status(&audit, "waiver-expired", "").status, Status::Pass);
    assert_eq!(status(&audit, "waiver-unmatched", "").status, Status::Pass);
}

#[test]
fn an_expired_waiver_covers_nothing_and_is_a_finding() {
    let audit =
        applied(&estate(), &waivers("{ id = \"sg-1\", environment = \"production\" }", "\"2026-11-20\""), false);
    let back = status(&audit, "open-group", "sg-1");
    assert_eq!((&back.status, back.owner.as_deref()), (&Status::Fail, Some("anna")));
    assert_eq!(back.message, "it is open; its waiver ended on 2026-11-20 (waivers.toml:1)");
    let finding = status(&audit, "waiver-expired", "");
    assert_eq!((&finding.status, finding.severity), (&Status::Fail, Severity::High), "as what it leaves open");
    assert_eq!((finding.subject.key.kind, finding.environment.as_deref()), (Kind::Waiver, Some("production")));
    assert_eq!(
        finding.message,
        "the waiver of open-group: id = \"sg-1\", environment = \"production\": it ended on \
        2026-11-20: moves soon"
    );
}

#[test]
fn a_waiver_that_covers_nothing_is_a_finding_unless_that_cannot_be_seen() {
    let unmatched = |resource: &str, estate: &Estate, narrowed: bool| {
        let audit = applied(estate, &waivers(resource, "2026-12-31"), narrowed);
        let finding = status(&audit, "waiver-unmatched", "");
        (finding.status.word(), finding.severity, finding.message.clone())
    };
    let (word, severity, told) = unmatched("{ id = \"sg-9\" }", &estate(), false);
    assert_eq!((word, severity), ("FAIL", Severity::Low));
    assert!(told.contains("remove it from waivers.toml:1"), "{told}");
    assert_eq!(unmatched("{ id = \"sg-3\" }", &estate(), false).0, "FAIL", "it passes: there is nothing to waive");
    assert_eq!(unmatched("{ account = \"999999999999\" }", &estate(), false).0, "NOT-APPLICABLE");
    let told = unmatched("{ environment = \"castle\" }", &estate(), false).2;
    assert!(told.contains("there is no environment `castle`"), "{told}");
    assert_eq!(unmatched("{ id = \"sg-9\" }", &Estate::default(), false).0, "UNKNOWN", "nothing was read");

    let mut unread = estate();
    let shard = &mut unread.shards[0];
    shard.resources.security_groups.clear();
    shard.gaps.push(Gap::new("ec2:DescribeSecurityGroups", GapReason::AccessDenied, "no"));
    for resource in ["{ id = \"sg-1\" }", "{ name = \"web-*\" }", "{ environment = \"production\" }"] {
        let (word, _, told) = unmatched(resource, &unread, false);
        assert_eq!(word, "UNKNOWN", "{resource}");
        assert!(told.contains("ec2:DescribeSecurityGroups (access denied)"), "{told}");
    }
}

#[test]
fn a_waiver_of_a_rule_nobody_knows_is_unmatched_unless_packs_were_left_out() {
    let mut waivers = waivers("{ id = \"sg-1\" }", "2026-12-31");
    waivers[0].rule = "no-such-rule".into();
    let audit = applied(&estate(), &waivers, false);
    let finding = status(&audit, "waiver-unmatched", "");
    assert!(finding.status.is_fail() && finding.message.contains("there is no rule `no-such-rule`"));
    let audit = applied(&estate(), &waivers, true);
    assert_eq!(status(&audit, "waiver-unmatched", "").status, Status::NotApplicable);
}

#[test]
fn of_several_waivers_the_one_that_holds_longest_counts() {
    let mut both = waivers("{ id = \"sg-1\" }", "2026-11-01");
    both.extend(waivers("{ name = \"open\", id = \"sg-1\" }", "2027-01-31"));
    let audit = applied(&estate(), &both, false);
    assert_eq!(waived(&audit), ["sg-1"]);
    let unmatched = audit.findings.iter().filter(|f| f.rule == "waiver-unmatched" && f.status.is_fail());
    assert_eq!(unmatched.count(), 0);
    let expired: Vec<_> = audit.findings.iter().filter(|f| f.rule == "waiver-expired" && f.status.is_fail()).collect();
    assert_eq!(expired.iter().map(|f| f.severity).collect::<Vec<_>>(), [Severity::Medium], "it leaves nothing open");
}

#[test]
fn what_is_wrong_with_a_file_names_line_and_field() {
    let good =
        "[[waiver]]\nrule = \"a\"\nresource = { id = \"x\" }\nowner = \"o\"\nreason = \"r\"\nexpires = 2026-12-31\n";
    assert_eq!(Waiver::of_text("w.toml", good).unwrap().len(), 1);
    assert_eq!(Waiver::of_text("w.toml", "").unwrap(), []);
    for (from, to, told) in [
        ("rule = \"a\"", "rule = ", "w.toml:2: "),
        ("rule = \"a\"", "rule = 3", "w.toml:2: invalid type: integer `3`"),
        ("rule = \"a\"", "rul = \"a\"", "w.toml:2: unknown field `rul`"),
        ("rule = \"a\"\n", "", "w.toml:1: missing field `rule`"),
        ("owner = \"o\"\n", "", "w.toml:1: missing field `owner`"),
        ("reason = \"r\"", "reason = \" \"", "w.toml:5: reason: it is empty"),
        ("{ id = \"x\" }", "{}", "w.toml:3: resource: it selects nothing"),
        ("{ id = \"x\" }", "{ id = \"\" }", "w.toml:3: resource: id: it is empty"),
        ("{ id = \"x\" }", "{ arn = \"x\" }", "w.toml:3: unknown field `arn`"),
        ("2026-12-31", "\"soon\"", "w.toml:6: expires: `soon` is not a day: write it as 2026-12-31"),
        ("2026-12-31", "\"2026-02-30\"", "w.toml:6: expires: `2026-02-30` is not a day"),
        ("2026-12-31", "2026-12-31T08:00:00Z", "w.toml:6: expires: `2026-12-31T08:00:00Z` is not a day"),
        ("2026-12-31", "7", "w.toml:6: expires: `7` is not a day"),
    ] {
        let faults = Waiver::of_text("w.toml", &good.replace(from, to)).expect_err(to);
        assert!(faults[0].to_string().starts_with(told), "{}", faults[0]);
    }
    let faults = Waiver::of_text("w.toml", &format!("{good}{good}")).expect_err("twice");
    assert_eq!(faults[0].to_string(), "w.toml:7: the same rule and resource are waived at w.toml:1");
    let told = Waiver::read(Path::new("/no/such.toml")).expect_err("absent")[0].to_string();
    assert!(told.starts_with("/no/such.toml: ") && told.contains("`bartizan waive` writes one"), "{told}");
}

fn one(id: &str, reason: &str) -> Waiver {
    let resource = Selector { id: Some(id.into()), region: Some("eu-west-1".into()), ..Selector::default() };
    Waiver {
        rule: "open-group".into(),
        resource,
        owner: "anna".into(),
        reason: reason.into(),
        expires: date(2027, 1, 31),
        ticket: None,
        place: String::new(),
    }
}

#[test]
fn writing_a_waiver_keeps_every_comment() {
    let theirs = "# ours\n\n[[waiver]] # the bastion\nrule   = \"open-group\"\nresource = { region = \"eu-west-1\", id = \
        \"sg-1\" } # it\nowner = 'bo'\nreason = \"old\" # why\nexpires = 2026-11-01\nticket = \"T-1\"\n# the end\n";
    let text = written(theirs, &one("sg-2", "two \"quoted\"\nlines")).unwrap();
    let (kept, added) = text.split_at(theirs.len());
    assert_eq!(kept, theirs, "what was there stays");
    assert!(added.starts_with("\n[[waiver]]\nrule = \"open-group\"\n"), "{added}");
    let back = Waiver::of_text("w", &text).unwrap();
    assert_eq!((back.len(), back[1].reason.as_str()), (2, "two \"quoted\"\nlines"));
    assert_eq!((back[1].expires, &back[1].resource), (date(2027, 1, 31), &one("sg-2", "").resource));

    let text = written(theirs, &one("sg-1", "new")).unwrap();
    let renewed = theirs.replace("'bo'", "\"anna\"").replace("\"old\"", "\"new\"").replace("2026-11-01", "2027-01-31");
    assert_eq!(text, renewed, "one for the same resource is renewed where it stands");
}

#[test]
fn the_first_waiver_makes_the_file() {
    let text = written("", &one("sg-1", "r")).unwrap();
    insta::assert_snapshot!(text);
    assert_eq!(Waiver::of_text("w", &text).unwrap().len(), 1);
    let text = written("# mine only\n", &one("sg-1", "r")).unwrap();
    assert!(text.starts_with("# mine only\n\n[[waiver]]\n"), "{text}");
    assert!(written("waiver = 3\n", &one("sg-1", "r")).unwrap_err().contains("[[waiver]]"));
    assert!(written("waiver = [", &one("sg-1", "r")).is_err());
}
