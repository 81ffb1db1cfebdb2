# METADATA
# scope: package
# title: Load balancer that nobody is told about
# description: >-
#   Fails when no CloudWatch alarm with an action watches a load balancer by its dimension. An
#   alarm that watches it without an action of its own leaves the verdict UNKNOWN: a composite
#   alarm may act on it, and those are not read.
# custom:
#   severity: medium
#   resource: LoadBalancer
#   facts: [alarms]
#   needs: []
#   controls: ["AWS Well-Architected: REL06-BP01", "AWS Well-Architected: REL06-BP03"]
#   rationale: >-
#     The load balancer is the first to know: errors, rejected connections and targets that stop
#     answering are all in its metrics.
#   verify: >-
#     aws cloudwatch describe-alarms --query
#     "MetricAlarms[?Dimensions[?Value=='VALUE']].[AlarmName,ActionsEnabled,AlarmActions]", with
#     the resource's own value of the dimension.
#   remediation:
#     cli: |
#       aws cloudwatch put-metric-alarm --alarm-name ALARM --namespace AWS/ApplicationELB --metric-name HTTPCode_ELB_5XX_Count \
#         --dimensions Name=LoadBalancer,Value=app/{name}/END_OF_ITS_ARN --statistic Sum --period 60 \
#         --evaluation-periods 5 --threshold 1 --comparison-operator GreaterThanThreshold --alarm-actions TOPIC_ARN
#     terraform: |
#       resource "aws_cloudwatch_metric_alarm" "it" {
#         namespace     = "AWS/ApplicationELB"
#         metric_name   = "HTTPCode_ELB_5XX_Count"
#         dimensions    = { LoadBalancer = aws_lb.lb.arn_suffix }
#         alarm_actions = [aws_sns_topic.on_call.arn]
#       }
#     console: >-
#       CloudWatch, Alarms, Create alarm: select the metric, then a notification to the topic of
#       those on call.
package bartizan.observability.load_balancer_without_alarm

import rego.v1

pass if {
	count(input.facts.alarms.acting) > 0
}

fail contains {"message": message, "evidence": evidence, "severity": severity} if {
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
