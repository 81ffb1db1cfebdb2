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

let_in(everywhere) := instance({"facts": {"let_in": {"groups": ["sg-1", "sg-2"], "everywhere": everywhere}}})

evidence := [{"field": "IpPermissions[0].IpRanges[0].CidrIp", "value": "10.0.0.0/16", "resource": "sg-1"}]

test_every_port_fails_and_names_the_group if {
	case := let_in([{"groups": ["sg-1"], "names": ["app"], "evidence": evidence}])
	some failure in rule.fail with input as case
	failure.message == "group `app` lets it in on every port"
	not rule.pass with input as case
}

test_groups_that_do_so_together_are_named_with_what_wears_them if {
	way := {"groups": ["sg-1", "sg-2"], "names": ["app", "db"], "user": "DbInstance db", "evidence": evidence}
	some failure in rule.fail with input as let_in([way])
	failure.message == "groups `app`, `db` of DbInstance db together let it in on every port"
}

test_single_ports_pass if {
	case := let_in([])
	rule.pass with input as case
}

test_without_the_fact_there_is_no_answer if {
	case := instance({})
	not rule.pass with input as case
}
