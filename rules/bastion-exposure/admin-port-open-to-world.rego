# METADATA
# scope: package
# title: Administration port open to the internet
# description: >-
#   Fails when a security group admits a port for administering machines (RDP, WinRM, VNC, Telnet,
#   FTP, SMB, RPC, Docker, the kubelet; see the parameter `admin_ports`) from the internet or most
#   of it. SSH has a rule of its own. Critical where a path leads from the internet to something
#   that uses the group by such a port, low where none does.
# custom:
#   severity: critical
#   resource: SecurityGroup
#   facts: [reached_by]
#   needs: []
#   controls:
#     - "CIS AWS 3.0: 5.2"
#     - "CIS AWS 3.0: 5.3"
#     - "CIS AWS 7.0: 6.1.2"
#     - "CIS AWS 7.0: 6.3"
#     - "CIS AWS 7.0: 6.4"
#     - "FSBP: EC2.14"
#     - "FSBP: EC2.19"
#   rationale: >-
#     These services give control over a machine, some of them without a password. None of them
#     has business with strangers: a VPN, Session Manager or a bastion reaches them without an
#     open port.
#   verify: >-
#     aws ec2 describe-security-groups --group-ids {id} --query "SecurityGroups[].IpPermissions" and
#     compare each range of ports with the parameter `admin_ports`.
#   remediation:
#     cli: |
#       aws ec2 revoke-security-group-ingress --group-id {id} --protocol tcp --port 3389 --cidr 0.0.0.0/0
#     terraform: |
#       # Remove the ingress rule; administer through Session Manager:
#       resource "aws_iam_role_policy_attachment" "ssm" {
#         role       = aws_iam_role.host.name
#         policy_arn = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
#       }
#     console: >-
#       EC2, Security Groups, the group, Edit inbound rules: delete the rule.
package bartizan.bastion_exposure.admin_port_open_to_world

import rego.v1

ports(range) := [sprintf("%d", [port]) |
	some port in input.parameters.admin_ports
	range.from <= port
	range.to >= port
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
	message := sprintf("port %s open to %s; %s", [concat(", ", ports(one.opening)), much(one.opening), told(one)])
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
