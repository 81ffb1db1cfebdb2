# METADATA
# scope: package
# title: Bastion that is let in on every port
# description: >-
#   Fails when a security group of something else, or the groups that something wears together,
#   admit every TCP port from a bastion: by the bastion's group, or by IPv4 and IPv6 ranges and
#   prefix lists that hold its address, in one permission or in several. It lists the groups,
#   which is how far a stolen session could be let in; it does not claim that a path leads there.
# custom:
#   severity: medium
#   resource: Instance
#   facts: [let_in]
#   needs: []
#   controls: []
#   rationale: >-
#     What a bastion is let in to is what an attacker on it is let in to. Staff need SSH to some
#     hosts and the database's port, not every port of every task and database.
#   verify: >-
#     aws ec2 describe-security-groups --filters Name=ip-permission.group-id,Values=BASTION_GROUP,
#     and again with Name=ip-permission.cidr for the ranges that hold the bastion's private
#     address.
#   remediation:
#     cli: |
#       aws ec2 revoke-security-group-ingress --group-id GROUP --protocol -1 --cidr VPC_CIDR
#       aws ec2 authorize-security-group-ingress --group-id GROUP --protocol tcp --port 22 --source-group BASTION_GROUP
#     terraform: |
#       resource "aws_vpc_security_group_ingress_rule" "from_bastion" {
#         security_group_id            = aws_security_group.app.id
#         referenced_security_group_id = aws_security_group.bastion.id
#         ip_protocol                  = "tcp"
#         from_port                    = 22
#         to_port                      = 22
#       }
#     console: >-
#       EC2, Security Groups, each group named in the evidence, Edit inbound rules: name the
#       bastion's group as the source and the one port it needs.
package bartizan.bastion_exposure.bastion_let_in_everywhere

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

pass if {
	is_bastion
	count(input.facts.let_in.everywhere) == 0
}

fail contains {"message": message, "evidence": way.evidence} if {
	is_bastion
	some way in input.facts.let_in.everywhere
	message := sprintf("%s it in on every port", [who(way)])
}

who(way) := sprintf("group `%s` lets", [way.names[0]]) if count(way.names) == 1

who(way) := sprintf("groups `%s` of %s together let", [concat("`, `", way.names), way.user]) if count(way.names) > 1
