# METADATA
# scope: package
# title: Alarm that does nothing when it rings
# description: >-
#   Fails when a metric alarm has no action for the state ALARM, or has its actions switched off.
#   It may still be part of a composite alarm that acts; those are not read, which is why it
#   weighs little.
# custom:
#   severity: low
#   resource: MetricAlarm
#   facts: []
#   needs: []
#   controls: ["FSBP: CloudWatch.15", "FSBP: CloudWatch.17"]
#   rationale: >-
#     An alarm that nobody hears is worse than none: everybody believes that there is one. Actions
#     that were switched off for a maintenance tend to stay off.
#   verify: >-
#     aws cloudwatch describe-alarms --alarm-names {name} --query
#     "MetricAlarms[].[ActionsEnabled,AlarmActions]".
#   remediation:
#     cli: |
#       aws cloudwatch enable-alarm-actions --alarm-names {name}
#     terraform: |
#       resource "aws_cloudwatch_metric_alarm" "cpu" {
#         actions_enabled = true
#         alarm_actions   = [aws_sns_topic.on_call.arn]
#       }
#     console: >-
#       CloudWatch, Alarms, the alarm, Actions, Edit: add a notification; Enable actions.
package bartizan.observability.alarm_without_action

import rego.v1

pass if {
	input.resource.ActionsEnabled == true
	count(input.resource.AlarmActions) > 0
}

fail contains {"message": message, "evidence": evidence} if {
	input.resource.ActionsEnabled == false
	message := "its actions are switched off"
	evidence := [{"field": "ActionsEnabled", "value": false}]
}

fail contains {"message": message, "evidence": evidence} if {
	input.resource.ActionsEnabled == true
	count(input.resource.AlarmActions) == 0
	message := "it has no action for the state ALARM"
	evidence := [{"field": "AlarmActions", "value": []}]
}
