package bartizan.private_subnet_isolation.default_group_with_rules_test

import rego.v1

import data.bartizan.private_subnet_isolation.default_group_with_rules as rule

group(name, rules, users) := {
	"resource": {"GroupName": name, "IpPermissions": rules, "IpPermissionsEgress": []},
	"facts": {"attachments": {"count": users}},
}

test_only_the_default_group_is_judged if {
	rule.not_applicable with input as group("web", [{}], 1)
	count(rule.fail) == 0 with input as group("web", [{}], 1)
}

test_any_rule_fails_and_use_makes_it_worse if {
	some used in rule.fail with input as group("default", [{}], 1)
	used.severity == "medium"
	some unused in rule.fail with input as group("default", [{}], 0)
	unused.severity == "low"
}

test_an_empty_one_passes if {
	rule.pass with input as group("default", [], 1)
}
