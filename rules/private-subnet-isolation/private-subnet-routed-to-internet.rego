# METADATA
# scope: package
# title: Subnet called private that routes to the internet
# description: >-
#   Fails when a subnet whose Name, Tier or Type tag says that it is private (see the parameter
#   `private_names`) routes to an internet gateway, over IPv4 or IPv6. A subnet with another name
#   is not judged.
# custom:
#   severity: high
#   resource: Subnet
#   facts: [subnet_class]
#   needs: []
#   controls: ["AWS Config: NO_UNRESTRICTED_ROUTE_TO_IGW"]
#   rationale: >-
#     People place databases by the name of the subnet, and the name does not route. A subnet
#     loses its privacy without a trace when its own route table is removed and the VPC's main
#     one, which leads to the internet, takes its place.
#   verify: >-
#     aws ec2 describe-route-tables --filters Name=association.subnet-id,Values={id}; without a
#     result, with Name=vpc-id,Values={vpc} Name=association.main,Values=true.
#   remediation:
#     cli: |
#       aws ec2 associate-route-table --subnet-id {id} --route-table-id PRIVATE_TABLE
#     terraform: |
#       resource "aws_route_table_association" "private" {
#         subnet_id      = aws_subnet.private.id
#         route_table_id = aws_route_table.private.id # 0.0.0.0/0 to a NAT gateway, or nothing
#       }
#     console: >-
#       VPC, Subnets, the subnet, Route table, Edit route table association: choose a table
#       without an internet gateway.
package bartizan.private_subnet_isolation.private_subnet_routed_to_internet

import rego.v1

not_applicable if not called_private

called_private if {
	some tag in input.resource.Tags
	lower(tag.Key) in {"name", "tier", "type"}
	some word in input.parameters.private_names
	word in regex.split(`[^a-z0-9]+`, lower(tag.Value))
}

pass if {
	called_private
	input.facts.subnet_class["class"] in {"egress", "isolated", "other"}
}

families contains family if {
	some name in ["ipv4", "ipv6"]
	family := input.facts.subnet_class[name]
	family["class"] in {"public", "partly-public"}
}

fail contains {"message": message, "evidence": family.evidence} if {
	called_private
	some family in families
	message := sprintf("its route table %s leads %s through an internet gateway", [
		input.facts.subnet_class.route_table,
		much(family),
	])
}

much(family) := "to the internet" if family["class"] == "public"

much(family) := "to a part of the internet" if family["class"] == "partly-public"
