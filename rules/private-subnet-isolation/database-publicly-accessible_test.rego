package bartizan.private_subnet_isolation.database_publicly_accessible_test

import rego.v1

import data.bartizan.private_subnet_isolation.database_publicly_accessible as rule

database(public, ways) := {
	"resource": {"PubliclyAccessible": public},
	"facts": {"exposed_ports": {"ways": ways}},
}

path := [{"field": "path from the internet", "value": ["igw-1"]}]

test_it_is_what_aws_says if {
	rule.pass with input as database(false, [])
	some reached in rule.fail with input as database(true, [{"verdict": "connects", "evidence": path}])
	reached.severity == "critical"
	count(reached.evidence) == 2
}

test_what_no_path_leads_to_weighs_less if {
	some kept in rule.fail with input as database(true, [{"verdict": "delivers", "evidence": path}])
	kept.severity == "medium"
}

test_what_may_be_reached_weighs_as_if_it_were if {
	some unsure in rule.fail with input as database(true, [{"verdict": "unknown", "evidence": []}])
	unsure.severity == "critical"
}

test_absent_is_not_false if {
	not rule.pass with input as {"resource": {}}
	count(rule.fail) == 0 with input as {"resource": {}}
}
