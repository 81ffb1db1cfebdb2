//! Facts: what rules ask about a resource that its own JSON does not tell, worked out in Rust from the whole estate.
//!
//! To add one: a file here with `compute`, and a line in the table below: the fact's name and type, the resource types it
//! is defined for, and the resource types whose listings each answer rests on. A fact is a serde struct, so that a
//! rule's fixtures can be held against it. What a fact needs and cannot see is an `Err` that names it: a rule then
//! answers UNKNOWN, never PASS. Where only some answers would need it, a fact says so in its fields `unread` and
//! `doubts`, and in what it tells; a rule that then decides nothing is UNKNOWN for that.

mod context;
mod family;
mod internet;
mod opening;
mod user;

#[cfg(test)]
mod corpus;

pub use context::FactContext;
pub use subnet_class::{Class, FamilyClass, SubnetClass};

use serde::Serialize;
use serde_json::Value;

use crate::model::{Gap, GapReason, Kind, Resource, Shard};

macro_rules! facts {
    ($($name:ident: $shape:ty, of [$($kind:ident),+] reads [$($read:ident),*];)*) => {
        $(mod $name;)*

        /// Every fact.
        pub const NAMES: &[&str] = &[$(stringify!($name)),*];

        /// Works out one fact about a resource of `shard`.
        ///
        /// # Errors
        /// What is missing to know it: never empty.
        pub fn compute(
            name: &str,
            context: &FactContext<'_>,
            shard: &Shard,
            resource: &dyn Resource,
        ) -> Result<Value, Vec<Gap>> {
            if !kinds(name).unwrap_or_default().contains(&resource.kind()) {
                return Err(undefined(name, resource.kind()));
            }
            match name {
                $(stringify!($name) => to_json($name::compute(context, context.place(shard)?, resource)?),)*
                _ => Err(undefined(name, resource.kind())),
            }
        }

        /// The resource types whose whole listings a fact always rests on; `None` when there is no such fact. What
        /// else it needs depends on the resource: `compute` says so.
        #[must_use]
        pub fn reads(name: &str) -> Option<&'static [Kind]> {
            match name {
                $(stringify!($name) => Some(&[$(Kind::$read),*]),)*
                _ => None,
            }
        }

        /// Holds JSON against the shape of a fact.
        #[cfg(test)]
        fn fits(name: &str, json: Value) -> Result<(), String> {
            match name {
                $(stringify!($name) => {
                    serde_json::from_value::<$shape>(json).map(|_| ()).map_err(|error| error.to_string())
                })*
                _ => Err(format!("there is no fact `{name}`")),
            }
        }

        /// The resource types a fact is defined for; `None` when there is no such fact.
        #[must_use]
        pub fn kinds(name: &str) -> Option<&'static [Kind]> {
            match name {
                $(stringify!($name) => Some(&[$(Kind::$kind),+]),)*
                _ => None,
            }
        }
    };
}

facts! {
    admits: opening::Openings, of [SecurityGroup] reads [];
    alarms: alarms::Alarms, of [
        LoadBalancer, TargetGroup, ClassicLoadBalancer, DbInstance, DbCluster, CacheCluster, ReplicationGroup,
        EcsService, AutoScalingGroup, Instance, NatGateway, Distribution, Domain
    ] reads [];
    attachments: attachments::Attachments, of [SecurityGroup] reads [NetworkInterface];
    bastion: bastion::Bastion, of [Instance] reads [];
    blast_radius: Option<blast_radius::BlastRadius>, of [Instance] reads [];
    edge: edge::Edge, of [Distribution] reads [];
    exposed_ports: exposed_ports::ExposedPorts, of [
        Instance, NetworkInterface, LoadBalancer, ClassicLoadBalancer, DbInstance, CacheCluster, Domain
    ] reads [];
    flow_logs: flow_logs::FlowLogs, of [Vpc] reads [FlowLog];
    let_in: let_in::LetIn, of [Instance] reads [SecurityGroup];
    listener_clear_text: Option<listener_clear_text::ListenerClearText>, of [Listener] reads [];
    nat_zones: nat_zones::NatZones, of [Vpc] reads [Subnet, RouteTable];
    placement: placement::Placement, of [
        DbInstance, DbCluster, CacheCluster, EcsService, LoadBalancer, ClassicLoadBalancer, AutoScalingGroup, Instance, Domain
    ] reads [];
    reached_by: reached_by::ReachedBy, of [SecurityGroup] reads [];
    resource_policy: Option<resource_policy::ResourcePolicy>, of [Bucket, Domain] reads [];
    subnet_class: SubnetClass, of [Subnet] reads [];
    tiers: tiers::Tiers, of [Vpc] reads [Subnet];
    tls_policy: Option<tls_policy::TlsPolicy>, of [Listener] reads [];
    zones: zones::Zones, of [
        LoadBalancer, ClassicLoadBalancer, AutoScalingGroup, DbInstance, DbCluster, CacheCluster, ReplicationGroup,
        EcsService, Domain
    ] reads [];
}

/// The class of a subnet of `shard`, for those who are not rules.
///
/// # Errors
/// What is missing to know it: never empty.
pub fn class_of(context: &FactContext<'_>, shard: &Shard, subnet: &str) -> Result<SubnetClass, Vec<Gap>> {
    subnet_class::of_subnet(context, context.place(shard)?, subnet)
}

/// The ids of the subnets a resource of `shard` is in or may move to, in order.
///
/// # Errors
/// What is missing to know them, or that it names none: never empty.
pub fn subnets_of(context: &FactContext<'_>, shard: &Shard, resource: &dyn Resource) -> Result<Vec<String>, Vec<Gap>> {
    placement::subnets(context.place(shard)?, resource)
}

fn to_json(fact: impl Serialize) -> Result<Value, Vec<Gap>> {
    serde_json::to_value(fact).map_err(|e| vec![Gap::new("", GapReason::Malformed, e.to_string())])
}

fn undefined(name: &str, kind: Kind) -> Vec<Gap> {
    vec![Gap::new("", GapReason::Failed, format!("there is no fact `{name}` of {kind}"))]
}
