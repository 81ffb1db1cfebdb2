# METADATA
# scope: package
# title: Database port open to the internet
# description: >-
#   Fails when a security group admits a port of a database, cache, search or message store (see
#   the parameter `data_ports`) from the internet or most of it. It judges the group, not whether
#   a path leads to what uses it.
# custom:
#   severity: critical
#   resource: SecurityGroup
#   facts: [admits, attachments]
#   needs: []
#   controls:
#     - "FSBP: EC2.19"
#     - "AWS Config: RESTRICTED_INCOMING_TRAFFIC"
#     - "AWS Config: VPC_SG_PORT_RESTRICTION_CHECK"
#   rationale: >-
#     Data stores are meant for the services in front of them. Several listen without a password
#     by default, and those that ask for one do not withstand being asked by everybody.
#   verify: >-
#     aws ec2 describe-security-groups --group-ids {id} --query "SecurityGroups[].IpPermissions" and
#     compare each range of ports with the parameter `data_ports`.
#   remediation:
#     cli: |
#       aws ec2 revoke-security-group-ingress --group-id {id} --protocol tcp --port 5432 --cidr 0.0.0.0/0
#       aws ec2 authorize-security-group-ingress --group-id {id} --protocol tcp --port 5432 --source-group APP_GROUP
#     terraform: |
#       resource "aws_vpc_security_group_ingress_rule" "database" {
#         security_group_id            = aws_security_group.database.id
#         referenced_security_group_id = aws_security_group.app.id
#         ip_protocol                  = "tcp"
#         from_port                    = 5432
#         to_port                      = 5432
#       }
#     console: >-
#       EC2, Security Groups, the group, Edit inbound rules: replace the source by the security
#       group of the services that connect.
package bartizan.private_subnet_isolation.data_port_open_to_world

import rego.v1

ports(opening) := [sprintf("%d", [port]) |
	some port in input.parameters.data_ports
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

severity := "high" if {
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
