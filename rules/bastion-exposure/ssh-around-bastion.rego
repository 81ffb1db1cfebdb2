# METADATA
# scope: package
# title: SSH open on a host that is no bastion
# description: >-
#   Fails when an instance with a public address, which is not named as a bastion, admits port 22
#   from anywhere on the internet, even from few addresses. It judges addresses and security
#   groups; network ACLs and routes are not weighed.
# custom:
#   severity: high
#   resource: Instance
#   facts: [bastion]
#   needs: []
#   controls:
#     - "CIS AWS 3.0: 5.2"
#     - "CIS AWS 3.0: 5.3"
#     - "CIS AWS 7.0: 6.3"
#     - "CIS AWS 7.0: 6.4"
#     - "FSBP: EC2.9"
#     - "FSBP: EC2.13"
#   rationale: >-
#     Where there is a bastion, every host with a public login port of its own is a second way in
#     that nobody watches. Where there is none, the host is the way in and runs something else
#     besides.
#   verify: >-
#     aws ec2 describe-instances --instance-ids {id} --query
#     "Reservations[].Instances[].[PublicIpAddress,SecurityGroups]" and the inbound rules of each
#     group.
#   remediation:
#     cli: |
#       aws ec2 revoke-security-group-ingress --group-id GROUP --protocol tcp --port 22 --cidr SOURCE
#       aws ec2 authorize-security-group-ingress --group-id GROUP --protocol tcp --port 22 --source-group BASTION_GROUP
#     terraform: |
#       resource "aws_vpc_security_group_ingress_rule" "ssh" {
#         security_group_id            = aws_security_group.web.id
#         referenced_security_group_id = aws_security_group.bastion.id
#         ip_protocol                  = "tcp"
#         from_port                    = 22
#         to_port                      = 22
#       }
#     console: >-
#       EC2, the instance, Security, the group, Edit inbound rules: let port 22 in from the
#       bastion's group only, or delete the rule and use Session Manager.
package bartizan.bastion_exposure.ssh_around_bastion

import rego.v1

not_applicable if not other

other if {
	not named_bastion
	not gone
}

named_bastion if {
	some word in input.parameters.bastion_names
	some tag in input.resource.Tags
	lower(tag.Key) in {"name", "role", "purpose"}
	contains(lower(tag.Value), word)
}

gone if input.resource.State.Name in {"terminated", "shutting-down"}

ssh contains opening if {
	some opening in input.facts.bastion.open
	opening.from <= 22
	opening.to >= 22
}

pass if {
	other
	count(input.facts.bastion.addresses) == 0
}

pass if {
	other
	input.facts.bastion.open
	count(ssh) == 0
}

fail contains {"message": message, "evidence": opening.internet, "severity": severity} if {
	other
	some address in input.facts.bastion.addresses
	some opening in ssh
	severity := weight(opening)
	message := sprintf("port 22 on %s is open to %s", [address, much(opening)])
}

weight(opening) := "high" if opening.share >= input.parameters.near_world

weight(opening) := "low" if opening.share < input.parameters.near_world

much(opening) := "the whole internet" if opening.world

much(opening) := "a part of the internet" if not opening.world
