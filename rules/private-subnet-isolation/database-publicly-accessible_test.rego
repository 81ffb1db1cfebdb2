package bartizan.private_subnet_isolation.database_publicly_accessible_test

import rego.v1

import data.bartizan.private_subnet_isolation.database_publicly_accessible as rule

test_it_is_what_aws_says if {
	rule.pass with input as {"resource": {"PubliclyAccessible": false}}
	count(rule.fail) == 1 with input as {"resource": {"PubliclyAccessible": true}}
}

test_absent_is_not_false if {
	not rule.pass with input as {"resource": {}}
	count(rule.fail) == 0 with input as {"resource": {}}
}
