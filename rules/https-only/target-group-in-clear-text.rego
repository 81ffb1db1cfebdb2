# METADATA
# scope: package
# title: Targets that are spoken to in clear text
# description: >-
#   Fails when an Application Load Balancer speaks plain HTTP with the targets of a group: TLS
#   then ends at the load balancer. It is the last hop and stays inside the VPC, so it weighs
#   little; where every hop must be encrypted, raise it.
# custom:
#   severity: low
#   resource: TargetGroup
#   facts: []
#   needs: []
#   controls: ["FSBP: ELB.21"]
#   rationale: >-
#     Inside the VPC the request is readable by whoever can mirror traffic or sits on a host on
#     the way, and nothing proves to the load balancer that it speaks with the right target.
#   verify: >-
#     aws elbv2 describe-target-groups --target-group-arns {id} --query
#     "TargetGroups[].[Protocol,TargetType,LoadBalancerArns]".
#   remediation:
#     cli: |
#       aws elbv2 create-target-group --name {name}-tls --protocol HTTPS --port 443 --vpc-id {vpc} --target-type ip
#     terraform: |
#       resource "aws_lb_target_group" "api" {
#         protocol    = "HTTPS"
#         port        = 443
#         target_type = "ip"
#       }
#     console: >-
#       EC2, Target Groups: create one with protocol HTTPS, register the targets, and move the
#       listener's rules to it.
package bartizan.https_only.target_group_in_clear_text

import rego.v1

not_applicable if {
	input.resource.Protocol in {"TCP", "UDP", "TCP_UDP", "GENEVE", "QUIC", "TCP_QUIC"}
}

not_applicable if input.resource.TargetType == "lambda"

pass if input.resource.Protocol in {"HTTPS", "TLS"}

fail contains {"message": message, "evidence": evidence} if {
	input.resource.Protocol == "HTTP"
	message := sprintf("the load balancer speaks plain HTTP with its targets on port %d", [input.resource.Port])
	evidence := [{"field": "Protocol", "value": "HTTP"}]
}
