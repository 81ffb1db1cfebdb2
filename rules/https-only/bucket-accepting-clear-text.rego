# METADATA
# scope: package
# title: Bucket that accepts requests without TLS
# description: >-
#   Fails when the policy of a bucket does not refuse every request that comes without TLS.
# custom:
#   severity: low
#   resource: Bucket
#   facts: [resource_policy]
#   needs: ["s3:GetBucketPolicy"]
#   controls:
#     - "CIS AWS 3.0: 2.1.1"
#     - "CIS AWS 5.0: 2.1.1"
#     - "CIS AWS 7.0: 3.1.1"
#     - "FSBP: S3.5"
#     - "AWS Config: S3_BUCKET_SSL_REQUESTS_ONLY"
#   rationale: >-
#     S3 answers over HTTP as well as HTTPS unless the bucket's policy says no. AWS's own tools
#     use HTTPS; a script or an old client may not.
#   verify: >-
#     aws s3api get-bucket-policy --bucket {name}: a statement must deny s3:* to everybody when
#     aws:SecureTransport is false.
#   remediation:
#     cli: |
#       aws s3api put-bucket-policy --bucket {name} --policy '{"Version": "2012-10-17", "Statement": [{
#         "Effect": "Deny", "Principal": "*", "Action": "s3:*",
#         "Resource": ["arn:aws:s3:::{name}", "arn:aws:s3:::{name}/*"],
#         "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]}'
#     terraform: |
#       data "aws_iam_policy_document" "tls" {
#         statement {
#           effect    = "Deny"
#           actions   = ["s3:*"]
#           resources = [aws_s3_bucket.b.arn, "${aws_s3_bucket.b.arn}/*"]
#           principals {
#             type        = "*"
#             identifiers = ["*"]
#           }
#           condition {
#             test     = "Bool"
#             variable = "aws:SecureTransport"
#             values   = ["false"]
#           }
#         }
#       }
#     console: >-
#       S3, the bucket, Permissions, Bucket policy, Edit: add a statement that denies s3:* when
#       aws:SecureTransport is false.
package bartizan.https_only.bucket_accepting_clear_text

import rego.v1

pass if input.facts.resource_policy.denies_clear_text

fail contains {"message": message, "evidence": [{"field": "Policy", "value": null}]} if {
	is_null(input.facts.resource_policy)
	message := "no policy refuses requests without TLS"
}

fail contains {"message": message, "evidence": evidence} if {
	input.facts.resource_policy.denies_clear_text == false
	message := "the policy does not refuse requests without TLS"
	evidence := [{"field": "Policy", "value": input.resource.Policy}]
}
