//! Transit gateways: attachments, their route tables, and the way from one VPC's attachment to another's.
//!
//! Source: Amazon VPC Transit Gateways guide, "How transit gateways work" (routing, Availability Zones, route
//! evaluation order) and "Network ACLs".

use super::network::{Id, Network, SubnetNode, at, id};
use super::path::{Component, Explanation, TransitGatewayRouteTableRoute, Unread};
use super::route::{Entry, Table, Target};
use super::set::{Addresses, address, ends, parse_net};
use super::way::{End, Step, Way, stopped};
use crate::model::resource::{TransitGateway, TransitGatewayRoute, TransitGatewayRouteTable};
use crate::model::{Kind, Shard, SubnetId, TransitGatewayAttachmentId, TransitGatewayRouteTableId};

/// A transit gateway.
#[derive(Debug)]
pub(super) struct TransitNode<'e> {
    pub(super) resource: &'e TransitGateway,
    references: bool,
}

/// What an attachment attaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Attached<'e> {
    /// A VPC, in these subnets.
    Vpc(Id, Vec<Id>),
    /// Another transit gateway.
    Peer,
    /// A VPN connection.
    Vpn(&'e str),
    /// Direct Connect, Connect, or what cannot be told.
    Other(&'e str),
}

/// An attachment to a transit gateway.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "AWS's own switches, each for itself")]
pub(super) struct AttachmentNode<'e> {
    pub(super) id: &'e str,
    pub(super) gateway: &'e str,
    pub(super) attached: Attached<'e>,
    pub(super) available: bool,
    table: Option<&'e str>,
    references: bool,
    /// Whether the transit gateway picks the subnet by flow and not by zone.
    appliance: bool,
}

/// A route table of a transit gateway.
#[derive(Debug)]
pub(super) struct TransitTableNode<'e> {
    pub(super) resource: &'e TransitGatewayRouteTable,
    pub(super) table: Table,
    /// Whether its routes are known.
    known: bool,
    shard: usize,
}

/// Whether a route is one that an attachment propagates.
fn is_propagated(route: &TransitGatewayRoute, attachment: Option<&str>) -> bool {
    let by = route.transit_gateway_attachments.first().and_then(|to| to.transit_gateway_attachment_id.as_ref());
    route.r#type.as_deref() == Some("propagated") && by.map(TransitGatewayAttachmentId::as_str) == attachment
}

impl<'e> Network<'e> {
    pub(super) fn add_transits(&mut self, shard: &'e Shard) {
        for resource in &shard.resources.transit_gateways {
            let options = resource.options.as_ref();
            let references = options.and_then(|o| o.security_group_referencing_support.as_deref()) == Some("enable");
            self.by_id.transit.insert(resource.transit_gateway_id.as_str(), id(self.transits.len()));
            self.transits.push(TransitNode { resource, references });
        }
        for attachment in &shard.resources.transit_gateway_attachments {
            let association = attachment.association.as_ref();
            let associated = association.filter(|a| a.state.as_deref().is_none_or(|state| state == "associated"));
            let name = attachment.resource_id.as_deref().unwrap_or_default();
            let attached = match attachment.resource_type.as_deref() {
                Some("vpc") => Attached::Vpc(self.vpc(name), Vec::new()),
                Some("peering") => Attached::Peer,
                Some("vpn") => Attached::Vpn(name),
                other => Attached::Other(other.unwrap_or("unknown")),
            };
            self.attachments.push(AttachmentNode {
                id: attachment.transit_gateway_attachment_id.as_str(),
                gateway: attachment.transit_gateway_id.as_str(),
                attached,
                available: matches!(attachment.state.as_deref(), None | Some("available" | "modifying")),
                table: associated
                    .and_then(|a| a.transit_gateway_route_table_id.as_ref())
                    .map(TransitGatewayRouteTableId::as_str),
                references: true,
                appliance: false,
            });
        }
        for attachment in &shard.resources.transit_gateway_vpc_attachments {
            let mut subnets: Vec<&str> = attachment.subnet_ids.iter().map(SubnetId::as_str).collect();
            subnets.sort_unstable();
            let subnets = subnets.into_iter().filter_map(|subnet| self.by_id.subnet.get(subnet)).collect();
            let vpc = self.vpc(attachment.vpc_id.as_str());
            let option = attachment.options.as_ref().and_then(|o| o.security_group_referencing_support.as_deref());
            let key = attachment.transit_gateway_attachment_id.as_str();
            let gateway = attachment.transit_gateway_id.as_str();
            let known = self.attachments.iter().position(|node| node.id == key && node.gateway == gateway);
            let (attached, references) = (Attached::Vpc(vpc, subnets), option != Some("disable"));
            let mode = attachment.options.as_ref().and_then(|o| o.appliance_mode_support.as_deref());
            let appliance = mode == Some("enable");
            if let Some(node) = known.and_then(|known| self.attachments.get_mut(known)) {
                (node.attached, node.references, node.appliance) = (attached, references, appliance);
            } else {
                let available = attachment.state.as_deref() == Some("available");
                let table = None;
                let node = AttachmentNode { id: key, gateway, attached, available, table, references, appliance };
                self.attachments.push(node);
            }
        }
    }

    /// Compiles the tables: after every attachment and prefix list is known.
    pub(super) fn add_transit_tables(&mut self, place: usize, shard: &'e Shard) {
        for resource in &shard.resources.transit_gateway_route_tables {
            let mut entries = Vec::new();
            let (mut unread, mut untold) = (Vec::new(), false);
            for (index, route) in resource.routes.iter().flatten().enumerate() {
                self.add_transit_route(resource.transit_gateway_id.as_str(), (index, route), &mut entries, &mut unread);
            }
            for propagation in resource.propagations.iter().flatten() {
                let attachment =
                    propagation.transit_gateway_attachment_id.as_ref().map(TransitGatewayAttachmentId::as_str);
                let gateway = resource.transit_gateway_id.as_str();
                let Some(target) = attachment.and_then(|attachment| self.attachment(attachment, gateway)) else {
                    continue;
                };
                if !matches!(propagation.state.as_deref(), None | Some("enabled")) {
                    continue;
                }
                if let Some(Attached::Vpc(vpc, _)) = at(&self.attachments, target).map(|node| &node.attached) {
                    let nets = at(&self.vpcs, *vpc).map(|vpc| vpc.cidrs.nets()).unwrap_or_default();
                    let listed = resource.routes.iter().flatten().any(|route| is_propagated(route, attachment));
                    // What a VPC propagates is not known without its ranges.
                    untold |= nets.is_empty() && !listed;
                    entries.extend(nets.iter().map(|net| propagated(ends(net), target)));
                }
            }
            let whole = resource.propagations.is_some()
                || resource.routes.iter().flatten().any(|route| route.r#type.as_deref() == Some("propagated"));
            self.by_id
                .transit_table
                .insert(resource.transit_gateway_route_table_id.as_str(), id(self.transit_tables.len()));
            let known = resource.routes.is_some() && whole && !untold;
            let table = Table::new(entries, unread);
            self.transit_tables.push(TransitTableNode { resource, table, known, shard: place });
        }
    }

    fn add_transit_route(
        &self,
        gateway: &str,
        (index, route): (usize, &'e TransitGatewayRoute),
        entries: &mut Vec<Entry>,
        unread: &mut Vec<(usize, String)>,
    ) {
        let first = route.transit_gateway_attachments.first();
        let name = first.and_then(|a| a.transit_gateway_attachment_id.as_ref()).map(TransitGatewayAttachmentId::as_str);
        // The attachment of two peered transit gateways has one id and a node for each of them.
        let named = |node: &AttachmentNode<'_>| Some(node.id) == name;
        let own = self.attachments.iter().position(|node| named(node) && node.gateway == gateway);
        let target = own.or_else(|| self.attachments.iter().position(named));
        let kind = first.and_then(|a| a.resource_type.as_deref());
        let preference = match (route.r#type.as_deref(), route.prefix_list_id.is_some(), kind) {
            (Some("propagated"), _, Some("vpc")) => 2,
            (Some("propagated"), _, Some("direct-connect-gateway")) => 3,
            (Some("propagated"), _, Some("connect")) => 4,
            (Some("propagated"), _, Some("vpn")) => 5,
            (Some("propagated"), ..) => 6,
            (_, true, _) => 1,
            _ => 0,
        };
        let blackhole = route.state.as_deref() == Some("blackhole");
        let target = target.map_or(Target::Gone, |target| Target::Attachment(id(target)));
        let mut push = |prefix| entries.push(Entry { prefix, target, blackhole, preference, index, ambiguous: false });
        if let Some(net) = route.destination_cidr_block.as_deref().and_then(parse_net) {
            push(ends(&net));
        } else if let Some(list) = route.prefix_list_id.as_ref() {
            let list = list.as_str();
            let known = self.by_id.list.get(list).and_then(|list| at(&self.lists, list));
            match known.filter(|list| list.entries.is_some()) {
                Some(list) => list.nets.iter().for_each(|net| push(ends(net))),
                None => unread.push((index, list.to_owned())),
            }
        }
    }

    /// The VPCs attached to transit gateways.
    pub(super) fn attached_vpcs(&self) -> Vec<Id> {
        let vpcs = self.attachments.iter().filter_map(|node| match node.attached {
            Attached::Vpc(vpc, _) => Some(vpc),
            _ => None,
        });
        let mut vpcs: Vec<Id> = vpcs.collect();
        vpcs.sort_unstable();
        vpcs.dedup();
        vpcs
    }

    fn attachment(&self, name: &str, gateway: &str) -> Option<Id> {
        self.attachments.iter().position(|node| node.id == name && node.gateway == gateway).map(id)
    }

    /// From a subnet by a transit gateway.
    pub(super) fn transit(&self, way: &mut Way, (subnet, table): (Id, Id), (gateway, entry): (Id, &Entry), to: u128) {
        let (Some(node), Some(here)) = (at(&self.transits, gateway), at(&self.subnets, subnet)) else { return };
        let name = node.resource.transit_gateway_id.as_str();
        if !matches!(node.resource.state.as_deref(), None | Some("available" | "modifying")) {
            way.end = stopped(self.by_route("BAD_STATE", format!("{name} is not available"), table, entry));
            return;
        }
        let ours = self.attachments.iter().enumerate().find(|(_, attachment)| {
            attachment.gateway == name
                && attachment.available
                && matches!(attachment.attached, Attached::Vpc(vpc, _) if vpc == here.vpc)
        });
        let Some((index, attachment)) = ours else {
            way.end = if let Some(gap) = self.missing(here.shard, Kind::TransitGatewayAttachment) {
                End::Unread(Box::new(Unread::of(format!("the attachments to {name}"), &gap)))
            } else {
                let text = format!("the VPC has no available attachment to {name}");
                stopped(self.by_route("BAD_STATE_ATTACHMENT", text, table, entry))
            };
            return;
        };
        let Attached::Vpc(_, subnets) = &attachment.attached else { return };
        let Some(door) = subnets.iter().copied().find(|door| self.same_zone(*door, subnet)) else {
            way.end = if subnets.is_empty() {
                self.end_unlisted(format!("the subnets of {}", attachment.id), &[Kind::TransitGatewayVpcAttachment])
            } else {
                let text = format!("{} has no subnet in the zone of {}", attachment.id, here.resource.subnet_id);
                stopped(self.by_route("TGW_ROUTE_AZ_RESTRICTION", text, table, entry))
            };
            return;
        };
        // Out of the sender's subnet went before. In by the ACL of the attachment's subnet, also when it is the same.
        way.steps.push(Step::AclIn(door));
        way.steps.push(Step::Attachment(id(index)));
        way.steps.push(Step::Transit(gateway));
        way.references &= node.references && attachment.references;
        self.switch(way, (id(index), subnet), to, 0);
    }

    /// Where what enters by an attachment without route table gets to.
    fn no_association(&self, attachment: &AttachmentNode<'_>) -> End {
        if let Some(gap) = self.missing_anywhere(&[Kind::TransitGatewayAttachment]) {
            return End::Unread(Box::new(Unread::of(format!("the route table of {}", attachment.id), &gap)));
        }
        let owner = self.by_id.transit.get(attachment.gateway).and_then(|gateway| at(&self.transits, gateway));
        let owner = owner.and_then(|gateway| gateway.resource.owner_id.as_deref());
        if owner.is_some_and(|owner| self.estate.shards.iter().all(|s| s.provenance.account.as_str() != owner)) {
            let what = format!("the route table of {}", attachment.id);
            return End::Unread(Box::new(Unread::never(what, "the account of its transit gateway was not read")));
        }
        let text = format!("{} is associated with no route table of its transit gateway", attachment.id);
        let mut why = Explanation::new("TGW_ATTACH_MISSING_TGW_RTB_ASSOCIATION", text);
        why.component = Some(Component::new(attachment.id));
        stopped(why)
    }

    /// Inside a transit gateway: by the table of the attachment that the packet came from to another attachment.
    pub(super) fn switch(&self, way: &mut Way, (from, sender): (Id, Id), to: u128, depth: usize) {
        let Some(attachment) = at(&self.attachments, from) else { return };
        let unread = |what: String, why: &str| End::Unread(Box::new(Unread::never(what, why)));
        let Some(table_name) = attachment.table else {
            way.end = self.no_association(attachment);
            return;
        };
        let (table_id, table) = match self.transit_table(table_name) {
            Ok(known) => known,
            Err(unread) => return way.end = End::Unread(Box::new(unread)),
        };
        let Some((place, entry)) = table.table.winning(to) else {
            way.end = stopped(no_transit_route(table_name, to));
            return;
        };
        if entry.ambiguous && entry.preference > 1 {
            let why = "AWS propagates the first of ranges that are the same, and the table's routes do not tell it";
            way.end = unread(format!("which of the VPCs with {} {table_name} leads to", address(to)), why);
            return;
        }
        way.steps.push(Step::TransitRoute(table_id, place));
        let target = match entry.target {
            Target::Attachment(target) if !entry.blackhole => at(&self.attachments, target).map(|node| (target, node)),
            _ => None,
        };
        let Some((target, node)) = target.filter(|(_, node)| node.available) else {
            let text = format!("the route of {table_name} for {} leads nowhere", address(to));
            let mut why = Explanation::new("TGW_RTB_BAD_STATE_ROUTE", text);
            why.route_table = Some(Component::new(table_name));
            why.transit_gateway_route_table_route = Some(self.transit_route_component(entry));
            way.end = stopped(why);
            return;
        };
        way.steps.push(Step::Attachment(target));
        way.references &= node.references;
        match &node.attached {
            Attached::Vpc(vpc, doors) if (node.appliance || sender == Id::MAX) && self.differ(doors, to) => {
                let name = at(&self.vpcs, *vpc).map_or("the VPC", |vpc| vpc.id);
                let why = if node.appliance {
                    "in appliance mode the transit gateway picks one by flow, and their tables or ACLs differ, or it is in one of them"
                } else {
                    "what comes from no zone enters by any of them, and their tables or ACLs differ, or it is in one of them"
                };
                way.end = unread(format!("by which of its subnets {} enters {name}", node.id), why);
            }
            Attached::Vpc(vpc, doors) => self.out_of_transit(way, (*vpc, doors), sender, to),
            Attached::Peer => self.to_peer(way, (node, sender), to, depth),
            Attached::Vpn(name) => way.end = self.to_attached_vpn(name, node.id, table.shard),
            Attached::Other(kind) => {
                way.end = unread(
                    format!("what is behind {}", node.id),
                    &format!("attachments of type {kind} are not modelled"),
                );
            }
        }
    }

    /// Whether subnets differ in what routes and filters them on the way to an address. Within a subnet neither its table
    /// nor its ACL has a say.
    fn differ(&self, subnets: &[Id], to: u128) -> bool {
        let filters = |acl: Option<Id>| {
            let acl = acl.and_then(|acl| at(&self.acls, acl));
            acl.is_none_or(|node| node.acl.passages.iter().any(|passage| !passage.opens(to)))
        };
        let diverts = |table: Option<Id>| {
            let winning = table.and_then(|table| at(&self.tables, table)?.table.winning(to));
            winning.is_none_or(|(_, entry)| entry.blackhole || entry.target != Target::Local)
        };
        let inside = |node: &SubnetNode<'_>| node.range.contains(to) && (filters(node.acl) || diverts(node.table));
        let nodes = subnets.iter().filter_map(|subnet| at(&self.subnets, *subnet));
        let mut kinds = nodes.map(|node| (node.table, node.acl, inside(node)));
        let first = kinds.next();
        kinds.any(|kind| Some(kind) != first)
    }

    /// A route table whose routes are known, or what is missing to know them.
    fn transit_table(&self, name: &str) -> Result<(Id, &TransitTableNode<'e>), Unread> {
        let table = self.by_id.transit_table.get(name).and_then(|t| Some((t, at(&self.transit_tables, t)?)));
        if let Some((id, known)) = table.filter(|(_, table)| table.known) {
            return match known.table.unread_lists.first() {
                None => Ok((id, known)),
                Some((index, list)) => {
                    let what = format!("where route {index} of {name} leads: the entries of {list}");
                    Err(Unread::never(what, "they were not read"))
                }
            };
        }
        let what = format!("the routes of {name}");
        let gap = match table {
            Some((_, table)) => self.missing(table.shard, Kind::TransitGatewayRouteTable),
            None => self.missing_anywhere(&[Kind::TransitGatewayRouteTable]),
        };
        Err(gap.map_or_else(
            || Unread {
                what: what.clone(),
                action: Some("ec2:SearchTransitGatewayRoutes".to_owned()),
                why: "they are not in this estate; its owner's account tells them".to_owned(),
            },
            |gap| Unread::of(what.clone(), &gap),
        ))
    }

    /// Into a VPC, by the attachment's subnet in the sender's zone or else the first one, and on by that one's table.
    fn out_of_transit(&self, way: &mut Way, (vpc, doors): (Id, &[Id]), sender: Id, to: u128) {
        let near = doors.iter().copied().find(|door| self.same_zone(*door, sender));
        let Some(door) = near.or_else(|| doors.first().copied()) else {
            let name = at(&self.vpcs, vpc).map_or("the VPC", |vpc| vpc.id);
            let kinds = [Kind::TransitGatewayVpcAttachment, Kind::Vpc];
            way.end = self.end_unlisted(format!("what is in {name}"), &kinds);
            return;
        };
        if at(&self.subnets, door).is_some_and(|subnet| subnet.range.contains(to)) {
            way.end = self.local(vpc, to);
            return;
        }
        let before = way.steps.len();
        self.follow(way, door, to);
        // Out of the attachment's subnet by its ACL, unless what the packet goes to is in that subnet.
        let entered = way.steps.iter().skip(before).any(|step| matches!(step, Step::AclIn(_)));
        if entered || !matches!(way.end, End::Interface(_) | End::Nat(_)) {
            way.steps.insert(before, Step::AclOut(door));
        }
        self.within_vpc(way, before, door);
    }

    /// What a transit gateway brought into a VPC goes to interfaces and NAT gateways there, and on to other places only
    /// by an appliance.
    fn within_vpc(&self, way: &mut Way, before: usize, door: Id) {
        let steps = || way.steps.iter().skip(before);
        let appliance = steps().any(|step| matches!(step, Step::Appliance(_) | Step::ApplianceEndpoint(_)));
        let beyond = steps().any(|step| matches!(step, Step::Peering(_) | Step::Transit(_)))
            || matches!(way.end, End::Outside(_) | End::OutsideOnly | End::Service(_));
        if beyond && !appliance {
            let vpc = at(&self.subnets, door).and_then(|subnet| at(&self.vpcs, subnet.vpc)).map_or("", |vpc| vpc.id);
            let text = format!("what a transit gateway brings to {vpc} does not leave it again by another gateway");
            let mut why = Explanation::new("NO_PATH", text);
            why.vpc = Some(Component::new(vpc));
            way.end = stopped(why);
        }
    }

    fn to_peer(&self, way: &mut Way, (node, sender): (&AttachmentNode<'e>, Id), to: u128, depth: usize) {
        let other = self.attachments.iter().position(|a| a.id == node.id && a.gateway != node.gateway);
        if let Some(other) = other.filter(|_| depth < 4) {
            way.references = false;
            self.switch(way, (id(other), sender), to, depth + 1);
        } else {
            let why = "the other transit gateway is not in this estate; read that account and Region as well";
            way.end = End::Unread(Box::new(Unread::never(format!("what is behind {}", node.id), why)));
        }
    }

    pub(super) fn transit_route_component(&self, entry: &Entry) -> TransitGatewayRouteTableRoute {
        let attachment = match entry.target {
            Target::Attachment(target) => at(&self.attachments, target).map(|node| node.id.to_owned()),
            _ => None,
        };
        let net = Addresses::range(entry.prefix.0, entry.prefix.1).nets().first().map(ToString::to_string);
        TransitGatewayRouteTableRoute {
            destination_cidr: net,
            state: Some(if entry.blackhole { "blackhole" } else { "active" }.to_owned()),
            route_origin: Some(if entry.preference < 2 { "static" } else { "propagated" }.to_owned()),
            attachment_id: attachment,
        }
    }
}

fn propagated(prefix: (u128, u128), target: Id) -> Entry {
    let target = Target::Attachment(target);
    Entry { prefix, target, blackhole: false, preference: 2, index: usize::MAX, ambiguous: false }
}

fn no_transit_route(table: &str, to: u128) -> Explanation {
    let text = format!("{table} has no route for {}", address(to));
    let mut why = Explanation::new("TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT", text);
    why.route_table = Some(Component::new(table));
    why.address = Some(address(to).to_string());
    why
}
