# METADATA
# scope: package
# title: Service whose subnets are in one zone
# description: >-
#   Fails when all subnets that an ECS service may use are in fewer zones than the parameter
#   `zones`. Where tasks use the network of their container instances, they are where the targets
#   of their load balancer are; in one zone, or without targets, the verdict is UNKNOWN.
# custom:
#   severity: high
#   resource: EcsService
#   facts: [zones]
#   needs: ["ecs:DescribeServices"]
#   controls: ["AWS Well-Architected: REL10-BP01"]
#   rationale: >-
#     ECS spreads tasks over the zones it is given. Given one, it puts every task there, however
#     many there are.
#   verify: >-
#     aws ecs describe-services --cluster {cluster} --services {name} --query
#     "services[].networkConfiguration.awsvpcConfiguration.subnets", then aws ec2 describe-subnets
#     for their AvailabilityZone.
#   remediation:
#     cli: |
#       aws ecs update-service --cluster {cluster} --service {name} --network-configuration \
#         'awsvpcConfiguration={subnets=[SUBNET_A,SUBNET_B],securityGroups=[GROUP]}'
#     terraform: |
#       resource "aws_ecs_service" "api" {
#         network_configuration {
#           subnets = module.vpc.private_subnets # one in each zone
#         }
#       }
#     console: >-
#       ECS, the cluster, the service, Update service, Networking: choose a subnet in each zone.
package bartizan.multi_az.single_zone_service

import rego.v1

not_applicable if idle

idle if input.resource.status == "INACTIVE"

idle if input.resource.schedulingStrategy == "DAEMON"

idle if input.resource.desiredCount == 0

pass if {
	not idle
	input.facts.zones.least >= input.parameters.zones
}

fail contains {"message": message, "evidence": input.facts.zones.evidence, "severity": severity} if {
	not idle
	input.facts.zones.most < input.parameters.zones
	message := sprintf("its tasks may run in %s alone", [concat(", ", input.facts.zones.zones)])
}

default severity := "high"

severity := "informational" if input.environment.tier in {"staging", "dev"}
