package bartizan.https_only.target_group_in_clear_text_test

import rego.v1

import data.bartizan.https_only.target_group_in_clear_text as rule

group(protocol) := {"resource": {"Protocol": protocol, "Port": 80, "TargetType": "ip"}}

test_http_fails_and_https_passes if {
	count(rule.fail) == 1 with input as group("HTTP")
	rule.pass with input as group("HTTPS")
	rule.pass with input as group("TLS")
}

test_bytes_that_are_passed_on_are_not_judged if {
	rule.not_applicable with input as group("TCP")
	rule.not_applicable with input as {"resource": {"TargetType": "lambda"}}
}
