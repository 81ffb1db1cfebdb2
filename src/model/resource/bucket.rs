//! S3 buckets, with what decides who may read them.

use serde::{Deserialize, Serialize};

use crate::model::{Describe, Region, Tag};

/// A bucket: what `s3:ListBuckets` tells, and the answers of its own sub-resources under AWS's names. A sub-resource that does not exist is absent; one that could not be read is a gap.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Bucket {
    /// Its name.
    pub name: String,
    /// Its Region.
    pub bucket_region: Option<Region>,
    /// What is blocked; absent when nothing is set.
    pub public_access_block_configuration: Option<PublicAccessBlockConfiguration>,
    /// Whether its policy makes it public; absent without a policy.
    pub policy_status: Option<PolicyStatus>,
    /// Its policy, as JSON text.
    pub policy: Option<String>,
    /// Its access control list; absent when it was not read.
    pub grants: Option<Vec<Grant>>,
    /// How it is served as a website; absent when it is not.
    pub website_configuration: Option<WebsiteConfiguration>,
    /// Its tags.
    #[serde(default)]
    pub tag_set: Vec<Tag>,
}

/// What public access is blocked.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PublicAccessBlockConfiguration {
    /// Whether new public ACLs are refused.
    pub block_public_acls: Option<bool>,
    /// Whether public ACLs are ignored.
    pub ignore_public_acls: Option<bool>,
    /// Whether new public policies are refused.
    pub block_public_policy: Option<bool>,
    /// Whether a public policy is ignored for strangers.
    pub restrict_public_buckets: Option<bool>,
}

/// Whether a policy is public.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PolicyStatus {
    /// AWS's own verdict.
    pub is_public: Option<bool>,
}

/// An entry of an access control list.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Grant {
    /// Who is granted something.
    pub grantee: Option<Grantee>,
    /// `READ`, `WRITE`, `READ_ACP`, `WRITE_ACP` or `FULL_CONTROL`.
    pub permission: Option<String>,
}

/// Who is granted something.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Grantee {
    /// `CanonicalUser`, `AmazonCustomerByEmail` or `Group`.
    pub r#type: Option<String>,
    /// The group; `.../global/AllUsers` is anyone.
    #[serde(rename = "URI")]
    pub uri: Option<String>,
}

/// A bucket served over plain HTTP.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct WebsiteConfiguration {
    /// What is served for a folder.
    pub index_document: Option<IndexDocument>,
    /// Where every request is sent instead.
    pub redirect_all_requests_to: Option<RedirectAllRequestsTo>,
}

/// The document served for a folder.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct IndexDocument {
    /// Its name.
    pub suffix: Option<String>,
}

/// Where every request is sent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RedirectAllRequestsTo {
    /// The host.
    pub host_name: Option<String>,
    /// `http` or `https`; absent is the request's own.
    pub protocol: Option<String>,
}

impl Describe for Bucket {
    fn id(&self) -> &str {
        &self.name
    }
    fn name(&self) -> Option<&str> {
        Some(&self.name)
    }
    fn tags(&self) -> &[Tag] {
        &self.tag_set
    }
    fn dns_names(&self) -> Vec<&str> {
        vec![self.name.as_str()]
    }
}
