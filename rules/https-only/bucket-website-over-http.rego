# METADATA
# scope: package
# title: Bucket served as a website over plain HTTP
# description: >-
#   Fails when a bucket is configured as a website: its website endpoint speaks plain HTTP only. A
#   bucket that sends every request on to HTTPS passes.
# custom:
#   severity: medium
#   resource: Bucket
#   facts: []
#   needs: ["s3:GetBucketWebsite"]
#   controls: []
#   rationale: >-
#     The website endpoint has no certificate and cannot have one; whoever knows its name
#     by-passes the distribution in front of it. CloudFront can serve the same files from the
#     bucket's REST endpoint, over HTTPS and with the bucket closed to everybody else.
#   verify: aws s3api get-bucket-website --bucket {name}.
#   remediation:
#     cli: |
#       aws s3api delete-bucket-website --bucket {name}
#     terraform: |
#       # Remove aws_s3_bucket_website_configuration and serve the bucket through CloudFront:
#       resource "aws_cloudfront_origin_access_control" "site" {
#         name                              = "site"
#         origin_access_control_origin_type = "s3"
#         signing_behavior                  = "always"
#         signing_protocol                  = "sigv4"
#       }
#     console: >-
#       S3, the bucket, Properties, Static website hosting, Edit: Disable.
package bartizan.https_only.bucket_website_over_http

import rego.v1

website := input.resource.WebsiteConfiguration

not_applicable if not website

redirects if website.RedirectAllRequestsTo.Protocol == "https"

pass if redirects

fail contains {"message": message, "evidence": evidence} if {
	website
	not redirects
	message := "the website endpoint serves the bucket over plain HTTP"
	evidence := [{"field": "WebsiteConfiguration", "value": website}]
}
