package bartizan.multi_az.single_zone_database_cluster_test

import rego.v1

import data.bartizan.multi_az.single_zone_database_cluster as rule

cluster(zones) := {
	"facts": {"zones": {"zones": ["eu-west-1a"], "least": zones, "most": zones, "evidence": []}},
	"parameters": {"zones": 2},
}

test_it_takes_as_many_zones_as_asked if {
	one := cluster(1)
	count(rule.fail) == 1 with input as one
	two := cluster(2)
	rule.pass with input as two
	three := object.union(two, {"parameters": {"zones": 3}})
	count(rule.fail) == 1 with input as three
}

test_an_instance_whose_zone_is_not_known_may_be_the_third if {
	case := object.union(cluster(2), {"facts": {"zones": {"most": 3}}, "parameters": {"zones": 3}})
	not rule.pass with input as case
	count(rule.fail) == 0 with input as case
	two := object.union(case, {"parameters": {"zones": 2}})
	rule.pass with input as two
}

test_without_the_fact_there_is_no_answer if {
	case := object.remove(cluster(1), ["facts"])
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
	case := object.union(cluster(1), {"environment": environment})
	some failure in rule.fail with input as case
	one := failure.severity
}

test_what_belongs_nowhere_is_taken_for_production if {
	case := cluster(1)
	some failure in rule.fail with input as case
	failure.severity == "high"
}
