# METADATA
# scope: package
# title: Load balancer in one zone
# description: >-
#   Fails when a Network, Gateway or Application Load Balancer has subnets in fewer zones than the
#   parameter `zones`.
# custom:
#   severity: high
#   resource: LoadBalancer
#   facts: [zones]
#   needs: []
#   controls: ["FSBP: ELB.13", "AWS Config: ELBV2_MULTIPLE_AZ"]
#   rationale: >-
#     A load balancer answers from the zones it is enabled in. With one, the loss of that zone
#     takes away the entrance, whatever stands behind it.
#   verify: >-
#     aws elbv2 describe-load-balancers --load-balancer-arns {id} --query
#     "LoadBalancers[].AvailabilityZones[].ZoneName".
#   remediation:
#     cli: |
#       aws elbv2 set-subnets --load-balancer-arn {id} --subnets SUBNET_A SUBNET_B
#     terraform: |
#       resource "aws_lb" "lb" {
#         subnets = module.vpc.public_subnets # one in each zone
#       }
#     console: >-
#       EC2, Load Balancers, the load balancer, Network mapping, Edit subnets: add one in another
#       zone.
package bartizan.multi_az.single_zone_load_balancer

import rego.v1

pass if input.facts.zones.least >= input.parameters.zones

fail contains {"message": message, "evidence": input.facts.zones.evidence, "severity": severity} if {
	input.facts.zones.least < input.parameters.zones
	message := sprintf("it answers in %s alone", [concat(", ", input.facts.zones.zones)])
}

default severity := "high"

severity := "informational" if input.environment.tier in {"staging", "dev"}
