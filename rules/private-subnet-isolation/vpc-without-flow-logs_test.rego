package bartizan.private_subnet_isolation.vpc_without_flow_logs_test

import rego.v1

import data.bartizan.private_subnet_isolation.vpc_without_flow_logs as rule

vpc(whole, failing, unwatched) := {"facts": {"flow_logs": {
	"whole": whole, "failing": failing, "unwatched": unwatched,
}}}

test_a_log_of_the_vpc_or_of_each_subnet_passes if {
	rule.pass with input as vpc(["fl-1"], [], [])
	rule.pass with input as vpc([], [], [])
}

test_a_subnet_nobody_watches_fails if {
	count(rule.fail) == 1 with input as vpc([], [], ["subnet-1"])
	not rule.pass with input as vpc([], [], ["subnet-1"])
}

test_a_log_that_does_not_deliver_is_named if {
	some failure in rule.fail with input as vpc([], ["fl-1"], ["subnet-1"])
	contains(failure.message, "fl-1 does not deliver")
}

test_without_the_fact_there_is_no_answer if {
	not rule.pass with input as {"facts": {}}
	count(rule.fail) == 0 with input as {"facts": {}}
}
