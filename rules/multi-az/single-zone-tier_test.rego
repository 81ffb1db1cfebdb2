package bartizan.multi_az.single_zone_tier_test

import rego.v1

import data.bartizan.multi_az.single_zone_tier as rule

network(tiers) := {"facts": {"tiers": {"tiers": tiers}}, "parameters": {"zones": 2}}

tier(zones) := {"subnets": ["subnet-1"], "zones": zones}

test_zones_of_different_tiers_do_not_add_up if {
	case := network({"public": tier(["eu-west-1a"]), "egress": tier(["eu-west-1b"])})
	count(rule.fail) == 2 with input as case
	not rule.pass with input as case
}

test_each_tier_in_two_zones_passes if {
	case := network({"public": tier(["eu-west-1a", "eu-west-1b"])})
	rule.pass with input as case
}

test_a_vpc_without_subnets_is_not_judged if {
	case := network({})
	rule.not_applicable with input as case
}

test_without_the_fact_there_is_no_answer if {
	not rule.pass with input as {"parameters": {"zones": 2}}
}

test_rehearsals_weigh_little if {
	severity({"name": "staging", "tier": "staging"}) == "informational"
	severity({"name": "dev", "tier": "dev"}) == "informational"
	severity({"name": "production", "tier": "production"}) == "medium"
	severity({"name": "shared", "tier": "other"}) == "medium"
}

severity(environment) := one if {
	case := object.union(network({"public": tier(["eu-west-1a"])}), {"environment": environment})
	some failure in rule.fail with input as case
	one := failure.severity
}

test_what_belongs_nowhere_is_taken_for_production if {
	case := network({"public": tier(["eu-west-1a"])})
	some failure in rule.fail with input as case
	failure.severity == "medium"
}
