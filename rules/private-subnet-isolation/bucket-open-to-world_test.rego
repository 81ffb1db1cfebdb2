package bartizan.private_subnet_isolation.bucket_open_to_world_test

import rego.v1

import data.bartizan.private_subnet_isolation.bucket_open_to_world as rule

bucket(more) := {"resource": object.union({"Name": "b"}, more)}

everybody := "http://acs.amazonaws.com/groups/global/AllUsers"

test_a_public_policy_fails_unless_it_is_overruled if {
	count(rule.fail) == 1 with input as bucket({"PolicyStatus": {"IsPublic": true}})
	case := bucket({
		"PolicyStatus": {"IsPublic": true}, "Grants": [],
		"PublicAccessBlockConfiguration": {"RestrictPublicBuckets": true},
	})
	rule.pass with input as case
}

test_a_list_for_everybody_fails_unless_it_is_ignored if {
	open := bucket({"Grants": [{"Grantee": {"URI": everybody}, "Permission": "READ"}]})
	count(rule.fail) == 1 with input as open
	case := object.union(open, {"resource": {"PublicAccessBlockConfiguration": {"IgnorePublicAcls": true}}})
	rule.pass with input as case
}

test_a_list_that_was_not_read_is_no_answer if {
	case := bucket({})
	not rule.pass with input as case
	count(rule.fail) == 0 with input as case
}
