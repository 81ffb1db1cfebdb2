# METADATA
# scope: package
# title: Default security group that lets traffic through
# description: >-
#   Fails when a VPC's default security group has inbound or outbound rules. Graver when something
#   uses it.
# custom:
#   severity: medium
#   resource: SecurityGroup
#   facts: [attachments]
#   needs: []
#   controls:
#     - "CIS AWS 3.0: 5.4"
#     - "CIS AWS 5.0: 5.5"
#     - "CIS AWS 7.0: 6.5"
#     - "FSBP: EC2.2"
#     - "AWS Config: VPC_DEFAULT_SECURITY_GROUP_CLOSED"
#   rationale: >-
#     What is launched without a group gets the default one, and with it the way to everything
#     else that nobody gave a group. Emptied, it makes such a mistake visible at once. It cannot
#     be deleted.
#   verify: >-
#     aws ec2 describe-security-groups --filters Name=group-name,Values=default
#     Name=vpc-id,Values={vpc}.
#   remediation:
#     cli: |
#       aws ec2 revoke-security-group-ingress --group-id {id} --protocol -1 --source-group {id}
#       aws ec2 revoke-security-group-egress --group-id {id} --protocol -1 --cidr 0.0.0.0/0
#     terraform: |
#       resource "aws_default_security_group" "default" {
#         vpc_id = aws_vpc.main.id # without rules it is emptied
#       }
#     console: >-
#       VPC, Security groups, the group named default: delete its inbound and outbound rules.
package bartizan.private_subnet_isolation.default_group_with_rules

import rego.v1

not_applicable if input.resource.GroupName != "default"

rules := array.concat(input.resource.IpPermissions, input.resource.IpPermissionsEgress)

pass if {
	input.resource.GroupName == "default"
	count(rules) == 0
}

fail contains {"message": message, "evidence": evidence, "severity": severity} if {
	input.resource.GroupName == "default"
	count(rules) > 0
	message := sprintf("it has %d inbound and %d outbound rules; users of the group: %d", [
		count(input.resource.IpPermissions),
		count(input.resource.IpPermissionsEgress),
		input.facts.attachments.count,
	])
	evidence := [{"field": "IpPermissions", "value": input.resource.IpPermissions}]
}

severity := "medium" if input.facts.attachments.count > 0

severity := "low" if input.facts.attachments.count == 0
