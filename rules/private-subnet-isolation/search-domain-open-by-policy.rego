# METADATA
# scope: package
# title: Search domain that its policy opens to anyone
# description: >-
#   Fails when the access policy of an OpenSearch or Elasticsearch domain allows everybody
#   something without a condition. In a VPC its security groups still stand before it; without one
#   nothing does.
# custom:
#   severity: high
#   resource: Domain
#   facts: [resource_policy]
#   needs: ["es:DescribeDomains"]
#   controls: ["FSBP: Opensearch.2", "FSBP: ES.2"]
#   rationale: >-
#     With such a policy no request has to be signed: whoever gets a connection reads, changes and
#     deletes every index. In a VPC that is every host the security group lets in.
#   verify: aws opensearch describe-domain --domain-name {name} --query "DomainStatus.AccessPolicies".
#   remediation:
#     cli: |
#       aws opensearch update-domain-config --domain-name {name} --access-policies '{"Version": "2012-10-17",
#         "Statement": [{"Effect": "Allow", "Principal": {"AWS": "ROLE_ARN"}, "Action": "es:ESHttp*", "Resource": "DOMAIN_ARN/*"}]}'
#     terraform: |
#       data "aws_iam_policy_document" "search" {
#         statement {
#           actions   = ["es:ESHttp*"]
#           resources = ["${aws_opensearch_domain.search.arn}/*"]
#           principals {
#             type        = "AWS"
#             identifiers = [aws_iam_role.api.arn]
#           }
#         }
#       }
#     console: >-
#       OpenSearch Service, the domain, Security configuration, Edit, Access policy: name the
#       roles that may use it.
package bartizan.private_subnet_isolation.search_domain_open_by_policy

import rego.v1

policy := input.facts.resource_policy

pass if is_null(policy)

# Who a condition lets in is not judged: a statement with one is no answer.
pass if {
	count(policy.open) == 0
	count(policy.conditional) == 0
}

fail contains {"message": message, "evidence": evidence, "severity": severity} if {
	some statement in policy.open
	message := sprintf("anyone is allowed %s; %s", [concat(", ", statement.actions), place])
	evidence := [{"field": sprintf("AccessPolicies.%s.Principal", [statement.field]), "value": "*"}]
}

in_vpc if input.resource.VPCOptions.VPCId

severity := "high" if in_vpc

severity := "critical" if not in_vpc

place := "only its security groups stand before it" if in_vpc

place := "it is on the internet" if not in_vpc
