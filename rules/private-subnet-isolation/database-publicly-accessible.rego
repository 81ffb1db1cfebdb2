# METADATA
# scope: package
# title: Database with a public address
# description: >-
#   Fails when an RDS instance is set to be publicly accessible: its name then resolves to a
#   public address from outside the VPC. Critical where packets from the internet get there, or
#   may; medium where routes, network ACLs or security groups keep all of them out today.
# custom:
#   severity: critical
#   resource: DbInstance
#   facts: [exposed_ports]
#   needs: []
#   controls:
#     - "CIS AWS 3.0: 2.3.3"
#     - "CIS AWS 5.0: 2.2.3"
#     - "CIS AWS 7.0: 3.2.3"
#     - "FSBP: RDS.2"
#     - "AWS Config: RDS_INSTANCE_PUBLIC_ACCESS_CHECK"
#   rationale: >-
#     A database with a public address is one security-group rule away from every password list on
#     the internet. Nothing that belongs to the system needs that address: services reach the
#     database from inside the VPC.
#   verify: >-
#     aws rds describe-db-instances --db-instance-identifier {id} --query
#     "DBInstances[].PubliclyAccessible".
#   remediation:
#     cli: |
#       aws rds modify-db-instance --db-instance-identifier {id} --no-publicly-accessible --apply-immediately
#     terraform: |
#       resource "aws_db_instance" "db" {
#         publicly_accessible = false
#       }
#     console: >-
#       RDS, the database, Modify, Connectivity, Additional configuration: Not publicly
#       accessible.
package bartizan.private_subnet_isolation.database_publicly_accessible

import rego.v1

pass if input.resource.PubliclyAccessible == false

ways := [way | some way in input.facts.exposed_ports.ways; way.verdict != "delivers"]

fail contains {"message": message, "evidence": evidence, "severity": severity} if {
	input.resource.PubliclyAccessible == true
	message := sprintf("its name resolves to a public address; %s", [told])
	paths := [one | some way in ways; some one in way.evidence]
	evidence := array.concat([{"field": "PubliclyAccessible", "value": true}], array.slice(paths, 0, 3))
}

severity := "critical" if count(ways) > 0

severity := "medium" if count(ways) == 0

told := "the internet gets there, or may" if count(ways) > 0

told := "no path from the internet leads there today" if count(ways) == 0
