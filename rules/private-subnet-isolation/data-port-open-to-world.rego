# METADATA
# scope: package
# title: Database port open to the internet
# description: >-
#   Fails when a security group admits a port of a database, cache, search or message store (see
#   the parameter `data_ports`) from the internet or most of it. Critical where a path leads from
#   the internet to something that uses the group by such a port, low where none does.
# custom:
#   severity: critical
#   resource: SecurityGroup
#   facts: [reached_by]
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

ports(range) := [sprintf("%d", [port]) |
	some port in input.parameters.data_ports
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

weight(one) := "high" if {
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
