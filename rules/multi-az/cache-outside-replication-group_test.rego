package bartizan.multi_az.cache_outside_replication_group_test

import rego.v1

import data.bartizan.multi_az.cache_outside_replication_group as rule

alone := {"resource": {"Engine": "redis", "NumCacheNodes": 1, "PreferredAvailabilityZone": "us-east-1a"}}

test_a_cluster_of_its_own_has_no_replica if {
	count(rule.fail) == 1 with input as alone
	not rule.pass with input as alone
	count(rule.fail) == 1 with input as object.union(alone, {"resource": {"Engine": "valkey"}})
}

test_members_pass_and_memcached_is_another_thing if {
	member := object.union(alone, {"resource": {"ReplicationGroupId": "sessions"}})
	rule.pass with input as member
	count(rule.fail) == 0 with input as member
	memcached := object.union(alone, {"resource": {"Engine": "memcached"}})
	rule.not_applicable with input as memcached
	count(rule.fail) == 0 with input as memcached
}

test_an_unknown_engine_is_no_answer if {
	unknown := {"resource": {"NumCacheNodes": 1, "PreferredAvailabilityZone": "us-east-1a"}}
	not rule.not_applicable with input as unknown
	not rule.pass with input as unknown
	count(rule.fail) == 0 with input as unknown
}

test_rehearsals_weigh_little if {
	severity({"name": "staging", "tier": "staging"}) == "informational"
	severity({"name": "production", "tier": "production"}) == "high"
}

severity(environment) := one if {
	case := object.union(alone, {"environment": environment})
	some failure in rule.fail with input as case
	one := failure.severity
}
