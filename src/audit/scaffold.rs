//! The files a new rule begins with: a rule that works, with its tests, to be changed step by step.

use crate::model::Kind;

/// The files of a new rule by their path below the packs' directory. `pack.toml` is among them for a pack that does
/// not exist yet.
#[must_use]
pub fn scaffold(pack: &str, rule: &str, kind: Kind) -> Vec<(String, String)> {
    let fill = |text: &str| {
        text.replace("{pack}", pack)
            .replace("{rule}", rule)
            .replace("{pack_name}", &pack.replace('-', "_"))
            .replace("{rule_name}", &rule.replace('-', "_"))
            .replace("{kind}", kind.name())
            .replace("{listing}", kind.list_action())
    };
    [
        ("{pack}/pack.toml", PACK),
        ("{pack}/{rule}.rego", RULE),
        ("{pack}/{rule}_test.rego", TESTS),
        ("{pack}/fixtures/{rule}.json", FIXTURES),
    ]
    .map(|(path, text)| (fill(path), fill(text)))
    .into()
}

const PACK: &str = r#"id = "{pack}"
title = "{pack}"
version = "0.1.0"
description = "What this pack promises of an account that passes it."

[parameters]
owner_tag = "owner"
"#;

const RULE: &str = r#"# METADATA
# scope: package
# title: {kind} without an owner
# description: Fails when no tag names an owner.
# custom:
#   severity: low
#   resource: {kind}
#   controls: []
#   rationale: Nobody is asked about what nobody owns.
#   verify: Look at the answer of {listing}; its Tags should name an owner.
#   remediation:
#     cli: aws resourcegroupstaggingapi tag-resources --resource-arn-list ARN --tags owner=TEAM
#     terraform: |
#       tags = { owner = "TEAM" }
#     console: Open the resource, Tags, Manage tags, and add the tag.
package bartizan.{pack_name}.{rule_name}

import rego.v1

owned if {
	some tag in input.resource.Tags
	lower(tag.Key) == input.parameters.owner_tag
}

pass if owned

fail contains {"message": "no tag names an owner", "evidence": evidence} if {
	tags := input.resource.Tags
	not owned
	evidence := [{"field": "Tags", "value": tags}]
}
"#;

const TESTS: &str = r#"package bartizan.{pack_name}.{rule_name}_test

import rego.v1

import data.bartizan.{pack_name}.{rule_name} as rule

tagged(tags) := {"resource": {"Tags": tags}, "parameters": {"owner_tag": "owner"}}

test_the_case_of_the_tag_does_not_matter if {
	rule.pass with input as tagged([{"Key": "Owner", "Value": "payments"}])
}

test_another_tag_is_no_owner if {
	count(rule.fail) == 1 with input as tagged([{"Key": "Name", "Value": "x"}])
	not rule.pass with input as tagged([{"Key": "Name", "Value": "x"}])
}
"#;

const FIXTURES: &str = r#"{
  "good": [{"resource": {"Tags": [{"Key": "owner", "Value": "payments"}]}, "parameters": {"owner_tag": "owner"}}],
  "bad": [{"resource": {"Tags": []}, "parameters": {"owner_tag": "owner"}}],
  "unknown": [{"resource": {}, "parameters": {"owner_tag": "owner"}}]
}
"#;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::Limits;
    use crate::audit::pack::of_files;

    #[test]
    fn a_new_rule_is_clean_and_passes_its_tests() {
        let files = scaffold("our-pack", "group-without-owner", Kind::SecurityGroup);
        let below: Vec<(&str, &str)> =
            files.iter().map(|(path, text)| (path.strip_prefix("our-pack/").unwrap(), text.as_str())).collect();
        let pack = of_files("our-pack", &below).unwrap();
        assert_eq!(pack.lint(), []);
        let trial = pack.try_rules(Limits::default()).remove(0);
        assert_eq!((trial.passed, trial.failed), (5, Vec::new()));
        assert_eq!(trial.lines.all, trial.lines.covered);
    }
}
