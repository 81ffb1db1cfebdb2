package bartizan.private_subnet_isolation.search_domain_reachable_from_internet_test

import rego.v1

import data.bartizan.private_subnet_isolation.search_domain_reachable_from_internet as rule

domain(ways) := {
	"resource": {"VPCOptions": {"VPCId": "vpc-1"}},
	"facts": {"exposed_ports": {"ways": ways}},
	"parameters": {"near_world": 0.001},
}

way(verdict, port, share) := {
	"verdict": verdict, "share": share, "everyone": share == 1, "evidence": [],
	"services": sprintf("tcp/%d", [port]),
	"ports": [{"protocol": "tcp", "from": port, "to": port}],
}

test_from_everywhere_is_worse_than_from_an_office if {
	all := object.union(way("connects", 443, 1), {"address": "203.0.113.1"})
	some open in rule.fail with input as domain([all])
	open.severity == "critical"
	open.message == "the whole of the internet connects to tcp/443 on 203.0.113.1"
	few := object.union(way("connects", 443, 0.0000001), {"via": "nlb"})
	some office in rule.fail with input as domain([few])
	office.severity == "high"
	office.message == "a part of the internet connects to tcp/443 through nlb"
}

test_an_address_that_is_not_known_is_left_out if {
	some open in rule.fail with input as domain([way("connects", 443, 1)])
	open.message == "the whole of the internet connects to tcp/443"
}

test_what_does_not_connect_to_its_port_passes if {
	rule.pass with input as domain([])
	rule.pass with input as domain([way("connects", 22, 1)])
	rule.pass with input as domain([way("delivers", 443, 1)])
}

test_a_domain_outside_vpcs_is_for_its_policy if {
	public := {
		"resource": {},
		"facts": {"exposed_ports": {"ways": [way("connects", 443, 1)]}},
		"parameters": {"near_world": 0.001},
	}
	rule.not_applicable with input as public
	not rule.pass with input as public
	count(rule.fail) == 0 with input as public
}

test_what_may_be_reached_is_not_decided if {
	case := domain([way("unknown", 443, 1)])
	not rule.pass with input as case
	count(rule.fail) == 0 with input as case
}

test_without_the_fact_there_is_no_answer if {
	not rule.pass with input as {"resource": {}}
}
