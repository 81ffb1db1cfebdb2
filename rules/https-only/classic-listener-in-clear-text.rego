# METADATA
# scope: package
# title: Classic Load Balancer that answers in clear text
# description: >-
#   Fails when a Classic Load Balancer has an HTTP listener: it cannot redirect, so whatever it is
#   asked in clear text it passes on. A TCP listener is undecided: what its instances speak is not
#   in AWS's answers.
# custom:
#   severity: high
#   resource: ClassicLoadBalancer
#   facts: []
#   needs: []
#   controls: ["FSBP: ELB.3", "AWS Config: ELB_TLS_HTTPS_LISTENERS_ONLY"]
#   rationale: >-
#     What travels in clear text can be read and changed on the way. An Application Load Balancer
#     can answer the same port with a redirect to HTTPS.
#   verify: >-
#     aws elb describe-load-balancers --load-balancer-names {name} --query
#     "LoadBalancerDescriptions[].ListenerDescriptions[].Listener".
#   remediation:
#     cli: |
#       aws elb delete-load-balancer-listeners --load-balancer-name {name} --load-balancer-ports 80
#     terraform: |
#       # Replace aws_elb by aws_lb; its HTTP listener can redirect:
#       resource "aws_lb_listener" "http" {
#         port     = 80
#         protocol = "HTTP"
#         default_action {
#           type = "redirect"
#           redirect {
#             protocol    = "HTTPS"
#             port        = "443"
#             status_code = "HTTP_301"
#           }
#         }
#       }
#     console: >-
#       EC2, Load Balancers, the load balancer, Listeners: delete the HTTP listener, or migrate to
#       an Application Load Balancer with the wizard.
package bartizan.https_only.classic_listener_in_clear_text

import rego.v1

not_applicable if count(input.resource.ListenerDescriptions) == 0

pass if {
	count(input.resource.ListenerDescriptions) > 0
	every description in input.resource.ListenerDescriptions {
		description.Listener.Protocol in {"HTTPS", "SSL"}
	}
}

fail contains {"message": message, "evidence": evidence, "severity": severity} if {
	some index, description in input.resource.ListenerDescriptions
	description.Listener.Protocol == "HTTP"
	message := sprintf("port %d is served in clear text", [description.Listener.LoadBalancerPort])
	evidence := [{"field": sprintf("ListenerDescriptions[%d].Listener.Protocol", [index]), "value": "HTTP"}]
}

severity := "high" if input.resource.Scheme == "internet-facing"

severity := "medium" if input.resource.Scheme != "internet-facing"
