package bartizan.private_subnet_isolation.search_domain_open_by_policy_test

import rego.v1

import data.bartizan.private_subnet_isolation.search_domain_open_by_policy as rule

domain(options, open) := {
	"resource": options,
	"facts": {"resource_policy": {"open": open, "conditional": []}},
}

statement := {"field": "Statement[0]", "actions": ["es:*"]}

test_in_a_vpc_it_weighs_less_than_on_the_internet if {
	inside := domain({"VPCOptions": {"VPCId": "vpc-1"}}, [statement])
	some within in rule.fail with input as inside
	within.severity == "high"
	outside := domain({}, [statement])
	some without in rule.fail with input as outside
	without.severity == "critical"
}

test_no_open_statement_and_no_policy_pass if {
	rule.pass with input as domain({}, [])
	rule.pass with input as {"resource": {}, "facts": {"resource_policy": null}}
}

test_a_condition_is_no_answer if {
	case := {"resource": {}, "facts": {"resource_policy": {"open": [], "conditional": [statement]}}}
	not rule.pass with input as case
	count(rule.fail) == 0 with input as case
}

test_without_the_fact_there_is_no_answer if {
	not rule.pass with input as {"resource": {}, "facts": {}}
}
