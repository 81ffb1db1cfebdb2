//! VPC Block Public Access: what a Region keeps from its internet gateways, and what is excluded from that.
//!
//! Source: Amazon VPC guide, "Block public access to VPCs and subnets" and "VPC BPA basics". Not told there, and read so
//! here: traffic of a NAT gateway is excluded with the NAT gateway's subnet, and exclusions that are listed as in force
//! are, also where an organisation allows no new ones.

use std::collections::BTreeMap;

use super::network::{Id, Network, at};
use super::path::{Component, Explanation, Unread};
use crate::model::{GapReason, Kind, Shard};

/// What an account keeps from the internet gateways of a Region.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Mode {
    /// Nothing.
    #[default]
    Off,
    /// What the internet begins; of what begins inside, all but NAT gateways and egress-only gateways.
    Ingress,
    /// Everything.
    Both,
}

/// A Region's setting.
#[derive(Debug, Default)]
pub(super) struct Block<'e> {
    mode: Mode,
    /// Excluded VPCs and subnets by id: whether they may be reached, or only reach.
    excluded: BTreeMap<&'e str, bool>,
    /// Why the setting, or what is excluded from it, is not known.
    unread: Option<Unread>,
    /// Whether the source never held the setting, so that it is taken to be off, as it is by default.
    assumed: bool,
}

/// What crosses an internet gateway, or an egress-only one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Crossing {
    /// From the internet.
    In,
    /// From an interface's own public address.
    Out,
    /// From a NAT gateway or through an egress-only gateway: only what begins inside.
    OutOnly,
}

/// Whether it may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Permit {
    Yes,
    /// As far as is known; the setting was not in the source.
    Assumed,
    No(Box<Explanation>),
    Unread(Box<Unread>),
}

impl<'e> Block<'e> {
    pub(super) fn new(shard: &'e Shard) -> Self {
        let mut block = Self::default();
        let what = format!("whether VPC Block Public Access is on in {}", shard.provenance.region);
        match shard.missing_kind(Kind::VpcBlockPublicAccessOptions) {
            Some(gap) if gap.reason == GapReason::NotInSource => block.assumed = true,
            Some(gap) => block.unread = Some(Unread::of(what, &gap)),
            None => {}
        }
        for options in &shard.resources.vpc_block_public_access_options {
            block.mode = match options.internet_gateway_block_mode.as_deref() {
                Some("block-bidirectional") => Mode::Both,
                Some("block-ingress") => Mode::Ingress,
                _ => Mode::Off,
            };
        }
        for exclusion in &shard.resources.vpc_block_public_access_exclusions {
            let lasting = matches!(
                exclusion.state.as_deref(),
                None | Some("create-complete" | "update-complete" | "update-in-progress" | "delete-in-progress")
            );
            let named = exclusion.resource_arn.as_deref().and_then(|arn| arn.rsplit('/').next());
            if let Some(named) = named.filter(|_| lasting) {
                let mode = exclusion.internet_gateway_exclusion_mode.as_deref();
                block.excluded.insert(named, mode == Some("allow-bidirectional"));
            }
        }
        if block.mode != Mode::Off
            && let Some(gap) = shard.missing_kind(Kind::VpcBlockPublicAccessExclusion)
        {
            let what = format!("what is excluded from VPC Block Public Access in {}", shard.provenance.region);
            block.unread = Some(Unread::of(what, &gap));
        }
        block
    }

    /// The mode that is left for a VPC or subnet.
    fn left(&self, ids: [Option<&str>; 2]) -> Mode {
        let excluded = ids.into_iter().flatten().filter_map(|id| self.excluded.get(id)).max();
        match (excluded, self.mode) {
            (Some(true), _) => Mode::Off,
            (Some(false), Mode::Both) => Mode::Ingress,
            (_, mode) => mode,
        }
    }
}

impl Network<'_> {
    /// Whether what comes from or goes to a subnet may cross its VPC's internet gateway, perhaps through the endpoint
    /// of a firewall or other appliance, for which exclusions do not count. Without a subnet the VPC's own exclusion
    /// counts.
    pub(super) fn permit(&self, (vpc, subnet): (Id, Option<Id>), crossing: Crossing, appliance: bool) -> Permit {
        let Some(node) = at(&self.vpcs, vpc) else { return Permit::Yes };
        let Some(block) = self.blocks.get(node.shard) else { return Permit::Yes };
        if block.assumed {
            return Permit::Assumed;
        }
        let subnet = subnet.and_then(|id| at(&self.subnets, id)).map(|node| node.resource.subnet_id.as_str());
        let egress = block.excluded.get(node.id).or_else(|| block.excluded.get(subnet?)) == Some(&false);
        let left = if appliance { block.mode } else { block.left([subnet, Some(node.id)]) };
        let blocked = match (left, crossing) {
            (Mode::Off, _) | (Mode::Ingress, Crossing::OutOnly) => false,
            // An egress exclusion lets everything out; the Region's own mode for ingress only what NAT carries.
            (Mode::Ingress, Crossing::Out) => !egress || block.mode == Mode::Ingress,
            _ => true,
        };
        if let Some(unread) = block.unread.as_ref().filter(|_| blocked || block.mode == Mode::Off) {
            return Permit::Unread(Box::new(unread.clone()));
        }
        if !blocked {
            return Permit::Yes;
        }
        let place = subnet.unwrap_or(node.id);
        let text = match (crossing, appliance) {
            (_, true) => {
                format!("VPC Block Public Access stops what passes an appliance, whether {place} is excluded or not")
            }
            (Crossing::In, _) => format!("VPC Block Public Access keeps the internet from {place}"),
            _ => format!("VPC Block Public Access keeps {place} from the internet"),
        };
        let mut why = Explanation::new("VPC_BLOCK_PUBLIC_ACCESS_ENABLED", text);
        why.vpc = Some(Component::new(node.id));
        why.subnet = subnet.map(Component::new);
        Permit::No(Box::new(why))
    }
}
