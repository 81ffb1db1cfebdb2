# METADATA
# scope: package
# title: Bastion that offers more than logins
# description: >-
#   Fails when the security groups of a bastion, taken together, admit the internet (or most of
#   it) to TCP ports other than those a bastion is for (see the parameter `bastion_ports`).
# custom:
#   severity: medium
#   resource: Instance
#   facts: [bastion]
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

meant(opening) if {
	opening.from == opening.to
	opening.from in input.parameters.bastion_ports
}

extra contains opening if {
	some opening in input.facts.bastion.open
	opening.share >= input.parameters.near_world
	not meant(opening)
}

pass if {
	is_bastion
	input.facts.bastion.open
	count(extra) == 0
}

fail contains {"message": message, "evidence": opening.internet} if {
	is_bastion
	some opening in extra
	message := sprintf("%s open to the internet on a bastion", [ports(opening)])
}

ports(opening) := sprintf("port %d", [opening.from]) if opening.from == opening.to

ports(opening) := sprintf("ports %d to %d", [opening.from, opening.to]) if opening.from < opening.to
