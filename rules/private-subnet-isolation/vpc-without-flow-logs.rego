# METADATA
# scope: package
# title: VPC without flow logs
# description: >-
#   Fails when no working flow log watches a VPC: neither one of the VPC nor one of each of its
#   subnets. A VPC without subnets has nothing to watch.
# custom:
#   severity: medium
#   resource: Vpc
#   facts: [flow_logs]
#   needs: []
#   controls:
#     - "CIS AWS 3.0: 3.7"
#     - "CIS AWS 5.0: 3.7"
#     - "CIS AWS 7.0: 4.7"
#     - "FSBP: EC2.6"
#     - "AWS Config: VPC_FLOW_LOGS_ENABLED"
#   rationale: >-
#     Without them nobody can tell afterwards who connected to what, or whether a group that was
#     open was used.
#   verify: >-
#     aws ec2 describe-flow-logs --filter Name=resource-id,Values={id}: FlowLogStatus ACTIVE,
#     DeliverLogsStatus SUCCESS.
#   remediation:
#     cli: |
#       aws ec2 create-flow-logs --resource-type VPC --resource-ids {id} --traffic-type ALL \
#         --log-destination-type s3 --log-destination arn:aws:s3:::BUCKET
#     terraform: |
#       resource "aws_flow_log" "vpc" {
#         vpc_id               = aws_vpc.main.id
#         traffic_type         = "ALL"
#         log_destination_type = "s3"
#         log_destination      = aws_s3_bucket.flow_logs.arn
#       }
#     console: >-
#       VPC, Your VPCs, the VPC, Flow logs, Create flow log: all traffic.
package bartizan.private_subnet_isolation.vpc_without_flow_logs

import rego.v1

watched if count(input.facts.flow_logs.whole) > 0

pass if watched

pass if {
	count(input.facts.flow_logs.unwatched) == 0
	count(input.facts.flow_logs.failing) == 0
}

fail contains {"message": message, "evidence": evidence} if {
	not watched
	count(input.facts.flow_logs.unwatched) > 0
	message := sprintf("no flow log watches %d of its subnets%s", [count(input.facts.flow_logs.unwatched), note])
	evidence := [{"field": "FlowLogs[].ResourceId", "value": null}]
}

default note := ""

note := sprintf(": %s does not deliver", [concat(", ", input.facts.flow_logs.failing)]) if {
	count(input.facts.flow_logs.failing) > 0
}
