package bartizan.private_subnet_isolation.service_with_public_address_test

import rego.v1

import data.bartizan.private_subnet_isolation.service_with_public_address as rule

service(network) := {"resource": {"status": "ACTIVE", "networkConfiguration": {"awsvpcConfiguration": network}}}

test_it_is_what_aws_says if {
	rule.pass with input as service({"assignPublicIp": "DISABLED"})
	count(rule.fail) == 1 with input as service({"assignPublicIp": "ENABLED"})
}

test_absent_is_no_answer if {
	case := service({"subnets": []})
	not rule.pass with input as case
	count(rule.fail) == 0 with input as case
}

test_other_networks_and_deleted_services_are_not_judged if {
	rule.not_applicable with input as {"resource": {"status": "ACTIVE"}}
	case := object.union(service({"assignPublicIp": "ENABLED"}), {"resource": {"status": "INACTIVE"}})
	rule.not_applicable with input as case
	count(rule.fail) == 0 with input as case
}
