# METADATA
# scope: package
# title: Bastion that relies on a shared key pair
# description: >-
#   Fails when a bastion was launched with a key pair and has no instance profile: then neither
#   Session Manager nor EC2 Instance Connect can take the key's place. An account may also give
#   instances the Systems Manager role by default host management; that setting is not read, and
#   the message says so.
# custom:
#   severity: medium
#   resource: Instance
#   facts: []
#   needs: []
#   controls: ["FSBP: SSM.1", "AWS Config: EC2_NO_AMAZON_KEY_PAIR"]
#   rationale: >-
#     A key pair is one secret that everybody shares, that nobody can tell apart in a log and that
#     stays valid when somebody leaves. Session Manager takes identities, permissions and records
#     from IAM, and needs no open port.
#   verify: >-
#     aws ec2 describe-instances --instance-ids {id} --query
#     "Reservations[].Instances[].[KeyName,IamInstanceProfile]"; default host management: aws ssm
#     get-service-setting --setting-id /ssm/managed-instance/default-ec2-instance-management-role.
#   remediation:
#     cli: |
#       aws ec2 associate-iam-instance-profile --instance-id {id} --iam-instance-profile Name=BASTION_PROFILE
#       aws ssm start-session --target {id}
#     terraform: |
#       resource "aws_instance" "bastion" {
#         iam_instance_profile = aws_iam_instance_profile.bastion.name # with AmazonSSMManagedInstanceCore
#         key_name             = null
#       }
#     console: >-
#       EC2, the instance, Actions, Security, Modify IAM role: choose one with
#       AmazonSSMManagedInstanceCore; then connect with Session Manager.
package bartizan.bastion_exposure.bastion_with_static_key

import rego.v1

not_applicable if not is_bastion

is_bastion if {
	named_bastion
	not gone
}

named_bastion if {
	some word in input.parameters.bastion_names
	some tag in input.resource.Tags
	lower(tag.Key) in {"name", "role", "purpose"}
	contains(lower(tag.Value), word)
}

gone if input.resource.State.Name in {"terminated", "shutting-down"}

without_role if not input.resource.IamInstanceProfile

pass if {
	is_bastion
	not input.resource.KeyName
}

pass if {
	is_bastion
	input.resource.IamInstanceProfile.Arn
}

fail contains {"message": message, "evidence": evidence} if {
	is_bastion
	without_role
	message := sprintf(
		"staff log in with the key pair `%s`: without an instance profile, and unless default host management is on, there is no other way in",
		[input.resource.KeyName],
	)
	evidence := [
		{"field": "KeyName", "value": input.resource.KeyName},
		{"field": "IamInstanceProfile", "value": null},
	]
}
