# METADATA
# scope: package
# title: Service whose tasks get public addresses
# description: >-
#   Fails when an ECS service gives its tasks public addresses. Services that use the network of
#   their container instances are not judged: the addresses are the instances'.
# custom:
#   severity: high
#   resource: EcsService
#   facts: []
#   needs: ["ecs:DescribeServices"]
#   controls: ["FSBP: ECS.2"]
#   rationale: >-
#     A task with a public address is reachable past the load balancer: past its HTTPS, its rules
#     and its web ACL. From a private subnet, tasks fetch images and call APIs through NAT or VPC
#     endpoints.
#   verify: >-
#     aws ecs describe-services --cluster {cluster} --services {name} --query
#     "services[].networkConfiguration.awsvpcConfiguration.assignPublicIp".
#   remediation:
#     cli: |
#       aws ecs update-service --cluster {cluster} --service {name} --network-configuration \
#         'awsvpcConfiguration={subnets=[PRIVATE_A,PRIVATE_B],securityGroups=[GROUP],assignPublicIp=DISABLED}'
#     terraform: |
#       resource "aws_ecs_service" "api" {
#         network_configuration {
#           subnets          = module.vpc.private_subnets
#           assign_public_ip = false
#         }
#       }
#     console: >-
#       ECS, the cluster, the service, Update service, Networking: private subnets, Public IP
#       turned off.
package bartizan.private_subnet_isolation.service_with_public_address

import rego.v1

not_applicable if idle

idle if input.resource.status == "INACTIVE"

not_applicable if elsewhere

elsewhere if not input.resource.networkConfiguration.awsvpcConfiguration

network := input.resource.networkConfiguration.awsvpcConfiguration

pass if {
	not idle
	network.assignPublicIp == "DISABLED"
}

fail contains {"message": message, "evidence": evidence} if {
	not idle
	network.assignPublicIp == "ENABLED"
	message := "each task gets a public address"
	evidence := [{
		"field": "networkConfiguration.awsvpcConfiguration.assignPublicIp",
		"value": network.assignPublicIp,
	}]
}
