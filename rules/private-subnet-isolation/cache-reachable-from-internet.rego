# METADATA
# scope: package
# title: Cache that the internet reaches
# description: >-
#   Fails when packets from the internet get to a port of an ElastiCache cluster and the replies
#   get back: through gateways, routes, network ACLs both ways and security groups, or through a
#   load balancer that has it among its targets. The evidence is the path. Critical from the whole
#   internet or most of it, high from less.
# custom:
#   severity: critical
#   resource: CacheCluster
#   facts: [exposed_ports]
#   needs: []
#   controls: ["FSBP: EC2.18"]
#   rationale: >-
#     A cache was made for friends: many have no password, and whoever connects reads sessions and
#     writes what the program believes. AWS gives it no public address, so a way in was built.
#   verify: >-
#     bartizan reach internet {id}, or follow the evidence hop by hop: the load balancer, the
#     network ACL's entry and the security group's rule that it names.
#   remediation:
#     cli: |
#       aws elbv2 deregister-targets --target-group-arn TARGET_GROUP --targets Id=ADDRESS
#       aws ec2 revoke-security-group-ingress --group-id GROUP --protocol tcp --port PORT --cidr SOURCE
#     terraform: |
#       resource "aws_vpc_security_group_ingress_rule" "cache" {
#         security_group_id            = aws_security_group.cache.id
#         referenced_security_group_id = aws_security_group.app.id
#         ip_protocol                  = "tcp"
#         from_port                    = 6379
#         to_port                      = 6379
#       }
#     console: >-
#       EC2, Target groups: the one that has the cache's address among its targets, Deregister;
#       then the cache's security groups, Edit inbound rules: name the group of the services that
#       connect as the source.
package bartizan.private_subnet_isolation.cache_reachable_from_internet

import rego.v1

ways contains way if {
	some way in input.facts.exposed_ports.ways
	way.verdict != "delivers"
	some port in way.ports
	port.protocol == "tcp"
	listens(port)
}

own contains port if {
	some node in input.resource.CacheNodes
	port := node.Endpoint.Port
}

own contains port if port := input.resource.ConfigurationEndpoint.Port

listens(port) if {
	some mine in own
	port.from <= mine
	port.to >= mine
}

# One that is being made has no port yet.
listens(_) if count(own) == 0

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
