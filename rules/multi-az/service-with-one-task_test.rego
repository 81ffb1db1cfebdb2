package bartizan.multi_az.service_with_one_task_test

import rego.v1

import data.bartizan.multi_az.service_with_one_task as rule

service(more) := {"resource": object.union(
	{"status": "ACTIVE", "schedulingStrategy": "REPLICA"},
	more,
)}

test_one_fails_and_two_pass if {
	count(rule.fail) == 1 with input as service({"desiredCount": 1})
	rule.pass with input as service({"desiredCount": 2})
}

test_an_absent_count_is_no_answer if {
	case := service({})
	not rule.pass with input as case
	count(rule.fail) == 0 with input as case
}

test_what_runs_nothing_of_its_own_is_not_judged if {
	daemon := service({"desiredCount": 1, "schedulingStrategy": "DAEMON"})
	rule.not_applicable with input as daemon
	count(rule.fail) == 0 with input as daemon
	stopped := service({"desiredCount": 0})
	rule.not_applicable with input as stopped
}

test_rehearsals_weigh_little if {
	severity({"name": "staging", "tier": "staging"}) == "informational"
	severity({"name": "dev", "tier": "dev"}) == "informational"
	severity({"name": "production", "tier": "production"}) == "high"
	severity({"name": "shared", "tier": "other"}) == "high"
}

severity(environment) := one if {
	case := object.union(service({"desiredCount": 1}), {"environment": environment})
	some failure in rule.fail with input as case
	one := failure.severity
}

test_what_belongs_nowhere_is_taken_for_production if {
	case := service({"desiredCount": 1})
	some failure in rule.fail with input as case
	failure.severity == "high"
}
