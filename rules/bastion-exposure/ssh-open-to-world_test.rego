package bartizan.bastion_exposure.ssh_open_to_world_test

import rego.v1

import data.bartizan.bastion_exposure.ssh_open_to_world as rule

group(openings, users, public) := {
	"facts": {
		"admits": {"tcp": openings, "udp": [], "other": []},
		"attachments": {"count": users, "public": public},
	},
	"parameters": {"near_world": 0.001, "admin_ports": [3389, 5985]},
}

world(from, to) := {
	"from": from, "to": to, "world": true, "share": 1,
	"internet": [{"field": "IpPermissions[0].IpRanges[0].CidrIp", "value": "0.0.0.0/0"}],
}

office := {"from": 22, "to": 22, "world": false, "share": 0.00000006, "internet": []}

half := {"from": 22, "to": 22, "world": false, "share": 0.57, "internet": []}

test_an_office_is_no_world if {
	case := group([office], 1, 1)
	rule.pass with input as case
	count(rule.fail) == 0 with input as case
}

test_a_range_around_the_port_counts if {
	case := group([world(0, 65535)], 1, 1)
	count(rule.fail) == 1 with input as case
	not rule.pass with input as case
}

test_another_port_is_another_matter if {
	case := group([world(443, 443)], 1, 1)
	rule.pass with input as case
}

test_half_of_the_internet_is_as_good_as_all_of_it if {
	case := group([half], 1, 1)
	some failure in rule.fail with input as case
	contains(failure.message, "about 57% of the internet")
}

test_severity_follows_who_uses_the_group if {
	severity(group([world(22, 22)], 2, 1)) == "critical"
	severity(group([world(22, 22)], 2, 0)) == "medium"
	severity(group([world(22, 22)], 0, 0)) == "low"
}

severity(case) := one if {
	some failure in rule.fail with input as case
	one := failure.severity
}

test_without_facts_there_is_no_answer if {
	case := {"parameters": {"near_world": 0.001, "admin_ports": [3389]}}
	not rule.pass with input as case
	count(rule.fail) == 0 with input as case
}
