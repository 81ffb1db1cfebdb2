//! Every field of a small report, changed: whatever is no longer true is noticed, and what cannot be is named.

use serde_json::{Value, json};

use super::*;
use crate::model::resource::SecurityGroup;
use crate::model::{Gap, GapReason, Tag};

const RULE: &str = "# METADATA
# title: A group is open
# custom:
#   severity: high
#   resource: SecurityGroup
#   controls: [\"CIS AWS 3.0: 5.2\"]
package bartizan.test.open_group

import rego.v1

fail contains {\"message\": \"open\", \"evidence\": [{\"field\": \"GroupName\", \"value\": {\"at\": [1, true, null]}}]} if \
input.resource.GroupName == \"open\"

pass if input.resource.GroupName == \"shut\"
";

const WAIVERS: &str = "[[waiver]]
rule = \"open-group\"
resource = { id = \"sg-3\" }
owner = \"anna\"
reason = \"moves soon\"
expires = 2023-11-14
ticket = \"SHOP-1\"
";

/// A Region with groups of two environments, and one of which little was read.
fn estate() -> Estate {
    let mut estate = Estate::default();
    let shard = estate.shard_mut(&"111122223333".into(), &"eu-west-1".into());
    shard.provenance.caller = Some("arn:caller".into());
    shard.provenance.taken_at = "2023-11-14T10:00:00Z".parse().ok();
    shard.reads.extend(["ec2:DescribeSecurityGroups", "ec2:DescribeVpcs"].map(str::to_owned));
    let group = |id: &str, name: &str, environment: &str| SecurityGroup {
        group_id: id.into(),
        group_name: Some(name.into()),
        tags: vec![Tag::new("environment", environment), Tag::new("owner", "ops")],
        ..SecurityGroup::default()
    };
    shard.resources.security_groups = vec![
        group("sg-1", "open", "production"),
        group("sg-2", "shut", "production"),
        group("sg-3", "open", "staging"),
    ];
    let denied = Gap::new("ec2:DescribeSecurityGroups", GapReason::AccessDenied, "no");
    estate.shard_mut(&"111122223333".into(), &"us-east-1".into()).gaps.push(denied);
    estate.not_understood.push("a file".into());
    estate
}

struct World {
    directory: tempfile::TempDir,
    packs: Vec<Pack>,
    environments: Vec<Environment>,
}

impl World {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let put = |name: &str, text: &str| std::fs::write(directory.path().join(name), text).unwrap();
        std::fs::create_dir(directory.path().join("test")).unwrap();
        put("test/pack.toml", "id = \"test\"\ntitle = \"Test\"\nversion = \"1\"\n");
        put("test/open-group.rego", RULE);
        put("waivers.toml", WAIVERS);
        let packs = Pack::of_directory(&directory.path().join("test")).unwrap();
        Self { directory, packs, environments: Environment::usual() }
    }

    fn report(&self, only: Option<&str>, since: Option<&Side>) -> Vec<u8> {
        let (estate, at) = (estate(), "2023-11-14T22:13:20Z".parse().unwrap());
        let waivers = self.directory.path().join("waivers.toml");
        let judged = (&estate, self.environments.as_slice());
        let mut audit = waivers::audit_at(Some(&waivers), judged, &self.packs, &PackArgs::default(), at).unwrap();
        let comparison =
            since.map(|since| Comparison::new(since, &Side::new(String::new(), &audit, &estate, &self.packs)));
        let left = only.map(|name| Only::named(name, &self.environments).unwrap());
        if let Some(only) = left {
            judge::keep(&mut audit, only, &estate);
        }
        Format::Json.render(&Report {
            audit: &audit,
            estate: &estate,
            packs: &self.packs,
            environments: &self.environments,
            only,
            comparison: comparison.as_ref(),
            trend: None,
            fail_on: crate::audit::Severity::High,
            at,
            paint: false,
            again: "",
        })
    }

    /// What is wrong with a report, and where; nothing when it is confirmed.
    fn verify(&self, bytes: &[u8], baseline: Option<&Side>) -> Option<(String, String)> {
        let claims = match report::claims(bytes) {
            Ok(claims) => claims,
            Err(told) => return Some((String::new(), told)),
        };
        if let Some(mismatch) = stranger(&claims) {
            return Some((mismatch.place.clone(), mismatch.lines().join("\n")));
        }
        let waivers = self.directory.path().join("waivers.toml");
        let mut again = Again {
            estate: estate(),
            environments: &self.environments,
            packs: &self.packs,
            flags: &PackArgs::default(),
            waivers: Some(&waivers),
            baseline,
        };
        match again.outcome(bytes, &claims).unwrap() {
            Outcome::Confirmed { .. } => None,
            Outcome::Differs(mismatch) => Some((mismatch.place.clone(), mismatch.lines().join("\n"))),
        }
    }
}

/// Every place of a document, as a pointer and as a path.
fn places(value: &Value, pointer: &str, path: &str, found: &mut Vec<(String, String)>) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, value)| {
            let place = (format!("{pointer}/{}", name.replace('/', "~1")), format!("{path}.{name}"));
            places(value, &place.0, &place.1, found);
            found.push(place);
        }),
        Value::Array(list) => list.iter().enumerate().for_each(|(nth, value)| {
            let place = (format!("{pointer}/{nth}"), format!("{path}[{nth}]"));
            places(value, &place.0, &place.1, found);
            found.push(place);
        }),
        _ => {}
    }
}

/// Other values of about the same kind.
fn others(value: &Value) -> Vec<Value> {
    match value {
        Value::Null => vec![json!("x"), json!(0)],
        Value::Bool(is) => vec![json!(!is), Value::Null],
        Value::Number(number) => vec![json!(number.as_i64().unwrap_or_default() + 1), json!(number.to_string())],
        Value::String(text) => {
            let alike = [
                &["PASS", "FAIL", "WAIVED", "UNKNOWN", "NOT-APPLICABLE"][..],
                &["informational", "low", "medium", "high", "critical"],
                &["production", "staging", "dev", "nowhere"],
                &["2023-11-14T22:13:20Z", "2023-11-14T01:00:00Z", "2023-11-15T22:13:20Z"],
            ];
            let alike = alike.into_iter().filter(|words| words.contains(&text.as_str())).flatten();
            let alike = alike.filter(|word| *word != text).map(|word| json!(word));
            alike.chain([json!(""), json!(format!("{text}x"))]).filter(|other| other != value).collect()
        }
        Value::Array(list) => {
            let (mut more, mut fewer, mut back) = (list.clone(), list.clone(), list.clone());
            more.push(list.last().cloned().unwrap_or(json!("x")));
            fewer.pop();
            back.reverse();
            [more, fewer, back].into_iter().filter(|other| other != list).map(Value::Array).collect()
        }
        Value::Object(fields) => {
            let mut more = fields.clone();
            more.insert("more".to_owned(), json!(1));
            let fewer = fields.keys().map(|name| {
                let mut fewer = fields.clone();
                fewer.remove(name);
                Value::Object(fewer)
            });
            fewer.chain([Value::Object(more)]).collect()
        }
    }
}

/// Changes every place of a report; tells what went unnoticed, and fails where another place is named than the one
/// that was changed.
fn unnoticed(world: &World, report: &[u8], baseline: Option<&Side>) -> Vec<String> {
    assert_eq!(world.verify(report, baseline), None, "as it is it is confirmed");
    let document: Value = serde_json::from_slice(report).unwrap();
    let mut all = vec![(String::new(), "$".to_owned())];
    places(&document, "", "$", &mut all);
    assert!(all.len() > 200, "{}", all.len());
    let mut passed = Vec::new();
    for (pointer, path) in all {
        for other in others(document.pointer(&pointer).unwrap()) {
            let mut forged = document.clone();
            *forged.pointer_mut(&pointer).unwrap() = other.clone();
            match world.verify(forged.to_string().as_bytes(), baseline) {
                None => passed.push(path.clone()),
                // Some changes make it another report, which is judged as that: it says so elsewhere.
                Some(_) if ["$.generated_at", "$.manifest.only_environment"].contains(&path.as_str()) => {}
                Some((place, told)) => {
                    let near = place.is_empty() || path.starts_with(&place) || place.starts_with(&path);
                    assert!(near && !told.is_empty(), "{path} = {other}: {place}: {told}");
                }
            }
        }
    }
    passed.sort();
    passed.dedup();
    passed
}

#[test]
fn no_field_of_a_report_can_be_changed_unnoticed() {
    let world = World::new();
    let report = world.report(None, None);
    let text = String::from_utf8(report.clone()).unwrap();
    for status in ["FAIL", "PASS", "UNKNOWN", "WAIVED"] {
        assert!(text.contains(&format!("\"status\": \"{status}\"")), "{status}: {text}");
    }
    let passed = unnoticed(&world, &report, None);
    let mut named = UNCHECKED.map(|(path, _)| format!("$.{path}"));
    named.sort();
    // Of the time, the day matters, because waivers end with a day.
    assert_eq!(passed, named, "what goes unnoticed is what is named as not verified");
}

#[test]
fn a_comparison_is_verified_with_its_baseline_and_named_without() {
    let world = World::new();
    let base = world.directory.path().join("base.json");
    let earlier = String::from_utf8(world.report(None, None)).unwrap();
    // Then one group passed, and another failed otherwise.
    std::fs::write(&base, earlier.replacen("\"FAIL\"", "\"PASS\"", 1)).unwrap();
    let since = report::read(&base).unwrap();
    let report = world.report(None, Some(&since));
    assert!(String::from_utf8(report.clone()).unwrap().contains("\"new\": [\n"));
    let passed = unnoticed(&world, &report, Some(&since));
    // Without `with` it is no other comparison.
    assert_eq!(passed, ["$.comparison", "$.comparison.with", "$.generated_at", "$.manifest.fail_on", "$.source.label"]);
    let forged = String::from_utf8(report).unwrap().replace("\"new\": [\n", "\"new\": [\"x\",\n");
    assert_eq!(world.verify(forged.as_bytes(), None), None);
    assert_eq!(world.verify(forged.as_bytes(), Some(&since)).unwrap().0, "$.comparison.new[0]");
}

#[test]
fn a_narrowed_report_is_verified_with_the_same_narrowing() {
    let world = World::new();
    let report = world.report(Some("production"), None);
    assert!(!String::from_utf8(report.clone()).unwrap().contains("sg-3\""));
    let passed = unnoticed(&world, &report, None);
    assert_eq!(passed, ["$.generated_at", "$.manifest.fail_on", "$.source.label"]);
    let forged = String::from_utf8(report).unwrap().replace("\"production\",\n    \"env", "\"nowhere\",\n    \"env");
    let (place, told) = world.verify(forged.as_bytes(), None).unwrap();
    assert_eq!(place, "$.manifest.only_environment");
    assert!(told.contains("there is no environment `nowhere`"), "{told}");
}
