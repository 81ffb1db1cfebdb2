# METADATA
# scope: package
# title: Listener that answers in clear text
# description: >-
#   Fails when an HTTP listener forwards requests to targets, or redirects them to HTTP, by its
#   default action or by any rule that can be reached: rules are tried by priority, and one that
#   earlier rules leave nothing for does not count. A redirect to HTTPS and a fixed response pass.
#   A TCP listener on port 80 or 8080 is undecided: what its targets speak is not in AWS's
#   answers.
# custom:
#   severity: high
#   resource: Listener
#   facts: [listener_clear_text]
#   needs: []
#   controls:
#     - "FSBP: ELB.1"
#     - "FSBP: ELB.18"
#     - "AWS Config: ALB_HTTP_TO_HTTPS_REDIRECTION_CHECK"
#     - "AWS Config: ELBV2_LISTENER_ENCRYPTION_IN_TRANSIT"
#   rationale: >-
#     What travels in clear text can be read and changed on the way: cookies, tokens, the page
#     itself. One forgotten rule beside a redirecting default is enough, and a check of default
#     actions alone does not see it.
#   verify: >-
#     aws elbv2 describe-rules --listener-arn {id}: go through the rules by Priority; every action
#     reached must be a redirect with Protocol HTTPS or a fixed-response.
#   remediation:
#     cli: |
#       aws elbv2 modify-rule --rule-arn RULE --actions \
#         Type=redirect,RedirectConfig='{Protocol=HTTPS,Port=443,StatusCode=HTTP_301}'
#     terraform: |
#       resource "aws_lb_listener_rule" "api" {
#         listener_arn = aws_lb_listener.http.arn
#         action {
#           type = "redirect"
#           redirect {
#             protocol    = "HTTPS"
#             port        = "443"
#             status_code = "HTTP_301"
#           }
#         }
#       }
#     console: >-
#       EC2, Load Balancers, the load balancer, Listeners and rules, the HTTP listener: edit the
#       rule named in the evidence and choose Redirect to URL with HTTPS.
package bartizan.https_only.listener_forwarding_clear_text

import rego.v1

not_applicable if is_null(input.facts.listener_clear_text)

pass if count(input.facts.listener_clear_text.serves) == 0

fail contains {"message": message, "evidence": rule.evidence, "severity": severity} if {
	some rule in input.facts.listener_clear_text.serves
	message := sprintf("rule %s (%s) of %s %s in clear text on port %d", [
		rule.priority,
		rule.when,
		input.facts.listener_clear_text.load_balancer,
		rule.does,
		input.resource.Port,
	])
}

severity := "high" if input.facts.listener_clear_text.scheme == "internet-facing"

severity := "medium" if input.facts.listener_clear_text.scheme != "internet-facing"
