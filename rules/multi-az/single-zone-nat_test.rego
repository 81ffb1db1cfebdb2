package bartizan.multi_az.single_zone_nat_test

import rego.v1

import data.bartizan.multi_az.single_zone_nat as rule

network(crossing) := {"facts": {"nat_zones": {"gateways": ["nat-a"], "crossing": crossing}}}

astray(subnet) := {
	"subnet": subnet, "zone": "eu-west-1b", "gateway": "nat-a", "gateway_zone": "eu-west-1a",
	"evidence": {"field": "Routes[0].NatGatewayId", "value": "nat-a", "resource": "rtb-1"},
}

test_each_subnet_astray_is_named if {
	case := network([astray("subnet-1"), astray("subnet-2")])
	count(rule.fail) == 2 with input as case
}

test_a_gateway_in_each_zone_passes if {
	rule.pass with input as network([])
}

test_without_gateways_there_is_nothing_to_judge if {
	case := {"facts": {"nat_zones": {"gateways": [], "crossing": []}}}
	rule.not_applicable with input as case
	not rule.pass with input as case
}

test_without_the_fact_there_is_no_answer if {
	not rule.pass with input as {"facts": {}}
	not rule.not_applicable with input as {"facts": {}}
}

test_rehearsals_weigh_little if {
	severity({"name": "staging", "tier": "staging"}) == "informational"
	severity({"name": "dev", "tier": "dev"}) == "informational"
	severity({"name": "production", "tier": "production"}) == "high"
	severity({"name": "shared", "tier": "other"}) == "high"
}

severity(environment) := one if {
	case := object.union(network([astray("subnet-1")]), {"environment": environment})
	some failure in rule.fail with input as case
	one := failure.severity
}

test_what_belongs_nowhere_is_taken_for_production if {
	case := network([astray("subnet-1")])
	some failure in rule.fail with input as case
	failure.severity == "high"
}
