# METADATA
# scope: package
# title: SSH open to the internet
# description: >-
#   Fails when a security group admits TCP port 22 from the whole internet, or from so much of it
#   that it makes no difference: over IPv4 or IPv6, by single ranges or by several that add up, by
#   prefix lists, inside wider port ranges and under all protocols. It judges the group, not
#   whether a path leads to what uses it.
# custom:
#   severity: critical
#   resource: SecurityGroup
#   facts: [admits, attachments]
#   needs: []
#   controls:
#     - "CIS AWS 3.0: 5.2"
#     - "CIS AWS 3.0: 5.3"
#     - "CIS AWS 5.0: 5.3"
#     - "CIS AWS 5.0: 5.4"
#     - "CIS AWS 7.0: 6.3"
#     - "CIS AWS 7.0: 6.4"
#     - "FSBP: EC2.13"
#     - "AWS Config: INCOMING_SSH_DISABLED"
#   rationale: >-
#     Everybody on the internet may try passwords, keys and the next flaw of the SSH server on
#     every machine that uses the group. Staff can be admitted by their addresses, or without any
#     open port through Session Manager or EC2 Instance Connect Endpoint.
#   verify: >-
#     aws ec2 describe-security-groups --group-ids {id} --query "SecurityGroups[].IpPermissions" and
#     look for port 22 inside FromPort to ToPort, or protocol -1, with ranges that together leave
#     out little of the internet; resolve prefix lists with aws ec2
#     get-managed-prefix-list-entries.
#   remediation:
#     cli: |
#       aws ec2 revoke-security-group-ingress --group-id {id} --protocol tcp --port 22 --cidr 0.0.0.0/0
#       aws ec2 authorize-security-group-ingress --group-id {id} --protocol tcp --port 22 --cidr OFFICE/32
#     terraform: |
#       resource "aws_vpc_security_group_ingress_rule" "ssh" {
#         security_group_id = aws_security_group.bastion.id
#         ip_protocol       = "tcp"
#         from_port         = 22
#         to_port           = 22
#         cidr_ipv4         = var.office_cidr
#       }
#     console: >-
#       EC2, Security Groups, the group, Edit inbound rules: replace the source by the addresses
#       of staff, or delete the rule and use Session Manager.
package bartizan.bastion_exposure.ssh_open_to_world

import rego.v1

open contains opening if {
	some opening in input.facts.admits.tcp
	opening.from <= 22
	opening.to >= 22
	opening.share >= input.parameters.near_world
}

pass if {
	input.facts.admits.tcp
	count(open) == 0
}

fail contains {"message": message, "evidence": opening.internet, "severity": severity} if {
	some opening in open
	message := sprintf("port 22 is open to %s; %s", [much(opening), users])
}

severity := "critical" if input.facts.attachments.public > 0

severity := "medium" if {
	input.facts.attachments.public == 0
	input.facts.attachments.count > 0
}

severity := "low" if input.facts.attachments.count == 0

users := "nothing uses it now" if input.facts.attachments.count == 0

users := sprintf("users of the group: %d, with a public address: %d", [attached.count, attached.public]) if {
	attached := input.facts.attachments
	attached.count > 0
}

much(opening) := "the whole internet" if opening.world

much(opening) := sprintf("about %d%% of the internet", [ceil(opening.share * 100)]) if not opening.world
