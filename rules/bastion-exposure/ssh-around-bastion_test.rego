package bartizan.bastion_exposure.ssh_around_bastion_test

import rego.v1

import data.bartizan.bastion_exposure.ssh_around_bastion as rule

instance(more) := object.union(
	{
		"resource": {"State": {"Name": "running"}, "Tags": [{"Key": "Name", "Value": "web"}]},
		"parameters": {"bastion_names": ["bastion", "jump"], "near_world": 0.001},
	},
	more,
)

host(ways) := instance({"facts": {"exposed_ports": {"ways": ways}}})

way(verdict, from, to, share) := {
	"verdict": verdict, "share": share, "everyone": share == 1, "evidence": [],
	"ports": [{"protocol": "tcp", "from": from, "to": to}],
}

address := {"address": "203.0.113.1"}

test_open_to_the_world_is_worse_than_to_an_office if {
	some open in rule.fail with input as host([object.union(way("connects", 0, 1024, 1), address)])
	open.severity == "high"
	open.message == "port 22 on 203.0.113.1: connections are made from the whole internet"
	some few in rule.fail with input as host([object.union(way("gated", 22, 22, 0.0000001), {"via": "lb"})])
	few.severity == "low"
	few.message == "port 22 through lb: connections are made under a condition from a part of the internet"
}

test_without_replies_it_weighs_less if {
	some one in rule.fail with input as host([way("delivers", 22, 22, 1)])
	one.severity == "low"
	one.message == "port 22 on a public address: packets arrive, though no reply gets back, from the whole internet"
}

test_what_is_not_reached_passes if {
	rule.pass with input as host([])
	rule.pass with input as host([way("connects", 443, 443, 1)])
}

test_what_may_be_reached_is_not_decided if {
	case := host([way("unknown", 0, 65535, 1)])
	not rule.pass with input as case
	count(rule.fail) == 0 with input as case
}

test_a_bastion_is_for_other_rules if {
	rule.not_applicable with input as instance({"resource": {"Tags": [{"Key": "Name", "Value": "Jump host"}]}})
	rule.not_applicable with input as instance({"resource": {"State": {"Name": "terminated"}}})
}
