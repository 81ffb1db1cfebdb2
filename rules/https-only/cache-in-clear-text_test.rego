package bartizan.https_only.cache_in_clear_text_test

import rego.v1

import data.bartizan.https_only.cache_in_clear_text as rule

test_it_is_what_aws_says if {
	rule.pass with input as {"resource": {"TransitEncryptionEnabled": true}}
	count(rule.fail) == 1 with input as {"resource": {"TransitEncryptionEnabled": false}}
}

test_preferred_still_accepts_clear_text if {
	preferred := {"resource": {"TransitEncryptionEnabled": true, "TransitEncryptionMode": "preferred"}}
	not rule.pass with input as preferred
	count(rule.fail) == 1 with input as preferred
	required := {"resource": {"TransitEncryptionEnabled": true, "TransitEncryptionMode": "required"}}
	rule.pass with input as required
	count(rule.fail) == 0 with input as required
}

test_absent_is_not_false if {
	not rule.pass with input as {"resource": {}}
	count(rule.fail) == 0 with input as {"resource": {}}
}
