package bartizan.bastion_exposure.ssh_around_bastion_test

import rego.v1

import data.bartizan.bastion_exposure.ssh_around_bastion as rule

instance(more) := object.union(
	{
		"resource": {"State": {"Name": "running"}, "Tags": [{"Key": "Name", "Value": "Bastion 2023"}]},
		"parameters": {
			"bastion_names": ["bastion", "jump"],
			"bastion_ports": [22, 443],
			"near_world": 0.001,
		},
	},
	more,
)

host(addresses, share, world) := instance({
	"resource": {"Tags": [{"Key": "Name", "Value": "web"}]},
	"facts": {"bastion": {
		"addresses": addresses,
		"open": [{"from": 0, "to": 1024, "share": share, "world": world, "internet": []}],
	}},
})

test_open_to_the_world_is_worse_than_to_an_office if {
	some open in rule.fail with input as host(["203.0.113.1"], 1, true)
	open.severity == "high"
	some few in rule.fail with input as host(["203.0.113.1"], 0.0000001, false)
	few.severity == "low"
}

test_without_a_public_address_nobody_comes if {
	case := host([], 1, true)
	rule.pass with input as case
}

test_a_bastion_is_for_other_rules if {
	rule.not_applicable with input as instance({"facts": {"bastion": {"addresses": ["203.0.113.1"], "open": []}}})
}
