package bartizan.https_only.bucket_website_over_http_test

import rego.v1

import data.bartizan.https_only.bucket_website_over_http as rule

bucket(website) := {"resource": {"Name": "b", "WebsiteConfiguration": website}}

test_a_website_fails if {
	count(rule.fail) == 1 with input as bucket({"IndexDocument": {"Suffix": "index.html"}})
}

test_a_redirect_is_judged_by_where_it_leads if {
	rule.pass with input as bucket({"RedirectAllRequestsTo": {"HostName": "h", "Protocol": "https"}})
	count(rule.fail) == 1 with input as bucket({"RedirectAllRequestsTo": {"HostName": "h"}})
}

test_other_buckets_are_not_judged if {
	rule.not_applicable with input as {"resource": {"Name": "b"}}
	count(rule.fail) == 0 with input as {"resource": {"Name": "b"}}
}
