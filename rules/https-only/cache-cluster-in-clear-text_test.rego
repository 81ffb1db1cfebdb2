package bartizan.https_only.cache_cluster_in_clear_text_test

import rego.v1

import data.bartizan.https_only.cache_cluster_in_clear_text as rule

test_it_is_what_aws_says if {
	rule.pass with input as {"resource": {"TransitEncryptionEnabled": true}}
	count(rule.fail) == 1 with input as {"resource": {"TransitEncryptionEnabled": false}}
}

test_members_of_a_group_are_judged_with_it if {
	member := {"resource": {"TransitEncryptionEnabled": false, "ReplicationGroupId": "sessions"}}
	rule.not_applicable with input as member
	count(rule.fail) == 0 with input as member
}

test_absent_is_not_false if {
	not rule.pass with input as {"resource": {}}
	not rule.not_applicable with input as {"resource": {}}
	count(rule.fail) == 0 with input as {"resource": {}}
}
