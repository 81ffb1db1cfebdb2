//! S3 buckets, with what decides who may read them. Each bucket is asked in its own Region.

use std::collections::BTreeMap;

use aws_sdk_s3::types as sdk;
use futures_util::future::join_all;

use crate::aws::convert::{tags, text};
use crate::aws::reader::Reader;
use crate::model::resource::{
    Bucket, Grant, Grantee, IndexDocument, PolicyStatus, PublicAccessBlockConfiguration, RedirectAllRequestsTo,
    WebsiteConfiguration,
};
use crate::model::{Gap, GapReason, Region};

pub(super) async fn collect(reader: &Reader) -> Vec<Bucket> {
    let buckets = reader
        .pages(
            "s3:ListAllMyBuckets",
            // Only a request with a parameter is told the Regions.
            |token| reader.clients.s3.list_buckets().max_buckets(1000).set_continuation_token(token).send(),
            |page| (page.buckets.unwrap_or_default(), page.continuation_token),
        )
        .await;
    let regions = buckets.iter().filter_map(|bucket| bucket.bucket_region.clone());
    let clients: BTreeMap<String, aws_sdk_s3::Client> =
        regions.map(|name| (name.clone(), reader.clients.s3_in(&Region::from(name)))).collect();
    join_all(buckets.into_iter().map(|bucket| {
        let client = bucket.bucket_region.as_ref().and_then(|region| clients.get(region));
        one(reader, client.unwrap_or(&reader.clients.s3), bucket)
    }))
    .await
}

async fn one(reader: &Reader, s3: &aws_sdk_s3::Client, bucket: sdk::Bucket) -> Bucket {
    let name = bucket.name.unwrap_or_default();
    let id = Some(name.as_str());
    let (block, status, policy, acl, website, tagging) = tokio::join!(
        reader.call_optional(
            "s3:GetBucketPublicAccessBlock",
            id,
            &["NoSuchPublicAccessBlockConfiguration"],
            s3.get_public_access_block().bucket(&name).send(),
        ),
        reader.call_optional(
            "s3:GetBucketPolicyStatus",
            id,
            &["NoSuchBucketPolicy"],
            s3.get_bucket_policy_status().bucket(&name).send(),
        ),
        reader.call_optional(
            "s3:GetBucketPolicy",
            id,
            &["NoSuchBucketPolicy"],
            s3.get_bucket_policy().bucket(&name).send(),
        ),
        reader.call_optional("s3:GetBucketAcl", id, &[], s3.get_bucket_acl().bucket(&name).send()),
        reader.call_optional(
            "s3:GetBucketWebsite",
            id,
            &["NoSuchWebsiteConfiguration"],
            s3.get_bucket_website().bucket(&name).send(),
        ),
        reader.call_optional(
            "s3:GetBucketTagging",
            id,
            &["NoSuchTagSet"],
            s3.get_bucket_tagging().bucket(&name).send(),
        ),
    );
    Bucket {
        bucket_region: bucket.bucket_region.map(Into::into),
        public_access_block_configuration: block
            .and_then(|answer| answer.public_access_block_configuration)
            .as_ref()
            .map(access_block),
        policy_status: status.and_then(|s| s.policy_status).map(|s| PolicyStatus { is_public: s.is_public }),
        policy: policy.and_then(|answer| document(reader, &name, answer.policy)),
        grants: acl.map(|answer| answer.grants.unwrap_or_default().into_iter().map(grant).collect()),
        website_configuration: website
            .map(|site| website_configuration(site.index_document, site.redirect_all_requests_to)),
        tag_set: tags(tagging.map(|answer| answer.tag_set)),
        name,
    }
}

/// The policy of a bucket that has one. An answer that was cut off is no policy, and not the absence of one.
fn document(reader: &Reader, bucket: &str, policy: Option<String>) -> Option<String> {
    let whole = policy.filter(|text| serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(text).is_ok());
    if whole.is_none() {
        let detail = "S3 answered, but with no whole policy document";
        reader.gap(Gap::new("s3:GetBucketPolicy", GapReason::Malformed, detail).about(bucket));
    }
    whole
}

fn access_block(block: &sdk::PublicAccessBlockConfiguration) -> PublicAccessBlockConfiguration {
    PublicAccessBlockConfiguration {
        block_public_acls: block.block_public_acls,
        ignore_public_acls: block.ignore_public_acls,
        block_public_policy: block.block_public_policy,
        restrict_public_buckets: block.restrict_public_buckets,
    }
}

fn grant(grant: sdk::Grant) -> Grant {
    let grantee = grant.grantee.map(|grantee| Grantee { r#type: text(Some(grantee.r#type)), uri: grantee.uri });
    Grant { grantee, permission: text(grant.permission) }
}

fn website_configuration(
    index: Option<sdk::IndexDocument>,
    redirect: Option<sdk::RedirectAllRequestsTo>,
) -> WebsiteConfiguration {
    WebsiteConfiguration {
        index_document: index.map(|index| IndexDocument { suffix: Some(index.suffix) }),
        redirect_all_requests_to: redirect.map(|redirect| RedirectAllRequestsTo {
            host_name: Some(redirect.host_name),
            protocol: text(redirect.protocol),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::fake::{Answer, Fake};

    const ACL: &str = "<AccessControlPolicy><AccessControlList><Grant>\
        <Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"Group\">\
        <URI>http://acs.amazonaws.com/groups/global/AllUsers</URI></Grantee><Permission>READ</Permission>\
        </Grant></AccessControlList></AccessControlPolicy>";

    fn error(status: u16, code: &str) -> (u16, String) {
        (status, format!("<Error><Code>{code}</Code><Message>no</Message></Error>"))
    }

    fn answer(request: &str) -> (u16, String) {
        let list = "<ListAllMyBucketsResult><Buckets><Bucket><Name>site</Name><BucketRegion>eu-central-1</BucketRegion>\
                    </Bucket></Buckets></ListAllMyBucketsResult>";
        match request {
            r if r.contains("ListBuckets") => (200, list.to_owned()),
            r if r.contains("publicAccessBlock") => error(404, "NoSuchPublicAccessBlockConfiguration"),
            r if r.contains("policyStatus") => error(403, "AccessDenied"),
            r if r.contains("policy") => (200, "{\"Version\":\"2012-10-17\"}".to_owned()),
            r if r.contains("acl") => (200, ACL.to_owned()),
            r if r.contains("website") => error(404, "NoSuchWebsiteConfiguration"),
            _ => error(404, "NoSuchTagSet"),
        }
    }

    #[tokio::test]
    async fn what_does_not_exist_is_an_answer_and_what_is_denied_a_gap() {
        let fake = Fake::new(answer);
        let buckets = collect(&fake.reader).await;
        assert_eq!(buckets.len(), 1);
        assert_eq!(buckets[0].policy.as_deref(), Some("{\"Version\":\"2012-10-17\"}"));
        assert!(buckets[0].public_access_block_configuration.is_none() && buckets[0].website_configuration.is_none());
        let grants = buckets[0].grants.as_deref().unwrap();
        assert_eq!((grants.len(), grants[0].permission.as_deref()), (1, Some("READ")));
        assert_eq!(fake.asked("s3.eu-central-1.amazonaws.com"), 6, "a bucket is asked in its own Region");
        let (read, gaps) = fake.finish("s3:GetBucketPublicAccessBlock");
        assert!(read);
        let [gap] = gaps.as_slice() else { panic!("{gaps:?}") };
        assert_eq!((gap.action.as_str(), gap.reason), ("s3:GetBucketPolicyStatus", GapReason::AccessDenied));
        assert_eq!(gap.resource.as_deref(), Some("site"));
    }
    /// What is kept of a bucket's policy when S3 answers with `body`, and the gaps.
    async fn policy(answer: fn(&str) -> (u16, String)) -> (Option<String>, Vec<Gap>) {
        let fake = Fake::new(answer);
        let policy = collect(&fake.reader).await.remove(0).policy;
        let (_, gaps) = fake.finish("s3:GetBucketPolicy");
        (policy, gaps.into_iter().filter(|gap| gap.action == "s3:GetBucketPolicy").collect())
    }

    #[tokio::test]
    async fn a_policy_that_was_cut_off_is_not_the_absence_of_one() {
        let cut: [Answer; 3] = [
            |r| {
                if is_policy(r) { (200, "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Eff".into()) } else { answer(r) }
            },
            |r| if is_policy(r) { (200, String::new()) } else { answer(r) },
            |r| if is_policy(r) { (200, "[]".into()) } else { answer(r) },
        ];
        for answer in cut {
            let (kept, gaps) = policy(answer).await;
            assert_eq!(kept, None);
            let [gap] = gaps.as_slice() else { panic!("{gaps:?}") };
            assert_eq!((gap.reason, gap.resource.as_deref()), (GapReason::Malformed, Some("site")));
        }
        let none = policy(|r| if is_policy(r) { error(404, "NoSuchBucketPolicy") } else { answer(r) }).await;
        assert_eq!(none, (None, Vec::new()));
    }

    fn is_policy(request: &str) -> bool {
        request.contains("?policy") && !request.contains("policyStatus")
    }
}
