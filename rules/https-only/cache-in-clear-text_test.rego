package bartizan.https_only.cache_in_clear_text_test

import rego.v1

import data.bartizan.https_only.cache_in_clear_text as rule

test_it_is_what_aws_says if {
	rule.pass with input as {"resource": {"TransitEncryptionEnabled": true}}
	count(rule.fail) == 1 with input as {"resource": {"TransitEncryptionEnabled": false}}
}

test_absent_is_not_false if {
	not rule.pass with input as {"resource": {}}
	count(rule.fail) == 0 with input as {"resource": {}}
}
