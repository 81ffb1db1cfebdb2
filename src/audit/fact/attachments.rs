//! What uses a security group. It tells who is attached, never that a path leads there.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::FactContext;
use super::context::Place;
use super::subnet_class;
use super::user::User;
use crate::model::{Gap, Kind, Resource};

/// Enough to recognise them by; the counts are complete.
const SHOWN: usize = 20;

/// The users of a security group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Attachments {
    /// How many there are.
    pub(super) count: usize,
    /// How many of them have a public address or name.
    pub(super) public: usize,
    /// How many there are of each type.
    pub(super) kinds: BTreeMap<String, usize>,
    /// The environments they belong to.
    pub(super) environments: BTreeSet<String>,
    /// The first of them, those with a public address before the others.
    pub(super) users: Vec<User>,
}

pub(super) fn compute(
    context: &FactContext<'_>,
    at: &Place<'_>,
    resource: &dyn Resource,
) -> Result<Attachments, Vec<Gap>> {
    // Everything that uses a group does so through an interface: only their list can say that nobody does.
    at.complete(Kind::NetworkInterface)?;
    let mut users: Vec<User> = at.users.get(resource.id()).into_iter().flatten().cloned().collect();
    for user in users.iter_mut().filter(|user| !user.public) {
        user.public = is_public_by_ipv6(context, at, user)?;
    }
    users.sort_by(|a, b| (!a.public, &a.kind, &a.id).cmp(&(!b.public, &b.kind, &b.id)));
    let mut kinds = BTreeMap::new();
    for user in &users {
        *kinds.entry(user.kind.clone()).or_default() += 1;
    }
    Ok(Attachments {
        count: users.len(),
        public: users.iter().filter(|user| user.public).count(),
        kinds,
        environments: users.iter().filter_map(|user| user.environment.clone()).collect(),
        users: users.into_iter().take(SHOWN).collect(),
    })
}

fn is_public_by_ipv6(context: &FactContext<'_>, at: &Place<'_>, user: &User) -> Result<bool, Vec<Gap>> {
    for subnet in &user.ipv6_subnets {
        let class = subnet_class::of_subnet(context, at, subnet)?;
        if class.ipv6.is_some_and(|ipv6| ipv6.class.is_public()) {
            return Ok(true);
        }
    }
    Ok(false)
}
