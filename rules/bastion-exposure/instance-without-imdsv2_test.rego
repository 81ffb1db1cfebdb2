package bartizan.bastion_exposure.instance_without_imdsv2_test

import rego.v1

import data.bartizan.bastion_exposure.instance_without_imdsv2 as rule

instance(options) := {"resource": {"State": {"Name": "running"}, "MetadataOptions": options}}

test_tokens_or_no_service_pass if {
	rule.pass with input as instance({"HttpTokens": "required", "HttpEndpoint": "enabled"})
	rule.pass with input as instance({"HttpTokens": "optional", "HttpEndpoint": "disabled"})
}

test_optional_tokens_fail if {
	count(rule.fail) == 1 with input as instance({"HttpTokens": "optional", "HttpEndpoint": "enabled"})
}

test_a_public_address_makes_it_worse if {
	case := object.union(
		instance({"HttpTokens": "optional", "HttpEndpoint": "enabled"}),
		{"resource": {"PublicIpAddress": "203.0.113.1"}},
	)
	some failure in rule.fail with input as case
	failure.severity == "high"
}

test_options_that_are_absent_are_no_answer if {
	not rule.pass with input as {"resource": {"State": {"Name": "running"}}}
	count(rule.fail) == 0 with input as {"resource": {"State": {"Name": "running"}}}
}
