# METADATA
# scope: package
# title: Load balancer that does not record requests
# description: >-
#   Fails when an Application Load Balancer does not write access logs. A Network Load Balancer
#   writes them for TLS listeners only and is not judged.
# custom:
#   severity: low
#   resource: LoadBalancer
#   facts: []
#   needs: ["elasticloadbalancing:DescribeLoadBalancerAttributes"]
#   controls: ["FSBP: ELB.5", "AWS Config: ELB_LOGGING_ENABLED"]
#   rationale: >-
#     Metrics tell that something failed; the access log tells which request, from where and how
#     long it took. Afterwards it cannot be made up.
#   verify: >-
#     aws elbv2 describe-load-balancer-attributes --load-balancer-arn {id}: access_logs.s3.enabled.
#   remediation:
#     cli: |
#       aws elbv2 modify-load-balancer-attributes --load-balancer-arn {id} --attributes \
#         Key=access_logs.s3.enabled,Value=true Key=access_logs.s3.bucket,Value=BUCKET
#     terraform: |
#       resource "aws_lb" "lb" {
#         access_logs {
#           enabled = true
#           bucket  = aws_s3_bucket.logs.id
#         }
#       }
#     console: >-
#       EC2, Load Balancers, the load balancer, Attributes, Edit: Access logs on.
package bartizan.observability.load_balancer_without_access_log

import rego.v1

not_applicable if input.resource.Type != "application"

setting := value if {
	input.resource.Type == "application"
	some attribute in input.resource.Attributes
	attribute.Key == "access_logs.s3.enabled"
	value := attribute.Value
}

pass if setting == "true"

fail contains {"message": message, "evidence": evidence} if {
	setting == "false"
	message := "it writes no access log"
	evidence := [{"field": "Attributes[access_logs.s3.enabled]", "value": "false"}]
}
