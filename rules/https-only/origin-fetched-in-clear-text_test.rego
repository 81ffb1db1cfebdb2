package bartizan.https_only.origin_fetched_in_clear_text_test

import rego.v1

import data.bartizan.https_only.origin_fetched_in_clear_text as rule

distribution(more) := object.union({"resource": {"DistributionConfig": {"Enabled": true}}}, more)

origin(more) := distribution({"facts": {"edge": {"origins": [object.union(
	{"origin": "o", "domain": "o.example.org", "website": false, "evidence": []},
	more,
)]}}})

test_plain_http_fails if {
	case := origin({"clear_text": true})
	some failure in rule.fail with input as case
	failure.message == "o.example.org is fetched from over plain HTTP"
}

test_a_website_endpoint_says_why if {
	case := origin({"clear_text": true, "website": true})
	some failure in rule.fail with input as case
	endswith(failure.message, "speaks nothing else")
}

test_https_passes if {
	case := origin({"clear_text": false})
	rule.pass with input as case
}

test_a_private_origin_is_no_answer if {
	case := origin({})
	not rule.pass with input as case
	count(rule.fail) == 0 with input as case
}

test_a_distribution_that_is_off_is_not_judged if {
	case := distribution({"resource": {"DistributionConfig": {"Enabled": false}}})
	rule.not_applicable with input as case
	count(rule.fail) == 0 with input as case
}
