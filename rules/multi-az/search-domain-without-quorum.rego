# METADATA
# scope: package
# title: Search domain that does not survive the loss of a zone
# description: >-
#   Fails when the nodes of an OpenSearch or Elasticsearch domain are in fewer zones than the
#   parameter `zones`, or when fewer than three data nodes have to elect their leader among
#   themselves: then losing one of two zones leaves no majority.
# custom:
#   severity: medium
#   resource: Domain
#   facts: [zones]
#   needs: ["es:DescribeDomains"]
#   controls:
#     - "FSBP: Opensearch.6"
#     - "FSBP: ES.6"
#     - "FSBP: ES.7"
#     - "AWS Config: OPENSEARCH_DATA_NODE_FAULT_TOLERANCE"
#   rationale: >-
#     A cluster writes only while a majority of the nodes that may lead can see each other. With
#     two, one zone's loss stops the other as well: the copies are there and do not answer.
#   verify: aws opensearch describe-domain --domain-name {name} --query "DomainStatus.ClusterConfig".
#   remediation:
#     cli: |
#       aws opensearch update-domain-config --domain-name {name} --cluster-config \
#         InstanceCount=2,ZoneAwarenessEnabled=true,DedicatedMasterEnabled=true,DedicatedMasterType=m6g.large.search,DedicatedMasterCount=3
#     terraform: |
#       resource "aws_opensearch_domain" "search" {
#         cluster_config {
#           zone_awareness_enabled   = true
#           dedicated_master_enabled = true
#           dedicated_master_count   = 3
#           dedicated_master_type    = "m6g.large.search"
#         }
#       }
#     console: >-
#       OpenSearch Service, the domain, Cluster configuration, Edit: three dedicated master nodes,
#       or three data nodes in three zones.
package bartizan.multi_az.search_domain_without_quorum

import rego.v1

nodes := input.resource.ClusterConfig.InstanceCount

led if input.resource.ClusterConfig.DedicatedMasterEnabled == true

majority if led

majority if {
	nodes >= 3
	input.facts.zones.least >= 3
}

pass if {
	input.facts.zones.least >= input.parameters.zones
	majority
}

fail contains {"message": message, "evidence": input.facts.zones.evidence, "severity": severity} if {
	input.facts.zones.least < input.parameters.zones
	message := "all its nodes are in one zone"
}

fail contains {"message": message, "evidence": input.facts.zones.evidence, "severity": severity} if {
	nodes >= 3
	input.facts.zones.least == 2
	input.resource.ClusterConfig.DedicatedMasterEnabled == false
	message := sprintf("%d data nodes lead themselves from two zones: one zone may take the majority with it", [nodes])
}

fail contains {"message": message, "evidence": evidence, "severity": severity} if {
	nodes < 3
	input.resource.ClusterConfig.DedicatedMasterEnabled == false
	message := sprintf("%d data nodes lead themselves: without one of them there is no majority", [nodes])
	evidence := [
		{"field": "ClusterConfig.InstanceCount", "value": nodes},
		{"field": "ClusterConfig.DedicatedMasterEnabled", "value": false},
	]
}

default severity := "medium"

severity := "informational" if input.environment.tier in {"staging", "dev"}
