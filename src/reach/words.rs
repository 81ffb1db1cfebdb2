//! Hops in words, for people.

use super::path::{
    AclRule, Component, PacketHeader, PathComponent, PortRange, RouteTableRoute, SecurityGroupRule,
    TransitGatewayRouteTableRoute,
};

/// What an object is, as its id tells.
#[must_use]
pub fn kind(id: &str) -> &'static str {
    const PREFIXES: [(&str, &str); 19] = [
        ("acl-", "network ACL"),
        ("eigw-", "egress-only internet gateway"),
        ("eni-", "network interface"),
        ("i-", "instance"),
        ("igw-", "internet gateway"),
        ("nat-", "NAT gateway"),
        ("pcx-", "peering connection"),
        ("pl-", "prefix list"),
        ("rtb-", "route table"),
        ("sg-", "security group"),
        ("subnet-", "subnet"),
        ("tgw-attach-", "transit gateway attachment"),
        ("tgw-rtb-", "transit gateway route table"),
        ("tgw-", "transit gateway"),
        ("vgw-", "virtual private gateway"),
        ("vpc-", "VPC"),
        ("vpce-", "endpoint"),
        ("vpn-", "VPN connection"),
        ("arn:aws:elasticloadbalancing:", "load balancer"),
    ];
    PREFIXES.iter().find(|(prefix, _)| id.starts_with(prefix)).map_or("", |(_, word)| word)
}

/// What decides at a hop: the rule, entry or route, or the listener that takes the connection. Components are called
/// as `named` says.
pub fn decision(hop: &PathComponent, named: impl Fn(&Component) -> String) -> Option<String> {
    let by_acl = || hop.acl_rule.as_ref().map(acl_rule);
    let by_group = || hop.security_group_rule.as_ref().map(group_rule);
    let by_route = || hop.route_table_route.as_ref().map(route);
    let by_transit = || hop.transit_gateway_route_table_route.as_ref().map(transit_route);
    let by_listener = || hop.elastic_load_balancer_listener.as_ref().map(named);
    by_acl().or_else(by_group).or_else(by_route).or_else(by_transit).or_else(by_listener)
}

/// Where a hop is: its subnet, and what it belongs to.
pub fn place(hop: &PathComponent, named: impl Fn(&Component) -> String) -> Option<String> {
    match (&hop.subnet, &hop.attached_to) {
        (_, Some(whole)) if hop.security_group_rule.is_some() => Some(format!("at {}", whole.id)),
        (Some(subnet), Some(whole)) => Some(format!("of {}, in {}", named(whole), named(subnet))),
        (None, Some(whole)) => Some(format!("of {}", named(whole))),
        (Some(subnet), None) if hop.acl_rule.is_some() => Some(format!("at the edge of {}", named(subnet))),
        (Some(subnet), None) => Some(format!("in {}", named(subnet))),
        (None, None) => None,
    }
}

/// How a hop changes a packet's addresses.
#[must_use]
pub fn change(header: &PacketHeader) -> Option<String> {
    let (from, to) = (header.source_addresses.join(" "), header.destination_addresses.join(" "));
    match (from.is_empty(), to.is_empty()) {
        (true, true) => None,
        (false, true) => Some(format!("from then on from {from}")),
        (true, false) => Some(format!("from then on to {to}")),
        (false, false) => Some(format!("from then on from {from} to {to}")),
    }
}

fn ports(protocol: &str, range: Option<PortRange>) -> String {
    match (protocol, range) {
        ("-1", _) => "everything".to_owned(),
        (protocol, None | Some(PortRange { from: 0, to: u16::MAX })) => protocol.to_owned(),
        (protocol, Some(PortRange { from, to })) if from == to => format!("{protocol}/{from}"),
        (protocol, Some(PortRange { from, to })) => format!("{protocol}/{from}-{to}"),
    }
}

fn acl_rule(rule: &AclRule) -> String {
    let way = if rule.egress { "to" } else { "from" };
    let verb = if rule.rule_action == "deny" { "denies" } else { "allows" };
    let (what, peer) = (ports(&rule.protocol, rule.port_range), rule.cidr.as_deref().unwrap_or("anywhere"));
    format!("rule {} {verb} {what} {way} {peer}", rule.rule_number)
}

fn group_rule(rule: &SecurityGroupRule) -> String {
    let peer = [&rule.cidr, &rule.security_group_id, &rule.prefix_list_id].into_iter().find_map(|p| p.as_deref());
    let (what, peer) = (ports(&rule.protocol, rule.port_range), peer.unwrap_or("anywhere"));
    let way = if rule.direction == "egress" { "out to" } else { "in from" };
    format!("lets {what} {way} {peer}")
}

fn route(route: &RouteTableRoute) -> String {
    let to = route.destination_cidr.as_deref().or(route.destination_prefix_list_id.as_deref()).unwrap_or("everything");
    format!("{to} goes to {}", route.target.id().unwrap_or("nowhere"))
}

fn transit_route(route: &TransitGatewayRouteTableRoute) -> String {
    let to = route.destination_cidr.as_deref().unwrap_or("everything");
    format!("{to} goes to {}", route.attachment_id.as_deref().unwrap_or("nowhere"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(component: &Component) -> String {
        component.id.clone()
    }

    #[test]
    fn what_decides_is_said_as_an_engineer_would() {
        let mut hop = PathComponent::new(Component::new("acl-1"));
        assert_eq!(decision(&hop, id), None);
        hop.subnet = Some(Component::new("subnet-1"));
        assert_eq!(place(&hop, id).as_deref(), Some("in subnet-1"));
        let ports = Some(PortRange { from: 22, to: 22 });
        let cidr = Some("0.0.0.0/0".to_owned());
        let (protocol, rule_action) = ("tcp".to_owned(), "deny".to_owned());
        hop.acl_rule = Some(AclRule { cidr, egress: false, port_range: ports, protocol, rule_action, rule_number: 90 });
        assert_eq!(decision(&hop, id).as_deref(), Some("rule 90 denies tcp/22 from 0.0.0.0/0"));
        assert_eq!(place(&hop, id).as_deref(), Some("at the edge of subnet-1"));
    }

    #[test]
    fn longer_prefixes_come_first() {
        assert_eq!(kind("tgw-rtb-1"), "transit gateway route table");
        assert_eq!(kind("tgw-1"), "transit gateway");
        assert_eq!(kind("internet"), "");
    }
}
