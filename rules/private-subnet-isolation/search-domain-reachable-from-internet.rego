# METADATA
# scope: package
# title: Search domain in a VPC that the internet reaches
# description: >-
#   Fails when packets from the internet get to the HTTP ports of an OpenSearch or Elasticsearch
#   domain in a VPC and the replies get back: through gateways, routes, network ACLs both ways and
#   security groups, or through a load balancer that has it among its targets. The evidence is the
#   path. Critical from the whole internet or most of it, high from less. A domain outside VPCs is
#   for its access policy to protect.
# custom:
#   severity: critical
#   resource: Domain
#   facts: [exposed_ports]
#   needs: []
#   controls: ["FSBP: Opensearch.2", "FSBP: ES.2"]
#   rationale: >-
#     An index holds what was worth searching, and its API deletes as readily as it finds. Only the
#     services that search it need to connect, and they do so from inside.
#   verify: >-
#     bartizan reach internet {name}, or follow the evidence hop by hop: the load balancer, the
#     network ACL's entry and the security group's rule that it names.
#   remediation:
#     cli: |
#       aws elbv2 deregister-targets --target-group-arn TARGET_GROUP --targets Id=ADDRESS
#       aws ec2 revoke-security-group-ingress --group-id GROUP --protocol tcp --port 443 --cidr SOURCE
#     terraform: |
#       resource "aws_vpc_security_group_ingress_rule" "search" {
#         security_group_id            = aws_security_group.search.id
#         referenced_security_group_id = aws_security_group.app.id
#         ip_protocol                  = "tcp"
#         from_port                    = 443
#         to_port                      = 443
#       }
#     console: >-
#       EC2, Target groups: the one that has the domain's address among its targets, Deregister;
#       then the domain's security groups, Edit inbound rules: name the group of the services that
#       connect as the source.
package bartizan.private_subnet_isolation.search_domain_reachable_from_internet

import rego.v1

ways contains way if {
	some way in input.facts.exposed_ports.ways
	way.verdict != "delivers"
	some port in way.ports
	port.protocol == "tcp"
	listens(port)
}

# A domain answers on 443, and on 80 unless HTTPS is enforced.
listens(port) if {
	some mine in [80, 443]
	port.from <= mine
	port.to >= mine
}

not_applicable if not input.resource.VPCOptions.VPCId

pass if {
	input.resource.VPCOptions.VPCId
	input.facts.exposed_ports.ways
	count(ways) == 0
}

fail contains {"message": message, "evidence": way.evidence, "severity": weight(way)} if {
	some way in ways
	input.resource.VPCOptions.VPCId
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
