# METADATA
# scope: package
# title: Security group shared by environments
# description: >-
#   Fails when resources of several environments use one security group: then a rule made for one
#   opens the others. Among environments that only rehearse (by their names) it weighs less.
# custom:
#   severity: medium
#   resource: SecurityGroup
#   facts: [attachments]
#   needs: []
#   reads:
#     - "ec2:DescribeInstances"
#     - "ec2:DescribeVpcs"
#     - "ecs:ListClusters"
#     - "ecs:ListServices"
#     - "elasticache:DescribeCacheClusters"
#     - "elasticloadbalancing:DescribeLoadBalancers"
#     - "rds:DescribeDBClusters"
#     - "rds:DescribeDBInstances"
#   controls: []
#   rationale: >-
#     A security group is the only border between environments that share a VPC. Where they share
#     the group as well, whoever takes over a host in dev is already inside production, and a port
#     opened for a test is opened for customers.
#   verify: >-
#     aws ec2 describe-network-interfaces --filters Name=group-id,Values={id}: compare the
#     environments of what the interfaces belong to.
#   remediation:
#     cli: |
#       aws ec2 create-security-group --group-name api-production --description "API in production" --vpc-id {vpc}
#     terraform: |
#       resource "aws_security_group" "api" {
#         for_each = toset(["production", "staging", "dev"])
#         name     = "api-${each.key}"
#         vpc_id   = aws_vpc.main.id
#       }
#     console: >-
#       EC2, Security Groups: make one group for each environment, and change the resources named
#       in the evidence to theirs.
package bartizan.private_subnet_isolation.group_shared_by_environments

import rego.v1

environments := input.facts.attachments.environments

not_applicable if count(environments) == 0

pass if count(environments) == 1

fail contains {"message": message, "evidence": evidence, "severity": severity} if {
	count(environments) > 1
	message := sprintf("used by %s; users of the group: %d", [
		concat(", ", environments),
		input.facts.attachments.count,
	])
	evidence := [{"field": "environment", "value": user.environment, "resource": user.id} |
		some user in input.facts.attachments.users
		user.environment
	]
}

default severity := "medium"

severity := "low" if {
	every name in environments {
		rehearsal(name)
	}
}

rehearsal(name) if {
	some start in ["dev", "test", "stag", "qa", "uat", "sandbox"]
	startswith(lower(name), start)
}
