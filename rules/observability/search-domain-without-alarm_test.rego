package bartizan.observability.search_domain_without_alarm_test

import rego.v1

import data.bartizan.observability.search_domain_without_alarm as rule

watched(acting, scaling) := {
	"resource": {},
	"facts": {"alarms": {"acting": acting, "scaling": scaling, "silent": []}},
}

test_an_alarm_that_acts_passes if {
	rule.pass with input as watched(["cpu"], [])
	count(rule.fail) == 0 with input as watched(["cpu"], [])
}

test_scaling_tells_nobody if {
	some failure in rule.fail with input as watched([], ["TargetTracking-x"])
	failure.message == "no alarm tells anybody when it fails: TargetTracking-x only scales"
}

test_production_weighs_most if {
	severity({"name": "production", "tier": "production"}) == "high"
	severity({"name": "staging", "tier": "staging"}) == "informational"
	severity({"name": "dev", "tier": "dev"}) == "informational"
	severity({"name": "shared", "tier": "other"}) == "medium"
}

severity(environment) := one if {
	case := object.union(watched([], []), {"environment": environment})
	some failure in rule.fail with input as case
	one := failure.severity
}

test_what_belongs_nowhere_weighs_less if {
	some failure in rule.fail with input as watched([], [])
	failure.severity == "medium"
}

test_without_the_fact_there_is_no_answer if {
	case := object.remove(watched([], []), ["facts"])
	not rule.pass with input as case
	count(rule.fail) == 0 with input as case
}
