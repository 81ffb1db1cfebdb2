package bartizan.private_subnet_isolation.subnet_giving_public_addresses_test

import rego.v1

import data.bartizan.private_subnet_isolation.subnet_giving_public_addresses as rule

subnet(class, auto) := {
	"resource": {"MapPublicIpOnLaunch": auto, "AssignIpv6AddressOnCreation": false},
	"facts": {"subnet_class": {"class": class, "ipv4": {"class": class}}},
}

test_only_where_there_is_a_way_in if {
	count(rule.fail) == 1 with input as subnet("public", true)
	rule.pass with input as subnet("public", false)
	rule.not_applicable with input as subnet("egress", true)
	count(rule.fail) == 0 with input as subnet("egress", true)
}

test_ipv6_is_judged_by_its_own_route if {
	case := {
		"resource": {"MapPublicIpOnLaunch": false, "AssignIpv6AddressOnCreation": true},
		"facts": {"subnet_class": {
			"class": "public",
			"ipv4": {"class": "egress"}, "ipv6": {"class": "public"},
		}},
	}
	count(rule.fail) == 1 with input as case
}
