package bartizan.private_subnet_isolation.private_subnet_routed_to_internet_test

import rego.v1

import data.bartizan.private_subnet_isolation.private_subnet_routed_to_internet as rule

subnet(name, class) := {
	"resource": {"Tags": [{"Key": "Name", "Value": name}]},
	"facts": {"subnet_class": {
		"class": class, "route_table": "rtb-1",
		"ipv4": {"class": class, "evidence": []},
	}},
	"parameters": {"private_names": ["private", "db"]},
}

test_a_private_name_with_a_public_route_fails if {
	count(rule.fail) == 1 with input as subnet("app-private-1a", "public")
	count(rule.fail) == 1 with input as subnet("DB", "partly-public")
}

test_nat_is_private if {
	rule.pass with input as subnet("private", "egress")
	rule.pass with input as subnet("private", "isolated")
}

test_a_word_is_a_whole_word if {
	rule.not_applicable with input as subnet("feedback", "public")
	rule.not_applicable with input as subnet("public-a", "public")
	count(rule.fail) == 0 with input as subnet("public-a", "public")
}

test_ipv6_alone_is_enough if {
	case := object.union(subnet("private", "egress"), {"facts": {"subnet_class": {
		"class": "public",
		"ipv6": {"class": "public", "evidence": []},
	}}})
	count(rule.fail) == 1 with input as case
	not rule.pass with input as case
}
