# METADATA
# scope: package
# title: Administration port open to the internet
# description: >-
#   Fails when a security group admits a port for administering machines (RDP, WinRM, VNC, Telnet,
#   FTP, SMB, RPC, Docker, the kubelet; see the parameter `admin_ports`) from the internet or most
#   of it. SSH has a rule of its own.
# custom:
#   severity: critical
#   resource: SecurityGroup
#   facts: [admits, attachments]
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

ports(opening) := [sprintf("%d", [port]) |
	some port in input.parameters.admin_ports
	opening.from <= port
	opening.to >= port
]

open contains opening if {
	some opening in input.facts.admits.tcp
	opening.share >= input.parameters.near_world
	count(ports(opening)) > 0
}

pass if {
	input.facts.admits.tcp
	count(open) == 0
}

fail contains {"message": message, "evidence": opening.internet, "severity": severity} if {
	some opening in open
	message := sprintf("port %s open to %s; %s", [concat(", ", ports(opening)), much(opening), users])
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
