# METADATA
# scope: package
# title: Service in a subnet that routes to the internet
# description: >-
#   Fails when a subnet that an ECS service may place tasks in routes to an internet gateway. Where
#   tasks use the network of their container instances, they are where the targets of their load
#   balancer are; without targets the verdict is UNKNOWN.
# custom:
#   severity: medium
#   resource: EcsService
#   facts: [placement]
#   needs: ["ecs:DescribeServices"]
#   controls: []
#   rationale: >-
#     Application servers belong behind the load balancer, in subnets without a way in. In a
#     public subnet, one setting gives every task an address that is reachable past it.
#   verify: >-
#     aws ecs describe-services --cluster {cluster} --services {name} --query
#     "services[].networkConfiguration.awsvpcConfiguration.subnets", then the route tables of
#     those subnets.
#   remediation:
#     cli: |
#       aws ecs update-service --cluster {cluster} --service {name} --network-configuration \
#         'awsvpcConfiguration={subnets=[PRIVATE_A,PRIVATE_B],securityGroups=[GROUP],assignPublicIp=DISABLED}'
#     terraform: |
#       resource "aws_ecs_service" "api" {
#         network_configuration {
#           subnets = module.vpc.private_subnets
#         }
#       }
#     console: >-
#       ECS, the cluster, the service, Update service, Networking: choose private subnets.
package bartizan.private_subnet_isolation.service_in_public_subnet

import rego.v1

public contains subnet if {
	some subnet in input.facts.placement.subnets
	subnet.public
}

not_applicable if idle

idle if input.resource.status == "INACTIVE"

pass if {
	not idle
	count(input.facts.placement.subnets) > 0
	count(public) == 0
}

fail contains {"message": message, "evidence": subnet.evidence} if {
	not idle
	some subnet in public
	message := sprintf("tasks may run in %s (%s), which %s an internet gateway", [
		subnet.subnet,
		how(subnet),
		reach(subnet),
	])
}

how(subnet) := sprintf("by its own route table %s", [subnet.route_table]) if not subnet.implicit_main

how(subnet) := sprintf("by the VPC's main route table %s", [subnet.route_table]) if subnet.implicit_main

reach(subnet) := "routes to" if subnet.class == "public"

reach(subnet) := "routes a part of the internet to" if subnet.class == "partly-public"
