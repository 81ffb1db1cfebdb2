# METADATA
# scope: package
# title: Cache that is spoken to in clear text
# description: >-
#   Fails when a Redis or Valkey replication group does not encrypt connections, or still accepts those that are not
#   encrypted (transit encryption mode `preferred`).
# custom:
#   severity: medium
#   resource: ReplicationGroup
#   facts: []
#   needs: []
#   controls: ["FSBP: ElastiCache.5"]
#   rationale: >-
#     A cache holds sessions, tokens and copies of what the database protects. Without encryption
#     in transit, and with it the possibility to ask for a password, everything on the network
#     between can read them.
#   verify: >-
#     aws elasticache describe-replication-groups --replication-group-id {id} --query
#     "ReplicationGroups[].[TransitEncryptionEnabled,TransitEncryptionMode]".
#   remediation:
#     cli: |
#       aws elasticache modify-replication-group --replication-group-id {id} --transit-encryption-enabled \
#         --transit-encryption-mode preferred --apply-immediately
#       # once every client uses TLS, again with --transit-encryption-mode required
#     terraform: |
#       resource "aws_elasticache_replication_group" "sessions" {
#         transit_encryption_enabled = true
#         transit_encryption_mode    = "required"
#       }
#     console: >-
#       ElastiCache, the cache, Modify: Encryption in transit, first Preferred, then Required.
package bartizan.https_only.cache_in_clear_text

import rego.v1

pass if {
	input.resource.TransitEncryptionEnabled == true
	mode == "required"
}

fail contains {"message": message, "evidence": evidence} if {
	input.resource.TransitEncryptionEnabled == false
	message := "connections to the cache are not encrypted"
	evidence := [{"field": "TransitEncryptionEnabled", "value": false}]
}

fail contains {"message": message, "evidence": evidence} if {
	input.resource.TransitEncryptionEnabled == true
	mode == "preferred"
	message := "the cache still accepts connections that are not encrypted"
	evidence := [{"field": "TransitEncryptionMode", "value": mode}]
}

# Engines before version 7 have no mode: they accept nothing but TLS once it is enabled.
mode := object.get(input.resource, "TransitEncryptionMode", "required")
