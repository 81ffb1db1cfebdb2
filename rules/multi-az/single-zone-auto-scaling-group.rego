# METADATA
# scope: package
# title: Auto Scaling group with its instances in one zone
# description: >-
#   Fails when an Auto Scaling group may use fewer zones than the parameter `zones`, or wants a
#   single instance, which is in one zone at a time. A group scaled to nothing is not judged.
# custom:
#   severity: medium
#   resource: AutoScalingGroup
#   facts: [zones]
#   needs: []
#   controls: ["FSBP: AutoScaling.2", "AWS Config: AUTOSCALING_MULTIPLE_AZ"]
#   rationale: >-
#     A group replaces what it loses, but only where it may, and only after some minutes. Two
#     instances in two zones answer meanwhile.
#   verify: >-
#     aws autoscaling describe-auto-scaling-groups --auto-scaling-group-names {name} --query
#     "AutoScalingGroups[].[AvailabilityZones,MinSize,DesiredCapacity]".
#   remediation:
#     cli: |
#       aws autoscaling update-auto-scaling-group --auto-scaling-group-name {name} --min-size 2 \
#         --vpc-zone-identifier "SUBNET_A,SUBNET_B"
#     terraform: |
#       resource "aws_autoscaling_group" "web" {
#         min_size            = 2
#         vpc_zone_identifier = module.vpc.private_subnets # one in each zone
#       }
#     console: >-
#       EC2, Auto Scaling Groups, the group, Details, Edit: minimum 2 and a subnet in each zone.
package bartizan.multi_az.single_zone_auto_scaling_group

import rego.v1

not_applicable if input.resource.DesiredCapacity == 0

pass if {
	input.facts.zones.least >= input.parameters.zones
	input.facts.zones.copies >= 2
}

fail contains {"message": message, "evidence": input.facts.zones.evidence, "severity": severity} if {
	input.facts.zones.copies > 0
	input.facts.zones.least < input.parameters.zones
	message := sprintf("its instances may be in %s alone", [concat(", ", input.facts.zones.zones)])
}

fail contains {"message": message, "evidence": input.facts.zones.evidence, "severity": severity} if {
	input.facts.zones.copies == 1
	message := "it wants one instance: nothing answers while that is replaced"
}

default severity := "medium"

severity := "informational" if input.environment.tier in {"staging", "dev"}
