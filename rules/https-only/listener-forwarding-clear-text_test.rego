package bartizan.https_only.listener_forwarding_clear_text_test

import rego.v1

import data.bartizan.https_only.listener_forwarding_clear_text as rule

listener(scheme, serves) := {
	"resource": {"Port": 80},
	"facts": {"listener_clear_text": {"scheme": scheme, "load_balancer": "lb", "serves": serves, "shadowed": []}},
}

forward := {"priority": "100", "when": "host a.example.org", "does": "forwards", "evidence": []}

test_one_forwarding_rule_is_enough if {
	case := listener("internet-facing", [forward])
	some failure in rule.fail with input as case
	failure.message == "rule 100 (host a.example.org) of lb forwards in clear text on port 80"
	failure.severity == "high"
}

test_inside_it_weighs_less if {
	case := listener("internal", [forward])
	some failure in rule.fail with input as case
	failure.severity == "medium"
}

test_redirects_pass if {
	case := listener("internet-facing", [])
	rule.pass with input as case
}

test_other_protocols_are_not_judged if {
	case := {"facts": {"listener_clear_text": null}}
	rule.not_applicable with input as case
	not rule.pass with input as case
}

test_without_the_fact_there_is_no_answer if {
	not rule.pass with input as {"facts": {}}
	not rule.not_applicable with input as {"facts": {}}
}
