package bartizan.multi_az.single_zone_auto_scaling_group_test

import rego.v1

import data.bartizan.multi_az.single_zone_auto_scaling_group as rule

spread(zones) := group(zones, 2)

group(zones, copies) := {
	"resource": {"DesiredCapacity": copies},
	"facts": {"zones": {"zones": ["eu-west-1a"], "least": zones, "copies": copies, "evidence": []}},
	"parameters": {"zones": 2},
}

test_one_instance_is_in_one_zone_wherever_it_may_be if {
	count(rule.fail) == 1 with input as group(3, 1)
}

test_a_group_of_nothing_is_not_judged if {
	case := group(1, 0)
	rule.not_applicable with input as case
	count(rule.fail) == 0 with input as case
}

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

test_rehearsals_weigh_little if {
	severity({"name": "staging", "tier": "staging"}) == "informational"
	severity({"name": "dev", "tier": "dev"}) == "informational"
	severity({"name": "production", "tier": "production"}) == "medium"
	severity({"name": "shared", "tier": "other"}) == "medium"
}

severity(environment) := one if {
	case := object.union(spread(1), {"environment": environment})
	some failure in rule.fail with input as case
	one := failure.severity
}

test_what_belongs_nowhere_is_taken_for_production if {
	case := spread(1)
	some failure in rule.fail with input as case
	failure.severity == "medium"
}
