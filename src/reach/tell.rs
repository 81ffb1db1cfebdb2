//! The story of a walk: hops and obstacles written down with the rule, entry or route that decided.

use super::filter::{Direction, Peer, holds};
use super::network::{Holder, Id, Network, at};
use super::path::{
    AclRule, Component, Explanation, PacketHeader, PathComponent, PortRange, RouteTableRoute, RouteTarget,
    SecurityGroupRule,
};
use super::route::Entry;
use super::service::{Service, describe, protocol_name};
use super::set::{Services, address};
use super::walk::{Seen, Walk};
use crate::model::Describe;
use crate::model::resource::Route;

impl Walk<'_, '_> {
    /// Adds a hop to the path under way.
    pub(super) fn hop(&mut self, mut hop: PathComponent) {
        let replying = self.replying;
        if let Some(story) = &mut self.story {
            let path = if replying { &mut story.back } else { &mut story.forward };
            if path.last().is_some_and(|last| {
                hop.sequence_number = last.sequence_number;
                *last == hop
            }) {
                return;
            }
            hop.sequence_number = path.len() + 1;
            path.push(hop);
        }
    }

    /// The packet that is told about: its service, and the source it set out with.
    fn packet(&self) -> Option<(u32, u128)> {
        self.story.as_ref()?;
        let (services, addresses) = self.alive.cells().first()?;
        Some((services.0, addresses.first()?))
    }

    fn shown(&self, peer: Seen) -> Option<u128> {
        match peer {
            Seen::As(one) => Some(one),
            Seen::Original => self.packet().map(|(_, source)| source),
        }
    }

    pub(super) fn hop_interface(&mut self, interface: Id) {
        let Some(node) = at(&self.net.interfaces, interface).filter(|_| self.story.is_some()) else { return };
        let mut hop = PathComponent::new(Component::new(node.id));
        hop.subnet =
            at(&self.net.subnets, node.subnet).map(|subnet| Component::new(subnet.resource.subnet_id.as_str()));
        hop.vpc = at(&self.net.vpcs, node.vpc).map(|vpc| Component::new(vpc.id));
        if let Holder::Instance(instance) = node.holder {
            let name = instance.name().map(str::to_owned);
            hop.attached_to = Some(Component { id: instance.instance_id.to_string(), name });
        }
        self.hop(hop);
    }

    pub(super) fn hop_groups(&mut self, interface: Id, direction: Direction, peer: Seen, carried: &[Id]) {
        let (Some((service, _)), Some(peer)) = (self.packet(), self.shown(peer)) else { return };
        let Some(node) = at(&self.net.interfaces, interface) else { return };
        let deciding = self.net.deciding(self.net.groups_of(node), direction, (service, peer, self.edge), carried);
        if let Some((group, rule)) = deciding {
            let mut hop = PathComponent::new(self.net.group_component(group));
            hop.security_group_rule = Some(rule);
            hop.attached_to = Some(Component::new(node.id));
            self.hop(hop);
        }
    }

    pub(super) fn hop_acl(&mut self, subnet: Id, acl: Id, direction: Direction, peer: Seen) {
        let (Some(packet), Some(peer)) = (self.packet(), self.shown(peer)) else { return };
        let service = if self.replying { self.reply_service(packet.0) } else { packet.0 };
        let Some(node) = at(&self.net.acls, acl) else { return };
        let mut hop = PathComponent::new(Component {
            id: node.resource.network_acl_id.to_string(),
            name: node.resource.name().map(str::to_owned),
        });
        hop.acl_rule = self.net.acl_rule(acl, direction, service, peer).filter(|rule| rule.rule_action == "allow");
        hop.subnet = at(&self.net.subnets, subnet).map(|subnet| Component::new(subnet.resource.subnet_id.as_str()));
        self.hop(hop);
    }

    /// A reply as the ACLs see it; of the ports that the client may use, one in the middle.
    fn reply_service(&self, service: u32) -> u32 {
        let service = Service::of(service);
        let port = if service.has_ports() { self.source_port.unwrap_or(49152) } else { 0 };
        let port = if service.protocol == super::service::ICMPV6 { 129 << 8 } else { port };
        Service { protocol: service.protocol, port }.number()
    }

    pub(super) fn hop_route(&mut self, table: Id, entry: usize) {
        let Some(node) = at(&self.net.tables, table).filter(|_| self.story.is_some()) else { return };
        let Some(entry) = node.table.entries.get(entry) else { return };
        let mut hop = PathComponent::new(Component {
            id: node.resource.route_table_id.to_string(),
            name: node.resource.name().map(str::to_owned),
        });
        hop.route_table_route = self.net.route_component(table, entry);
        if entry.ambiguous {
            let text = "two prefix lists send this range to different targets; AWS does not say which one wins";
            self.note(text.to_owned());
            hop.note = Some(text.to_owned());
        }
        self.hop(hop);
    }

    pub(super) fn hop_peering(&mut self, peering: Id) {
        let Some(node) = at(&self.net.peerings, peering).filter(|_| self.story.is_some()) else { return };
        let name = node.resource.name().map(str::to_owned);
        let id = node.resource.vpc_peering_connection_id.to_string();
        self.hop(PathComponent::new(Component { id, name }));
    }

    pub(super) fn hop_nat(&mut self, nat: Id, private: u128) {
        let Some(node) = at(&self.net.nats, nat).filter(|_| self.story.is_some()) else { return };
        let mut hop = PathComponent::new(Component {
            id: node.resource.nat_gateway_id.to_string(),
            name: node.resource.name().map(str::to_owned),
        });
        hop.subnet =
            node.subnet.and_then(|s| at(&self.net.subnets, s)).map(|s| Component::new(s.resource.subnet_id.as_str()));
        hop.outbound_header = Some(from_address(private));
        self.hop(hop);
    }

    pub(super) fn hop_gateway(&mut self, gateway: Id, _private: u128, public: u128) {
        let Some(node) = at(&self.net.gateways, gateway).filter(|_| self.story.is_some()) else { return };
        let mut hop = PathComponent::new(Component::new(node.id));
        if !self.replying {
            hop.outbound_header = Some(from_address(public));
        }
        self.hop(hop);
    }

    pub(super) fn hop_gateway_in(&mut self, gateway: Id, private: u128) {
        let Some(node) = at(&self.net.gateways, gateway).filter(|_| self.story.is_some()) else { return };
        let mut hop = PathComponent::new(Component::new(node.id));
        let destination_addresses = vec![address(private).to_string()];
        hop.outbound_header = Some(PacketHeader { destination_addresses, ..PacketHeader::default() });
        self.hop(hop);
    }

    pub(super) fn hop_appliance(&mut self, interface: Id) {
        let Some(node) = at(&self.net.interfaces, interface).filter(|_| self.story.is_some()) else { return };
        let text = format!("assumed: {} passes packets on as they are", node.id);
        let mut hop = PathComponent::new(Component::new(node.id));
        hop.note = Some(text.clone());
        self.hop(hop);
        self.note(text);
    }

    pub(super) fn hop_appliance_endpoint(&mut self, endpoint: Id) {
        let Some(node) = at(&self.net.endpoints, endpoint).filter(|_| self.story.is_some()) else { return };
        let text = format!("assumed: what is behind {} lets the packet pass", node.vpc_endpoint_id);
        let mut hop = PathComponent::new(Component::new(node.vpc_endpoint_id.as_str()));
        hop.note = Some(text.clone());
        self.hop(hop);
        self.note(text);
    }

    pub(super) fn hop_transit(&mut self, gateway: Id) {
        let Some(node) = at(&self.net.transits, gateway).filter(|_| self.story.is_some()) else { return };
        let name = node.resource.name().map(str::to_owned);
        self.hop(PathComponent::new(Component { id: node.resource.transit_gateway_id.to_string(), name }));
    }

    pub(super) fn hop_attachment(&mut self, attachment: Id) {
        let Some(node) = at(&self.net.attachments, attachment).filter(|_| self.story.is_some()) else { return };
        self.hop(PathComponent::new(Component::new(node.id)));
    }

    pub(super) fn hop_transit_route(&mut self, table: Id, entry: usize) {
        let Some(node) = at(&self.net.transit_tables, table).filter(|_| self.story.is_some()) else { return };
        let Some(entry) = node.table.entries.get(entry) else { return };
        let name = node.resource.name().map(str::to_owned);
        let id = node.resource.transit_gateway_route_table_id.to_string();
        let mut hop = PathComponent::new(Component { id, name });
        hop.transit_gateway_route_table_route = Some(self.net.transit_route_component(entry));
        self.hop(hop);
    }

    /// Why the groups of an interface stop the packet.
    pub(super) fn by_groups(&self, interface: Id, direction: Direction, peer: Seen) -> Explanation {
        let Some(node) = at(&self.net.interfaces, interface) else { return Explanation::default() };
        let groups = self.net.groups_of(node);
        let names: Vec<Component> = groups.iter().map(|group| self.net.group_component(*group)).collect();
        let side = usize::from(direction == Direction::Egress);
        let empty = groups
            .iter()
            .filter_map(|group| at(&self.net.groups, *group))
            .all(|group| group.group.openings.get(side).is_none_or(Vec::is_empty));
        let list = names.iter().map(|name| name.id.as_str()).collect::<Vec<_>>().join(", ");
        let peer = self.shown(peer).map_or_else(|| "it".to_owned(), |peer| address(peer).to_string());
        let what = self.packet().map_or_else(String::new, |(one, _)| describe(&Services::range(one, one)));
        let text = match (direction, groups.is_empty()) {
            (_, true) => format!("{} has no security group", node.id),
            (Direction::Ingress, _) => format!("no rule of {list} lets {what} from {peer} in to {}", node.id),
            (Direction::Egress, _) => format!("no rule of {list} lets {what} from {} out to {peer}", node.id),
        };
        let code = if empty { "SG_HAS_NO_RULES" } else { "ENI_SG_RULES_MISMATCH" };
        let (code, text) = match self.forgotten(groups, side) {
            Some((code, member)) => {
                let member = at(&self.net.groups, member).map_or("", |group| group.id);
                (code, format!("{text}; one names {member}, but on this way groups are not recognised"))
            }
            None => (code, text),
        };
        let mut why = Explanation::new(code, text).way(direction);
        why.security_groups = names;
        why.component = Some(Component::new(node.id));
        why
    }

    /// A group that would let the packet pass, had the way not forgotten who carries it.
    fn forgotten(&self, groups: &[Id], side: usize) -> Option<(&'static str, Id)> {
        let (code, forgotten) = self.forgot?;
        let (service, _) = self.packet()?;
        let carried = at(&self.net.interfaces, forgotten).map(|node| self.net.groups_of(node))?;
        let gates = groups.iter().filter_map(|group| at(&self.net.groups, *group)?.group.gates.get(side));
        let mut named = gates.flat_map(|gate| &gate.by_group);
        let would = |((first, last), named): &&((u32, u32), Id)| {
            *first <= service && service <= *last && carried.contains(named)
        };
        named.find(would).map(|(_, named)| (code, *named))
    }

    /// Why an ACL stops the packet or its reply.
    pub(super) fn by_acl(&self, code: &str, (subnet, acl): (Id, Id), direction: Direction, peer: Seen) -> Explanation {
        let (Some(node), Some(subnet)) = (at(&self.net.acls, acl), at(&self.net.subnets, subnet)) else {
            return Explanation::default();
        };
        let service = self.packet().map_or(0, |(one, _)| if self.replying { self.reply_service(one) } else { one });
        let peer = self.shown(peer).unwrap_or_default();
        let rule = self.net.acl_rule(acl, direction, service, peer);
        let number = rule.as_ref().map_or_else(|| "*".to_owned(), |rule| rule.rule_number.to_string());
        let what = if self.replying { "the reply" } else { "it" };
        let (id, place, peer) = (&node.resource.network_acl_id, &subnet.resource.subnet_id, address(peer));
        let text = match direction {
            Direction::Ingress => format!("rule {number} of {id} stops {what} from {peer} at the edge of {place}"),
            Direction::Egress => format!("rule {number} of {id} stops {what} to {peer} at the edge of {place}"),
        };
        let mut why = Explanation::new(code, text).way(direction);
        why.acl = Some(Component::new(id.as_str()));
        why.acl_rule = rule;
        why.subnet = Some(Component::new(place.as_str()));
        why
    }
}

fn from_address(source: u128) -> PacketHeader {
    PacketHeader { source_addresses: vec![address(source).to_string()], ..PacketHeader::default() }
}

impl Network<'_> {
    /// Why rules that name groups do not let a packet out to a VPC of which nothing is known, or in from it.
    pub(super) fn by_unknown_peer(
        &self,
        peering: Id,
        (interface, direction): (Id, Direction),
        named: &[Id],
    ) -> Explanation {
        let name = at(&self.peerings, peering).map_or("", |p| p.resource.vpc_peering_connection_id.as_str());
        let list: Vec<&str> = named.iter().map(|group| at(&self.groups, *group).map_or("", |g| g.id)).collect();
        let text = format!(
            "the rules that would let it {} name {}; which groups there are behind {name} is not known: its VPC is in \
             an account that is not in this estate",
            if direction == Direction::Egress { "out" } else { "in" },
            list.join(", ")
        );
        let mut why = Explanation::new("UNKNOWN_PEERED_SGS", text).way(direction);
        why.component = Some(Component::new(name));
        if let Some(node) = at(&self.interfaces, interface) {
            why.security_groups = self.groups_of(node).iter().map(|group| self.group_component(*group)).collect();
        }
        why
    }

    pub(super) fn group_component(&self, group: Id) -> Component {
        let Some(node) = at(&self.groups, group) else { return Component::default() };
        let name = node.resource.and_then(|resource| resource.group_name.clone());
        Component { id: node.id.to_owned(), name }
    }

    /// The first rule of a set of groups that admits a packet, which may come from CloudFront.
    pub(super) fn deciding(
        &self,
        groups: &[Id],
        direction: Direction,
        (service, peer, edge): (u32, u128, bool),
        carried: &[Id],
    ) -> Option<(Id, SecurityGroupRule)> {
        let side = usize::from(direction == Direction::Egress);
        groups.iter().find_map(|id| {
            let group = at(&self.groups, *id)?;
            let opening = group.group.openings.get(side)?.iter().find(|opening| {
                let (first, last) = opening.services;
                first <= service
                    && service <= last
                    && match &opening.peer {
                        Peer::Net(net) => holds(net, peer),
                        Peer::Group(named) => carried.contains(named),
                        Peer::PrefixList(entries) => at(&self.lists, *entries).is_some_and(|known| {
                            (edge && known.origin_facing)
                                || known.entries.as_ref().is_some_and(|set| set.contains(peer))
                        }),
                    }
            })?;
            let mut rule = SecurityGroupRule { direction: direction.name().to_owned(), ..SecurityGroupRule::default() };
            (rule.protocol, rule.port_range) = protocol_and_ports(opening.services);
            match &opening.peer {
                Peer::Net(net) => rule.cidr = Some(net.trunc().to_string()),
                Peer::Group(named) => rule.security_group_id = at(&self.groups, *named).map(|g| g.id.to_owned()),
                Peer::PrefixList(list) => rule.prefix_list_id = at(&self.lists, *list).map(|l| l.id.to_owned()),
            }
            Some((*id, rule))
        })
    }

    /// The entry of an ACL that decides about a packet.
    pub(super) fn acl_rule(&self, acl: Id, direction: Direction, service: u32, peer: u128) -> Option<AclRule> {
        let node = at(&self.acls, acl)?;
        let (entry, allow) = node.acl.deciding(direction, service, peer)?;
        let resource = node.resource.entries.get(entry.index)?;
        let (protocol, port_range) = protocol_and_ports(entry.services);
        Some(AclRule {
            cidr: resource.cidr_block.clone().or_else(|| resource.ipv6_cidr_block.clone()),
            egress: direction == Direction::Egress,
            port_range,
            protocol,
            rule_action: if allow { "allow" } else { "deny" }.to_owned(),
            rule_number: resource.rule_number.unwrap_or_default(),
        })
    }

    pub(super) fn route_component(&self, table: Id, entry: &Entry) -> Option<RouteTableRoute> {
        let route: &Route = at(&self.tables, table)?.resource.routes.get(entry.index)?;
        let target = RouteTarget {
            gateway_id: route.gateway_id.clone(),
            egress_only_internet_gateway_id: route.egress_only_internet_gateway_id.clone(),
            instance_id: route.instance_id.clone(),
            nat_gateway_id: route.nat_gateway_id.clone(),
            network_interface_id: route.network_interface_id.clone(),
            transit_gateway_id: route.transit_gateway_id.clone(),
            vpc_peering_connection_id: route.vpc_peering_connection_id.clone(),
        };
        Some(RouteTableRoute {
            destination_cidr: route
                .destination_cidr_block
                .clone()
                .or_else(|| route.destination_ipv6_cidr_block.clone()),
            destination_prefix_list_id: route.destination_prefix_list_id.clone(),
            target,
            origin: route.origin.clone(),
            state: route.state.clone(),
        })
    }
}

fn protocol_and_ports((first, last): (u32, u32)) -> (String, Option<PortRange>) {
    let (from, to) = (Service::of(first), Service::of(last));
    if from.protocol != to.protocol {
        return ("-1".to_owned(), None);
    }
    let ports = PortRange { from: from.port, to: to.port };
    (protocol_name(from.protocol), from.has_ports().then_some(ports))
}
