package bartizan.https_only.distribution_with_old_tls_test

import rego.v1

import data.bartizan.https_only.distribution_with_old_tls as rule

distribution(more) := object.union(
	{
		"resource": {"DistributionConfig": {
			"Enabled": true,
			"ViewerCertificate": {"MinimumProtocolVersion": "TLSv1"},
		}},
		"parameters": {"oldest_tls": "1.2"},
	},
	more,
)

oldest(version, own) := distribution({"facts": {"edge": {"oldest": version, "own_certificate": own}}})

test_old_versions_fail if {
	some failure in rule.fail with input as oldest("1.0", true)
	failure.severity == "medium"
}

test_cloudfronts_own_certificate_weighs_less if {
	some failure in rule.fail with input as oldest("1.0", false)
	failure.severity == "low"
}

test_new_versions_pass if {
	rule.pass with input as oldest("1.2", true)
}

test_a_version_nobody_knows_is_no_answer if {
	case := distribution({"facts": {"edge": {"own_certificate": true}}})
	not rule.pass with input as case
	count(rule.fail) == 0 with input as case
}

test_a_distribution_that_is_off_is_not_judged if {
	case := distribution({"resource": {"DistributionConfig": {"Enabled": false}}})
	rule.not_applicable with input as case
	count(rule.fail) == 0 with input as case
}
