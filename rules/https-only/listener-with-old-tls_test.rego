package bartizan.https_only.listener_with_old_tls_test

import rego.v1

import data.bartizan.https_only.listener_with_old_tls as rule

listener(oldest) := {
	"resource": {"Port": 443},
	"facts": {"tls_policy": {"policy": "p", "oldest": oldest}},
	"parameters": {"oldest_tls": "1.2"},
}

test_old_versions_fail if {
	count(rule.fail) == 1 with input as listener("1.0")
	count(rule.fail) == 1 with input as listener("1.1")
}

test_new_versions_pass if {
	rule.pass with input as listener("1.2")
	rule.pass with input as listener("1.3")
}

test_the_floor_can_be_raised if {
	case := object.union(listener("1.2"), {"parameters": {"oldest_tls": "1.3"}})
	count(rule.fail) == 1 with input as case
}

test_a_version_nobody_knows_is_no_answer if {
	case := listener("0.9")
	not rule.pass with input as case
	count(rule.fail) == 0 with input as case
}
