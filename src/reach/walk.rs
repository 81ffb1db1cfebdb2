//! The walk of a packet: what of the services and sources that set out arrives, and of what arrives gets its reply.
//!
//! One walk serves single packets and whole sets. For one packet it also tells the story: every hop with what decided
//! there, and everything that would stop the packet, as if each obstacle before had been removed.

use super::balancer::BalancerKind;
use super::beyond::Beyond;
use super::block::Crossing;
use super::filter::Direction;
use super::gate::Gate;
use super::network::{Holder, Id, Network, VpcNode, at};
use super::path::{Component, Explanation, PathComponent, Unread};
use super::service;
use super::set::{Addresses, Boxes, Services, address, is_v4};
use super::way::{End, Step, Way, shared};

/// A source address as the packet shows it at some point of its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seen {
    /// The address it set out with: the sets of the walk tell which.
    Original,
    /// One address, its own or one that it was given on the way.
    As(u128),
}

/// A stretch of the way on which addresses do not change.
#[derive(Debug, Clone)]
pub(super) enum Leg {
    /// From an interface to another.
    Direct { from: Id, to: Id, source: u128, destination: u128 },
    /// From an interface out to the internet.
    Out { from: Id, source: u128, gateway: Option<Id>, destination: u128 },
    /// From an interface out to the internet by a Regional NAT gateway, which is in no subnet.
    Regional { from: Id, source: u128, nat: Id, gateway: Id, destination: u128 },
    /// From the internet to an interface.
    In { to: Id, private: u128, client: Seen, gateway: Id },
    /// From a network beyond a VPN or peering connection to an interface.
    Beyond { to: Id, source: u128, destination: u128, by: Beyond },
}

/// What is told of a single packet.
#[derive(Debug, Default)]
pub(super) struct Story {
    pub(super) forward: Vec<PathComponent>,
    pub(super) back: Vec<PathComponent>,
    pub(super) blocks: Vec<Explanation>,
    pub(super) unread: Vec<Unread>,
    pub(super) notes: Vec<String>,
    /// The blocks and unread things before the reply set out.
    pub(super) forward_blocks: usize,
    pub(super) forward_unread: usize,
}

/// Where a walk got to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Landing {
    /// At an interface's address.
    Interface(Id, u128),
    /// At a host outside the estate.
    Outside,
    /// At a service of AWS.
    Service,
    /// At a network beyond a VPN.
    Remote,
    /// Nowhere.
    Nowhere,
}

/// A walk under way.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each switches one thing on, and none rests on another")]
pub(super) struct Walk<'n, 'e> {
    pub(super) net: &'n Network<'e>,
    /// What is still on its way, by service and original source.
    pub(super) alive: Boxes,
    /// Whether what could not be read lets things pass.
    pub(super) hopeful: bool,
    pub(super) story: Option<Story>,
    pub(super) legs: Vec<Leg>,
    /// The port that the client sends from, when it is known.
    pub(super) source_port: Option<u16>,
    pub(super) replying: bool,
    /// The client's port, while the reply is tried with one after the other.
    pub(super) one_port: Option<u16>,
    /// The network ACLs of the present leg that let replies pass to some ports only.
    pub(super) partial: Vec<(Id, Direction)>,
    /// Whether the client of a leg that begins behind a load balancer is a NAT gateway or load balancer.
    pub(super) for_service: bool,
    /// Whether every source is known to be an address of the internet.
    pub(super) outsiders: bool,
    /// Whether the security groups at the end let everything through.
    pub(super) ungrouped: bool,
    /// Whether anything that could not be read had a say.
    pub(super) unsure: Vec<Unread>,
    /// Whether the sender is CloudFront, whose addresses a prefix list of AWS's holds.
    pub(super) edge: bool,
    /// Whether to end at a load balancer, and not to go through it.
    pub(super) short: bool,
    /// What gets its reply from behind a load balancer; everything when there is none on the way.
    pub(super) limit: Option<Boxes>,
    /// The story of the reply from behind a load balancer.
    pub(super) pending: Option<Story>,
    /// The sender, while it can be recognised by its security groups.
    sender: Option<Id>,
    /// Whose groups the way forgot, and AWS's code for that.
    pub(super) forgot: Option<(&'static str, Id)>,
    origin: Option<Id>,
    /// What a Client VPN endpoint asks for.
    pub(super) gates: Vec<Gate>,
    /// The peering connection that the packet came by, from a VPC whose groups are not known.
    pub(super) peer: Option<Id>,
}

/// A packet is re-addressed at most so often.
const MOST_LEGS: usize = 8;

impl<'n, 'e> Walk<'n, 'e> {
    pub(super) fn new(net: &'n Network<'e>, alive: Boxes, tell: bool) -> Self {
        Self {
            net,
            alive,
            hopeful: false,
            story: tell.then(Story::default),
            legs: Vec::new(),
            source_port: None,
            replying: false,
            one_port: None,
            partial: Vec::new(),
            for_service: false,
            outsiders: false,
            ungrouped: false,
            unsure: Vec::new(),
            edge: false,
            short: false,
            limit: None,
            pending: None,
            sender: None,
            forgot: None,
            origin: None,
            gates: Vec::new(),
            peer: None,
        }
    }

    /// Sends from one of an interface's addresses.
    pub(super) fn send(&mut self, from: Id, source: u128, destination: u128) -> Landing {
        let Some(interface) = at(&self.net.interfaces, from) else { return Landing::Nowhere };
        self.hop_interface(from);
        self.opens_connections(from);
        self.carried_for_clients(from, destination);
        let own = self.net.owns(from, source);
        if !own && interface.checks {
            let text = format!("{} sends only from its own addresses, and {} is none", interface.id, address(source));
            self.stop(Explanation::new("ENI_SOURCE_DEST_CHECK_RESTRICTION", text));
        }
        if self.net.owns(from, destination) {
            return Landing::Interface(from, destination);
        }
        if let Some(answers) = self.net.vpc_answers(interface.vpc, destination) {
            return self.at_vpc(answers, destination);
        }
        // Rules that name a group know its members by their own addresses.
        (self.sender, self.origin) = (own.then_some(from), Some(from));
        self.onward(from, source, destination)
    }

    /// Sends from an interface that passes on what somebody else began.
    pub(super) fn send_on(&mut self, from: Id, source: u128, destination: u128) -> Landing {
        self.sender = Some(from);
        self.onward(from, source, destination)
    }

    /// The interface that the walk began at.
    pub(super) const fn origin(&self) -> Option<Id> {
        self.origin
    }

    /// From an interface on, with an address that is the interface's own.
    fn onward(&mut self, from: Id, source: u128, destination: u128) -> Landing {
        let (mut from, mut source) = (from, source);
        for _ in 0..MOST_LEGS {
            if self.over() {
                return Landing::Nowhere;
            }
            let Some(interface) = at(&self.net.interfaces, from) else { return Landing::Nowhere };
            let way = self.net.way(interface.subnet, destination);
            let target = match way.end {
                End::Interface(to) => Some(to),
                _ => way.toward,
            };
            if self.net.filtered(interface) {
                self.groups_out(from, &way, target, destination);
            }
            self.steps(&way, Seen::As(source), destination);
            self.remember(&way);
            match &way.end {
                End::Interface(to) => {
                    self.classic_acl(&way, from, Seen::As(source), destination);
                    self.legs.push(Leg::Direct { from, to: *to, source, destination });
                    return self.arrive(*to, Seen::As(source), destination);
                }
                End::Nat(nat) if self.net.is_regional(*nat) => {
                    return self.by_regional_nat((from, source), *nat, &way, destination);
                }
                End::Nat(nat) => {
                    let Some(gateway) = self.by_nat(*nat, (from, source), destination) else { return Landing::Nowhere };
                    (from, source) = gateway;
                }
                End::Outside(gateway) => return self.go_out(*gateway, (from, source), &way, destination),
                End::OutsideOnly => {
                    self.only_own(interface.vpc, source, "IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS");
                    self.cross((interface.vpc, Some(interface.subnet)), Crossing::OutOnly, way.passes_endpoint());
                    self.legs.push(Leg::Out { from, source, gateway: None, destination });
                    return self.come_in(Seen::As(source), destination);
                }
                End::Service(endpoint) => {
                    self.only_own(interface.vpc, source, "VPCE_GATEWAY_EGRESS_SOURCE_ADDRESS_RESTRICTION");
                    self.legs.push(Leg::Out { from, source, gateway: None, destination });
                    return self.at_service(*endpoint);
                }
                End::Remote(gateway) => {
                    self.legs.push(Leg::Out { from, source, gateway: None, destination });
                    self.hop(PathComponent::new(gateway.clone()));
                    return Landing::Remote;
                }
                End::Stopped(why) => {
                    self.stop((**why).clone());
                    return self.as_if_arrived(way.toward, Seen::As(source), destination);
                }
                End::Unread(what) => {
                    self.unread((**what).clone());
                    return self.as_if_arrived(way.toward, Seen::As(source), destination);
                }
            }
        }
        self.stop(Explanation::new("NO_PATH", "it goes round in a circle of NAT gateways"));
        Landing::Nowhere
    }

    /// What leaves a VPC by a gateway of its own comes from an address of the VPC.
    fn only_own(&mut self, vpc: Id, source: u128, code: &str) {
        let foreign = |node: &&VpcNode<'_>| !node.cidrs.is_empty() && !node.cidrs.contains(source);
        let Some(node) = at(&self.net.vpcs, vpc).filter(foreign) else { return };
        let mut why = Explanation::new(code, format!("{} is no address of {}", address(source), node.id));
        why.vpc = Some(Component::new(node.id));
        self.stop(why);
    }

    /// Through a NAT gateway: its interface and the address that the packet has from there on.
    fn by_nat(&mut self, nat: Id, (from, source): (Id, u128), destination: u128) -> Option<(Id, u128)> {
        let Some((gateway, private)) = self.net.nat_address(nat) else {
            let what = "where the NAT gateway is".to_owned();
            self.unread(Unread::never(what, "its addresses are not in this estate"));
            return None;
        };
        self.legs.push(Leg::Direct { from, to: gateway, source, destination });
        self.hop_nat(nat, private);
        self.nat_protocols();
        self.sender = None;
        Some((gateway, private))
    }

    /// Out by an internet gateway, and in again when the address is one of the estate's.
    fn go_out(&mut self, gateway: Id, (from, source): (Id, u128), way: &Way, destination: u128) -> Landing {
        let (from, source) = self.by_nat_instance((from, source), way, destination).unwrap_or((from, source));
        let Some(interface) = at(&self.net.interfaces, from) else { return Landing::Nowhere };
        let Some(public) = self.public(from, source, gateway) else { return Landing::Nowhere };
        let nat = matches!(interface.holder, Holder::Silent(_));
        let crossing = if nat { Crossing::OutOnly } else { Crossing::Out };
        self.cross((interface.vpc, Some(interface.subnet)), crossing, way.passes_endpoint());
        self.straight(gateway, (from, source), way);
        self.legs.push(Leg::Out { from, source, gateway: Some(gateway), destination });
        self.hop_gateway(gateway, source, public);
        self.come_in(Seen::As(public), destination)
    }

    /// The public address that a private one has outside an internet gateway.
    fn public(&mut self, from: Id, source: u128, gateway: Id) -> Option<u128> {
        let interface = at(&self.net.interfaces, from)?;
        if !is_v4(source) {
            self.only_own(interface.vpc, source, "IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS");
            return Some(source);
        }
        let here = at(&self.net.gateways, gateway).is_some_and(|gateway| gateway.vpc == Some(interface.vpc));
        let own = interface.addresses.iter().find(|(private, _)| *private == source && here);
        if let Some(public) = own.and_then(|(_, public)| *public) {
            return Some(public);
        }
        if let Holder::Sender(kind, name) = interface.holder {
            let what = format!("the public address of {name} ({kind})");
            self.unread(Unread::never(what, "its interfaces are placed by its subnets"));
            return None;
        }
        let gateway = at(&self.net.gateways, gateway).map_or("", |gateway| gateway.id);
        let text = if here {
            format!("{} has no public address, so {gateway} drops what it sends", address(source))
        } else {
            format!("{} is in another VPC than {gateway}, which drops what it sends", address(source))
        };
        let mut why = Explanation::new("IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS", text);
        why.component = Some(Component::new(interface.id));
        self.stop(why);
        None
    }

    /// From the internet to a public address.
    pub(super) fn come_in(&mut self, client: Seen, destination: u128) -> Landing {
        self.sender = None;
        if self.over() {
            return Landing::Nowhere;
        }
        let Some((to, private)) = self.net.public_at(destination) else {
            if self.net.outside(destination) {
                return Landing::Outside;
            }
            self.net.reaches_nobody(self, destination);
            return Landing::Nowhere;
        };
        self.enter(to, private, client)
    }

    /// Through the internet gateway of an interface's VPC to the interface.
    pub(super) fn enter(&mut self, to: Id, private: u128, client: Seen) -> Landing {
        let net = self.net;
        let Some(vpc) = at(&net.interfaces, to).and_then(|interface| at(&net.vpcs, interface.vpc)) else {
            return Landing::Nowhere;
        };
        let Some(gateway) = vpc.gateway else {
            if let Some(gap) = net.missing(vpc.shard, crate::model::Kind::InternetGateway) {
                self.unread(Unread::of(format!("the internet gateway of {}", vpc.id), &gap));
            } else {
                let text = format!("no internet gateway is attached to {}", vpc.id);
                let mut why = Explanation::new("BAD_STATE_ATTACHMENT", text);
                why.vpc = Some(Component::new(vpc.id));
                self.stop(why);
            }
            return self.as_if_arrived(Some(to), client, private);
        };
        self.only_from_internet(client);
        self.hop_gateway_in(gateway, private);
        let way = net.way_in(gateway, to, private);
        if let Some(node) = at(&net.interfaces, to) {
            self.cross((node.vpc, Some(node.subnet)), Crossing::In, way.passes_endpoint());
        }
        self.steps(&way, client, private);
        match &way.end {
            End::Stopped(why) => self.stop((**why).clone()),
            End::Unread(what) => self.unread((**what).clone()),
            _ => {}
        }
        self.legs.push(Leg::In { to, private, client, gateway });
        self.arrive(to, client, private)
    }

    /// An internet gateway carries no packet from a private address.
    fn only_from_internet(&mut self, client: Seen) {
        if self.outsiders {
            return;
        }
        let passed = match client {
            Seen::Original => self.alive.with_addresses(Addresses::internet()),
            Seen::As(source) if Addresses::internet().contains(source) => return,
            Seen::As(_) => Boxes::default(),
        };
        let code = match client {
            Seen::As(source) if shared(source) => "IGW_SOURCE_ADDRESS_NOT_IN_RFC6598_INGRESS",
            _ => "IGW_SOURCE_ADDRESS_NOT_IN_RFC1918_INGRESS",
        };
        let text = "an internet gateway carries nothing from private addresses";
        self.keep(passed, &Boxes::default(), |_| Explanation::new(code, text), Vec::new());
    }

    /// Rules that name a group know the sender only where the way keeps it.
    fn remember(&mut self, way: &Way) {
        let lost = match way.end {
            End::Interface(_) => way.forgets(),
            End::Nat(_) | End::Outside(_) => Some("SG_REFERENCES_NOT_PRESERVED"),
            _ => None,
        };
        if let (Some(code), Some(sender)) = (lost, self.sender) {
            (self.forgot, self.sender) = (Some((code, sender)), None);
        }
    }

    /// A Classic Load Balancer passes the ACL even on the way to its own subnet.
    fn classic_acl(&mut self, way: &Way, from: Id, source: Seen, destination: u128) {
        let classic = self.net.balancer_of(from).is_some_and(|balancer| balancer.kind == BalancerKind::Classic);
        let Some(subnet) = at(&self.net.interfaces, from).map(|interface| interface.subnet) else { return };
        if classic && way.steps.is_empty() {
            self.acl_as("ELB_ACL_RESTRICTION", subnet, Direction::Egress, (source, Seen::As(destination)));
        }
    }

    /// At an address that the VPC itself answers on.
    fn at_vpc(&mut self, answers: bool, destination: u128) -> Landing {
        let shown = address(destination).to_string();
        let mut hop = PathComponent::new(Component::new(shown.as_str()));
        if !answers {
            let mut why = Explanation::new("NO_PATH", format!("nothing answers at {shown}, which no route carries"));
            why.address = Some(shown);
            self.stop(why);
            return Landing::Nowhere;
        }
        hop.note = Some("AWS answers here itself; security groups and network ACLs do not filter it".to_owned());
        self.hop(hop);
        Landing::Service
    }

    /// At an interface: its groups, and whether anybody answers there.
    fn arrive(&mut self, to: Id, source: Seen, destination: u128) -> Landing {
        self.arrive_as(to, source, destination, self.sender)
    }

    /// At an interface, from a sender that is known by its groups.
    pub(super) fn arrive_as(&mut self, to: Id, source: Seen, destination: u128, sender: Option<Id>) -> Landing {
        let Some(interface) = at(&self.net.interfaces, to) else { return Landing::Nowhere };
        let nobody = match interface.holder {
            Holder::Silent(what) => Some(format!("{} belongs to {what}, which takes no connections", interface.id)),
            Holder::Sender(kind, name) => Some(format!("{name} ({kind}) takes no connections from here")),
            Holder::Nobody => Some(format!("{} is attached to nothing", interface.id)),
            Holder::UnknownBalancer => {
                let shard = at(&self.net.subnets, interface.subnet).map_or(0, |subnet| subnet.shard);
                let what = format!("which listeners are behind {}", interface.id);
                match self.net.missing(shard, crate::model::Kind::LoadBalancer) {
                    Some(gap) => {
                        self.unread(Unread::of(what, &gap));
                        None
                    }
                    None => Some(format!("the load balancer of {} is not in this estate", interface.id)),
                }
            }
            _ => None,
        };
        if let Some(text) = nobody {
            let mut why = Explanation::new("NO_PATH", text);
            why.component = Some(Component::new(interface.id));
            self.stop(why);
        } else {
            // A balancer that is not known may be one that was made without groups.
            let bare = matches!(interface.holder, Holder::UnknownBalancer) && self.net.groups_of(interface).is_empty();
            if !bare && !self.ungrouped && self.net.balancer_of(to).is_none_or(|balancer| !balancer.open) {
                self.groups(to, Direction::Ingress, source, sender);
            }
            self.hop_interface(to);
            self.private_link(interface.id);
            if !self.over() {
                self.at_balancer(to, source);
            }
            return Landing::Interface(to, destination);
        }
        self.hop_interface(to);
        Landing::Interface(to, destination)
    }

    /// What else would stop the packet at its destination, if it got there.
    fn as_if_arrived(&mut self, toward: Option<Id>, source: Seen, destination: u128) -> Landing {
        let Some(to) = toward.filter(|_| self.story.is_some()) else { return Landing::Nowhere };
        let subnet = at(&self.net.interfaces, to).map(|interface| interface.subnet);
        if let Some(subnet) = subnet {
            self.acl(subnet, Direction::Ingress, source, source);
        }
        self.arrive(to, source, destination)
    }

    fn at_service(&mut self, endpoint: Id) -> Landing {
        let name = at(&self.net.endpoints, endpoint).map(|endpoint| endpoint.vpc_endpoint_id.as_str());
        self.hop(PathComponent::new(Component::new(name.unwrap_or("a gateway endpoint"))));
        let tcp = service::whole(Some(service::TCP));
        let echo = service::whole(Some(service::ICMP));
        let carried = Services::of([tcp, echo]);
        let passed = self.alive.with_services(&carried);
        let text = "a gateway endpoint carries TCP and ICMP echo only";
        self.keep(
            passed,
            &Boxes::default(),
            |_| Explanation::new("VPCE_GATEWAY_PROTOCOL_RESTRICTION", text),
            Vec::new(),
        );
        Landing::Service
    }

    /// A peering connection carries what one of its two VPCs sends to the other, and nothing from beyond.
    fn only_from_peer(&mut self, peering: Id, source: Seen, destination: u128) {
        let (Seen::As(source), Some(node)) = (source, at(&self.net.peerings, peering)) else { return };
        let vpcs = || node.vpcs.iter().flatten().filter_map(|vpc| at(&self.net.vpcs, *vpc));
        let sends = |vpc: &VpcNode<'_>| vpc.cidrs.contains(source) && !vpc.cidrs.contains(destination);
        if vpcs().any(|vpc| vpc.cidrs.is_empty() || sends(vpc)) {
            return;
        }
        let name = node.resource.vpc_peering_connection_id.as_str();
        let text = format!("{} is in neither VPC of {name}, which carries nothing from beyond", address(source));
        let mut why = Explanation::new("PCX_REQUIRES_ADDRESS_IN_VPC_CIDR", text);
        why.component = Some(Component::new(name));
        self.stop(why);
    }

    /// Passes the steps of a way.
    pub(super) fn steps(&mut self, way: &Way, source: Seen, destination: u128) {
        for step in &way.steps {
            if self.over() {
                return;
            }
            match *step {
                Step::AclOut(subnet) => self.acl(subnet, Direction::Egress, source, Seen::As(destination)),
                Step::AclIn(subnet) => self.acl(subnet, Direction::Ingress, source, Seen::As(destination)),
                Step::Route(table, entry) => self.hop_route(table, entry),
                Step::Peering(peering) => {
                    self.only_from_peer(peering, source, destination);
                    self.hop_peering(peering);
                }
                Step::Transit(gateway) => self.hop_transit(gateway),
                Step::Attachment(attachment) => self.hop_attachment(attachment),
                Step::TransitRoute(table, entry) => self.hop_transit_route(table, entry),
                Step::Appliance(interface) => {
                    if !self.replying {
                        self.groups(interface, Direction::Ingress, source, None);
                        self.groups(interface, Direction::Egress, Seen::As(destination), None);
                    }
                    self.hop_appliance(interface);
                }
                Step::ApplianceEndpoint(endpoint) => self.hop_appliance_endpoint(endpoint),
            }
        }
    }

    /// Keeps what passed. A walk that tells its story notes what stopped the packet, and goes on as if nothing had.
    pub(super) fn keep(
        &mut self,
        passed: Boxes,
        maybe: &Boxes,
        why: impl FnOnce(&Self) -> Explanation,
        unread: Vec<Unread>,
    ) {
        if self.story.is_none() {
            self.alive = if self.hopeful && !maybe.is_empty() { maybe.or(&passed) } else { passed };
            self.unsure.extend(unread);
            return;
        }
        if !passed.is_empty() {
            self.alive = passed;
        } else if !maybe.is_empty() {
            for what in unread {
                self.unread(what);
            }
        } else {
            let why = why(self);
            self.stop(why);
        }
    }

    /// Stops everything; a walk that tells its story goes on.
    pub(super) fn stop(&mut self, mut why: Explanation) {
        let replying = self.replying;
        match &mut self.story {
            Some(story) => {
                why.reply = replying;
                if !story.blocks.contains(&why) {
                    story.blocks.push(why);
                }
            }
            None => self.alive = Boxes::default(),
        }
    }

    pub(super) fn unread(&mut self, what: Unread) {
        match &mut self.story {
            Some(story) if story.unread.contains(&what) => {}
            Some(story) => story.unread.push(what),
            None => {
                self.unsure.push(what);
                if !self.hopeful {
                    self.alive = Boxes::default();
                }
            }
        }
    }

    pub(super) fn note(&mut self, text: String) {
        if let Some(story) = &mut self.story
            && !story.notes.contains(&text)
        {
            story.notes.push(text);
        }
    }

    /// Whether nothing is left to follow.
    pub(super) fn over(&self) -> bool {
        self.alive.is_empty()
    }
}
