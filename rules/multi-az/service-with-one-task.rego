# METADATA
# scope: package
# title: Service that runs one task
# description: >-
#   Fails when an ECS service is meant to run a single task. Daemons, services scaled to nothing
#   and deleted ones are not judged.
# custom:
#   severity: high
#   resource: EcsService
#   facts: []
#   needs: ["ecs:DescribeServices"]
#   controls: ["AWS Well-Architected: REL10-BP01"]
#   rationale: >-
#     One task is in one zone. When that zone, its host or the task itself fails, the service is
#     gone until another one has started; a deployment that replaces it is a test in production as
#     well.
#   verify: >-
#     aws ecs describe-services --cluster {cluster} --services {name} --query
#     "services[].[desiredCount,runningCount]".
#   remediation:
#     cli: |
#       aws ecs update-service --cluster {cluster} --service {name} --desired-count 2
#     terraform: |
#       resource "aws_ecs_service" "generateid" {
#         desired_count = 2
#       }
#     console: >-
#       ECS, the cluster, the service, Update service: Desired tasks 2.
package bartizan.multi_az.service_with_one_task

import rego.v1

not_applicable if idle

idle if input.resource.status == "INACTIVE"

idle if input.resource.schedulingStrategy == "DAEMON"

idle if input.resource.desiredCount == 0

pass if {
	not idle
	input.resource.desiredCount >= 2
}

fail contains {"message": message, "evidence": evidence, "severity": severity} if {
	not idle
	input.resource.desiredCount == 1
	message := "the service runs one task: nothing answers while it is replaced"
	evidence := [{"field": "desiredCount", "value": 1}]
}

default severity := "high"

severity := "informational" if input.environment.tier in {"staging", "dev"}
