package bartizan.bastion_exposure.bastion_reaches_database_test

import rego.v1

import data.bartizan.bastion_exposure.bastion_reaches_database as rule

instance(more) := object.union(
	{
		"resource": {"State": {"Name": "running"}, "Tags": [{"Key": "Name", "Value": "Bastion 2023"}]},
		"parameters": {"bastion_names": ["bastion", "jump"]},
	},
	more,
)

bastion(stores, complete) := instance({"facts": {"blast_radius": {
	"login": {"count": 9, "stores_count": count(stores), "stores": stores},
	"complete": complete,
}}})

store(id, between) := {
	"id": id, "kind": "DbInstance", "services": "tcp/5432", "hosts_between": between,
	"evidence": [{"resource": id, "field": "path from the bastion", "value": ["bastion", id]}],
}

test_a_store_next_to_it_is_worse_than_one_behind_a_host if {
	some next in rule.fail with input as bastion([store("db", 0)], true)
	next.severity == "medium"
	next.message == "1 data stores are reached from it: db (tcp/5432)"
	some behind in rule.fail with input as bastion([store("db", 2)], false)
	behind.severity == "low"
	behind.message == "1 data stores are reached from it: db (tcp/5432, over 2 hosts)"
}

test_of_many_the_first_are_named if {
	some many in rule.fail with input as bastion([store(id, 0) | some id in ["a", "b", "c", "d"]], true)
	contains(many.message, "c (tcp/5432), ...")
	count(many.evidence) == 4
}

test_nothing_reached_passes_only_where_everything_was_read if {
	rule.pass with input as bastion([], true)
	not rule.pass with input as bastion([], false)
	count(rule.fail) == 0 with input as bastion([], false)
}

test_other_hosts_are_not_judged if {
	rule.not_applicable with input as instance({"resource": {"Tags": []}})
	rule.not_applicable with input as instance({"resource": {"State": {"Name": "terminated"}}})
}

test_without_the_fact_there_is_no_answer if {
	not rule.pass with input as instance({"facts": {"blast_radius": null}})
	count(rule.fail) == 0 with input as instance({"facts": {"blast_radius": null}})
}
