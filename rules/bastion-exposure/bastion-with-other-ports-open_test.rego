package bartizan.bastion_exposure.bastion_with_other_ports_open_test

import rego.v1

import data.bartizan.bastion_exposure.bastion_with_other_ports_open as rule

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

open(from, to, share) := instance({"facts": {"bastion": {"open": [{
	"from": from, "to": to, "share": share, "internet": [],
}]}}})

test_logins_alone_pass if {
	case := open(22, 22, 1)
	rule.pass with input as case
}

test_a_build_server_fails if {
	case := open(8080, 8080, 1)
	count(rule.fail) == 1 with input as case
}

test_a_range_is_more_than_logins if {
	case := open(0, 65535, 1)
	count(rule.fail) == 1 with input as case
}

test_an_office_may_see_more if {
	case := open(8080, 8080, 0.0000001)
	rule.pass with input as case
}

test_without_the_fact_there_is_no_answer if {
	not rule.pass with input as instance({})
	count(rule.fail) == 0 with input as instance({})
}
