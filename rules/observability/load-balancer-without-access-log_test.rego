package bartizan.observability.load_balancer_without_access_log_test

import rego.v1

import data.bartizan.observability.load_balancer_without_access_log as rule

balancer(type, value) := {"resource": {
	"Type": type,
	"Attributes": [{"Key": "access_logs.s3.enabled", "Value": value}],
}}

test_it_is_what_aws_says if {
	rule.pass with input as balancer("application", "true")
	count(rule.fail) == 1 with input as balancer("application", "false")
}

test_other_types_are_not_judged if {
	rule.not_applicable with input as balancer("network", "false")
	count(rule.fail) == 0 with input as balancer("network", "false")
}

test_unread_attributes_are_no_answer if {
	case := {"resource": {"Type": "application"}}
	not rule.pass with input as case
	count(rule.fail) == 0 with input as case
}
