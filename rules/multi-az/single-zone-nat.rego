# METADATA
# scope: package
# title: Way out of a zone through another zone
# description: >-
#   Fails when a subnet reaches the internet through a NAT gateway that stands in another zone
#   than the subnet: because there is only one gateway, or because a route table names the wrong
#   one. A Regional NAT gateway stands in every zone.
# custom:
#   severity: high
#   resource: Vpc
#   facts: [nat_zones]
#   needs: []
#   controls: ["AWS Well-Architected: REL10-BP01"]
#   rationale: >-
#     When the gateway's zone fails, every subnet that leaves through it is cut off from
#     everything outside the VPC, although nothing is wrong in its own zone. Traffic between zones
#     is paid for as well.
#   verify: >-
#     aws ec2 describe-route-tables --filters Name=vpc-id,Values={id}, and for each NatGatewayId in
#     it aws ec2 describe-nat-gateways and aws ec2 describe-subnets: compare the zones.
#   remediation:
#     cli: |
#       aws ec2 create-nat-gateway --subnet-id PUBLIC_SUBNET_OF_THE_ZONE --allocation-id EIP
#       aws ec2 replace-route --route-table-id TABLE --destination-cidr-block 0.0.0.0/0 --nat-gateway-id NAT
#     terraform: |
#       module "vpc" {
#         source                 = "terraform-aws-modules/vpc/aws"
#         enable_nat_gateway     = true
#         single_nat_gateway     = false
#         one_nat_gateway_per_az = true
#       }
#     console: >-
#       VPC, NAT gateways, Create NAT gateway in a public subnet of the zone; then Route tables,
#       the table of the zone's private subnets, Edit routes.
package bartizan.multi_az.single_zone_nat

import rego.v1

not_applicable if count(input.facts.nat_zones.gateways) == 0

pass if {
	count(input.facts.nat_zones.gateways) > 0
	count(input.facts.nat_zones.crossing) == 0
}

fail contains {"message": message, "evidence": [crossing.evidence], "severity": severity} if {
	some crossing in input.facts.nat_zones.crossing
	message := sprintf("%s in %s leaves through %s in %s", [
		crossing.subnet,
		crossing.zone,
		crossing.gateway,
		crossing.gateway_zone,
	])
}

default severity := "high"

severity := "informational" if input.environment.tier in {"staging", "dev"}
