# METADATA
# scope: package
# title: Cache of a single node that is spoken to in clear text
# description: >-
#   Fails when a cluster that is in no replication group does not encrypt connections. Members of
#   replication groups are judged as groups, by `cache-in-clear-text`.
# custom:
#   severity: medium
#   resource: CacheCluster
#   facts: []
#   needs: []
#   controls: ["FSBP: ElastiCache.5"]
#   rationale: >-
#     A cache holds sessions, tokens and copies of what the database protects. Without encryption
#     in transit, and with it the possibility to ask for a password, everything on the network
#     between can read them.
#   verify: >-
#     aws elasticache describe-cache-clusters --cache-cluster-id {id} --query
#     "CacheClusters[].TransitEncryptionEnabled".
#   remediation:
#     cli: |
#       # a single Redis node cannot be encrypted: restore its snapshot into a replication group
#       aws elasticache create-snapshot --cache-cluster-id {id} --snapshot-name {id}
#       aws elasticache create-replication-group --replication-group-id GROUP --replication-group-description GROUP \
#         --snapshot-name {id} --transit-encryption-enabled
#     terraform: |
#       resource "aws_elasticache_replication_group" "sessions" {
#         transit_encryption_enabled = true
#       }
#     console: >-
#       ElastiCache, Backups, Restore into a new cache with encryption in transit.
package bartizan.https_only.cache_cluster_in_clear_text

import rego.v1

not_applicable if input.resource.ReplicationGroupId

pass if {
	not input.resource.ReplicationGroupId
	input.resource.TransitEncryptionEnabled == true
}

fail contains {"message": message, "evidence": evidence} if {
	not input.resource.ReplicationGroupId
	input.resource.TransitEncryptionEnabled == false
	message := "connections to the cache are not encrypted"
	evidence := [{"field": "TransitEncryptionEnabled", "value": false}]
}
