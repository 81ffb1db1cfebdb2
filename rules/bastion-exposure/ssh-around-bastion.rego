# METADATA
# scope: package
# title: SSH open on a host that is no bastion
# description: >-
#   Fails when packets from the internet, even from few of its addresses, get to port 22 of an
#   instance that is not named as a bastion: through gateways, routes, network ACLs, security
#   groups and load balancers. Graver from everywhere, less so where no reply gets back.
# custom:
#   severity: high
#   resource: Instance
#   facts: [exposed_ports]
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

ssh contains way if {
	some way in input.facts.exposed_ports.ways
	some port in way.ports
	port.protocol == "tcp"
	port.from <= 22
	port.to >= 22
}

pass if {
	other
	input.facts.exposed_ports.ways
	count(ssh) == 0
}

fail contains {"message": message, "evidence": way.evidence, "severity": weight(way)} if {
	other
	some way in ssh
	way.verdict != "unknown"
	message := sprintf("port 22 %s: %s from %s", [place(way), arrives[way.verdict], much(way)])
}

arrives := {
	"connects": "connections are made",
	"gated": "connections are made under a condition",
	"delivers": "packets arrive, though no reply gets back,",
}

weight(way) := "low" if way.verdict == "delivers"

weight(way) := "low" if {
	way.verdict != "delivers"
	way.share < input.parameters.near_world
}

weight(way) := "high" if {
	way.verdict != "delivers"
	way.share >= input.parameters.near_world
}

place(way) := sprintf("on %s", [way.address]) if way.address

place(way) := sprintf("through %s", [way.via]) if way.via

place(way) := "on a public address" if {
	not way.address
	not way.via
}

much(way) := "the whole internet" if way.everyone

much(way) := "a part of the internet" if not way.everyone
