package bartizan.https_only.search_domain_accepting_http_test

import rego.v1

import data.bartizan.https_only.search_domain_accepting_http as rule

domain(options) := {"resource": object.union({"DomainName": "d"}, options)}

test_it_is_what_aws_says if {
	rule.pass with input as domain({"DomainEndpointOptions": {"EnforceHTTPS": true}})
	count(rule.fail) == 1 with input as domain({"DomainEndpointOptions": {"EnforceHTTPS": false}})
}

test_absent_is_awss_default if {
	some failure in rule.fail with input as domain({})
	contains(failure.message, "not set")
	count(rule.fail) == 1 with input as domain({"DomainEndpointOptions": {}})
}

test_no_domain_is_no_answer if {
	not rule.pass with input as {"resource": {}}
	count(rule.fail) == 0 with input as {"resource": {}}
}
