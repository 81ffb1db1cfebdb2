package bartizan.observability.log_group_without_retention_test

import rego.v1

import data.bartizan.observability.log_group_without_retention as rule

group(more) := {"resource": object.union({"logGroupName": "g"}, more), "parameters": {"longest_retention": 400}}

test_absent_is_for_ever if {
	some failure in rule.fail with input as group({})
	failure.message == "its events never expire"
}

test_a_bound_passes_and_too_long_a_one_fails if {
	rule.pass with input as group({"retentionInDays": 30})
	count(rule.fail) == 1 with input as group({"retentionInDays": 731})
}

test_the_setting_does_not_apply_to_delivery if {
	rule.not_applicable with input as group({"logGroupClass": "DELIVERY"})
	count(rule.fail) == 0 with input as group({"logGroupClass": "DELIVERY"})
}
