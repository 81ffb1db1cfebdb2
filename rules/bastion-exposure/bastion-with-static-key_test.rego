package bartizan.bastion_exposure.bastion_with_static_key_test

import rego.v1

import data.bartizan.bastion_exposure.bastion_with_static_key as rule

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

test_a_key_and_no_role_fails if {
	count(rule.fail) == 1 with input as instance({"resource": {"KeyName": "k"}})
}

test_a_role_or_no_key_passes if {
	rule.pass with input as instance({"resource": {"KeyName": "k", "IamInstanceProfile": {"Arn": "arn"}}})
	rule.pass with input as instance({})
}

test_other_hosts_are_not_bastions if {
	other := instance({"resource": {"Tags": [{"Key": "Name", "Value": "web"}], "KeyName": "k"}})
	rule.not_applicable with input as other
	count(rule.fail) == 0 with input as other
}

test_a_tag_names_a_bastion_too if {
	tagged := instance({"resource": {"Tags": [{"Key": "role", "Value": "Jump-Host"}], "KeyName": "k"}})
	count(rule.fail) == 1 with input as tagged
}
