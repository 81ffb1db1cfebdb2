package bartizan.private_subnet_isolation.data_port_open_to_world_test

import rego.v1

import data.bartizan.private_subnet_isolation.data_port_open_to_world as rule

group(openings, users) := {
	"facts": {"reached_by": {"users": users, "openings": openings}},
	"parameters": {"near_world": 0.001, "admin_ports": [3389, 5985], "data_ports": [5432, 6379]},
}

opening(from, to, share, reached, unknown) := {
	"opening": {
		"protocol": "tcp", "from": from, "to": to, "world": share == 1, "share": share,
		"internet": [{"field": "IpPermissions[0].IpRanges[0].CidrIp", "value": "0.0.0.0/0"}],
	},
	"reached": reached, "unknown": unknown, "kept": 0, "because": "",
	"ways": [{
		"verdict": "connects", "ports": [{"protocol": "tcp", "from": 5432, "to": 5432}],
		"evidence": [{"resource": "i-1", "field": "path from the internet", "value": ["igw-1", "sg-1"]}],
	}],
}

part(share, count) := {"from": 0, "to": 65535, "share": share, "count": count, "first": "web at 203.0.113.1"}

elsewhere := {"from": 8080, "to": 8080, "share": 1, "count": 1, "first": "web at 203.0.113.1"}

world(reached, unknown) := opening(5432, 5432, 1, reached, unknown)

office := opening(5432, 5432, 0.00000006, [part(0.00000006, 1)], [])

test_an_office_is_no_world if {
	case := group([office], 1)
	rule.pass with input as case
	count(rule.fail) == 0 with input as case
}

test_a_range_around_the_port_counts if {
	case := group([opening(0, 65535, 1, [part(1, 1)], [])], 1)
	count(rule.fail) == 1 with input as case
	not rule.pass with input as case
}

test_another_port_is_another_matter if {
	case := group([opening(8080, 8080, 1, [part(1, 1)], [])], 1)
	rule.pass with input as case
}

test_half_of_the_internet_is_as_good_as_all_of_it if {
	case := group([opening(5432, 5432, 0.57, [part(0.57, 1)], [])], 1)
	some failure in rule.fail with input as case
	contains(failure.message, "about 57% of the internet")
	failure.severity == "critical"
}

test_severity_follows_who_is_reached if {
	severity(group([world([part(1, 2)], [])], 2)) == "critical"
	severity(group([world([part(0.00001, 1)], [])], 1)) == "high"
	severity(group([world([], [])], 2)) == "low"
	severity(group([world([elsewhere], [])], 1)) == "low"
	severity(group([world([], [])], 0)) == "low"
}

test_the_message_names_who_is_reached_or_why_nobody_is if {
	some reached in rule.fail with input as group([world([part(1, 2)], [])], 2)
	contains(reached.message, "reached from there: web at 203.0.113.1 and 1 more")
	some evidence in reached.evidence
	evidence.value == ["igw-1", "sg-1"]
	kept := object.union(world([], []), {"because": "no public address (2)"})
	some nobody in rule.fail with input as group([kept], 2)
	contains(nobody.message, "none of 2 that use it is known to be reached from there: no public address (2)")
	some unused in rule.fail with input as group([world([], [])], 0)
	contains(unused.message, "nothing uses it now")
}

test_what_may_be_reached_is_not_decided if {
	case := group([world([], [part(1, 0)])], 1)
	count(rule.fail) == 0 with input as case
	not rule.pass with input as case
}

test_what_may_be_reached_weighs_as_if_it_were_where_something_else_is if {
	case := group([world([], [part(1, 0)]), opening(0, 65535, 1, [part(0.00001, 1)], [])], 1)
	"critical" in {failure.severity | some failure in rule.fail} with input as case
}

severity(case) := one if {
	some failure in rule.fail with input as case
	one := failure.severity
}

test_without_facts_there_is_no_answer if {
	case := {"parameters": {"near_world": 0.001, "admin_ports": [3389], "data_ports": [5432]}}
	not rule.pass with input as case
	count(rule.fail) == 0 with input as case
}
