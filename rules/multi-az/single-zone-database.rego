# METADATA
# scope: package
# title: Database in one Availability Zone
# description: >-
#   Fails when an RDS instance has no standby in another zone. Members of clusters are judged with
#   their cluster.
# custom:
#   severity: high
#   resource: DbInstance
#   facts: []
#   needs: []
#   controls:
#     - "CIS AWS 5.0: 2.2.4"
#     - "CIS AWS 7.0: 3.2.4"
#     - "FSBP: RDS.5"
#     - "AWS Config: RDS_MULTI_AZ_SUPPORT"
#   rationale: >-
#     When the zone of a database without a standby fails, the database is gone until the zone is
#     back or a backup is restored, and everything since that backup with it. With Multi-AZ the
#     standby takes over by itself, and maintenance is done on it first.
#   verify: >-
#     aws rds describe-db-instances --db-instance-identifier {id} --query
#     "DBInstances[].[MultiAZ,AvailabilityZone,SecondaryAvailabilityZone]".
#   remediation:
#     cli: |
#       aws rds modify-db-instance --db-instance-identifier {id} --multi-az --apply-immediately
#     terraform: |
#       resource "aws_db_instance" "db" {
#         multi_az = true
#       }
#     console: >-
#       RDS, the database, Modify, Availability and durability: Create a standby instance.
package bartizan.multi_az.single_zone_database

import rego.v1

not_applicable if member

member if input.resource.DBClusterIdentifier

pass if {
	not member
	input.resource.MultiAZ == true
}

fail contains {"message": message, "evidence": evidence, "severity": severity} if {
	not member
	input.resource.MultiAZ == false
	message := sprintf("the database is in %s alone", [object.get(input.resource, "AvailabilityZone", "one zone")])
	evidence := [{"field": "MultiAZ", "value": false}]
}

default severity := "high"

severity := "informational" if input.environment.tier in {"staging", "dev"}
