//! What makes a finding the same finding in another audit: the rule and the resource's key, nothing else. Names, tags,
//! order, severity, evidence and the rest of the account may change without moving it.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::model::{Kind, ResourceKey};

/// The identity of a finding. Comparisons use all of it; its [`id`](Self::id) is what people and other tools see.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Fingerprint {
    /// The rule.
    pub rule: String,
    /// The account.
    pub account: String,
    /// The Region.
    pub region: String,
    /// The resource type, as text: an older or newer Bartizan may know others.
    pub resource_type: String,
    /// The resource's id.
    pub resource: String,
}

impl Fingerprint {
    /// The identity of a rule's verdict on a resource.
    #[must_use]
    pub fn new(rule: &str, key: &ResourceKey) -> Self {
        Self {
            rule: rule.to_owned(),
            account: key.account.to_string(),
            region: key.region.to_string(),
            resource_type: key.kind.to_string(),
            resource: key.id.clone(),
        }
    }

    /// The key of its resource.
    #[must_use]
    pub fn key(&self, kind: Kind) -> ResourceKey {
        let (account, region) = (self.account.as_str().into(), self.region.as_str().into());
        ResourceKey { account, region, kind, id: self.resource.clone() }
    }

    /// A short id, the same in every audit and every output format.
    #[must_use]
    pub fn id(&self) -> String {
        let digest = Sha256::digest(format!("{}\n{self}", self.rule));
        digest.iter().take(6).fold(String::new(), |id, byte| format!("{id}{byte:02x}"))
    }
}

/// The resource, as [`ResourceKey`] is written.
impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}/{}", self.account, self.region, self.resource_type, self.resource)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(account: &str, region: &str, kind: Kind, id: &str) -> ResourceKey {
        ResourceKey { account: account.into(), region: region.into(), kind, id: id.into() }
    }

    #[test]
    fn every_part_of_it_tells_findings_apart() {
        let keys = [
            key("111122223333", "eu-west-1", Kind::Vpc, "a"),
            key("111122223334", "eu-west-1", Kind::Vpc, "a"),
            key("111122223333", "eu-west-2", Kind::Vpc, "a"),
            key("111122223333", "eu-west-1", Kind::Subnet, "a"),
            key("111122223333", "eu-west-1", Kind::Vpc, "a/*"),
            key("111122223333", "eu-west-1", Kind::Vpc, "*"),
        ];
        let prints = keys.iter().flat_map(|key| ["one", "other"].map(|rule| Fingerprint::new(rule, key)));
        let ids: std::collections::BTreeSet<String> = prints.map(|print| print.id()).collect();
        assert_eq!(ids.len(), 12);
    }

    #[test]
    fn the_id_is_what_it_was_when_it_was_first_published() {
        let print =
            Fingerprint::new("ssh-open-to-world", &key("111122223333", "eu-west-1", Kind::SecurityGroup, "sg-1"));
        assert_eq!(print.to_string(), "111122223333/eu-west-1/SecurityGroup/sg-1");
        assert_eq!(print.id(), "893e31be034b");
    }
}
