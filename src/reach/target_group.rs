//! Target groups: whom load balancers send to, and what would have to be read to know.
//!
//! Source: Elastic Load Balancing guides, "Target groups for your Network Load Balancers", "Cross-zone load balancing for
//! target groups" and "Client IP preservation".

use super::balancer::{BalancerNode, ListenerNode, TargetGroupNode, TargetNode};
use super::gate::Forward;
use super::network::{Id, Network, at, id};
use super::path::Unread;
use super::set::{Addresses, number};
use crate::model::resource::TargetGroup;
use crate::model::{Describe, Gap, GapReason, Kind};

impl<'e> Network<'e> {
    /// Finds the targets: after every interface is known.
    pub(super) fn add_targets(&mut self) {
        for index in 0..self.target_groups.len() {
            let node = self.target_groups.get(index).map(|node| (node.resource, node.shard));
            let Some((resource, shard)) = node else { continue };
            let found = resource.target_health_descriptions.as_ref().and_then(|all| {
                let targets = all.iter().filter_map(|description| description.target.as_ref());
                let known: Vec<_> =
                    targets.map(|target| self.target_nodes(resource, &target.id, target.port)).collect();
                // One that is in no listing is gone, or there is a gap.
                let whole = known.iter().all(|nodes| !nodes.is_empty()) || !self.unlisted_targets(shard);
                whole.then(|| known.into_iter().flatten().collect())
            });
            let found = found.filter(|_: &Vec<_>| self.attributes_refused(resource, shard).is_none());
            if let Some(node) = self.target_groups.get_mut(index) {
                node.targets = found;
            }
        }
    }

    /// What is missing to know whether targets see the client's address, if reading it was refused. A source that never
    /// holds it leaves the default.
    fn attributes_refused(&self, group: &TargetGroup, shard: usize) -> Option<Gap> {
        let passed_on = matches!(group.protocol.as_deref(), Some("TCP" | "TLS"));
        let shard = self.estate.shards.get(shard).filter(|_| passed_on && group.attributes.is_none())?;
        let gap = shard.missing("elasticloadbalancing:DescribeTargetGroupAttributes", Some(group.id()))?;
        (gap.reason != GapReason::NotInSource).then_some(gap)
    }

    /// Whether there may be targets that no listing shows.
    fn unlisted_targets(&self, shard: usize) -> bool {
        [Kind::NetworkInterface, Kind::Instance, Kind::LoadBalancer]
            .iter()
            .any(|kind| self.missing(shard, *kind).is_some())
    }

    /// A target: one address, or that of each node of a load balancer.
    fn target_nodes(&self, group: &'e TargetGroup, name: &'e str, port: Option<i32>) -> Vec<TargetNode<'e>> {
        let port = port.or(group.port).and_then(|port| u16::try_from(port).ok()).unwrap_or(0);
        let across =
            across_zones(group.attributes.iter().flatten().map(|set| (set.key.as_str(), set.value.as_deref())));
        let vpc = group.vpc_id.as_ref().and_then(|vpc| self.by_id.vpc.get(vpc.as_str()));
        if let Ok(parsed) = name.parse() {
            let address = number(parsed);
            // It may be in a VPC that is joined with the target group's.
            let interface = vpc.and_then(|vpc| self.interface_at(vpc, address)).or_else(|| {
                let foreign = |id: &Id| {
                    let own = vpc.and_then(|vpc| at(&self.vpcs, vpc));
                    Some(*id) != vpc && own.is_some_and(|own| !own.cidrs.contains(address))
                };
                let mut all =
                    (0..id(self.vpcs.len())).filter(foreign).filter_map(|vpc| self.interface_at(vpc, address));
                all.next().filter(|_| all.next().is_none())
            });
            return vec![TargetNode { id: name, interface, address, port, across }];
        }
        let interfaces: Vec<Id> = match group.target_type.as_deref() {
            None | Some("instance") => self.instance_named(name).into_iter().collect(),
            Some("alb") => {
                let balancer = self.by_id.balancer.get(name).and_then(|balancer| at(&self.balancers, balancer));
                balancer.map(|balancer| balancer.interfaces.clone()).unwrap_or_default()
            }
            _ => Vec::new(),
        };
        let node = |interface: Id| {
            let (address, _) = *at(&self.interfaces, interface)?.addresses.first()?;
            Some(TargetNode { id: name, interface: Some(interface), address, port, across })
        };
        interfaces.into_iter().filter_map(node).collect()
    }

    /// The target group of that ARN.
    pub(super) fn target_group(&self, arn: &str) -> Option<&TargetGroupNode<'e>> {
        self.by_id.target_group.get(arn).and_then(|group| at(&self.target_groups, group))
    }

    /// The targets of a listener, each with whether it sees the client's address.
    pub(super) fn targets_of(&self, listener: &ListenerNode<'e>) -> Vec<(bool, TargetNode<'e>)> {
        let groups = listener.forwards.iter().filter_map(|forward| self.target_group(forward.group));
        let grouped = groups.flat_map(|group| group.targets.iter().flatten().map(|target| (group.preserves, *target)));
        grouped.chain(self.classic_targets(listener).into_iter().map(|target| (false, target))).collect()
    }

    /// The ways by which a listener forwards to a target.
    pub(super) fn forwards_to<'n>(
        &'n self,
        listener: &'n ListenerNode<'e>,
        target: &TargetNode<'e>,
    ) -> Vec<&'n Forward<'e>> {
        let holds = |forward: &&Forward<'e>| {
            let group = self.target_group(forward.group);
            let targets = group.and_then(|group| group.targets.as_deref()).unwrap_or_default();
            targets.iter().any(|one| (one.id, one.port) == (target.id, target.port))
        };
        listener.forwards.iter().filter(holds).collect()
    }

    /// Whose requests a listener may forward to a target.
    pub(super) fn senders_to(&self, listener: &ListenerNode<'e>, target: &TargetNode<'e>) -> Addresses {
        if listener.instances.is_some() {
            return Addresses::all();
        }
        let ways = self.forwards_to(listener, target);
        ways.into_iter().fold(Addresses::default(), |all, forward| all.or(&forward.sources))
    }

    /// The targets of a Classic Load Balancer's listener.
    pub(super) fn classic_targets(&self, listener: &ListenerNode<'e>) -> Vec<TargetNode<'e>> {
        let classic = listener.instances.into_iter().flat_map(|(balancer, port)| {
            let names = balancer.instances.iter().filter_map(|instance| instance.instance_id.as_deref());
            names.filter_map(move |name| {
                let interface = self.instance_named(name)?;
                let (address, _) = *at(&self.interfaces, interface)?.addresses.first()?;
                Some(TargetNode { id: name, interface: Some(interface), address, port, across: None })
            })
        });
        classic.collect()
    }

    /// What is missing of a target group's targets.
    pub(super) fn targets_unread(&self, group: &TargetGroupNode<'e>) -> Unread {
        let name = group.resource.name().unwrap_or(group.resource.id());
        if let Some(gap) = self.attributes_refused(group.resource, group.shard) {
            return Unread::of(format!("whose address the targets of {name} see"), &gap);
        }
        let what = format!("the targets of {name}");
        let read = group.resource.target_health_descriptions.is_some();
        let kinds = [Kind::TargetGroup, Kind::NetworkInterface, Kind::Instance, Kind::LoadBalancer];
        let kinds = kinds.iter().take(if read { 4 } else { 1 });
        if let Some(gap) = kinds.copied().find_map(|kind| self.missing(group.shard, kind)) {
            return Unread::of(what, &gap);
        }
        let action = Some("elasticloadbalancing:DescribeTargetHealth".to_owned());
        Unread { what, action, why: "they were not read".to_owned() }
    }

    /// What is missing to know whether a load balancer sends to other zones.
    pub(super) fn zones_unread(&self, balancer: &BalancerNode<'_>) -> Option<Unread> {
        let what = format!("whether {} sends to other zones", balancer.name.unwrap_or(balancer.id));
        let action = "elasticloadbalancing:DescribeLoadBalancerAttributes";
        let shard = self.estate.shards.get(balancer.shard).filter(|_| balancer.cross_zone.is_none())?;
        shard.missing(action, Some(balancer.id)).map(|gap| Unread::of(what, &gap))
    }

    /// What is missing of the target groups that a listener forwards to.
    pub(super) fn groups_unread(&self, balancer: &BalancerNode<'_>, listener: &ListenerNode<'_>) -> Option<Unread> {
        let gone = listener.forwards.iter().find(|forward| self.target_group(forward.group).is_none())?;
        let what = format!("the targets of {}", gone.group);
        Some(match self.missing(balancer.shard, Kind::TargetGroup) {
            Some(gap) => Unread::of(what, &gap),
            None => Unread::never(what, "it is in no listing"),
        })
    }
}

/// What the attribute says of sending to targets in other zones. A target group may leave it to the load balancer.
pub(super) fn across_zones<'a>(mut attributes: impl Iterator<Item = (&'a str, Option<&'a str>)>) -> Option<bool> {
    let (_, set) = attributes.find(|(key, _)| *key == "load_balancing.cross_zone.enabled")?;
    match set {
        Some("true") => Some(true),
        Some("false") => Some(false),
        _ => None,
    }
}

/// Whether targets see the client's address: by default for instances and UDP.
pub(super) fn preserves(group: &TargetGroup) -> bool {
    let udp = matches!(group.protocol.as_deref(), Some("UDP" | "TCP_UDP" | "QUIC" | "TCP_QUIC"));
    let set = group.attributes.iter().flatten().find(|attribute| attribute.key == "preserve_client_ip.enabled");
    if let Some(set) = set.and_then(|attribute| attribute.value.as_deref()).filter(|_| !udp) {
        return set == "true";
    }
    let by_type = matches!(group.target_type.as_deref(), None | Some("instance" | "alb"));
    by_type || udp
}
