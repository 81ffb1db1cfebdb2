# METADATA
# scope: package
# title: SSH open to the internet
# description: >-
#   Fails when a security group admits TCP port 22 from the whole internet, or from so much of it
#   that it makes no difference: over IPv4 or IPv6, by single ranges or by several that add up, by
#   prefix lists, inside wider port ranges and under all protocols. How grave it is depends on
#   what uses the group: critical where packets from the internet get through gateways, routes and
#   network ACLs to something by this port, and back; low where they reach nothing.
# custom:
#   severity: critical
#   resource: SecurityGroup
#   facts: [reached_by]
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

ports(range) := ["22" |
	range.from <= 22
	range.to >= 22
]

open contains one if {
	some one in input.facts.reached_by.openings
	one.opening.protocol == "tcp"
	one.opening.share >= input.parameters.near_world
	count(ports(one.opening)) > 0
}

reached(one) := [part | some part in one.reached; count(ports(part)) > 0]

doubtful(one) := [part | some part in one.unknown; count(ports(part)) > 0]

pass if {
	input.facts.reached_by.openings
	count(open) == 0
}

decided if {
	some one in open
	count(reached(one)) > 0
}

decided if {
	every one in open {
		count(doubtful(one)) == 0
	}
}

fail contains {"message": message, "evidence": evidence, "severity": weight(one)} if {
	decided
	some one in open
	message := sprintf("port %s is open to %s; %s", [concat(", ", ports(one.opening)), much(one.opening), told(one)])
	evidence := array.concat(one.opening.internet, array.slice(paths(one), 0, 3))
}

wide(parts) if {
	some part in parts
	part.share >= input.parameters.near_world
}

weight(one) := "critical" if wide(array.concat(reached(one), doubtful(one)))

weight(one) := "medium" if {
	parts := array.concat(reached(one), doubtful(one))
	count(parts) > 0
	not wide(parts)
}

weight(one) := "low" if count(array.concat(reached(one), doubtful(one))) == 0

paths(one) := [evidence |
	some way in one.ways
	way.verdict in {"connects", "gated"}
	some range in way.ports
	count(ports(range)) > 0
	some evidence in way.evidence
]

told(_) := "nothing uses it now" if input.facts.reached_by.users == 0

told(one) := sprintf("reached from there: %s", [concat(", ", names)]) if {
	input.facts.reached_by.users > 0
	names := {name | some part in reached(one); name := called(part)}
	count(names) > 0
}

told(one) := sprintf("none of %d that use it is known to be reached from there%s", [users, reasons(one)]) if {
	users := input.facts.reached_by.users
	users > 0
	count(reached(one)) == 0
}

called(part) := part.first if part.count == 1

called(part) := sprintf("%s and %d more", [part.first, part.count - 1]) if part.count > 1

reasons(one) := "" if one.because == ""

reasons(one) := sprintf(": %s", [one.because]) if one.because != ""

much(opening) := "the whole internet" if opening.world

much(opening) := sprintf("about %d%% of the internet", [ceil(opening.share * 100)]) if not opening.world
