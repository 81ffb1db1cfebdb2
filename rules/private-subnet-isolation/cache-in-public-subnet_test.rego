package bartizan.private_subnet_isolation.cache_in_public_subnet_test

import rego.v1

import data.bartizan.private_subnet_isolation.cache_in_public_subnet as rule

placed(class, public) := {"facts": {"placement": {"subnets": [{
	"subnet": "subnet-1", "class": class, "public": public, "route_table": "rtb-1",
	"implicit_main": true, "evidence": [],
}]}}}

test_a_public_subnet_fails if {
	some failure in rule.fail with input as placed("public", true)
	contains(failure.message, "main route table rtb-1")
}

test_a_partly_public_one_fails if {
	some failure in rule.fail with input as placed("partly-public", true)
	contains(failure.message, "a part of the internet")
}

test_nat_and_isolation_pass if {
	rule.pass with input as placed("egress", false)
	rule.pass with input as placed("isolated", false)
}

test_no_subnet_is_no_answer if {
	case := {"facts": {"placement": {"subnets": []}}}
	not rule.pass with input as case
	count(rule.fail) == 0 with input as case
}
