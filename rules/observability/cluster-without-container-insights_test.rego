package bartizan.observability.cluster_without_container_insights_test

import rego.v1

import data.bartizan.observability.cluster_without_container_insights as rule

cluster(value) := {"resource": {"settings": [{"name": "containerInsights", "value": value}]}}

test_it_is_what_aws_says if {
	rule.pass with input as cluster("enabled")
	rule.pass with input as cluster("enhanced")
	count(rule.fail) == 1 with input as cluster("disabled")
}

test_settings_that_were_not_asked_for_are_no_answer if {
	case := {"resource": {"settings": []}}
	not rule.pass with input as case
	count(rule.fail) == 0 with input as case
}
