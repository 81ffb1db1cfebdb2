//! The reply's walk: back over the legs of the first packet, the last leg first.

use super::filter::Direction;
use super::network::{Id, at};
use super::path::Explanation;
use super::set::{Boxes, address};
use super::walk::{Leg, Seen, Walk};
use super::way::End;

impl Walk<'_, '_> {
    /// Sends the reply back over the legs, the last first. What is left got its reply.
    pub(super) fn reply(&mut self) {
        self.begin_reply();
        while let Some(leg) = self.legs.last().cloned() {
            if self.over() {
                return;
            }
            let over_the_internet = self.legs.iter().rev().nth(1).filter(|_| matches!(leg, Leg::In { .. })).cloned();
            let Some(out @ Leg::Out { .. }) = over_the_internet else {
                self.by_one_port(|walk| walk.reply_leg(&leg));
                self.legs.pop();
                continue;
            };
            // Internet gateways translate addresses and keep ports: both legs have the client's.
            self.by_one_port(|walk| {
                walk.reply_leg(&leg);
                walk.legs.pop();
                walk.reply_leg(&out);
                walk.legs.push(leg.clone());
            });
            self.legs.truncate(self.legs.len() - 2);
        }
    }

    /// Turns round: from here on the walk is the reply's.
    pub(super) fn begin_reply(&mut self) {
        self.replying = true;
        if let Some(limit) = self.limit.take() {
            self.alive = self.alive.and(&limit);
        }
        let Some(story) = &mut self.story else { return };
        (story.forward_blocks, story.forward_unread) = (story.blocks.len(), story.unread.len());
        if let Some(second) = self.pending.take() {
            story.back.extend(second.back);
            story.blocks.extend(second.blocks);
            story.unread.extend(second.unread);
        }
    }

    fn reply_leg(&mut self, leg: &Leg) {
        let net = self.net;
        match leg {
            Leg::Direct { from, to, source, destination } => {
                let Some(subnet) = at(&net.interfaces, *to).map(|interface| interface.subnet) else { return };
                self.hop_interface(*to);
                let way = net.way(subnet, *source);
                // The reply's own source is the first packet's destination, and the other way round.
                self.steps(&way, Seen::As(*destination), *source);
                match &way.end {
                    End::Interface(back) if back == from => self.hop_interface(*from),
                    end => self.lost(end, *source),
                }
            }
            Leg::Out { from, source, gateway, destination } => {
                if !net.owns(*from, *source) {
                    self.stop(Explanation::new("NO_PATH", format!("nothing has the address {}", address(*source))));
                }
                let Some(gateway) = gateway else {
                    // An egress-only gateway or a gateway endpoint: back into the subnet by its ACL.
                    if let Some(subnet) = at(&net.interfaces, *from).map(|interface| interface.subnet) {
                        self.acl(subnet, Direction::Ingress, Seen::As(*destination), Seen::As(*source));
                    }
                    self.hop_interface(*from);
                    return;
                };
                let way = net.way_in(*gateway, *from, *source);
                self.hop_gateway_in(*gateway, *source);
                self.steps(&way, Seen::As(*destination), *source);
                match &way.end {
                    End::Stopped(why) => self.stop((**why).clone()),
                    End::Unread(what) => self.unread((**what).clone()),
                    _ => {}
                }
                self.hop_interface(*from);
            }
            Leg::Regional { from, source, nat, gateway, destination } => {
                self.hop_gateway_in(*gateway, *source);
                self.hop_nat(*nat, *destination);
                if let Some(subnet) = at(&net.interfaces, *from).map(|interface| interface.subnet) {
                    self.acl(subnet, Direction::Ingress, Seen::As(*destination), Seen::As(*source));
                }
                self.hop_interface(*from);
            }
            Leg::Beyond { to, source, destination, by } => self.reply_beyond(*to, (*source, *destination), *by),
            Leg::In { to, private, client, gateway } => self.reply_to_internet(*to, *private, *client, *gateway),
        }
    }

    /// From an interface back to clients on the internet: through the gateway that they came in by.
    fn reply_to_internet(&mut self, to: Id, private: u128, client: Seen, gateway: Id) {
        let net = self.net;
        let Some(subnet) = at(&net.interfaces, to).map(|interface| interface.subnet) else { return };
        self.hop_interface(to);
        let Seen::As(client) = client else {
            if let Some(what) = net.routes_unread(subnet) {
                self.unread(what);
                if self.hopeful {
                    return;
                }
            }
            let before = std::mem::take(&mut self.alive);
            let mut back = Boxes::default();
            let redirected = net.redirected(gateway, to, private);
            let ways = net.ways_out(subnet, gateway, 2).into_iter();
            for (set, appliances) in ways.filter(|(_, appliances)| !redirected || !appliances.is_empty()) {
                self.alive = before.with_addresses(&set);
                self.acl(subnet, Direction::Egress, Seen::As(private), Seen::Original);
                for place in appliances.into_iter().filter(|place| *place != subnet) {
                    self.acl(place, Direction::Ingress, Seen::As(private), Seen::Original);
                    self.acl(place, Direction::Egress, Seen::As(private), Seen::Original);
                }
                back = back.or(&self.alive);
            }
            self.alive = back;
            return;
        };
        let way = net.way(subnet, client);
        self.steps(&way, Seen::As(private), client);
        match &way.end {
            End::Outside(by) if *by == gateway => {
                self.straight(gateway, (to, private), &way);
                self.hop_gateway(gateway, private, client);
            }
            end => self.lost(end, client),
        }
    }

    /// A reply that goes elsewhere.
    pub(super) fn lost(&mut self, end: &End, client: u128) {
        match end {
            End::Stopped(why) => self.stop((**why).clone()),
            End::Unread(what) => self.unread((**what).clone()),
            End::Nat(nat) => {
                let nat = at(&self.net.nats, *nat).map_or("a NAT gateway", |nat| nat.resource.nat_gateway_id.as_str());
                let text = format!("the reply leaves through {nat}, which gives it another source address");
                self.stop(Explanation::new("MORE_SPECIFIC_ROUTE", text));
            }
            _ => {
                let text = format!("the reply to {} does not go back the way the packet came", address(client));
                self.stop(Explanation::new("MORE_SPECIFIC_ROUTE", text));
            }
        }
    }
}
