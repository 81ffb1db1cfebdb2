# METADATA
# scope: package
# title: Subnet that gives public addresses by itself
# description: >-
#   Fails when a subnet with a way in from the internet gives a public IPv4 address to every
#   instance, or an IPv6 address to every interface, that does not say otherwise.
# custom:
#   severity: low
#   resource: Subnet
#   facts: [subnet_class]
#   needs: []
#   controls: ["FSBP: EC2.15", "AWS Config: SUBNET_AUTO_ASSIGN_PUBLIC_IP_DISABLED"]
#   rationale: >-
#     What is launched there is on the internet unless somebody remembers to say no. Load
#     balancers and NAT gateways, which belong there, do not need the setting.
#   verify: >-
#     aws ec2 describe-subnets --subnet-ids {id} --query
#     "Subnets[].[MapPublicIpOnLaunch,AssignIpv6AddressOnCreation]".
#   remediation:
#     cli: |
#       aws ec2 modify-subnet-attribute --subnet-id {id} --no-map-public-ip-on-launch
#     terraform: |
#       resource "aws_subnet" "public" {
#         map_public_ip_on_launch = false
#       }
#     console: >-
#       VPC, Subnets, the subnet, Actions, Edit subnet settings: Auto-assign public IPv4 address
#       off.
package bartizan.private_subnet_isolation.subnet_giving_public_addresses

import rego.v1

way_in(name) if input.facts.subnet_class[name]["class"] in {"public", "partly-public"}

gives contains "MapPublicIpOnLaunch" if {
	way_in("ipv4")
	input.resource.MapPublicIpOnLaunch
}

gives contains "AssignIpv6AddressOnCreation" if {
	way_in("ipv6")
	input.resource.AssignIpv6AddressOnCreation
}

not_applicable if input.facts.subnet_class["class"] in {"egress", "isolated", "other"}

pass if {
	input.facts.subnet_class["class"] in {"public", "partly-public"}
	is_boolean(input.resource.MapPublicIpOnLaunch)
	count(gives) == 0
}

fail contains {"message": message, "evidence": [{"field": field, "value": true}]} if {
	some field in gives
	message := sprintf("%s: what is launched here is on the internet unless it says otherwise", [field])
}
