# METADATA
# scope: package
# title: Log group that keeps events for ever
# description: >-
#   Fails when a log group has no retention, or one longer than the parameter `longest_retention`.
#   AWS leaves the retention out when events never expire.
# custom:
#   severity: low
#   resource: LogGroup
#   facts: []
#   needs: []
#   controls: ["FSBP: CloudWatch.16", "AWS Config: CW_LOGGROUP_RETENTION_PERIOD_CHECK"]
#   rationale: >-
#     Logs hold what users typed and where they came from; kept for ever, they cost every month
#     and have to be searched when somebody asks for their data to be deleted.
#   verify: >-
#     aws logs describe-log-groups --log-group-name-prefix {name} --query
#     "logGroups[].retentionInDays".
#   remediation:
#     cli: |
#       aws logs put-retention-policy --log-group-name {name} --retention-in-days 90
#     terraform: |
#       resource "aws_cloudwatch_log_group" "api" {
#         name              = "/ecs/api"
#         retention_in_days = 90
#       }
#     console: CloudWatch, Log groups, the group, Actions, Edit retention setting.
package bartizan.observability.log_group_without_retention

import rego.v1

pass if input.resource.retentionInDays <= input.parameters.longest_retention

# Groups of this class keep events for a fixed short time; the setting does not apply to them.
not_applicable if input.resource.logGroupClass == "DELIVERY"

for_ever if {
	not input.resource.retentionInDays
	object.get(input.resource, "logGroupClass", "STANDARD") != "DELIVERY"
}

fail contains {"message": message, "evidence": evidence} if {
	for_ever
	message := "its events never expire"
	evidence := [{"field": "retentionInDays", "value": null}]
}

fail contains {"message": message, "evidence": evidence} if {
	days := input.resource.retentionInDays
	days > input.parameters.longest_retention
	message := sprintf("its events are kept for %d days", [days])
	evidence := [{"field": "retentionInDays", "value": days}]
}
