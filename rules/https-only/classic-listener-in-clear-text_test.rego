package bartizan.https_only.classic_listener_in_clear_text_test

import rego.v1

import data.bartizan.https_only.classic_listener_in_clear_text as rule

balancer(protocol) := {"resource": {
	"Scheme": "internet-facing",
	"ListenerDescriptions": [{"Listener": {"Protocol": protocol, "LoadBalancerPort": 80}}],
}}

test_http_fails_and_tls_passes if {
	count(rule.fail) == 1 with input as balancer("HTTP")
	rule.pass with input as balancer("HTTPS")
	rule.pass with input as balancer("SSL")
}

test_tcp_is_no_answer if {
	not rule.pass with input as balancer("TCP")
	count(rule.fail) == 0 with input as balancer("TCP")
}

test_inside_it_weighs_less if {
	case := object.union(balancer("HTTP"), {"resource": {"Scheme": "internal"}})
	some failure in rule.fail with input as case
	failure.severity == "medium"
}
