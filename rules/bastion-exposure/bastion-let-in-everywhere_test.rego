package bartizan.bastion_exposure.bastion_let_in_everywhere_test

import rego.v1

import data.bartizan.bastion_exposure.bastion_let_in_everywhere as rule

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

admitted(all_ports) := instance({"facts": {"bastion": {"admitted_by": [{
	"group": "sg-1", "all_ports": all_ports,
	"evidence": {"field": "IpPermissions[0].IpRanges[0].CidrIp", "value": "10.0.0.0/16", "resource": "sg-1"},
}]}}})

test_every_port_fails_and_names_the_group if {
	some failure in rule.fail with input as admitted(true)
	contains(failure.message, "sg-1")
}

test_single_ports_pass if {
	case := admitted(false)
	rule.pass with input as case
}

test_without_the_fact_there_is_no_answer if {
	case := instance({})
	not rule.pass with input as case
}
