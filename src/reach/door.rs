//! Front doors: what takes connections from the internet and opens connections of its own behind it - load balancers,
//! distributions, APIs - and what is reached behind them.
//!
//! A door is a hop that originates anew: what is behind it sees the door's addresses and groups, not the client's
//! (but for Network Load Balancers that keep the client's address).

mod api;
mod behind;
mod cloudfront;
mod story;

use super::gate::Gate;
use super::network::Network;
use super::party::Party;
use super::path::{Component, PathComponent, Unread, Verdict};
use super::service::Service;
use super::set::Addresses;
use crate::model::Kind;

/// Whether a prefix list is AWS's own of the addresses from which CloudFront fetches:
/// `com.amazonaws.global.cloudfront.origin-facing`, or the same of IPv6.
pub(super) fn is_origin_facing(name: &str) -> bool {
    name.starts_with("com.amazonaws.") && name.ends_with(".cloudfront.origin-facing")
}

/// The kinds of door.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DoorKind {
    /// A load balancer.
    LoadBalancer,
    /// A distribution of CloudFront.
    Distribution,
    /// Any distribution of CloudFront, whoever's: what admits CloudFront admits them all.
    AnyDistribution,
    /// An API of API Gateway.
    Api,
    /// A URL of a Lambda function.
    FunctionUrl,
    /// A Client VPN endpoint.
    ClientVpn,
    /// An interface of Global Accelerator.
    Accelerator,
}

impl DoorKind {
    /// The words for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::LoadBalancer => "load balancer",
            Self::Distribution => "distribution",
            Self::AnyDistribution => "any distribution",
            Self::Api => "API",
            Self::FunctionUrl => "function URL",
            Self::ClientVpn => "Client VPN endpoint",
            Self::Accelerator => "Global Accelerator",
        }
    }
}

/// Something that takes connections from the internet for what is behind it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Door<'e> {
    /// What it is.
    pub kind: DoorKind,
    /// Its id: an ARN where it has one.
    pub id: &'e str,
    /// Its name.
    pub name: Option<&'e str>,
    /// The services that it takes.
    pub services: Vec<Service>,
    /// What it asks of everybody.
    pub gates: Vec<Gate>,
    /// What could not be read of it.
    pub unread: Vec<Unread>,
}

/// Something that the internet reaches behind a door.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Behind<'e> {
    /// The door's type.
    pub kind: DoorKind,
    /// The door's id.
    pub door: &'e str,
    /// The door's name.
    pub name: Option<&'e str>,
    /// The services that the internet asks the door for.
    pub by: Vec<Service>,
    /// Whose requests get through.
    pub sources: Addresses,
    /// What is reached.
    pub target: Component,
    /// The interface that is reached and whose it is; `None` for what has none in this estate, such as a function.
    pub party: Option<Party<'e>>,
    /// The service by which it is reached; `None` for a call of a function.
    pub service: Option<Service>,
    /// Whether it is reached: connects, gated, unknown, or delivers where no reply comes back.
    pub verdict: Verdict,
    /// What requests need besides.
    pub gates: Vec<Gate>,
    /// The hops from the door to the target.
    pub path: Vec<PathComponent>,
    /// What was assumed.
    pub notes: Vec<String>,
    /// What would have to be read to know.
    pub unread: Vec<Unread>,
    /// What of the path is filtered, to tell it of a single request.
    told: story::Told<'e>,
}

impl<'e> Network<'e> {
    /// Everything that takes connections from the internet for what is behind it.
    #[must_use]
    pub fn doors(&self) -> Vec<Door<'e>> {
        let mut doors: Vec<Door<'e>> = self.balancer_doors();
        doors.extend(self.distribution_doors());
        doors.extend(self.api_doors());
        doors.extend(self.function_doors());
        doors.extend(self.other_doors());
        doors.sort();
        doors
    }

    /// The listings of doors that were not read: what is behind such doors is told nowhere.
    #[must_use]
    pub fn doors_unread(&self) -> Vec<Unread> {
        let kinds = [
            (Kind::Distribution, "which distributions lead here"),
            (Kind::VpcOrigin, "which VPC origins lead here"),
            (Kind::LoadBalancer, "which load balancers there are"),
            (Kind::ClassicLoadBalancer, "which Classic Load Balancers there are"),
            (Kind::Api, "which APIs lead here"),
            (Kind::VpcLink, "which VPC links lead here"),
            (Kind::Function, "which function URLs there are"),
            (Kind::ClientVpnEndpoint, "which Client VPN endpoints lead here"),
        ];
        let mut unread = Vec::new();
        for shard in &self.estate.shards {
            for (kind, what) in kinds.iter().filter(|(kind, _)| shard.holds(*kind)) {
                unread.extend(shard.missing_kind(*kind).map(|gap| Unread::of(*what, &gap)));
            }
        }
        unread.sort();
        unread.dedup();
        unread
    }
}
