# METADATA
# scope: package
# title: Listener that accepts old TLS
# description: >-
#   Fails when the security policy of an HTTPS or TLS listener accepts TLS versions older than the
#   parameter `oldest_tls`. A policy that is not in the table of AWS's predefined ones is
#   undecided.
# custom:
#   severity: medium
#   resource: Listener
#   facts: [tls_policy]
#   needs: []
#   controls: ["FSBP: ELB.17", "AWS Config: ELBV2_PREDEFINED_SECURITY_POLICY_SSL_CHECK"]
#   rationale: >-
#     TLS 1.0 and 1.1 were deprecated in 2021 (RFC 8996): their handshakes rest on hashes that can
#     be broken, and browsers no longer offer them. A listener made with the CLI, CloudFormation
#     or the CDK accepts them unless told otherwise.
#   verify: >-
#     aws elbv2 describe-listeners --listener-arns {id} --query "Listeners[].SslPolicy", then aws
#     elbv2 describe-ssl-policies --names POLICY --query "SslPolicies[].SslProtocols".
#   remediation:
#     cli: |
#       aws elbv2 modify-listener --listener-arn {id} --ssl-policy ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09
#     terraform: |
#       resource "aws_lb_listener" "https" {
#         ssl_policy = "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"
#       }
#     console: >-
#       EC2, Load Balancers, the load balancer, Listeners and rules, the listener, Security:
#       choose a policy that begins with TLS13-1-2 or TLS13-1-3.
package bartizan.https_only.listener_with_old_tls

import rego.v1

not_applicable if is_null(input.facts.tls_policy)

versions := ["1.0", "1.1", "1.2", "1.3"]

age(version) := index if {
	some index, known in versions
	known == version
}

pass if age(input.facts.tls_policy.oldest) >= age(input.parameters.oldest_tls)

fail contains {"message": message, "evidence": evidence} if {
	oldest := input.facts.tls_policy.oldest
	age(oldest) < age(input.parameters.oldest_tls)
	message := sprintf("port %d accepts TLS %s", [input.resource.Port, oldest])
	evidence := [{"field": "SslPolicy", "value": input.facts.tls_policy.policy}]
}
