# METADATA
# scope: package
# title: Database in a subnet that routes to the internet
# description: >-
#   Fails when a subnet of the database's subnet group routes to an internet gateway: RDS may
#   place or move the instance there. The route table that decides may be the VPC's main one,
#   which every subnet without one of its own uses. A subnet that leaves through NAT is private.
# custom:
#   severity: high
#   resource: DbInstance
#   facts: [placement]
#   needs: []
#   controls: ["FSBP: RDS.46", "AWS Config: RDS_INSTANCE_SUBNET_IGW_CHECK"]
#   rationale: >-
#     In such a subnet one setting, or one address, stands between the database and the internet.
#     In a private subnet there is no way for a stranger's packet at all.
#   verify: >-
#     aws rds describe-db-instances --db-instance-identifier {id} --query
#     "DBInstances[].DBSubnetGroup.Subnets[].SubnetIdentifier", then aws ec2 describe-route-tables
#     with a filter on association.subnet-id; without a result, the VPC's table with
#     association.main.
#   remediation:
#     cli: |
#       aws rds create-db-subnet-group --db-subnet-group-name private --db-subnet-group-description private \
#         --subnet-ids PRIVATE_A PRIVATE_B
#       aws rds modify-db-instance --db-instance-identifier {id} --db-subnet-group-name private --apply-immediately
#     terraform: |
#       resource "aws_db_subnet_group" "private" {
#         subnet_ids = module.vpc.private_subnets
#       }
#     console: >-
#       RDS, Subnet groups, Create with private subnets only; then the database, Modify,
#       Connectivity, DB subnet group.
package bartizan.private_subnet_isolation.database_in_public_subnet

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
