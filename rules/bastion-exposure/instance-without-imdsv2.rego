# METADATA
# scope: package
# title: Instance metadata served without a session token
# description: >-
#   Fails when an instance answers requests to its metadata service without a token (IMDSv1).
#   Graver on an instance with a public address, and on a bastion.
# custom:
#   severity: medium
#   resource: Instance
#   facts: []
#   needs: []
#   controls:
#     - "CIS AWS 3.0: 5.6"
#     - "CIS AWS 5.0: 5.7"
#     - "CIS AWS 7.0: 6.7"
#     - "FSBP: EC2.8"
#     - "AWS Config: EC2_IMDSV2_CHECK"
#   rationale: >-
#     With IMDSv1 one request that an application is tricked into making hands over the
#     credentials of the instance's role. IMDSv2 asks for a token first, by a kind of request that
#     such tricks cannot make.
#   verify: >-
#     aws ec2 describe-instances --instance-ids {id} --query
#     "Reservations[].Instances[].MetadataOptions": HttpTokens must be required, or HttpEndpoint
#     disabled.
#   remediation:
#     cli: |
#       aws ec2 modify-instance-metadata-options --instance-id {id} --http-tokens required --http-endpoint enabled
#     terraform: |
#       resource "aws_instance" "host" {
#         metadata_options {
#           http_tokens   = "required"
#           http_endpoint = "enabled"
#         }
#       }
#     console: >-
#       EC2, the instance, Actions, Instance settings, Modify instance metadata options: IMDSv2
#       Required.
package bartizan.bastion_exposure.instance_without_imdsv2

import rego.v1

not_applicable if gone

gone if input.resource.State.Name in {"terminated", "shutting-down"}

pass if input.resource.MetadataOptions.HttpTokens == "required"

pass if input.resource.MetadataOptions.HttpEndpoint == "disabled"

fail contains {"message": message, "evidence": evidence, "severity": severity} if {
	not gone
	input.resource.MetadataOptions.HttpTokens == "optional"
	input.resource.MetadataOptions.HttpEndpoint == "enabled"
	message := sprintf("the metadata service answers without a token; %s", [place])
	evidence := [{"field": "MetadataOptions.HttpTokens", "value": "optional"}]
}

default severity := "medium"

severity := "high" if input.resource.PublicIpAddress

default place := "the instance has no public address"

place := sprintf("the instance is at %s", [input.resource.PublicIpAddress])
