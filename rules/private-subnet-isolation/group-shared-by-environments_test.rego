package bartizan.private_subnet_isolation.group_shared_by_environments_test

import rego.v1

import data.bartizan.private_subnet_isolation.group_shared_by_environments as rule

group(environments) := {"facts": {"attachments": {
	"count": 2, "environments": environments,
	"users": [{"id": "i-1", "environment": "production"}, {"id": "i-2"}],
}}}

test_production_beside_another_fails if {
	some failure in rule.fail with input as group(["dev", "production"])
	failure.message == "used by dev, production; users of the group: 2"
	count(failure.evidence) == 1
}

test_one_environment_passes if {
	rule.pass with input as group(["production"])
}

test_among_rehearsals_it_weighs_less if {
	some harmless in rule.fail with input as group(["dev", "staging"])
	harmless.severity == "low"
	some grave in rule.fail with input as group(["dev", "live"])
	grave.severity == "medium"
}

test_users_that_belong_nowhere_are_not_judged if {
	rule.not_applicable with input as group([])
	not rule.pass with input as group([])
}
