# METADATA
# scope: package
# title: Database cluster with its instances in one zone
# description: >-
#   Fails when the instances of an Aurora or Multi-AZ DB cluster stand in fewer zones than the
#   parameter `zones`. The cluster's own list of zones says where its storage is, not where
#   anything answers.
# custom:
#   severity: high
#   resource: DbCluster
#   facts: [zones]
#   needs: []
#   controls: ["FSBP: RDS.15", "AWS Config: RDS_CLUSTER_MULTI_AZ_ENABLED"]
#   rationale: >-
#     Aurora keeps its data in three zones whatever happens, but queries are answered by
#     instances. With all of them in one zone, the loss of that zone is an outage until a new
#     instance is made elsewhere.
#   verify: >-
#     aws rds describe-db-instances --filters Name=db-cluster-id,Values={id} --query
#     "DBInstances[].AvailabilityZone".
#   remediation:
#     cli: |
#       aws rds create-db-instance --db-cluster-identifier {id} --db-instance-identifier {id}-reader \
#         --engine aurora-mysql --db-instance-class CLASS --availability-zone OTHER_ZONE
#     terraform: |
#       resource "aws_rds_cluster_instance" "member" {
#         count              = 2
#         cluster_identifier = aws_rds_cluster.db.id
#         availability_zone  = var.zones[count.index]
#       }
#     console: >-
#       RDS, the cluster, Actions, Add reader: choose another Availability Zone.
package bartizan.multi_az.single_zone_database_cluster

import rego.v1

pass if input.facts.zones.least >= input.parameters.zones

fail contains {"message": message, "evidence": input.facts.zones.evidence, "severity": severity} if {
	input.facts.zones.most < input.parameters.zones
	message := sprintf("its instances are in %s alone", [concat(", ", input.facts.zones.zones)])
}

default severity := "high"

severity := "informational" if input.environment.tier in {"staging", "dev"}
