//! Gateways, peering connections, transit gateways and the routes to them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::beyond::BEHIND_TRANSIT;
use super::filters::{SERVICE, service_list};
use super::{Nat, Table, World};

/// Narrower than a default route.
const NARROW: [&str; 6] = ["8.0.0.0/7", "8.8.8.8/32", "198.51.100.0/24", "203.0.113.0/24", "54.0.0.0/8", "128.0.0.0/1"];
const NARROW_V6: [&str; 3] = ["2001:4860::/32", "2000::/3", "2600::/12"];

impl World {
    pub(super) fn gateways(&mut self, vpc: usize) {
        let (place, own, has_v6) = (self.vpcs[vpc].place, self.vpcs[vpc].id.clone(), self.vpcs[vpc].v6.is_some());
        if self.dice.percent(88) {
            let id = self.id("igw");
            let attachments = match self.dice.below(30) {
                0 => json!([]),
                1 => json!([{"VpcId": own, "State": "detaching"}]),
                _ => json!([{"VpcId": own, "State": "available"}]),
            };
            self.put(place, "InternetGateways", json!({"InternetGatewayId": id, "Attachments": attachments}));
            self.vpcs[vpc].internet_gateway = Some(id);
        }
        if has_v6 && self.dice.percent(60) {
            let id = self.id("eigw");
            let attachments = json!([{"VpcId": own, "State": "attached"}]);
            let resource = json!({"EgressOnlyInternetGatewayId": id, "Attachments": attachments});
            self.put(place, "EgressOnlyInternetGateways", resource);
            self.vpcs[vpc].egress_only = Some(id);
        }
        if self.dice.percent(40) {
            let id = self.id("vpce");
            let state = self.dice.word(&["available", "available", "available", "available", "pending", "deleting"]);
            let resource = json!({
                "VpcEndpointId": id, "VpcEndpointType": "Gateway", "VpcId": own, "State": state,
                "ServiceName": format!("com.amazonaws.{}.s3", place.1)});
            self.put(place, "VpcEndpoints", resource);
            self.vpcs[vpc].endpoint = Some(id);
        }
    }

    pub(super) fn peering_connections(&mut self) {
        for one in 0..self.vpcs.len() {
            for two in one + 1..self.vpcs.len() {
                if self.vpcs[one].overlaps || self.vpcs[two].overlaps || !self.dice.percent(45) {
                    continue;
                }
                let id = self.id("pcx");
                let code = self.dice.word(&["active", "active", "active", "active", "pending-acceptance", "deleted"]);
                let info = |vpc: usize| {
                    let vpc = &self.vpcs[vpc];
                    let v4: Vec<_> = vpc.cidrs.iter().map(|cidr| json!({"CidrBlock": cidr})).collect();
                    let v6: Vec<_> = vpc.v6.iter().map(|cidr| json!({"Ipv6CidrBlock": cidr})).collect();
                    json!({
                        "VpcId": vpc.id, "OwnerId": vpc.place.0, "Region": vpc.place.1, "CidrBlock": vpc.cidrs[0],
                        "CidrBlockSet": v4, "Ipv6CidrBlockSet": v6})
                };
                let resource = json!({
                    "VpcPeeringConnectionId": id, "Status": {"Code": code, "Message": code},
                    "RequesterVpcInfo": info(one), "AccepterVpcInfo": info(two)});
                self.put(self.vpcs[one].place, "VpcPeeringConnections", resource.clone());
                if self.vpcs[one].place != self.vpcs[two].place {
                    self.put(self.vpcs[two].place, "VpcPeeringConnections", resource);
                }
                self.peerings.push((one, two, id));
            }
        }
    }

    /// At most one transit gateway in each place, with one or two tables.
    pub(super) fn transit_gateways(&mut self) {
        let places: Vec<_> = self.resources.keys().copied().collect();
        for place in places {
            let members: Vec<_> = (0..self.vpcs.len())
                .filter(|vpc| self.vpcs[*vpc].place == place && !self.vpcs[*vpc].overlaps)
                .collect();
            if members.is_empty() || !self.dice.percent(70) {
                continue;
            }
            let id = self.id("tgw");
            let mut options = json!({"DefaultRouteTableAssociation": "enable"});
            match self.dice.below(3) {
                0 => {}
                1 => options["SecurityGroupReferencingSupport"] = "disable".into(),
                _ => options["SecurityGroupReferencingSupport"] = "enable".into(),
            }
            self.put(
                place,
                "TransitGateways",
                json!({"TransitGatewayId": id, "State": "available", "OwnerId": place.0, "Options": options}),
            );
            let tables: Vec<_> = (0..self.dice.between(1, 2)).map(|_| self.id("tgw-rtb")).collect();
            let mut attached = Vec::new();
            for vpc in members {
                if self.dice.percent(85) {
                    attached.push((vpc, self.attachment(vpc, &id, &tables)));
                }
            }
            let beyond = self.dice.percent(50).then(|| self.vpn_of_transit(place, &id, &tables));
            for table in tables {
                let mut resource = self.transit_table(&id, &table, &attached);
                if let Some(hop) = beyond.as_ref().filter(|_| self.dice.percent(75)) {
                    let kind = self.dice.word(&["static", "propagated"]);
                    let route = json!({
                        "DestinationCidrBlock": BEHIND_TRANSIT, "Type": kind, "State": "active",
                        "TransitGatewayAttachments": [hop]});
                    resource["Routes"].as_array_mut().expect("routes").push(route);
                }
                self.put(place, "TransitGatewayRouteTables", resource);
            }
        }
    }

    fn attachment(&mut self, vpc: usize, gateway: &str, tables: &[String]) -> String {
        let id = self.id("tgw-attach");
        let mut zones = BTreeMap::new();
        for subnet in self.vpcs[vpc].subnets.clone() {
            // One subnet in each Zone at most; some Zones are left out.
            if !zones.contains_key(&subnet.zone) && self.dice.percent(75) {
                zones.insert(subnet.zone, subnet.id);
            }
        }
        if zones.is_empty() {
            let subnet = self.vpcs[vpc].subnets[0].clone();
            zones.insert(subnet.zone, subnet.id);
        }
        let state = if self.dice.percent(92) { "available" } else { "pendingAcceptance" };
        let mut options = json!({"Ipv6Support": "enable"});
        match self.dice.below(4) {
            0 => options["SecurityGroupReferencingSupport"] = "disable".into(),
            1 => options["SecurityGroupReferencingSupport"] = "enable".into(),
            _ => {}
        }
        let (place, own) = (self.vpcs[vpc].place, self.vpcs[vpc].id.clone());
        self.put(
            place,
            "TransitGatewayVpcAttachments",
            json!({
                "TransitGatewayAttachmentId": id, "TransitGatewayId": gateway, "VpcId": own, "VpcOwnerId": place.0,
                "SubnetIds": zones.into_values().collect::<Vec<_>>(), "State": state, "Options": options}),
        );
        let mut attachment = json!({
            "TransitGatewayAttachmentId": id, "TransitGatewayId": gateway, "TransitGatewayOwnerId": place.0,
            "ResourceType": "vpc", "ResourceId": own, "ResourceOwnerId": place.0, "State": state});
        if self.dice.percent(93) {
            attachment["Association"] =
                json!({"TransitGatewayRouteTableId": self.dice.pick(tables), "State": "associated"});
        }
        self.put(place, "TransitGatewayAttachments", attachment);
        self.attachments.push((vpc, gateway.to_owned()));
        id
    }

    fn transit_table(&mut self, gateway: &str, id: &str, attached: &[(usize, String)]) -> Value {
        let by = |vpc: usize, attachment: &str| {
            let resource = &self.vpcs[vpc].id;
            json!({"TransitGatewayAttachmentId": attachment, "ResourceType": "vpc", "ResourceId": resource})
        };
        let hops: Vec<_> = attached.iter().map(|(vpc, attachment)| (*vpc, by(*vpc, attachment))).collect();
        let (mut routes, mut propagations) = (BTreeMap::new(), Vec::new());
        for (vpc, hop) in &hops {
            if self.dice.percent(75) {
                let mut propagation = hop.clone();
                propagation["State"] = "enabled".into();
                propagations.push(propagation);
                // A dump of the whole table lists what was propagated as well.
                let listed = if self.dice.percent(50) { Some(&self.vpcs[*vpc]) } else { None };
                for cidr in listed.into_iter().flat_map(|vpc| vpc.cidrs.iter().chain(&vpc.v6)) {
                    let route = json!({"Type": "propagated", "State": "active", "TransitGatewayAttachments": [hop]});
                    routes.insert((cidr.clone(), false), route);
                }
            }
        }
        for _ in 0..self.dice.below(4) {
            let Some((vpc, hop)) = self.dice.maybe(&hops).cloned() else { break };
            let stem = self.dice.pick(&self.vpcs[vpc].subnets).cidr.clone();
            let own = self.vpcs[vpc].v6.clone().unwrap_or_else(|| "::/0".to_owned());
            let destination =
                self.dice.pick(&["0.0.0.0/0".to_owned(), self.vpcs[vpc].cidrs[0].clone(), stem, own]).clone();
            let route = match self.dice.below(4) {
                0 => json!({"Type": "static", "State": "blackhole"}),
                _ => json!({"Type": "static", "State": "active", "TransitGatewayAttachments": [hop]}),
            };
            routes.insert((destination, true), route);
        }
        let routes = routes.into_iter().map(|((cidr, _), mut route)| {
            route["DestinationCidrBlock"] = cidr.into();
            route
        });
        let (routes, propagations) = (routes.collect::<Vec<_>>(), Value::from(propagations));
        json!({
            "TransitGatewayRouteTableId": id, "TransitGatewayId": gateway, "State": "available", "Routes": routes,
            "Propagations": propagations})
    }

    pub(super) fn routes(&mut self, vpc: usize) {
        let count = self.dice.between(1, 4);
        let mut tables: Vec<Table> = Vec::new();
        for number in 0..count {
            let id = self.id("rtb");
            let associations = if number == 0 { vec![json!({"Main": true, "RouteTableId": id})] } else { Vec::new() };
            tables.push(Table { id, associations, routes: BTreeMap::new() });
        }
        for subnet in self.vpcs[vpc].subnets.clone() {
            if self.dice.percent(70) {
                let table = self.dice.below(count);
                let association = json!({
                    "Main": false, "RouteTableId": tables[table].id, "SubnetId": subnet.id,
                    "AssociationState": {"State": "associated"}});
                tables[table].associations.push(association);
            }
        }
        for table in &mut tables {
            self.fill(vpc, table);
        }
        self.vpcs[vpc].tables = tables;
    }

    fn fill(&mut self, vpc: usize, table: &mut Table) {
        let own = self.vpcs[vpc].clone();
        for cidr in own.cidrs.iter().chain(&own.v6) {
            table.add(cidr, "GatewayId", "local", "active");
        }
        let out = match (self.dice.below(10), &own.internet_gateway, self.dice.maybe(&own.nats)) {
            (0..=4, Some(gateway), _) => Some(("GatewayId", gateway)),
            (3..=7, _, Some(nat)) => Some(("NatGatewayId", &nat.id)),
            _ => None,
        };
        if let Some((field, gateway)) = out {
            if self.dice.percent(80) {
                table.add("0.0.0.0/0", field, gateway, "active");
            } else {
                for cidr in self.dice.some(&NARROW, 40) {
                    table.add(cidr, field, gateway, "active");
                }
            }
        }
        let out = match (self.dice.below(10), &own.internet_gateway, &own.egress_only) {
            (0..=4, Some(gateway), _) => Some(("GatewayId", gateway)),
            (3..=7, _, Some(gateway)) => Some(("EgressOnlyInternetGatewayId", gateway)),
            _ => None,
        };
        if let Some((field, gateway)) = out.filter(|_| own.v6.is_some()) {
            let cidr = if self.dice.percent(75) { "::/0" } else { self.dice.word(&NARROW_V6) };
            table.add(cidr, field, gateway, "active");
        }
        self.fill_oddities(vpc, table);
        self.fill_beyond(vpc, table);
        self.fill_neighbours(vpc, table);
    }

    /// Narrow routes that steal, blackholes, prefix lists, a NAT gateway for a part of the VPC itself.
    fn fill_oddities(&mut self, vpc: usize, table: &mut Table) {
        let own = self.vpcs[vpc].clone();
        if let Some(gateway) = own.internet_gateway.as_ref().filter(|_| self.dice.percent(12)) {
            table.add(self.dice.word(&NARROW), "GatewayId", gateway, "active");
        }
        if let Some(nat) = self.dice.maybe(&own.nats).cloned() {
            if self.dice.percent(15) {
                table.add(self.dice.word(&NARROW), "NatGatewayId", &nat.id, "active");
            }
            self.by_private_nat(vpc, &nat, table);
            if self.dice.percent(20) {
                table.add(self.dice.word(&NARROW), "NatGatewayId", "nat-gone", "blackhole");
            }
        }
        if let Some(endpoint) = own.endpoint.as_ref().filter(|_| self.dice.percent(60)) {
            table.add(&service_list(own.place.1), "GatewayId", endpoint, "active");
        }
        let near = self.prefix_lists.iter().filter(|list| list.place == own.place && list.outside);
        let near: Vec<_> = near.cloned().collect();
        let target = own.internet_gateway.as_ref().filter(|_| self.dice.percent(12));
        if let (Some(gateway), Some(list)) = (target, self.dice.maybe(&near)) {
            table.add(&list.id, "GatewayId", gateway, "active");
        }
        if self.dice.percent(5) {
            table.add(SERVICE[0], "GatewayId", "igw-gone", "blackhole");
        }
    }

    /// To parts of the VPC itself and to its neighbours by a NAT gateway: what a private one is for.
    fn by_private_nat(&mut self, vpc: usize, nat: &Nat, table: &mut Table) {
        let share = if nat.public.is_none() { 35 } else { 6 };
        if self.dice.percent(share) {
            table.add(&self.dice.pick(&self.vpcs[vpc].subnets).cidr.clone(), "NatGatewayId", &nat.id, "active");
        }
        if self.dice.percent(share) {
            let other = self.dice.below(self.vpcs.len());
            let (whole, part) =
                (self.vpcs[other].cidrs[0].clone(), self.dice.pick(&self.vpcs[other].subnets).cidr.clone());
            let cidr = if other == vpc || self.dice.percent(40) { part } else { whole };
            table.add(&cidr, "NatGatewayId", &nat.id, "active");
        }
        if self.dice.percent(share / 2) {
            table.add("10.0.0.0/8", "NatGatewayId", &nat.id, "active");
        }
    }

    fn fill_neighbours(&mut self, vpc: usize, table: &mut Table) {
        for (one, two, id) in self.peerings.clone() {
            let other = match vpc {
                vpc if vpc == one => two,
                vpc if vpc == two => one,
                _ => continue,
            };
            if !self.dice.percent(75) {
                continue;
            }
            let other = self.vpcs[other].clone();
            let whole: Vec<_> = other.cidrs.iter().chain(&other.v6).cloned().collect();
            let state = if self.dice.percent(90) { "active" } else { "blackhole" };
            if self.dice.percent(70) {
                for cidr in whole {
                    table.add(&cidr, "VpcPeeringConnectionId", &id, state);
                }
            } else {
                table.add(&self.dice.pick(&other.subnets).cidr.clone(), "VpcPeeringConnectionId", &id, state);
            }
        }
        let own = &self.vpcs[vpc];
        let near = self.prefix_lists.iter().filter(|list| list.place == own.place && !list.cuts(own));
        let near: Vec<_> = near.cloned().collect();
        let peers = self.peerings.iter().filter(|peering| peering.0 == vpc || peering.1 == vpc);
        let peers = peers.map(|peering| ("VpcPeeringConnectionId", peering.2.clone()));
        let transits = self.attachments.iter().filter(|attachment| attachment.0 == vpc);
        let transits = transits.map(|attachment| ("TransitGatewayId", attachment.1.clone()));
        let targets: Vec<_> = peers.chain(transits).collect();
        // Two lists that overlap in one table: AWS does not say which one wins.
        let free = !table.routes.keys().any(|to| to.starts_with("pl-") && !to.starts_with("pl-service"));
        let found = (self.dice.maybe(&near).cloned(), self.dice.maybe(&targets).cloned());
        if let (true, (Some(list), Some((field, id)))) = (free && self.dice.percent(25), found) {
            table.add(&list.id, field, &id, "active");
        }
        for (_, gateway) in self.attachments.clone().into_iter().filter(|attachment| attachment.0 == vpc) {
            for cidr in ["10.0.0.0/8", "100.64.0.0/10", "2600:1f00::/32", "0.0.0.0/0", "10.1.0.0/16", "::/0"] {
                if self.dice.percent(if cidr.ends_with("/0") { 30 } else { 60 }) {
                    table.add(cidr, "TransitGatewayId", &gateway, "active");
                }
            }
        }
    }
}

impl Table {
    /// Adds a route, unless there is one for the destination: AWS has one at most.
    pub(super) fn add(&mut self, destination: &str, field: &str, target: &str, state: &str) {
        let by = match destination {
            list if list.starts_with("pl-") => "DestinationPrefixListId",
            v6 if v6.contains(':') => "DestinationIpv6CidrBlock",
            _ => "DestinationCidrBlock",
        };
        let origin = if target == "local" { "CreateRouteTable" } else { "CreateRoute" };
        let route = json!({by: destination, field: target, "Origin": origin, "State": state});
        self.routes.entry(destination.to_owned()).or_insert(route);
    }
}
