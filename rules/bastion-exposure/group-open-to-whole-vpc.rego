# METADATA
# scope: package
# title: Every port open to the whole VPC
# description: >-
#   Fails when a security group admits every TCP port from every address of its own VPC: then a
#   bastion, or any other host of the VPC that is taken over, is let in to everything that uses
#   the group. Graver where databases or caches use it. A group open to the whole internet is the
#   business of other rules.
# custom:
#   severity: high
#   resource: SecurityGroup
#   facts: [admits, attachments]
#   needs: []
#   controls: []
#   rationale: >-
#     A range that is the VPC draws no border inside the VPC. Security groups can name each other
#     as sources: then only the members of one tier are let in to the next, on the one port it
#     listens on, and a bastion reaches what it is meant to reach.
#   verify: >-
#     aws ec2 describe-security-groups --group-ids {id} and aws ec2 describe-vpcs: compare the
#     sources of the permission with protocol -1 (or ports 0 to 65535) with the ranges of the VPC.
#   remediation:
#     cli: |
#       aws ec2 revoke-security-group-ingress --group-id {id} --protocol -1 --cidr VPC_CIDR
#       aws ec2 authorize-security-group-ingress --group-id {id} --protocol tcp --port 5432 --source-group APP_GROUP
#     terraform: |
#       resource "aws_vpc_security_group_ingress_rule" "database" {
#         security_group_id            = aws_security_group.database.id
#         referenced_security_group_id = aws_security_group.app.id
#         ip_protocol                  = "tcp"
#         from_port                    = 5432
#         to_port                      = 5432
#       }
#     console: >-
#       EC2, Security Groups, the group, Edit inbound rules: replace the VPC's range by the
#       security group of the tier that connects, and all ports by the one it connects to.
package bartizan.bastion_exposure.group_open_to_whole_vpc

import rego.v1

vpc_wide := [opening |
	some opening in input.facts.admits.tcp
	opening.whole_vpc
]

widths := [width |
	some opening in vpc_wide
	width := (opening.to - opening.from) + 1
]

every_port if {
	# Nothing listens on port 0.
	sum(widths) >= 65535
	some opening in vpc_wide
	not opening.world
}

known if {
	every opening in input.facts.admits.tcp {
		is_boolean(opening.whole_vpc)
	}
}

pass if {
	known
	not every_port
}

sources contains source if {
	some opening in vpc_wide
	some source in opening.private
}

fail contains {"message": message, "evidence": [source | some source in sources], "severity": severity} if {
	every_port
	message := sprintf("every port is open to every host of the VPC; users of the group: %d", [input.facts.attachments.count])
}

stores contains kind if {
	some kind, _ in input.facts.attachments.kinds
	kind in {"DbInstance", "DbCluster", "CacheCluster", "Domain"}
}

severity := "high" if count(stores) > 0

severity := "medium" if {
	count(stores) == 0
	input.facts.attachments.count > 0
}

severity := "low" if input.facts.attachments.count == 0
