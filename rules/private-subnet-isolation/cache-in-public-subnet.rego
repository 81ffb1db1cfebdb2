# METADATA
# scope: package
# title: Cache in a subnet that routes to the internet
# description: >-
#   Fails when a subnet of the cache's subnet group routes to an internet gateway. Members of
#   replication groups are judged like clusters of their own.
# custom:
#   severity: medium
#   resource: CacheCluster
#   facts: [placement]
#   needs: []
#   controls: ["FSBP: ElastiCache.7", "AWS Config: ELASTICACHE_SUBNET_GROUP_CHECK"]
#   rationale: >-
#     Cache nodes get no public address, so this alone lets nobody in. It means that the cache
#     shares its subnet with what faces the internet, and that a NAT or proxy there is next to it.
#   verify: >-
#     aws elasticache describe-cache-subnet-groups --cache-subnet-group-name GROUP, then the route
#     tables of its subnets.
#   remediation:
#     cli: |
#       aws elasticache create-cache-subnet-group --cache-subnet-group-name private \
#         --cache-subnet-group-description private --subnet-ids PRIVATE_A PRIVATE_B
#       # a cluster cannot change its subnet group: restore a snapshot into a new one
#     terraform: |
#       resource "aws_elasticache_subnet_group" "private" {
#         name       = "private"
#         subnet_ids = module.vpc.private_subnets
#       }
#     console: >-
#       ElastiCache, Subnet groups, Create with private subnets only; then restore a backup of the
#       cache into it.
package bartizan.private_subnet_isolation.cache_in_public_subnet

import rego.v1

public contains subnet if {
	some subnet in input.facts.placement.subnets
	subnet.public
}

pass if {
	count(input.facts.placement.subnets) > 0
	count(public) == 0
}

fail contains {"message": message, "evidence": subnet.evidence} if {
	some subnet in public
	message := sprintf("the subnet group holds %s (%s), which %s an internet gateway", [
		subnet.subnet,
		how(subnet),
		reach(subnet),
	])
}

how(subnet) := sprintf("by its own route table %s", [subnet.route_table]) if not subnet.implicit_main

how(subnet) := sprintf("by the VPC's main route table %s", [subnet.route_table]) if subnet.implicit_main

reach(subnet) := "routes to" if subnet.class == "public"

reach(subnet) := "routes a part of the internet to" if subnet.class == "partly-public"
