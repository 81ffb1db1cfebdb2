package bartizan.private_subnet_isolation.data_port_open_to_world_test

import rego.v1

import data.bartizan.private_subnet_isolation.data_port_open_to_world as rule

group(from, to, share, users, public) := {
	"facts": {
		"admits": {"tcp": [{"from": from, "to": to, "world": share == 1, "share": share, "internet": []}]},
		"attachments": {"count": users, "public": public},
	},
	"parameters": {"near_world": 0.001, "data_ports": [5432, 6379]},
}

test_a_range_around_a_data_port_counts if {
	some failure in rule.fail with input as group(5000, 7000, 1, 1, 1)
	contains(failure.message, "port 5432, 6379 open to the whole internet")
	failure.severity == "critical"
}

test_severity_follows_who_uses_the_group if {
	some private in rule.fail with input as group(5432, 5432, 1, 1, 0)
	private.severity == "high"
	some unused in rule.fail with input as group(5432, 5432, 1, 0, 0)
	unused.severity == "low"
}

test_other_ports_and_few_addresses_pass if {
	rule.pass with input as group(443, 443, 1, 1, 1)
	rule.pass with input as group(5432, 5432, 0.0000001, 1, 1)
}

test_without_the_fact_there_is_no_answer if {
	not rule.pass with input as {"parameters": {"near_world": 0.001, "data_ports": [5432]}}
}
