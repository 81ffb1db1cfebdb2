# METADATA
# scope: package
# title: Search domain that nobody is told about
# description: >-
#   Fails when no CloudWatch alarm with an action watches an OpenSearch or Elasticsearch domain by
#   its name. An alarm without an action of its own leaves the verdict UNKNOWN: a composite alarm
#   may act on it, and those are not read.
# custom:
#   severity: medium
#   resource: Domain
#   facts: [alarms]
#   needs: ["es:DescribeDomains"]
#   controls: ["AWS Well-Architected: REL06-BP01", "AWS Well-Architected: REL06-BP03"]
#   rationale: >-
#     A domain turns red, runs out of storage or blocks writes while the service in front of it
#     still answers from its cache.
#   verify: >-
#     aws cloudwatch describe-alarms --query
#     "MetricAlarms[?Dimensions[?Value=='VALUE']].[AlarmName,ActionsEnabled,AlarmActions]", with
#     the resource's own value of the dimension.
#   remediation:
#     cli: |
#       aws cloudwatch put-metric-alarm --alarm-name ALARM --namespace AWS/ES --metric-name ClusterStatus.red \
#         --dimensions Name=DomainName,Value={name} Name=ClientId,Value={account} --statistic Maximum --period 60 \
#         --evaluation-periods 5 --threshold 1 --comparison-operator GreaterThanOrEqualToThreshold --alarm-actions TOPIC_ARN
#     terraform: |
#       resource "aws_cloudwatch_metric_alarm" "it" {
#         namespace     = "AWS/ES"
#         metric_name   = "ClusterStatus.red"
#         dimensions    = { DomainName = aws_opensearch_domain.search.domain_name }
#         alarm_actions = [aws_sns_topic.on_call.arn]
#       }
#     console: >-
#       CloudWatch, Alarms, Create alarm: select the metric, then a notification to the topic of
#       those on call.
package bartizan.observability.search_domain_without_alarm

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
