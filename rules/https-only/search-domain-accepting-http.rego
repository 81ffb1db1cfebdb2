# METADATA
# scope: package
# title: Search domain that accepts plain HTTP
# description: >-
#   Fails when an OpenSearch or Elasticsearch domain does not enforce HTTPS. Where the setting is
#   absent, AWS's default holds: it is not enforced.
# custom:
#   severity: high
#   resource: Domain
#   facts: []
#   needs: ["es:DescribeDomains"]
#   controls: ["FSBP: Opensearch.8", "FSBP: ES.8", "AWS Config: OPENSEARCH_HTTPS_REQUIRED"]
#   rationale: >-
#     The domain answers on port 80 as well as on 443. A client that was configured once with http
#     sends its queries, its results and its credentials in clear text from then on, and nothing
#     tells.
#   verify: >-
#     aws opensearch describe-domain --domain-name {name} --query
#     "DomainStatus.DomainEndpointOptions".
#   remediation:
#     cli: |
#       aws opensearch update-domain-config --domain-name {name} \
#         --domain-endpoint-options EnforceHTTPS=true,TLSSecurityPolicy=Policy-Min-TLS-1-2-PFS-2023-10
#     terraform: |
#       resource "aws_opensearch_domain" "search" {
#         domain_endpoint_options {
#           enforce_https       = true
#           tls_security_policy = "Policy-Min-TLS-1-2-PFS-2023-10"
#         }
#       }
#     console: >-
#       OpenSearch Service, the domain, Security configuration, Edit: Require HTTPS for all
#       traffic to the domain.
package bartizan.https_only.search_domain_accepting_http

import rego.v1

enforced if input.resource.DomainEndpointOptions.EnforceHTTPS == true

pass if enforced

fail contains {"message": message, "evidence": evidence} if {
	input.resource.DomainName
	not enforced
	message := sprintf("plain HTTP is accepted: EnforceHTTPS is %s", [setting])
	evidence := [{"field": "DomainEndpointOptions.EnforceHTTPS", "value": value}]
}

default setting := "not set, which is the same as false"

setting := "false" if input.resource.DomainEndpointOptions.EnforceHTTPS == false

default value := null

value := input.resource.DomainEndpointOptions.EnforceHTTPS
