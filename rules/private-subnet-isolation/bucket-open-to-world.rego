# METADATA
# scope: package
# title: Bucket open to strangers
# description: >-
#   Fails when a bucket's policy is public by AWS's own verdict, or its access control list grants
#   something to everybody, and the bucket's Block Public Access does not overrule it. The same
#   setting of the whole account, which would also overrule it, is not read. Where the list was
#   not read, only a bucket whose lists are ignored passes.
# custom:
#   severity: high
#   resource: Bucket
#   facts: []
#   needs: ["s3:GetBucketPolicyStatus", "s3:GetBucketPublicAccessBlock"]
#   controls:
#     - "CIS AWS 3.0: 2.1.4"
#     - "CIS AWS 5.0: 2.1.4"
#     - "CIS AWS 7.0: 3.1.4"
#     - "FSBP: S3.2"
#     - "FSBP: S3.8"
#     - "AWS Config: S3_BUCKET_PUBLIC_READ_PROHIBITED"
#     - "AWS Config: S3_BUCKET_LEVEL_PUBLIC_ACCESS_PROHIBITED"
#   rationale: >-
#     A bucket is in no subnet: its policy and lists are all that stands between its files and
#     everybody. Files that are meant for everybody are better served by CloudFront with origin
#     access control, which leaves the bucket closed.
#   verify: >-
#     aws s3api get-bucket-policy-status --bucket {name}, aws s3api get-bucket-acl --bucket {name},
#     aws s3api get-public-access-block --bucket {name}; for the account, aws s3control
#     get-public-access-block --account-id {account}.
#   remediation:
#     cli: |
#       aws s3api put-public-access-block --bucket {name} --public-access-block-configuration \
#         BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true
#     terraform: |
#       resource "aws_s3_bucket_public_access_block" "b" {
#         bucket                  = aws_s3_bucket.b.id
#         block_public_acls       = true
#         ignore_public_acls      = true
#         block_public_policy     = true
#         restrict_public_buckets = true
#       }
#     console: >-
#       S3, the bucket, Permissions, Block public access, Edit: Block all public access.
package bartizan.private_subnet_isolation.bucket_open_to_world

import rego.v1

blocked(setting) if input.resource.PublicAccessBlockConfiguration[setting]

by_policy if {
	input.resource.PolicyStatus.IsPublic
	not blocked("RestrictPublicBuckets")
}

strangers := {
	"http://acs.amazonaws.com/groups/global/AllUsers",
	"http://acs.amazonaws.com/groups/global/AuthenticatedUsers",
}

by_list contains index if {
	not blocked("IgnorePublicAcls")
	some index, grant in input.resource.Grants
	grant.Grantee.URI in strangers
}

lists_known if blocked("IgnorePublicAcls")

lists_known if input.resource.Grants

pass if {
	lists_known
	not by_policy
	count(by_list) == 0
}

fail contains {"message": message, "evidence": evidence} if {
	by_policy
	message := "its policy lets strangers in, unless the account's own Block Public Access stops it"
	evidence := [{"field": "PolicyStatus.IsPublic", "value": true}]
}

fail contains {"message": message, "evidence": evidence} if {
	some index in by_list
	grant := input.resource.Grants[index]
	message := sprintf("its access control list grants strangers %s", [grant.Permission])
	evidence := [{"field": sprintf("Grants[%d].Grantee.URI", [index]), "value": grant.Grantee.URI}]
}
