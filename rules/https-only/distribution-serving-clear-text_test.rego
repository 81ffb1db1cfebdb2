package bartizan.https_only.distribution_serving_clear_text_test

import rego.v1

import data.bartizan.https_only.distribution_serving_clear_text as rule

distribution(more) := object.union({"resource": {"DistributionConfig": {"Enabled": true}}}, more)

behaviours(list) := distribution({"facts": {"edge": {"behaviours": list}}})

test_one_behaviour_is_enough if {
	case := behaviours([
		{"path": "default", "clear_text": false, "evidence": []},
		{"path": "/old/*", "clear_text": true, "evidence": []},
	])
	some failure in rule.fail with input as case
	failure.message == "viewers may use plain HTTP for /old/*"
}

test_https_everywhere_passes if {
	case := behaviours([{"path": "default", "clear_text": false, "evidence": []}])
	rule.pass with input as case
}

test_a_policy_nobody_knows_is_no_answer if {
	case := behaviours([{"path": "default", "evidence": []}])
	not rule.pass with input as case
	count(rule.fail) == 0 with input as case
}

test_a_distribution_that_is_off_is_not_judged if {
	case := distribution({"resource": {"DistributionConfig": {"Enabled": false}}})
	rule.not_applicable with input as case
	count(rule.fail) == 0 with input as case
}
