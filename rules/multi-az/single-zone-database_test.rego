package bartizan.multi_az.single_zone_database_test

import rego.v1

import data.bartizan.multi_az.single_zone_database as rule

database(more) := {"resource": object.union({"DBInstanceIdentifier": "db", "AvailabilityZone": "eu-west-1a"}, more)}

test_a_standby_decides if {
	rule.pass with input as database({"MultiAZ": true})
	count(rule.fail) == 1 with input as database({"MultiAZ": false})
}

test_absent_is_not_false if {
	case := database({})
	not rule.pass with input as case
	count(rule.fail) == 0 with input as case
}

test_members_of_clusters_are_not_judged if {
	case := database({"MultiAZ": false, "DBClusterIdentifier": "c"})
	rule.not_applicable with input as case
	count(rule.fail) == 0 with input as case
}

test_rehearsals_weigh_little if {
	severity({"name": "staging", "tier": "staging"}) == "informational"
	severity({"name": "dev", "tier": "dev"}) == "informational"
	severity({"name": "production", "tier": "production"}) == "high"
	severity({"name": "shared", "tier": "other"}) == "high"
}

severity(environment) := one if {
	case := object.union(database({"MultiAZ": false}), {"environment": environment})
	some failure in rule.fail with input as case
	one := failure.severity
}

test_what_belongs_nowhere_is_taken_for_production if {
	case := database({"MultiAZ": false})
	some failure in rule.fail with input as case
	failure.severity == "high"
}
