//! Verdicts on small estates with small packs.

use std::time::Duration;

use serde_json::json;

use super::*;
use crate::audit::pack::{of_files, rego};
use crate::model::resource::{EcsService, SecurityGroup};

const DECIDES: &str = "fail contains {\"message\": sprintf(\"%s is open\", [input.id]), \"evidence\": [{\"field\": \
    \"GroupName\", \"value\": input.resource.GroupName}]} if input.resource.GroupName == \"open\"\n\n\
    pass if input.resource.GroupName == \"shut\"\n\nnot_applicable if input.resource.GroupName == \"default\"";

fn group(id: &str, name: &str) -> SecurityGroup {
    SecurityGroup { group_id: id.into(), group_name: Some(name.into()), ..SecurityGroup::default() }
}

/// An account whose security groups were read.
fn estate(groups: &[(&str, &str)]) -> Estate {
    let mut estate = Estate::default();
    let shard = estate.shard_mut(&"111122223333".into(), &"eu-west-1".into());
    shard.reads.insert("ec2:DescribeSecurityGroups".into());
    shard.resources.security_groups = groups.iter().map(|(id, name)| group(id, name)).collect();
    estate
}

fn pack(rules: &[(&str, &str, &str)]) -> Pack {
    let files: Vec<(String, String)> =
        rules.iter().map(|(id, custom, body)| (format!("{id}.rego"), rego(id, custom, body))).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    of_files("test", &files).unwrap()
}

fn judged(estate: &Estate, rules: &[(&str, &str, &str)]) -> Audit {
    let limits = Limits { time: Duration::from_millis(200), ..Limits::default() };
    run(estate, &Environment::usual(), &[pack(rules)], Options { limits })
}

fn verdicts(audit: &Audit) -> Vec<(&str, &str, &str)> {
    audit.findings.iter().map(|f| (f.rule.as_str(), f.subject.key.id.as_str(), f.status.word())).collect()
}

#[test]
fn every_answer_gets_its_verdict() {
    let groups = [("sg-1", "open"), ("sg-2", "shut"), ("sg-3", "default"), ("sg-4", "neither")];
    let audit = judged(&estate(&groups), &[("a", "", DECIDES)]);
    assert_eq!(
        verdicts(&audit),
        [("a", "sg-1", "FAIL"), ("a", "sg-4", "UNKNOWN"), ("a", "sg-2", "PASS"), ("a", "sg-3", "NOT-APPLICABLE")]
    );
    let fail = &audit.findings[0];
    assert_eq!((fail.message.as_str(), fail.title.as_str()), ("sg-1 is open", "Title of a"));
    assert_eq!(fail.evidence, [Evidence { resource: None, field: "GroupName".into(), value: json!("open") }]);
    assert_eq!(audit.findings[1].message, "could not be decided: the rule could not decide");
    assert_eq!((audit.coverage.needed, audit.coverage.missing.len(), audit.errors.len()), (1, 0, 0));
}

#[test]
fn both_answers_at_once_are_a_broken_rule() {
    let body = "fail contains {\"message\": \"m\"} if input.id\n\npass if input.id";
    let audit = judged(&estate(&[("sg-1", "x"), ("sg-2", "x")]), &[("a", "", body)]);
    assert!(audit.findings.iter().all(|f| f.status.is_unknown()));
    assert_eq!((audit.errors.len(), audit.errors[0].resources), (1, 2));
    assert_eq!(audit.errors[0].message, "rules/test/a.rego: the rule is broken: it answers both `pass` and `fail`");
}

#[test]
fn an_answer_of_another_shape_is_an_error_and_not_a_pass() {
    for (body, told) in [
        ("fail contains \"text\" if input.id", "an entry of `fail` is not"),
        ("fail contains {\"message\": \"m\", \"sevrity\": \"low\"} if input.id", "unknown field `sevrity`"),
        (
            "fail contains {\"message\": \"m\"} if input.nothing\n\npass := \"yes\"",
            "`pass` is neither true nor undefined",
        ),
        ("fail contains {\"message\": \"m\"} if net.cidr_contains(input.id, \"x\")\n\npass if true", "a.rego:10:"),
    ] {
        let audit = judged(&estate(&[("sg-1", "x")]), &[("a", "", body)]);
        assert!(audit.findings[0].status.is_unknown(), "{body}");
        assert!(audit.errors[0].message.contains(told), "{:?}", audit.errors);
    }
}

#[test]
fn a_panic_in_the_interpreter_names_the_line_and_the_audit_goes_on() {
    let body = "fail contains {\"message\": \"m\"} if {\n\tinput.id == \"sg-1\"\n\tobject.subset([input.id], [])\n}\n\n\
                pass if input.id == \"sg-2\"";
    let audit = judged(&estate(&[("sg-1", "x"), ("sg-2", "x")]), &[("a", "", body)]);
    assert_eq!(verdicts(&audit), [("a", "sg-1", "UNKNOWN"), ("a", "sg-2", "PASS")]);
    assert!(audit.errors[0].message.starts_with("rules/test/a.rego:12: "), "{:?}", audit.errors);
}

#[test]
fn a_rule_without_end_is_stopped_with_its_line_and_the_audit_goes_on() {
    let body = "fail contains {\"message\": \"m\"} if {\n\tsome a in numbers.range(1, 100000)\n\tsome b in numbers.range(1, 100000)\n\
                \ta * b == -1\n\tinput.id == \"never\"\n}\n\npass if input.id";
    let groups = [("sg-1", "x"), ("sg-2", "x"), ("sg-3", "x"), ("sg-4", "x"), ("sg-5", "shut")];
    let audit = judged(&estate(&groups), &[("a", "", body), ("b", "", DECIDES)]);
    assert!(audit.findings.iter().filter(|f| f.rule == "a").all(|f| f.status.is_unknown()));
    assert_eq!(audit.errors.len(), 1, "{:?}", audit.errors);
    assert_eq!(audit.errors[0].message, "rules/test/a.rego:13: stopped: it took longer than 200ms");
    assert_eq!(audit.errors[0].resources, 3, "after three it is not asked again");
    assert!(verdicts(&audit).contains(&("b", "sg-5", "PASS")));
}

#[test]
fn a_rule_that_eats_memory_is_stopped() {
    let body = "fail contains {\"message\": \"m\"} if {\n\tall := [s | some a in numbers.range(1, 900000); s := sprintf(\"%d %s\", [a, input.resource.Description])]\n\
                \tcount(all) < 0\n}\n\npass if input.id";
    let mut estate = estate(&[("sg-1", "x")]);
    let shard = estate.shard_mut(&"111122223333".into(), &"eu-west-1".into());
    shard.resources.security_groups[0].description = Some("x".repeat(4096));
    let limits = Limits { time: Duration::from_mins(1), memory: 16 << 20 };
    let audit = run(&estate, &[], &[pack(&[("a", "", body)])], Options { limits });
    assert_eq!(audit.errors[0].message, "rules/test/a.rego:11: stopped: it took more than 16 MiB");
    assert!(audit.findings[0].status.is_unknown());
}

#[test]
fn an_unread_listing_is_one_unknown_for_each_rule() {
    let mut estate = estate(&[]);
    estate.shards[0].reads.clear();
    estate.shards[0].gaps.push(Gap::new("ec2:DescribeSecurityGroups", GapReason::AccessDenied, "no"));
    let audit = judged(&estate, &[("a", "", DECIDES), ("b", "", DECIDES)]);
    assert_eq!(verdicts(&audit), [("a", "*", "UNKNOWN"), ("b", "*", "UNKNOWN")]);
    assert_eq!(audit.findings[0].message, "could not be decided: not read: ec2:DescribeSecurityGroups (access denied)");
    assert_eq!(audit.coverage.missing.len(), 1);
    assert_eq!(audit.coverage.missing[0].rules, ["a", "b"]);
}

#[test]
fn a_listing_that_broke_off_hides_nothing_it_brought() {
    let mut estate = estate(&[("sg-1", "open"), ("sg-2", "shut")]);
    estate.shards[0].reads.clear();
    estate.shards[0].gaps.push(Gap::new("ec2:DescribeSecurityGroups", GapReason::Incomplete, "page 3"));
    let audit = judged(&estate, &[("a", "", DECIDES)]);
    assert_eq!(verdicts(&audit), [("a", "sg-1", "FAIL"), ("a", "*", "UNKNOWN"), ("a", "sg-2", "PASS")]);
}

#[test]
fn an_unread_detail_makes_unknown_what_rests_on_it() {
    let custom = "resource: EcsService";
    let body = "fail contains {\"message\": \"m\"} if input.resource.serviceName == \"bad\"\n\npass if input.id";
    let rego = rego("a", "", body).replace("resource: SecurityGroup", custom);
    let pack = of_files("test", &[("a.rego", &rego)]).unwrap();
    let mut estate = Estate::default();
    let shard = estate.shard_mut(&"1".into(), &"eu-west-1".into());
    shard.reads.extend(["ecs:ListServices", "ecs:DescribeServices"].map(str::to_owned));
    let service = |id: &str| EcsService { service_arn: id.into(), ..EcsService::default() };
    shard.resources.ecs_services = vec![service("arn:1"), service("arn:2")];
    let clean = run(&estate, &[], std::slice::from_ref(&pack), Options::default());
    assert_eq!(verdicts(&clean), [("a", "arn:1", "PASS"), ("a", "arn:2", "PASS")]);

    let denied = |action: &str, about: &str| Gap::new(action, GapReason::AccessDenied, "").about(about);
    estate.shards[0].gaps = vec![
        denied("ecs:DescribeServices", "arn:2"),
        denied("ecs:DescribeServices", "arn:3"),
        denied("ecs:ListServices", "arn:cluster"),
    ];
    let audit = run(&estate, &[], std::slice::from_ref(&pack), Options::default());
    let expected = [
        ("a", "arn:2", "UNKNOWN"),
        ("a", "arn:3", "UNKNOWN"), // it could not be described: it did not vanish
        ("a", "arn:cluster/*", "UNKNOWN"),
        ("a", "arn:1", "PASS"),
    ];
    assert_eq!(verdicts(&audit), expected);

    estate.shards[0].gaps = vec![Gap::new("ecs:DescribeServices", GapReason::Throttled, "")];
    let audit = run(&estate, &[], std::slice::from_ref(&pack), Options::default());
    assert!(audit.findings.iter().all(|f| f.status.is_unknown()));

    let narrowed = rego.replace("#   resource: EcsService", "#   resource: EcsService\n#   needs: []");
    let pack = of_files("test", &[("a.rego", &narrowed)]).unwrap();
    assert_eq!(verdicts(&run(&estate, &[], &[pack], Options::default())), verdicts(&clean));
}

#[test]
fn an_action_the_rule_names_is_needed_wherever_it_is_kept() {
    let custom = "reads: [\"ec2:DescribeInstances\", \"cloudfront:ListDistributions\"]";
    let mut estate = estate(&[("sg-1", "open")]);
    let audit = judged(&estate, &[("a", custom, DECIDES)]);
    assert_eq!(
        audit.findings[0].message,
        "could not be decided: not read: cloudfront:ListDistributions (not in the source), ec2:DescribeInstances (not in the source)"
    );
    estate.shards[0].reads.insert("ec2:DescribeInstances".into());
    let global = estate.shard_mut(&"111122223333".into(), &Region::global());
    global.reads.insert("cloudfront:ListDistributions".into());
    assert_eq!(verdicts(&judged(&estate, &[("a", custom, DECIDES)])), [("a", "sg-1", "FAIL")]);
}

#[test]
fn an_account_without_the_part_a_rule_judges_is_unknown() {
    let mut estate = Estate::default();
    estate.shard_mut(&"111122223333".into(), &Region::global());
    let audit = judged(&estate, &[("a", "", DECIDES)]);
    assert_eq!(verdicts(&audit), [("a", "*", "UNKNOWN")]);
}

#[test]
fn several_entries_are_one_finding_with_the_worst_severity() {
    let body = "fail contains {\"message\": m, \"evidence\": [{\"field\": \"x\", \"value\": 1}], \"severity\": s} if {\n\
                \tsome m, s in {\"b\": \"low\", \"a\": \"critical\"}\n}";
    let audit = judged(&estate(&[("sg-1", "x")]), &[("a", "", body)]);
    let finding = &audit.findings[0];
    assert_eq!((finding.message.as_str(), finding.severity), ("a; b", Severity::Critical));
    assert_eq!(finding.evidence.len(), 1);
    let body = "fail contains {\"message\": \"m\", \"severity\": \"low\"} if input.id";
    assert_eq!(judged(&estate(&[("sg-1", "x")]), &[("a", "", body)]).findings[0].severity, Severity::Low);
}

#[test]
fn the_worst_comes_first_and_ids_stay() {
    let low = "fail contains {\"message\": \"m\", \"severity\": \"low\"} if input.id";
    let groups = [("sg-2", "open"), ("sg-1", "open"), ("sg-3", "shut")];
    let audit = judged(&estate(&groups), &[("z", "", DECIDES), ("a", "", low)]);
    assert_eq!(
        verdicts(&audit),
        [
            ("z", "sg-1", "FAIL"),
            ("z", "sg-2", "FAIL"),
            ("a", "sg-1", "FAIL"),
            ("a", "sg-2", "FAIL"),
            ("a", "sg-3", "FAIL"),
            ("z", "sg-3", "PASS"),
        ]
    );
    let mut ids: Vec<&str> = audit.findings.iter().map(|f| f.id.as_str()).collect();
    assert_eq!(audit.findings[0].id, "677a9c2b37cd");
    let alone = judged(&estate(&[("sg-1", "renamed")]), &[("z", "", DECIDES)]);
    assert_eq!(alone.findings[0].id, audit.findings[0].id);
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), audit.findings.len());
    assert_eq!(judged(&estate(&groups), &[("z", "", DECIDES), ("a", "", low)]), audit);
}

#[test]
fn a_rule_sees_the_resource_its_environment_and_the_parameters() {
    let body = "fail contains {\"message\": json.marshal(input)} if input.id";
    let mut estate = estate(&[("sg-1", "web")]);
    estate.shards[0].resources.security_groups[0].tags = vec![Tag::new("Env", "prod")];
    let audit = judged(&estate, &[("a", "", body)]);
    let seen: serde_json::Value = serde_json::from_str(&audit.findings[0].message).unwrap();
    assert_eq!(audit.findings[0].environment.as_deref(), Some("production"));
    let resource = json!({"GroupId": "sg-1", "GroupName": "web", "IpPermissions": [], "IpPermissionsEgress": [],
        "Tags": [{"Key": "Env", "Value": "prod"}]});
    let expected = json!({"resource": resource, "kind": "SecurityGroup", "id": "sg-1", "name": "web",
        "account": "111122223333", "region": "eu-west-1", "environment": {"name": "production", "tier": "production"},
        "facts": {}, "parameters": {"ports": [22]}});
    assert_eq!(seen, expected);
}

#[test]
fn a_fact_that_cannot_be_known_makes_unknown_only_what_it_is_about() {
    let body =
        "fail contains {\"message\": \"m\"} if input.facts.admits.tcp[0].world\n\npass if input.facts.admits.tcp == []";
    let mut estate = estate(&[("sg-1", "by a list"), ("sg-2", "empty")]);
    let permission =
        json!({"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "PrefixListIds": [{"PrefixListId": "pl-1"}]});
    let group = json!({"GroupId": "sg-1", "IpPermissions": [permission]});
    estate.shards[0].resources.security_groups[0] = serde_json::from_value(group).unwrap();
    let audit = judged(&estate, &[("a", "facts: [admits]", body)]);
    assert_eq!(verdicts(&audit), [("a", "sg-1", "UNKNOWN"), ("a", "sg-2", "PASS")]);
    assert!(audit.findings[0].message.contains("ec2:DescribeManagedPrefixLists"), "{}", audit.findings[0].message);
    assert_eq!(audit.coverage.missing[0].rules, ["a"]);
}

#[test]
fn a_fact_whose_listing_is_unread_makes_every_verdict_unknown() {
    let body = "fail contains {\"message\": \"m\"} if input.facts.attachments.count == 0\n\npass if input.id";
    let audit = judged(&estate(&[("sg-1", "x"), ("sg-2", "x")]), &[("a", "facts: [attachments]", body)]);
    assert_eq!(verdicts(&audit), [("a", "sg-1", "UNKNOWN"), ("a", "sg-2", "UNKNOWN")]);
    assert!(audit.findings[0].message.contains("ec2:DescribeNetworkInterfaces"), "{}", audit.findings[0].message);
}

#[test]
fn the_longest_expression_a_file_may_hold_is_evaluated() {
    let body = format!(
        "fail contains {{\"message\": \"m\"}} if input.number {} > 1\n\npass if input.id",
        "+ 1\n".repeat(15_000)
    );
    let audit = judged(&estate(&[("sg-1", "x")]), &[("a", "", &body)]);
    assert_eq!(verdicts(&audit), [("a", "sg-1", "PASS")]);
}

#[test]
fn names_order_and_unrelated_fields_move_no_fingerprint() {
    let ids = |estate: &Estate| -> BTreeMap<String, (String, &'static str)> {
        let audit = judged(estate, &[("a", "", DECIDES)]);
        audit.findings.into_iter().map(|f| (f.subject.key.id, (f.id, f.status.word()))).collect()
    };
    let before = estate(&[("sg-1", "open"), ("sg-2", "shut")]);
    let mut after = estate(&[("sg-3", "open"), ("sg-2", "open"), ("sg-1", "open")]);
    let groups = &mut after.shard_mut(&"111122223333".into(), &"eu-west-1".into()).resources.security_groups;
    groups[2].description = Some("told anew".into());
    groups[2].tags = vec![Tag::new("Name", "renamed"), Tag::new("Owner", "shop")];
    after.shard_mut(&"111122223333".into(), &"ap-south-1".into());
    let (before, after) = (ids(&before), ids(&after));
    assert_eq!(before["sg-1"], after["sg-1"]);
    assert_eq!(before["sg-2"].0, after["sg-2"].0, "the verdict is no part of it");
    assert_ne!(before["sg-2"].1, after["sg-2"].1);
    assert_ne!(after["sg-1"].0, after["sg-3"].0);
}

#[test]
fn a_finding_names_the_owner_its_resource_names() {
    let mut estate = estate(&[("sg-1", "open"), ("sg-2", "open")]);
    let groups = &mut estate.shard_mut(&"111122223333".into(), &"eu-west-1".into()).resources.security_groups;
    groups[0].tags = vec![Tag::new("Owner", "shop")];
    groups[1].tags = vec![Tag::new("owner", "")];
    let audit = judged(&estate, &[("a", "", DECIDES)]);
    assert_eq!(audit.findings.iter().map(|f| f.owner.as_deref()).collect::<Vec<_>>(), [Some("shop"), None]);
}
