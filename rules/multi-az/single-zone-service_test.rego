package bartizan.multi_az.single_zone_service_test

import rego.v1

import data.bartizan.multi_az.single_zone_service as rule

service(more) := in_zones(1, more)

in_zones(zones, more) := {
	"resource": object.union({"status": "ACTIVE", "schedulingStrategy": "REPLICA", "desiredCount": 2}, more),
	"facts": {"zones": {"zones": ["eu-west-1a"], "least": zones, "most": zones, "evidence": []}},
	"parameters": {"zones": 2},
}

spread(zones) := in_zones(zones, {})

test_it_takes_as_many_zones_as_asked if {
	one := spread(1)
	count(rule.fail) == 1 with input as one
	two := spread(2)
	rule.pass with input as two
	three := object.union(two, {"parameters": {"zones": 3}})
	count(rule.fail) == 1 with input as three
}

test_without_the_fact_there_is_no_answer if {
	case := object.remove(spread(1), ["facts"])
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
	case := object.union(spread(1), {"environment": environment})
	some failure in rule.fail with input as case
	one := failure.severity
}

test_what_belongs_nowhere_is_taken_for_production if {
	case := spread(1)
	some failure in rule.fail with input as case
	failure.severity == "high"
}
