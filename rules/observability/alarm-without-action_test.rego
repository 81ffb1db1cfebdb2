package bartizan.observability.alarm_without_action_test

import rego.v1

import data.bartizan.observability.alarm_without_action as rule

alarm(enabled, actions) := {"resource": {"ActionsEnabled": enabled, "AlarmActions": actions}}

test_it_needs_both if {
	rule.pass with input as alarm(true, ["arn"])
	count(rule.fail) == 1 with input as alarm(false, ["arn"])
	count(rule.fail) == 1 with input as alarm(true, [])
}

test_absent_is_no_answer if {
	case := {"resource": {"AlarmActions": ["arn"]}}
	not rule.pass with input as case
	count(rule.fail) == 0 with input as case
}
