# METADATA
# scope: package
# title: Database that nobody is told about
# description: >-
#   Fails when no CloudWatch alarm with an action watches an RDS instance by its dimension.
#   Members of clusters are not judged. An alarm without an action of its own leaves the verdict
#   UNKNOWN: a composite alarm may act on it, and those are not read.
# custom:
#   severity: medium
#   resource: DbInstance
#   facts: [alarms]
#   needs: []
#   controls: ["AWS Well-Architected: REL06-BP01", "AWS Well-Architected: REL06-BP03"]
#   rationale: >-
#     Storage that fills up, connections that run out and credits that are used up announce
#     themselves hours before the database stops.
#   verify: >-
#     aws cloudwatch describe-alarms --query
#     "MetricAlarms[?Dimensions[?Value=='VALUE']].[AlarmName,ActionsEnabled,AlarmActions]", with
#     the resource's own value of the dimension.
#   remediation:
#     cli: |
#       aws cloudwatch put-metric-alarm --alarm-name ALARM --namespace AWS/RDS --metric-name FreeStorageSpace \
#         --dimensions Name=DBInstanceIdentifier,Value={id} --statistic Minimum --period 60 \
#         --evaluation-periods 5 --threshold 2000000000 --comparison-operator LessThanThreshold --alarm-actions TOPIC_ARN
#     terraform: |
#       resource "aws_cloudwatch_metric_alarm" "it" {
#         namespace     = "AWS/RDS"
#         metric_name   = "FreeStorageSpace"
#         dimensions    = { DBInstanceIdentifier = aws_db_instance.db.identifier }
#         alarm_actions = [aws_sns_topic.on_call.arn]
#       }
#     console: >-
#       CloudWatch, Alarms, Create alarm: select the metric, then a notification to the topic of
#       those on call.
package bartizan.observability.database_without_alarm

import rego.v1

not_applicable if member

member if input.resource.DBClusterIdentifier

pass if {
	not member
	count(input.facts.alarms.acting) > 0
}

fail contains {"message": message, "evidence": evidence, "severity": severity} if {
	not member
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
