# METADATA
# scope: package
# title: Bastion that offers more than logins
# description: >-
#   Fails when the security groups of a bastion, taken together, admit the internet (or most of
#   it) to TCP ports other than those a bastion is for (see the parameter `bastion_ports`). Low
#   where no path leads from the internet to such a port of it.
# custom:
#   severity: medium
#   resource: Instance
#   facts: [bastion, exposed_ports]
#   needs: []
#   controls: ["FSBP: EC2.18", "FSBP: EC2.19"]
#   rationale: >-
#     A bastion is trusted by everything behind it. Each further service on it - a build server, a
#     dashboard, a configuration master - is another way to take it over and, with it, the way to
#     everything else.
#   verify: >-
#     aws ec2 describe-instances --instance-ids {id} for its groups, then aws ec2
#     describe-security-groups for each: the union of their permissions is what it admits.
#   remediation:
#     cli: |
#       aws ec2 revoke-security-group-ingress --group-id GROUP --protocol tcp --port 8080 --cidr 0.0.0.0/0
#     terraform: |
#       # Keep one ingress rule for logins on the bastion's group; run other services on hosts of their own.
#     console: >-
#       EC2, the instance, Security: open each group and delete the inbound rules that are not for
#       logins.
package bartizan.bastion_exposure.bastion_with_other_ports_open

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

# A range that holds more than the ports that a bastion is for.
other(from, to) if {
	from <= to
	meant := [port |
		some port in input.parameters.bastion_ports
		port >= from
		port <= to
	]
	count(meant) <= to - from
}

extra contains opening if {
	some opening in input.facts.bastion.open
	opening.share >= input.parameters.near_world
	other(opening.from, opening.to)
}

pass if {
	is_bastion
	input.facts.bastion.open
	input.facts.exposed_ports.ways
	count(extra) == 0
}

by(opening) := [way |
	some way in input.facts.exposed_ports.ways
	way.verdict != "delivers"
	some port in way.ports
	port.protocol == "tcp"
	other(max([port.from, opening.from]), min([port.to, opening.to]))
]

sure(opening) := [way | some way in by(opening); way.verdict != "unknown"]

decided if {
	some opening in extra
	count(sure(opening)) > 0
}

decided if {
	every opening in extra {
		count(by(opening)) == 0
	}
}

fail contains {"message": message, "evidence": evidence, "severity": weight(opening)} if {
	is_bastion
	decided
	some opening in extra
	message := sprintf("%s open to the internet on a bastion%s", [ports(opening), reached(opening)])
	evidence := array.concat(opening.internet, [one | some way in sure(opening); some one in way.evidence])
}

weight(opening) := "medium" if count(by(opening)) > 0

weight(opening) := "low" if count(by(opening)) == 0

reached(opening) := "" if count(by(opening)) > 0

reached(opening) := "; no path leads there" if count(by(opening)) == 0

ports(opening) := sprintf("port %d", [opening.from]) if opening.from == opening.to

ports(opening) := sprintf("ports %d to %d", [opening.from, opening.to]) if opening.from < opening.to
