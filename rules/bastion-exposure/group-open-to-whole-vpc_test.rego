package bartizan.bastion_exposure.group_open_to_whole_vpc_test

import rego.v1

import data.bartizan.bastion_exposure.group_open_to_whole_vpc as rule

group(opening, kinds, users) := {"facts": {
	"admits": {"tcp": [opening]},
	"attachments": {"count": users, "kinds": kinds},
}}

vpc_wide := {"from": 0, "to": 65535, "whole_vpc": true, "world": false, "private": []}

severity(case) := one if {
	some failure in rule.fail with input as case
	one := failure.severity
}

test_severity_follows_what_is_behind_it if {
	severity(group(vpc_wide, {"DbInstance": 3, "EcsService": 9}, 12)) == "high"
	severity(group(vpc_wide, {"EcsService": 9}, 9)) == "medium"
	severity(group(vpc_wide, {}, 0)) == "low"
}

test_ranges_that_add_up_are_every_port if {
	low := object.union(vpc_wide, {"from": 0, "to": 22, "world": true})
	high := object.union(vpc_wide, {"from": 23, "to": 65535})
	case := object.union(group(low, {}, 1), {"facts": {"admits": {"tcp": [low, high]}}})
	count(rule.fail) == 1 with input as case
}

test_port_0_is_not_missed if {
	case := group(object.union(vpc_wide, {"from": 1}), {}, 1)
	count(rule.fail) == 1 with input as case
}

test_one_port_for_the_vpc_passes if {
	case := group(object.union(vpc_wide, {"from": 5432, "to": 5432}), {}, 1)
	rule.pass with input as case
}

test_open_to_the_world_is_for_other_rules if {
	case := group(object.union(vpc_wide, {"world": true}), {}, 1)
	rule.pass with input as case
}

test_an_unread_vpc_is_no_answer if {
	case := group({"from": 0, "to": 65535, "world": false, "private": []}, {}, 1)
	not rule.pass with input as case
	count(rule.fail) == 0 with input as case
}
