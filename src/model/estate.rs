//! An estate: everything read of one or more accounts and Regions at one time, plus the gaps.

use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{AccountId, Environment, Gap, GapReason, Kind, Region, Resource, Resources, Scope, digest};

/// Everything that was read, and what could not be.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Estate {
    /// Where it came from.
    pub origin: Origin,
    /// One part per account and Region, in that order.
    #[serde(default)]
    pub shards: Vec<Shard>,
    /// Environments the source itself declares (a demo estate, a snapshot taken with a configuration).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub environments: Vec<Environment>,
    /// What the source held that was not understood: a file, a collection. Shown, never ignored.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_understood: Vec<String>,
}

/// Where an estate came from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Origin {
    /// The kind of source it was first read from; a snapshot keeps that of the account it was taken from.
    pub source: SourceKind,
    /// What a reader would recognise it by: a profile, a path, a demo's title.
    pub label: String,
    /// When reading began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_at: Option<Timestamp>,
    /// The version of Bartizan that read it.
    #[serde(default)]
    pub tool: String,
}

/// The kinds of source.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SourceKind {
    /// An AWS account, over its API.
    #[default]
    Live,
    /// A directory of `aws ... describe-*` output.
    CliDump,
    /// An embedded demo estate; marked DEMO wherever it is shown.
    Demo,
}

/// The part of an estate that lives in one account and Region.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Shard {
    /// Whose it is, where, when and by whom it was read.
    pub provenance: Provenance,
    /// IAM actions whose listing was read to its end.
    #[serde(default)]
    pub reads: BTreeSet<String>,
    /// What could not be read.
    #[serde(default)]
    pub gaps: Vec<Gap>,
    /// What is there.
    #[serde(default)]
    pub resources: Resources,
}

/// Whose a shard is, where, when and by whom it was read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Provenance {
    /// The account.
    pub account: AccountId,
    /// The Region, or [`Region::GLOBAL`].
    pub region: Region,
    /// When it was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_at: Option<Timestamp>,
    /// The ARN of the caller, as `sts:GetCallerIdentity` tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller: Option<String>,
}

/// Names one resource in a whole estate.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ResourceKey {
    /// The account.
    pub account: AccountId,
    /// The Region.
    pub region: Region,
    /// The resource type.
    pub kind: Kind,
    /// The id, unique among resources of its kind in that account and Region.
    pub id: String,
}

impl fmt::Display for ResourceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}/{}", self.account, self.region, self.kind, self.id)
    }
}

impl Shard {
    /// An empty part for one account and Region.
    pub fn new(account: impl Into<AccountId>, region: impl Into<Region>) -> Self {
        let provenance = Provenance { account: account.into(), region: region.into(), ..Provenance::default() };
        Self { provenance, ..Self::default() }
    }

    /// The key of one of this shard's resources.
    #[must_use]
    pub fn key(&self, resource: &dyn Resource) -> ResourceKey {
        ResourceKey {
            account: self.provenance.account.clone(),
            region: self.provenance.region.clone(),
            kind: resource.kind(),
            id: resource.id().to_owned(),
        }
    }

    /// What is missing of `action` here: nothing when it was read to its end and no gap touches `resource`
    /// (or any resource, when `None` is asked). An action that was never tried is a gap as well.
    #[must_use]
    pub fn missing(&self, action: &str, resource: Option<&str>) -> Option<Gap> {
        let touches = |gap: &&Gap| {
            gap.action == action
                && (resource.is_none() || gap.resource.is_none() || gap.resource.as_deref() == resource)
        };
        if let Some(gap) = self.gaps.iter().find(touches) {
            return Some(gap.clone());
        }
        let unread = !self.reads.contains(action) && !self.gaps.iter().any(|gap| gap.action == action);
        unread.then(|| Gap::new(action, GapReason::NotInSource, "it was not read"))
    }

    /// What is missing of the listing of a kind here: `None` when every resource of it is known to be present.
    #[must_use]
    pub fn missing_kind(&self, kind: Kind) -> Option<Gap> {
        let action = kind.list_action();
        let whole = |gap: &&Gap| gap.action == action && gap.resource.is_none();
        if let Some(gap) = self.gaps.iter().find(whole) {
            return Some(gap.clone());
        }
        (!self.reads.contains(action)).then(|| Gap::new(action, GapReason::NotInSource, "it was not read"))
    }

    /// Whether resources of this kind are kept in this shard: Regional ones in Regions, global ones in
    /// [`Region::GLOBAL`].
    #[must_use]
    pub fn holds(&self, kind: Kind) -> bool {
        (kind.scope() == Scope::Global) == self.provenance.region.is_global()
    }
}

impl Estate {
    /// Whether this is a demo, to be marked so wherever it is shown.
    #[must_use]
    pub fn is_demo(&self) -> bool {
        self.origin.source == SourceKind::Demo
    }

    /// The digest of everything that was read, of every gap, and of when and by whom: the same for an estate and a
    /// snapshot of it, wherever that lies.
    #[must_use]
    pub fn digest(&self) -> String {
        digest::of_json(&self.shards)
    }

    /// The part of one account and Region.
    #[must_use]
    pub fn shard(&self, account: &AccountId, region: &Region) -> Option<&Shard> {
        self.shards.iter().find(|s| s.provenance.account == *account && s.provenance.region == *region)
    }

    /// The part of one account and Region, made when there is none yet.
    pub fn shard_mut(&mut self, account: &AccountId, region: &Region) -> &mut Shard {
        let place = (account, region);
        let at = self.shards.binary_search_by(|s| (&s.provenance.account, &s.provenance.region).cmp(&place));
        let index = at.unwrap_or_else(|free| {
            self.shards.insert(free, Shard::new(account.clone(), region.clone()));
            free
        });
        #[expect(clippy::indexing_slicing, reason = "the search or the insertion just made this index valid")]
        &mut self.shards[index]
    }

    /// Every resource with the shard it is in, in a stable order.
    pub fn resources(&self) -> impl Iterator<Item = (&Shard, &dyn Resource)> {
        self.shards.iter().flat_map(|shard| shard.resources.iter().map(move |resource| (shard, resource)))
    }

    /// The resource a key names.
    #[must_use]
    pub fn resource(&self, key: &ResourceKey) -> Option<&dyn Resource> {
        self.shard(&key.account, &key.region)?.resources.find(key.kind, &key.id)
    }

    /// Every gap with the shard it is in.
    pub fn gaps(&self) -> impl Iterator<Item = (&Shard, &Gap)> {
        self.shards.iter().flat_map(|shard| shard.gaps.iter().map(move |gap| (shard, gap)))
    }
}
