//! Networks beyond: VPN connections at virtual private gateways and transit gateways, peers in accounts that are not
//! read.

use serde_json::{Value, json};

use super::{Place, Table, World};

/// What is behind VPN connections of virtual private gateways.
const BEHIND: [&str; 3] = ["192.168.7.0/24", "192.168.7.0/25", "192.168.8.0/24"];
/// What is behind those of transit gateways.
pub(super) const BEHIND_TRANSIT: &str = "192.168.20.0/24";

impl World {
    pub(super) fn beyond(&mut self, vpc: usize) {
        let (place, own) = (self.vpcs[vpc].place, self.vpcs[vpc].id.clone());
        if self.dice.percent(40) {
            let id = self.id("vgw");
            let state = self.dice.word(&["attached", "attached", "attached", "attached", "attached", "detached"]);
            let resource = json!({
                "VpnGatewayId": id, "State": "available", "VpcAttachments": [{"VpcId": own, "State": state}]});
            self.put(place, "VpnGateways", resource);
            for _ in 0..self.dice.between(1, 2) {
                let routes: Vec<_> = self.dice.some(&BEHIND, 60);
                let routes = routes.iter().map(|to| json!({"DestinationCidrBlock": to, "State": "available"}));
                let routes = Value::from(routes.collect::<Vec<_>>());
                self.vpn(place, ("VpnGatewayId", &id), &routes);
            }
            for to in ["192.168.0.0/16", "192.168.7.0/24", "192.168.8.0/24", "192.168.7.128/25"] {
                self.vpcs[vpc].beyond.push(("GatewayId", id.clone(), to.to_owned()));
            }
        }
        if self.dice.percent(30) {
            let (id, number) = (self.id("pcx"), self.made % 200);
            let code = self.dice.word(&["active", "active", "active", "active", "deleted"]);
            let info = |vpc: &str, owner: &str, cidrs: &[String]| {
                let blocks: Vec<_> = cidrs.iter().map(|cidr| json!({"CidrBlock": cidr})).collect();
                json!({"VpcId": vpc, "OwnerId": owner, "Region": place.1, "CidrBlock": cidrs[0], "CidrBlockSet": blocks})
            };
            let cidr = format!("172.31.{number}.0/24");
            let mut sides = [
                info(&own, place.0, &self.vpcs[vpc].cidrs.clone()),
                info(&format!("vpc-foreign{number}"), "999988887777", std::slice::from_ref(&cidr)),
            ];
            if self.dice.percent(50) {
                sides.reverse();
            }
            let resource = json!({
                "VpcPeeringConnectionId": id, "Status": {"Code": code, "Message": code},
                "RequesterVpcInfo": sides[0], "AccepterVpcInfo": sides[1]});
            self.put(place, "VpcPeeringConnections", resource);
            let narrow = format!("172.31.{number}.0/25");
            for to in [cidr.clone(), cidr, narrow, "172.16.0.0/12".to_owned()] {
                self.vpcs[vpc].beyond.push(("VpcPeeringConnectionId", id.clone(), to));
            }
        }
    }

    /// A VPN connection with static routes.
    pub(super) fn vpn(&mut self, place: Place, at: (&str, &str), routes: &Value) -> String {
        let id = self.id("vpn");
        let state = self.dice.word(&["available", "available", "available", "available", "available", "pending"]);
        let tunnels: Vec<_> = (0..2).map(|_| json!({"Status": self.dice.word(&["UP", "UP", "DOWN"])})).collect();
        let resource = json!({
            "VpnConnectionId": id, at.0: at.1, "State": state, "Options": {"StaticRoutesOnly": true}, "Routes": routes,
            "CustomerGatewayId": format!("cgw-{}", self.dice.below(3)), "VgwTelemetry": tunnels});
        self.put(place, "VpnConnections", resource);
        id
    }

    /// A VPN connection at a transit gateway, and what tables have for it.
    pub(super) fn vpn_of_transit(&mut self, place: Place, gateway: &str, tables: &[String]) -> Value {
        let id = self.vpn(place, ("TransitGatewayId", gateway), &json!([]));
        let attachment = self.id("tgw-attach");
        let state = if self.dice.percent(92) { "available" } else { "deleting" };
        let mut resource = json!({
            "TransitGatewayAttachmentId": attachment, "TransitGatewayId": gateway, "TransitGatewayOwnerId": place.0,
            "ResourceType": "vpn", "ResourceId": id, "ResourceOwnerId": place.0, "State": state});
        if self.dice.percent(93) {
            resource["Association"] =
                json!({"TransitGatewayRouteTableId": self.dice.pick(tables), "State": "associated"});
        }
        self.put(place, "TransitGatewayAttachments", resource);
        json!({"TransitGatewayAttachmentId": attachment, "ResourceType": "vpn", "ResourceId": id})
    }

    pub(super) fn fill_beyond(&mut self, vpc: usize, table: &mut Table) {
        for (field, target, to) in self.vpcs[vpc].beyond.clone() {
            if self.dice.percent(35) {
                let state = if self.dice.percent(95) { "active" } else { "blackhole" };
                table.add(&to, field, &target, state);
            }
        }
        for (_, gateway) in self.attachments.clone().into_iter().filter(|attachment| attachment.0 == vpc) {
            if self.dice.percent(40) {
                table.add(BEHIND_TRANSIT, "TransitGatewayId", &gateway, "active");
            }
        }
    }
}
