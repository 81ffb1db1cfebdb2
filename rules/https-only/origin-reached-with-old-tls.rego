# METADATA
# scope: package
# title: Origin that may be reached with old TLS
# description: >-
#   Fails when CloudFront may use SSL 3, TLS 1.0 or TLS 1.1 to reach an origin that it speaks
#   HTTPS with.
# custom:
#   severity: medium
#   resource: Distribution
#   facts: [edge]
#   needs: ["cloudfront:GetDistribution"]
#   controls: ["FSBP: CloudFront.10", "AWS Config: CLOUDFRONT_NO_DEPRECATED_SSL_PROTOCOLS"]
#   rationale: >-
#     The list of protocols is a ceiling as well as a floor: an origin that only has TLSv1 in it
#     is reached with nothing better.
#   verify: >-
#     aws cloudfront get-distribution-config --id {id} --query
#     "DistributionConfig.Origins.Items[].CustomOriginConfig.OriginSslProtocols".
#   remediation:
#     cli: |
#       aws cloudfront get-distribution-config --id {id} > config.json
#       # leave only TLSv1.2 in OriginSslProtocols.Items, then
#       aws cloudfront update-distribution --id {id} --if-match ETAG --distribution-config file://config.json
#     terraform: |
#       resource "aws_cloudfront_distribution" "site" {
#         origin {
#           custom_origin_config {
#             origin_protocol_policy = "https-only"
#             origin_ssl_protocols   = ["TLSv1.2"]
#           }
#         }
#       }
#     console: >-
#       CloudFront, the distribution, Origins, the origin, Edit: Minimum origin SSL protocol
#       TLSv1.2.
package bartizan.https_only.origin_reached_with_old_tls

import rego.v1

not_applicable if off

off if input.resource.DistributionConfig.Enabled == false

pass if {
	every origin in input.facts.edge.origins {
		count(origin.old_versions) == 0
	}
}

fail contains {"message": message, "evidence": origin.evidence} if {
	not off
	some origin in input.facts.edge.origins
	count(origin.old_versions) > 0
	message := sprintf("%s may be reached with %s", [origin.domain, concat(", ", origin.old_versions)])
}
