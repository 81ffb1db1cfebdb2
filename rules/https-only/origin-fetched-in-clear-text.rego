# METADATA
# scope: package
# title: Origin that is fetched from over plain HTTP
# description: >-
#   Fails when CloudFront fetches from an origin over plain HTTP: because the origin's policy says
#   so, because it takes over the viewer's protocol and a behaviour lets viewers use HTTP, or
#   because the origin is an S3 website endpoint, which speaks nothing else. A private (VPC)
#   origin is undecided: its protocol is kept elsewhere.
# custom:
#   severity: medium
#   resource: Distribution
#   facts: [edge]
#   needs: ["cloudfront:GetDistribution"]
#   controls: ["FSBP: CloudFront.9"]
#   rationale: >-
#     HTTPS between viewer and edge promises nothing about the way from the edge to the origin,
#     which crosses the internet as well. A website endpoint also needs a bucket that anyone can
#     read past the distribution; the bucket's REST endpoint with origin access control needs
#     neither.
#   verify: >-
#     aws cloudfront get-distribution-config --id {id} --query
#     "DistributionConfig.Origins.Items[].[DomainName,CustomOriginConfig]".
#   remediation:
#     cli: |
#       aws cloudfront get-distribution-config --id {id} > config.json
#       # set OriginProtocolPolicy to https-only; for S3 use the REST endpoint with an origin access control, then
#       aws cloudfront update-distribution --id {id} --if-match ETAG --distribution-config file://config.json
#     terraform: |
#       resource "aws_cloudfront_distribution" "site" {
#         origin {
#           origin_id                = "site"
#           domain_name              = aws_s3_bucket.site.bucket_regional_domain_name
#           origin_access_control_id = aws_cloudfront_origin_access_control.site.id
#         }
#       }
#     console: >-
#       CloudFront, the distribution, Origins, the origin, Edit: HTTPS only, or the bucket's REST
#       endpoint with Origin access control.
package bartizan.https_only.origin_fetched_in_clear_text

import rego.v1

not_applicable if off

off if input.resource.DistributionConfig.Enabled == false

pass if {
	every origin in input.facts.edge.origins {
		origin.clear_text == false
	}
}

fail contains {"message": message, "evidence": origin.evidence} if {
	not off
	some origin in input.facts.edge.origins
	origin.clear_text
	message := sprintf("%s is fetched from over plain HTTP%s", [origin.domain, note(origin)])
}

note(origin) := ": a website endpoint of S3 speaks nothing else" if origin.website

note(origin) := "" if not origin.website
