# METADATA
# scope: package
# title: Bastion from which databases are reached
# description: >-
#   Fails when connections can be made from a bastion to a database, a cache or a search domain:
#   directly, or by logging in to other hosts on the way (SSH, RDP, WinRM). It lists them with
#   their ports and the way there. Medium where nothing lies between, low where other hosts do.
# custom:
#   severity: medium
#   resource: Instance
#   facts: [blast_radius]
#   needs: []
#   controls: []
#   rationale: >-
#     Whoever takes over a bastion, or the key of somebody who uses it, gets as far as packets get
#     from there. Data stores within that radius should be few, known and meant.
#   verify: >-
#     bartizan reach blast {id}, and for one of them bartizan reach {id} DATABASE:PORT.
#   remediation:
#     cli: |
#       aws ec2 revoke-security-group-ingress --group-id DATABASE_GROUP --protocol tcp --port PORT --source-group BASTION_GROUP
#     terraform: |
#       resource "aws_vpc_security_group_ingress_rule" "database" {
#         security_group_id            = aws_security_group.database.id
#         referenced_security_group_id = aws_security_group.app.id
#         ip_protocol                  = "tcp"
#         from_port                    = 5432
#         to_port                      = 5432
#       }
#     console: >-
#       EC2, Security Groups, the group of each store named in the evidence, Edit inbound rules:
#       let in the services that connect, and not the bastion or every host of the VPC.
package bartizan.bastion_exposure.bastion_reaches_database

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

radius := input.facts.blast_radius.login

pass if {
	is_bastion
	input.facts.blast_radius.complete
	radius.stores_count == 0
}

fail contains {"message": message, "evidence": evidence, "severity": severity} if {
	is_bastion
	radius.stores_count > 0
	message := sprintf("%d data stores are reached from it: %s%s", [radius.stores_count, concat(", ", names), more])
	evidence := [one | some store in radius.stores; some one in store.evidence]
}

names := [sprintf("%s (%s%s)", [store.id, store.services, way(store)]) |
	some store in array.slice(radius.stores, 0, 3)
]

way(store) := "" if store.hosts_between == 0

way(store) := sprintf(", over %d hosts", [store.hosts_between]) if store.hosts_between > 0

more := "" if radius.stores_count <= 3

more := ", ..." if radius.stores_count > 3

direct if {
	some store in radius.stores
	store.hosts_between == 0
}

severity := "medium" if direct

severity := "low" if not direct
