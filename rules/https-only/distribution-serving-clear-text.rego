# METADATA
# scope: package
# title: Distribution that serves plain HTTP
# description: >-
#   Fails when any cache behaviour of a CloudFront distribution, the default one or one for some
#   paths, lets viewers use plain HTTP.
# custom:
#   severity: high
#   resource: Distribution
#   facts: [edge]
#   needs: ["cloudfront:GetDistribution"]
#   controls: ["FSBP: CloudFront.3", "AWS Config: CLOUDFRONT_VIEWER_POLICY_HTTPS"]
#   rationale: >-
#     A behaviour decides for its paths alone: a default that redirects to HTTPS does nothing for
#     the paths of a behaviour that allows all. There, whoever is between viewer and edge reads
#     and changes what is sent.
#   verify: >-
#     aws cloudfront get-distribution-config --id {id}: ViewerProtocolPolicy of DefaultCacheBehavior
#     and of each of CacheBehaviors.Items.
#   remediation:
#     cli: |
#       aws cloudfront get-distribution-config --id {id} > config.json
#       # set ViewerProtocolPolicy to redirect-to-https in the behaviour named in the evidence, then
#       aws cloudfront update-distribution --id {id} --if-match ETAG --distribution-config file://config.json
#     terraform: |
#       resource "aws_cloudfront_distribution" "site" {
#         ordered_cache_behavior {
#           viewer_protocol_policy = "redirect-to-https"
#         }
#       }
#     console: >-
#       CloudFront, the distribution, Behaviors, the behaviour, Edit: Redirect HTTP to HTTPS.
package bartizan.https_only.distribution_serving_clear_text

import rego.v1

not_applicable if off

off if input.resource.DistributionConfig.Enabled == false

pass if {
	every behaviour in input.facts.edge.behaviours {
		behaviour.clear_text == false
	}
}

fail contains {"message": message, "evidence": behaviour.evidence} if {
	not off
	some behaviour in input.facts.edge.behaviours
	behaviour.clear_text
	message := sprintf("viewers may use plain HTTP for %s", [behaviour.path])
}
