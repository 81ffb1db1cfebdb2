package bartizan.https_only.bucket_accepting_clear_text_test

import rego.v1

import data.bartizan.https_only.bucket_accepting_clear_text as rule

bucket(policy) := {"resource": {"Name": "b", "Policy": "{}"}, "facts": {"resource_policy": policy}}

test_no_policy_is_no_refusal if {
	count(rule.fail) == 1 with input as bucket(null)
}

test_a_policy_without_the_denial_fails if {
	count(rule.fail) == 1 with input as bucket({"denies_clear_text": false})
}

test_the_denial_passes if {
	rule.pass with input as bucket({"denies_clear_text": true})
}

test_without_the_fact_there_is_no_answer if {
	not rule.pass with input as {"resource": {}}
	count(rule.fail) == 0 with input as {"resource": {}}
}
