# METADATA
# scope: package
# title: Cache of one node, in no replication group
# description: >-
#   Fails when a Redis or Valkey cluster is in no replication group: it has one node, in one zone.
#   How a group's nodes are spread is judged by `single-zone-cache`. The nodes of Memcached hold
#   parts, not copies.
# custom:
#   severity: high
#   resource: CacheCluster
#   facts: []
#   needs: []
#   controls: ["AWS Well-Architected: REL10-BP01"]
#   rationale: >-
#     Without a replica nothing takes over. When the node or its zone fails, what the cache holds is
#     gone: every session with it, and everything else is computed anew at the same moment.
#   verify: >-
#     aws elasticache describe-cache-clusters --cache-cluster-id {id} --query
#     "CacheClusters[].[ReplicationGroupId,NumCacheNodes,PreferredAvailabilityZone]".
#   remediation:
#     cli: |
#       aws elasticache create-replication-group --replication-group-id {id} --replication-group-description {id} \
#         --primary-cluster-id {id}
#       aws elasticache increase-replica-count --replication-group-id {id} --new-replica-count 1 --apply-immediately
#       aws elasticache modify-replication-group --replication-group-id {id} --automatic-failover-enabled \
#         --multi-az-enabled --apply-immediately
#       # engines before 3.2.6 and nodes of type t1 cannot fail over: upgrade first
#     terraform: |
#       resource "aws_elasticache_replication_group" "sessions" {
#         automatic_failover_enabled = true
#         multi_az_enabled           = true
#         num_cache_clusters         = 2
#       }
#     console: >-
#       ElastiCache, the cache, Actions, Add replication; then Modify: Multi-AZ and Auto-failover.
package bartizan.multi_az.cache_outside_replication_group

import rego.v1

not_applicable if input.resource.Engine == "memcached"

pass if {
	input.resource.Engine in {"redis", "valkey"}
	input.resource.ReplicationGroupId
}

fail contains {"message": message, "evidence": evidence, "severity": severity} if {
	not input.resource.ReplicationGroupId
	input.resource.Engine in {"redis", "valkey"}
	message := sprintf("it is one node in %s without a replica", [input.resource.PreferredAvailabilityZone])
	evidence := [
		{"field": "ReplicationGroupId", "value": null},
		{"field": "NumCacheNodes", "value": input.resource.NumCacheNodes},
		{"field": "PreferredAvailabilityZone", "value": input.resource.PreferredAvailabilityZone},
	]
}

default severity := "high"

severity := "informational" if input.environment.tier in {"staging", "dev"}
