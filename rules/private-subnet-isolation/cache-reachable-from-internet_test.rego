package bartizan.private_subnet_isolation.cache_reachable_from_internet_test

import rego.v1

import data.bartizan.private_subnet_isolation.cache_reachable_from_internet as rule

cache(ways) := {
	"resource": {"CacheNodes": [{"Endpoint": {"Port": 6379}}]},
	"facts": {"exposed_ports": {"ways": ways}},
	"parameters": {"near_world": 0.001},
}

way(verdict, port, share) := {
	"verdict": verdict, "share": share, "everyone": share == 1, "evidence": [],
	"services": sprintf("tcp/%d", [port]),
	"ports": [{"protocol": "tcp", "from": port, "to": port}],
}

test_from_everywhere_is_worse_than_from_an_office if {
	all := object.union(way("connects", 6379, 1), {"address": "203.0.113.1"})
	some open in rule.fail with input as cache([all])
	open.severity == "critical"
	open.message == "the whole of the internet connects to tcp/6379 on 203.0.113.1"
	few := object.union(way("connects", 6379, 0.0000001), {"via": "nlb"})
	some office in rule.fail with input as cache([few])
	office.severity == "high"
	office.message == "a part of the internet connects to tcp/6379 through nlb"
}

test_an_address_that_is_not_known_is_left_out if {
	some open in rule.fail with input as cache([way("connects", 6379, 1)])
	open.message == "the whole of the internet connects to tcp/6379"
}

test_what_does_not_connect_to_its_port_passes if {
	rule.pass with input as cache([])
	rule.pass with input as cache([way("connects", 22, 1)])
	rule.pass with input as cache([way("delivers", 6379, 1)])
}

test_without_a_port_of_its_own_every_port_counts if {
	bare := {
		"resource": {},
		"facts": {"exposed_ports": {"ways": [way("connects", 22, 1)]}},
		"parameters": {"near_world": 0.001},
	}
	count(rule.fail) == 1 with input as bare
}

test_what_may_be_reached_is_not_decided if {
	case := cache([way("unknown", 6379, 1)])
	not rule.pass with input as case
	count(rule.fail) == 0 with input as case
}

test_without_the_fact_there_is_no_answer if {
	not rule.pass with input as {"resource": {}}
}

test_a_configuration_endpoint_tells_the_port_too if {
	bare := {
		"resource": {"CacheNodes": [], "ConfigurationEndpoint": {"Port": 11211}},
		"facts": {"exposed_ports": {"ways": [way("connects", 6379, 1)]}},
		"parameters": {"near_world": 0.001},
	}
	rule.pass with input as bare
}
