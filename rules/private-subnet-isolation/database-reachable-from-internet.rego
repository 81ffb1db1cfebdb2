# METADATA
# scope: package
# title: Database that the internet reaches
# description: >-
#   Fails when packets from the internet get to the port of an RDS instance and the replies get
#   back: through gateways, routes, network ACLs both ways and security groups, or through a load
#   balancer that has it among its targets. The evidence is the path. Critical from the whole
#   internet or most of it, high from less.
# custom:
#   severity: critical
#   resource: DbInstance
#   facts: [exposed_ports]
#   needs: []
#   controls: ["FSBP: RDS.2", "FSBP: EC2.19", "AWS Config: RDS_INSTANCE_PUBLIC_ACCESS_CHECK"]
#   rationale: >-
#     A database answers whoever connects: with a password prompt, and with every flaw of its
#     server. Only the services in front of it need to connect, and they do so from inside.
#   verify: >-
#     bartizan reach internet {id}, or follow the evidence hop by hop: the route table, the
#     network ACL's entry and the security group's rule that it names.
#   remediation:
#     cli: |
#       aws rds modify-db-instance --db-instance-identifier {id} --no-publicly-accessible --apply-immediately
#       aws ec2 revoke-security-group-ingress --group-id GROUP --protocol tcp --port PORT --cidr SOURCE
#     terraform: |
#       resource "aws_db_instance" "db" {
#         publicly_accessible = false
#       }
#     console: >-
#       RDS, the database, Modify, Connectivity, Additional configuration: Not publicly
#       accessible; then its security groups, Edit inbound rules: name the group of the services
#       that connect as the source.
package bartizan.private_subnet_isolation.database_reachable_from_internet

import rego.v1

ways contains way if {
	some way in input.facts.exposed_ports.ways
	way.verdict != "delivers"
	some port in way.ports
	port.protocol == "tcp"
	listens(port)
}

listens(port) if {
	port.from <= input.resource.Endpoint.Port
	port.to >= input.resource.Endpoint.Port
}

# One that is being made has no port yet.
listens(_) if not input.resource.Endpoint.Port

pass if {
	input.facts.exposed_ports.ways
	count(ways) == 0
}

fail contains {"message": message, "evidence": way.evidence, "severity": weight(way)} if {
	some way in ways
	way.verdict != "unknown"
	message := sprintf("%s of the internet connects to %s%s", [much(way), way.services, place(way)])
}

weight(way) := "critical" if way.share >= input.parameters.near_world

weight(way) := "high" if way.share < input.parameters.near_world

much(way) := "the whole" if way.everyone

much(way) := "a part" if not way.everyone

place(way) := sprintf(" on %s", [way.address]) if way.address

place(way) := sprintf(" through %s", [way.via]) if way.via

place(way) := "" if {
	not way.address
	not way.via
}
