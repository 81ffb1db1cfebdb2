# METADATA
# scope: package
# title: Distribution that accepts old TLS
# description: >-
#   Fails when viewers of a CloudFront distribution may use TLS older than the parameter
#   `oldest_tls`. Under CloudFront's own certificate the floor is TLS 1.0 and cannot be raised,
#   which weighs less: then only the cloudfront.net name is served.
# custom:
#   severity: medium
#   resource: Distribution
#   facts: [edge]
#   needs: ["cloudfront:GetDistribution"]
#   controls:
#     - "FSBP: CloudFront.7"
#     - "FSBP: CloudFront.15"
#     - "AWS Config: CLOUDFRONT_CUSTOM_SSL_CERTIFICATE"
#   rationale: >-
#     TLS 1.0 and 1.1 were deprecated in 2021 (RFC 8996). A policy such as TLSv1 keeps them open
#     on every edge location.
#   verify: >-
#     aws cloudfront get-distribution-config --id {id} --query
#     "DistributionConfig.ViewerCertificate".
#   remediation:
#     cli: |
#       aws cloudfront get-distribution-config --id {id} > config.json
#       # set ViewerCertificate.MinimumProtocolVersion to TLSv1.2_2021, then
#       aws cloudfront update-distribution --id {id} --if-match ETAG --distribution-config file://config.json
#     terraform: |
#       resource "aws_cloudfront_distribution" "site" {
#         viewer_certificate {
#           acm_certificate_arn      = aws_acm_certificate.site.arn
#           ssl_support_method       = "sni-only"
#           minimum_protocol_version = "TLSv1.2_2021"
#         }
#       }
#     console: >-
#       CloudFront, the distribution, General, Settings, Edit: Security policy TLSv1.2_2021.
package bartizan.https_only.distribution_with_old_tls

import rego.v1

not_applicable if off

off if input.resource.DistributionConfig.Enabled == false

versions := ["SSLv3", "1.0", "1.1", "1.2", "1.3"]

age(version) := index if {
	some index, known in versions
	known == version
}

pass if age(input.facts.edge.oldest) >= age(input.parameters.oldest_tls)

fail contains {"message": message, "evidence": evidence, "severity": severity} if {
	not off
	oldest := input.facts.edge.oldest
	age(oldest) < age(input.parameters.oldest_tls)
	message := sprintf("viewers may use TLS %s", [oldest])
	certificate := input.resource.DistributionConfig.ViewerCertificate
	evidence := [{
		"field": "DistributionConfig.ViewerCertificate.MinimumProtocolVersion",
		"value": certificate.MinimumProtocolVersion,
	}]
}

severity := "medium" if input.facts.edge.own_certificate

severity := "low" if not input.facts.edge.own_certificate
