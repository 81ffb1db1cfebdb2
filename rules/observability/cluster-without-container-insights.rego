# METADATA
# scope: package
# title: Cluster without Container Insights
# description: >-
#   Fails when Container Insights is off in an ECS cluster. Where AWS tells no setting at all, the
#   verdict is UNKNOWN.
# custom:
#   severity: low
#   resource: EcsCluster
#   facts: []
#   needs: ["ecs:DescribeClusters"]
#   controls: ["FSBP: ECS.12", "AWS Config: ECS_CONTAINER_INSIGHTS_ENABLED"]
#   rationale: >-
#     Without it there are two metrics for a service, CPU and memory. Restarts, tasks that are
#     pending, network and storage stay in the dark. It is paid for by metric, so dev may do
#     without.
#   verify: >-
#     aws ecs describe-clusters --clusters {name} --include SETTINGS --query "clusters[].settings".
#   remediation:
#     cli: |
#       aws ecs update-cluster-settings --cluster {name} --settings name=containerInsights,value=enabled
#     terraform: |
#       resource "aws_ecs_cluster" "default" {
#         setting {
#           name  = "containerInsights"
#           value = "enabled"
#         }
#       }
#     console: >-
#       ECS, the cluster, Update cluster, Monitoring: Use Container Insights.
package bartizan.observability.cluster_without_container_insights

import rego.v1

insights := setting.value if {
	some setting in input.resource.settings
	setting.name == "containerInsights"
}

pass if insights in {"enabled", "enhanced"}

fail contains {"message": message, "evidence": evidence} if {
	insights == "disabled"
	message := "Container Insights is off"
	evidence := [{"field": "settings[containerInsights]", "value": "disabled"}]
}
