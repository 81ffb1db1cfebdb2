//! Prefix lists, with their entries.

use serde::{Deserialize, Serialize};

use crate::model::{Describe, PrefixListId, Tag};

/// A prefix list, as `ec2:DescribeManagedPrefixLists` prints it, with the entries that `ec2:GetManagedPrefixListEntries` tells.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PrefixList {
    /// Its id.
    pub prefix_list_id: PrefixListId,
    /// Its name.
    pub prefix_list_name: Option<String>,
    /// `IPv4` or `IPv6`.
    pub address_family: Option<String>,
    /// Who keeps it; `AWS` for AWS-managed ones.
    pub owner_id: Option<String>,
    /// Its ranges; absent when they could not be read.
    pub cidrs: Option<Vec<String>>,
    /// Its tags.
    #[serde(default)]
    pub tags: Vec<Tag>,
}

impl Describe for PrefixList {
    fn id(&self) -> &str {
        self.prefix_list_id.as_str()
    }
    fn name(&self) -> Option<&str> {
        self.prefix_list_name.as_deref()
    }
    fn tags(&self) -> &[Tag] {
        &self.tags
    }
}
