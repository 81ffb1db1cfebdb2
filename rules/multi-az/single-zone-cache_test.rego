package bartizan.multi_az.single_zone_cache_test

import rego.v1

import data.bartizan.multi_az.single_zone_cache as rule

cache(zones) := {
	"resource": {"AutomaticFailover": "enabled"},
	"facts": {"zones": {"zones": ["eu-west-1a"], "least": zones, "most": zones, "evidence": []}},
	"parameters": {"zones": 2},
}

test_without_failover_replicas_are_no_help if {
	case := object.union(cache(2), {"resource": {"AutomaticFailover": "disabled"}})
	count(rule.fail) == 1 with input as case
	not rule.pass with input as case
}

test_it_takes_as_many_zones_as_asked if {
	one := cache(1)
	count(rule.fail) == 1 with input as one
	two := cache(2)
	rule.pass with input as two
	three := object.union(two, {"parameters": {"zones": 3}})
	count(rule.fail) == 1 with input as three
}

test_without_the_fact_there_is_no_answer if {
	case := object.remove(cache(1), ["facts"])
	not rule.pass with input as case
	count(rule.fail) == 0 with input as case
}

test_rehearsals_weigh_little if {
	severity({"name": "staging", "tier": "staging"}) == "informational"
	severity({"name": "dev", "tier": "dev"}) == "informational"
	severity({"name": "production", "tier": "production"}) == "high"
	severity({"name": "shared", "tier": "other"}) == "high"
}

severity(environment) := one if {
	case := object.union(cache(1), {"environment": environment})
	some failure in rule.fail with input as case
	one := failure.severity
}

test_what_belongs_nowhere_is_taken_for_production if {
	case := cache(1)
	some failure in rule.fail with input as case
	failure.severity == "high"
}
