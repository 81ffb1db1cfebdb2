//! How far somebody gets who holds a bastion: what is reached from it, by logging in on the way or by any port.
//!
//! It is worked out for instances that are called a bastion or that the internet gets to; of others it is nothing.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::FactContext;
use super::context::{Place, own};
use super::internet::{Internet, Open, Ports, ports};
use crate::audit::Evidence;
use crate::model::resource::Instance;
use crate::model::{Describe, Gap, Kind, Resource, Shard, Tag};
use crate::reach::service::describe;
use crate::reach::{Chain, Link, Mode, Party, Unread};

/// Words that bastions are called by, as in the parameter `bastion_names` of the pack.
const NAMES: [&str; 2] = ["bastion", "jump"];
/// Enough to recognise them by; the counts are complete.
const SHOWN: usize = 20;
/// What could stop a packet, or be reached by one.
const DECIDING: [Kind; 6] =
    [Kind::NetworkInterface, Kind::Subnet, Kind::SecurityGroup, Kind::NetworkAcl, Kind::RouteTable, Kind::PrefixList];
const STORES: [Kind; 3] = [Kind::DbInstance, Kind::CacheCluster, Kind::Domain];

/// What is reached from an instance.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BlastRadius {
    /// By logging in to hosts on the way: SSH, RDP, WinRM.
    pub(super) login: Radius,
    /// By any port.
    pub(super) any: Radius,
    /// Whether everything that decides was read: else more may be reached.
    pub(super) complete: bool,
    /// What was not read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) unread: Vec<Gap>,
    /// What no call would tell.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) doubts: Vec<String>,
}

/// What is reached in one way.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Radius {
    /// How many resources.
    pub(super) count: usize,
    /// How many of each type.
    pub(super) kinds: BTreeMap<String, usize>,
    /// The databases, caches and search domains in the VPC among them: how many.
    pub(super) stores_count: usize,
    /// The first of those.
    pub(super) stores: Vec<Store>,
}

/// A data store that is reached.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Store {
    /// How many hosts lie between.
    pub(super) hosts_between: usize,
    /// Its type.
    pub(super) kind: String,
    /// Its id.
    pub(super) id: String,
    /// The services that reach it, in words.
    pub(super) services: String,
    /// Their TCP and UDP ports.
    pub(super) ports: Vec<Ports>,
    /// The hosts on the way, the bastion first.
    pub(super) evidence: Vec<Evidence>,
}

pub(super) fn compute(
    context: &FactContext<'_>,
    at: &Place<'_>,
    resource: &dyn Resource,
) -> Result<Option<BlastRadius>, Vec<Gap>> {
    let instance = own::<Instance>(resource)?;
    let internet = context.internet();
    let parties = internet.parties_of(Kind::Instance, instance.id(), None);
    if !called_bastion(instance) && !parties.iter().any(|party| internet.reaches(party)) {
        return Ok(None);
    }
    if parties.is_empty() && !instance.network_interfaces.is_empty() {
        // In a subnet that was not listed: nobody knows what is reached from there.
        let subnet = instance.subnet_id.as_ref().map_or(instance.id(), |subnet| subnet.as_str());
        return Err(vec![at.absent(Kind::Subnet, subnet)]);
    }
    let mut open = Open::default();
    open.unread.extend(context.shards_joined(at, instance.vpc_id()).into_iter().flat_map(unread));
    let mut radius = |mode| radius(internet, &parties, mode, |unread| open.add(at, unread));
    let (login, any) = (radius(Mode::Login), radius(Mode::Any));
    Ok(Some(BlastRadius {
        login,
        any,
        complete: open.unread.is_empty() && open.doubts.is_empty(),
        unread: open.unread.into_iter().collect(),
        doubts: open.doubts.into_iter().collect(),
    }))
}

fn called_bastion(instance: &Instance) -> bool {
    let tags = ["Name", "Role", "Purpose"].into_iter().filter_map(|key| Tag::find(&instance.tags, key));
    tags.map(str::to_lowercase).any(|value| NAMES.iter().any(|name| value.contains(name)))
}

fn unread(shard: &Shard) -> impl Iterator<Item = Gap> + '_ {
    let listings = DECIDING.into_iter().chain(STORES).filter_map(|kind| shard.missing_kind(kind));
    let entries = shard.gaps.iter().filter(|gap| gap.action == "ec2:GetManagedPrefixListEntries");
    listings.chain(entries.cloned())
}

/// What is reached from all interfaces of the instance together.
fn radius(internet: &Internet<'_>, from: &[&Party<'_>], mode: Mode, mut unread: impl FnMut(&[Unread])) -> Radius {
    let mut reached: BTreeSet<(Kind, &str, &str)> = BTreeSet::new();
    let mut stores: BTreeMap<(usize, Kind, &str, &str), Store> = BTreeMap::new();
    for party in from {
        let Chain { links, unread: missing, .. } = internet.network.blast(party.interface, mode).unwrap_or_default();
        unread(&missing);
        for link in links.iter().skip(1).filter(|link| link.gates.is_empty()) {
            let Some(to) = internet.network.linked_party(link).filter(|to| from.iter().all(|own| own.id != to.id))
            else {
                continue;
            };
            reached.insert((to.kind, to.id, to.vpc));
            let known = stores.keys().any(|(_, kind, id, vpc)| (*kind, *id, *vpc) == (to.kind, to.id, to.vpc));
            if STORES.contains(&to.kind) && !known {
                let between = link.depth.saturating_sub(1);
                stores.insert((between, to.kind, to.id, to.vpc), store(internet, &links, link, &to));
            }
        }
    }
    let mut kinds = BTreeMap::new();
    for (kind, ..) in &reached {
        *kinds.entry(kind.name().to_owned()).or_default() += 1;
    }
    let stores_count = stores.len();
    Radius { count: reached.len(), kinds, stores_count, stores: stores.into_values().take(SHOWN).collect() }
}

fn store(internet: &Internet<'_>, links: &[Link], link: &Link, to: &Party<'_>) -> Store {
    let mut hosts = vec![to.name.unwrap_or(to.id).to_owned()];
    let mut at = link.from;
    while let Some(before) = at.and_then(|at| links.get(at)) {
        let party = internet.network.linked_party(before);
        hosts.extend(party.map(|party| party.name.unwrap_or(party.id).to_owned()));
        at = before.from;
    }
    hosts.reverse();
    let field = "path from the bastion".to_owned();
    Store {
        hosts_between: link.depth.saturating_sub(1),
        kind: to.kind.name().to_owned(),
        id: to.id.to_owned(),
        services: describe(&link.services),
        ports: ports(&link.services),
        evidence: vec![Evidence { resource: Some(to.id.to_owned()), field, value: json!(hosts) }],
    }
}
