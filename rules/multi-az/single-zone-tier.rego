# METADATA
# scope: package
# title: Tier of a VPC in one zone
# description: >-
#   Fails when the subnets of one tier - public, leaving through NAT, reaching other networks, or
#   isolated, as their routes decide - are in fewer zones than the parameter `zones`. A public
#   subnet in one zone and a private one in another are no redundancy, whatever their sum.
# custom:
#   severity: medium
#   resource: Vpc
#   facts: [tiers]
#   needs: []
#   controls: ["AWS Well-Architected: REL10-BP01"]
#   rationale: >-
#     Whatever is placed in the tier - load balancers in the public one, services and databases in
#     the others - can be in one zone only.
#   verify: >-
#     aws ec2 describe-subnets --filters Name=vpc-id,Values={id} and aws ec2 describe-route-tables:
#     sort the subnets by where their default route leads, then count zones.
#   remediation:
#     cli: |
#       aws ec2 create-subnet --vpc-id {id} --cidr-block CIDR --availability-zone OTHER_ZONE
#     terraform: |
#       resource "aws_subnet" "private" {
#         for_each          = var.private_subnets # zone => range, two or more
#         availability_zone = each.key
#         cidr_block        = each.value
#         vpc_id            = aws_vpc.main.id
#       }
#     console: >-
#       VPC, Subnets, Create subnet in another Availability Zone, and associate it with the tier's
#       route table.
package bartizan.multi_az.single_zone_tier

import rego.v1

not_applicable if count(input.facts.tiers.tiers) == 0

narrow contains name if {
	some name, tier in input.facts.tiers.tiers
	count(tier.zones) < input.parameters.zones
}

pass if {
	count(input.facts.tiers.tiers) > 0
	count(narrow) == 0
}

fail contains {"message": message, "evidence": evidence, "severity": severity} if {
	some name in narrow
	tier := input.facts.tiers.tiers[name]
	message := sprintf("the %s subnets are in %s alone", [label(name), concat(", ", tier.zones)])
	evidence := [{"field": "AvailabilityZone", "value": zone, "resource": subnet} |
		some subnet in tier.subnets
		some zone in tier.zones
	]
}

label(name) := "private" if name == "egress"

label(name) := "connected" if name == "other"

label(name) := name if name in {"public", "isolated"}

default severity := "medium"

severity := "informational" if input.environment.tier in {"staging", "dev"}
