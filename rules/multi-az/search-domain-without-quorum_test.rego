package bartizan.multi_az.search_domain_without_quorum_test

import rego.v1

import data.bartizan.multi_az.search_domain_without_quorum as rule

domain(nodes, led, zones) := {
	"resource": {"ClusterConfig": {"InstanceCount": nodes, "DedicatedMasterEnabled": led}},
	"facts": {"zones": {"zones": ["eu-west-1a", "eu-west-1b"], "least": zones, "evidence": []}},
	"parameters": {"zones": 2},
}

test_two_nodes_have_no_majority_without_each_other if {
	count(rule.fail) == 1 with input as domain(2, false, 2)
	rule.pass with input as domain(3, false, 3)
	rule.pass with input as domain(2, true, 2)
}

test_one_of_two_zones_may_take_the_majority if {
	count(rule.fail) == 1 with input as domain(4, false, 2)
	not rule.pass with input as domain(4, false, 2)
	rule.pass with input as domain(4, true, 2)
}

test_one_zone_fails_whoever_leads if {
	count(rule.fail) == 1 with input as domain(3, true, 1)
	not rule.pass with input as domain(3, true, 1)
}

test_absent_is_no_answer if {
	case := object.union(domain(2, false, 2), {"resource": {"ClusterConfig": {"DedicatedMasterEnabled": null}}})
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
	case := object.union(domain(2, false, 2), {"environment": environment})
	some failure in rule.fail with input as case
	one := failure.severity
}

test_what_belongs_nowhere_is_taken_for_production if {
	case := domain(2, false, 2)
	some failure in rule.fail with input as case
	failure.severity == "medium"
}
