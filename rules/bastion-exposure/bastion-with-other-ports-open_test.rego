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

way(verdict, from, to) := {
	"verdict": verdict,
	"ports": [{"protocol": "tcp", "from": from, "to": to}],
	"evidence": [{"field": "path from the internet", "value": ["igw-1"]}],
}

open(from, to, share, ways) := instance({"facts": {
	"bastion": {"open": [{"from": from, "to": to, "share": share, "internet": []}]},
	"exposed_ports": {"ways": ways},
}})

test_logins_alone_pass if {
	case := open(22, 22, 1, [way("connects", 22, 22)])
	rule.pass with input as case
}

test_a_build_server_fails if {
	case := open(8080, 8080, 1, [way("connects", 8080, 8080)])
	some failure in rule.fail with input as case
	failure.severity == "medium"
	count(failure.evidence) == 1
}

test_a_range_is_more_than_logins if {
	case := open(0, 65535, 1, [way("connects", 0, 65535)])
	count(rule.fail) == 1 with input as case
}

test_what_no_path_leads_to_is_low if {
	some failure in rule.fail with input as open(0, 65535, 1, [way("connects", 22, 22)])
	failure.severity == "low"
	contains(failure.message, "no path leads there")
}

test_what_may_be_reached_is_not_decided if {
	case := open(8080, 8080, 1, [way("unknown", 0, 65535)])
	count(rule.fail) == 0 with input as case
	not rule.pass with input as case
}

test_an_office_may_see_more if {
	case := open(8080, 8080, 0.0000001, [way("connects", 8080, 8080)])
	rule.pass with input as case
}

test_other_hosts_are_for_other_rules if {
	rule.not_applicable with input as instance({"resource": {"Tags": []}})
	rule.not_applicable with input as instance({"resource": {"State": {"Name": "terminated"}}})
}

test_without_the_facts_there_is_no_answer if {
	not rule.pass with input as instance({})
	count(rule.fail) == 0 with input as instance({})
}
