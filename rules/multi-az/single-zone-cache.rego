# METADATA
# scope: package
# title: Cache that does not survive the loss of a zone
# description: >-
#   Fails when a replication group has a shard with its nodes in fewer zones than the parameter
#   `zones`, or does not fail over by itself.
# custom:
#   severity: high
#   resource: ReplicationGroup
#   facts: [zones]
#   needs: []
#   controls: ["FSBP: ElastiCache.3", "AWS Config: ELASTICACHE_REPL_GRP_AUTO_FAILOVER_ENABLED"]
#   rationale: >-
#     A replica in another zone is of use only when it becomes the primary without anybody being
#     woken. When one shard of several cannot do that, the part of the keys it holds is gone, and
#     sessions with them.
#   verify: >-
#     aws elasticache describe-replication-groups --replication-group-id {id} --query
#     "ReplicationGroups[].[AutomaticFailover,MultiAZ,NodeGroups[].NodeGroupMembers[].PreferredAvailabilityZone]".
#   remediation:
#     cli: |
#       aws elasticache modify-replication-group --replication-group-id {id} --automatic-failover-enabled \
#         --multi-az-enabled --apply-immediately
#     terraform: |
#       resource "aws_elasticache_replication_group" "sessions" {
#         automatic_failover_enabled = true
#         multi_az_enabled           = true
#         num_cache_clusters         = 2
#       }
#     console: >-
#       ElastiCache, the cache, Modify: Multi-AZ and Auto-failover; Add replica in another zone.
package bartizan.multi_az.single_zone_cache

import rego.v1

pass if {
	input.facts.zones.least >= input.parameters.zones
	input.resource.AutomaticFailover in {"enabled", "enabling"}
}

fail contains {"message": message, "evidence": input.facts.zones.evidence, "severity": severity} if {
	input.facts.zones.most < input.parameters.zones
	message := sprintf("a shard is in %d zone alone", [input.facts.zones.least])
}

fail contains {"message": message, "evidence": evidence, "severity": severity} if {
	input.resource.AutomaticFailover in {"disabled", "disabling"}
	message := "no replica takes over by itself"
	evidence := [{"field": "AutomaticFailover", "value": input.resource.AutomaticFailover}]
}

default severity := "high"

severity := "informational" if input.environment.tier in {"staging", "dev"}
