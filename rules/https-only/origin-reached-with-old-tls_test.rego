package bartizan.https_only.origin_reached_with_old_tls_test

import rego.v1

import data.bartizan.https_only.origin_reached_with_old_tls as rule

distribution(more) := object.union({"resource": {"DistributionConfig": {"Enabled": true}}}, more)

versions(old) := distribution({"facts": {"edge": {"origins": [{
	"domain": "o.example.org", "old_versions": old, "evidence": [],
}]}}})

test_old_versions_are_named if {
	some failure in rule.fail with input as versions(["TLSv1", "TLSv1.1"])
	failure.message == "o.example.org may be reached with TLSv1, TLSv1.1"
}

test_new_ones_pass if {
	rule.pass with input as versions([])
}

test_without_the_fact_there_is_no_answer if {
	not rule.pass with input as distribution({})
}

test_a_distribution_that_is_off_is_not_judged if {
	case := distribution({"resource": {"DistributionConfig": {"Enabled": false}}})
	rule.not_applicable with input as case
	count(rule.fail) == 0 with input as case
}
