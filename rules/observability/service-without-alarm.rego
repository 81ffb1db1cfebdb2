# METADATA
# scope: package
# title: Service that nobody is told about
# description: >-
#   Fails when no CloudWatch alarm with an action watches an ECS service by its cluster and name.
#   The alarms that target tracking makes only scale. An alarm without an action of its own leaves
#   the verdict UNKNOWN: a composite alarm may act on it, and those are not read.
# custom:
#   severity: medium
#   resource: EcsService
#   facts: [alarms]
#   needs: ["ecs:DescribeServices"]
#   controls: ["AWS Well-Architected: REL06-BP01", "AWS Well-Architected: REL06-BP03"]
#   rationale: >-
#     A service that restarts its tasks in a circle, or has run out of memory for an hour, looks
#     deployed. Only its metrics say otherwise.
#   verify: >-
#     aws cloudwatch describe-alarms --query
#     "MetricAlarms[?Dimensions[?Value=='VALUE']].[AlarmName,ActionsEnabled,AlarmActions]", with
#     the resource's own value of the dimension.
#   remediation:
#     cli: |
#       aws cloudwatch put-metric-alarm --alarm-name ALARM --namespace AWS/ECS --metric-name MemoryUtilization \
#         --dimensions Name=ClusterName,Value={cluster} Name=ServiceName,Value={name} --statistic Average --period 60 \
#         --evaluation-periods 5 --threshold 90 --comparison-operator GreaterThanThreshold --alarm-actions TOPIC_ARN
#     terraform: |
#       resource "aws_cloudwatch_metric_alarm" "it" {
#         namespace     = "AWS/ECS"
#         metric_name   = "MemoryUtilization"
#         dimensions    = { ClusterName = aws_ecs_cluster.it.name, ServiceName = aws_ecs_service.it.name }
#         alarm_actions = [aws_sns_topic.on_call.arn]
#       }
#     console: >-
#       CloudWatch, Alarms, Create alarm: select the metric, then a notification to the topic of
#       those on call.
package bartizan.observability.service_without_alarm

import rego.v1

not_applicable if idle

idle if input.resource.status == "INACTIVE"

pass if {
	not idle
	count(input.facts.alarms.acting) > 0
}

fail contains {"message": message, "evidence": evidence, "severity": severity} if {
	not idle
	count(input.facts.alarms.acting) == 0
	count(input.facts.alarms.silent) == 0
	message := sprintf("no alarm tells anybody when it fails%s", [note])
	evidence := [{"field": "MetricAlarms", "value": input.facts.alarms.scaling}]
}

default note := ""

note := sprintf(": %s only scales", [concat(", ", input.facts.alarms.scaling)]) if {
	count(input.facts.alarms.scaling) > 0
}

severity := "high" if input.environment.tier == "production"

severity := "informational" if input.environment.tier in {"staging", "dev"}

default severity := "medium"
