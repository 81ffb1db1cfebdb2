//! Prefix lists, security groups and network ACLs.

use std::net::{Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;
use serde_json::{Value, json};

use super::{PrefixList, World};

const PORTS: [u16; 8] = [22, 53, 80, 443, 3306, 5432, 8080, 33434];
const OUTSIDE: [&str; 6] =
    ["8.8.8.0/24", "203.0.113.0/25", "198.51.100.0/24", "198.51.100.7/32", "54.0.0.0/8", "0.0.0.0/1"];
const OUTSIDE_V6: [&str; 3] = ["2001:4860::/32", "2600::/12", "2600:1f00::/32"];
/// Ports on which replies are let back.
const REPLIES: [(u16, u16); 14] = [
    (1024, 65535),
    (1024, 65535),
    (32768, 65535),
    (32768, 60999),
    (40000, 65535),
    (32768, 40000),
    (40001, 65535),
    (50000, 65535),
    (32768, 49151),
    (49152, 65535),
    (1024, 32767),
    (1024, 32768),
    (33000, 33000),
    (65535, 65535),
];
/// The addresses of the AWS service that gateway endpoints lead to.
pub(super) const SERVICE: [&str; 2] = ["52.216.0.0/15", "3.5.0.0/19"];

/// The prefix list of that service in a Region.
pub(super) fn service_list(region: &str) -> String {
    format!("pl-service-{region}")
}

impl World {
    pub(super) fn prefix_lists(&mut self) {
        let places: Vec<_> = self.resources.keys().copied().collect();
        for place in places {
            let (account, region) = place;
            self.put(
                place,
                "PrefixLists",
                json!({
                    "PrefixListId": service_list(region), "PrefixListName": format!("com.amazonaws.{region}.s3"),
                    "AddressFamily": "IPv4", "OwnerId": "AWS", "Cidrs": SERVICE}),
            );
            for (v6, outside) in [(false, false), (false, true), (true, false)] {
                let id = self.id("pl");
                let vpc = self.dice.below(self.vpcs.len());
                let mut cidrs: Vec<_> = (0..self.dice.between(1, 3)).map(|_| self.cidr(vpc, v6)).collect();
                if outside {
                    // For routes, which may not cut the local route into pieces.
                    cidrs = self.dice.some(&OUTSIDE, 50).into_iter().map(str::to_owned).collect();
                }
                let family = if v6 { "IPv6" } else { "IPv4" };
                self.put(
                    place,
                    "PrefixLists",
                    json!({
                        "PrefixListId": id, "PrefixListName": "custom", "AddressFamily": family, "OwnerId": account,
                        "Cidrs": cidrs}),
                );
                self.prefix_lists.push(PrefixList { place, id, outside, cidrs });
            }
        }
    }

    /// A range that means something: the world, a VPC, a subnet, an address, a part of the internet.
    pub(super) fn cidr(&mut self, vpc: usize, v6: bool) -> String {
        let other = self.dice.below(self.vpcs.len());
        let vpc = if self.dice.percent(60) { vpc } else { other };
        let vpc = self.vpcs[vpc].clone();
        let subnet = self.dice.pick(&vpc.subnets).clone();
        let choice = self.dice.below(11);
        if self.dice.percent(6)
            && let Some(prefix) = self.dice.maybe(&vpc.delegated[usize::from(v6)]).cloned()
        {
            return self.piece(&prefix);
        }
        if v6 {
            return match (choice, &vpc.v6, &subnet.v6_stem) {
                (0..=3, ..) => "::/0".to_owned(),
                (4..=5, Some(cidr), _) => cidr.clone(),
                (6..=7, _, Some(stem)) => format!("{stem}::/64"),
                (8, _, Some(stem)) => format!("{stem}::5/128"),
                _ => self.dice.word(&OUTSIDE_V6).to_owned(),
            };
        }
        if self.tight && self.dice.percent(65) {
            return self.one_host(&vpc).map_or(subnet.cidr, |host| format!("{host}/32"));
        }
        match choice {
            0..=2 => "0.0.0.0/0".to_owned(),
            3 => "10.0.0.0/8".to_owned(),
            4 => self.dice.pick(&vpc.cidrs).clone(),
            5 | 6 => subnet.cidr,
            7 | 8 => self.one_host(&vpc).map_or_else(|| format!("{}.0/28", subnet.stem), |host| format!("{host}/32")),
            _ => self.dice.word(&OUTSIDE).to_owned(),
        }
    }

    /// The address of one host of a VPC: an instance's or a NAT gateway's.
    fn one_host(&mut self, vpc: &super::Vpc) -> Option<String> {
        if let Some(nat) = self.dice.maybe(&vpc.nats).filter(|_| self.dice.percent(45)) {
            return nat.public.clone().filter(|_| self.dice.percent(50)).or_else(|| Some(nat.address.clone()));
        }
        let instance = self.dice.maybe(&vpc.instances)?;
        instance.public.clone().filter(|_| self.dice.percent(25)).or_else(|| Some(instance.address.clone()))
    }

    /// A delegated prefix, its first half or its sixth address.
    fn piece(&mut self, prefix: &str) -> String {
        let net: IpNet = prefix.parse().expect("a prefix");
        match (self.dice.below(3), net) {
            (0, net) => net.to_string(),
            (1, net) => format!("{}/{}", net.network(), net.prefix_len() + 1),
            (_, IpNet::V4(net)) => format!("{}/32", Ipv4Addr::from(u32::from(net.network()) + 5)),
            (_, IpNet::V6(net)) => format!("{}/128", Ipv6Addr::from(u128::from(net.network()) + 5)),
        }
    }

    /// Names the groups of a VPC; [`Self::permissions`] fills them.
    pub(super) fn groups(&mut self, vpc: usize) {
        for _ in 0..self.dice.between(2, 5) {
            let id = self.id("sg");
            self.vpcs[vpc].groups.push(id);
        }
    }

    pub(super) fn permissions(&mut self, vpc: usize) {
        for (number, id) in self.vpcs[vpc].groups.clone().into_iter().enumerate() {
            let (ingress, egress) = if number == 0 {
                let itself = json!([{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": id}]}]);
                (itself, vec![everything()])
            } else {
                let count = self.dice.between(0, 5);
                let mut ingress: Vec<_> = (0..count).map(|_| self.permission(vpc, &id)).collect();
                if self.dice.percent(if self.tight { 10 } else { 35 }) {
                    ingress.push(everything());
                }
                let nats = self.vpcs[vpc].nats.clone();
                if let Some(nat) = self.dice.maybe(&nats).filter(|_| self.dice.percent(25)) {
                    // What only a NAT gateway speaks to, for others.
                    let port = *self.dice.pick(&PORTS);
                    let mut only = json!({"IpProtocol": "tcp", "FromPort": port, "ToPort": port});
                    only["IpRanges"] = json!([{"CidrIp": format!("{}/32", nat.address)}]);
                    ingress = vec![only];
                }
                let egress = match self.dice.below(10) {
                    0..=6 => vec![everything()],
                    7 => Vec::new(),
                    _ => (0..self.dice.between(1, 3)).map(|_| self.permission(vpc, &id)).collect(),
                };
                (Value::from(ingress), egress)
            };
            let name = if number == 0 { "default" } else { &id };
            let place = self.vpcs[vpc].place;
            let resource = json!({
                "GroupId": id, "GroupName": name, "VpcId": self.vpcs[vpc].id, "OwnerId": place.0,
                "IpPermissions": ingress, "IpPermissionsEgress": egress});
            self.put(place, "SecurityGroups", resource);
        }
    }

    fn permission(&mut self, vpc: usize, own: &str) -> Value {
        let port = *self.dice.pick(&PORTS);
        let (protocol, from, to) = match self.dice.below(12) {
            0..=3 => ("tcp", i32::from(port), i32::from(port)),
            4 | 5 => ("tcp", 0, 65535),
            6 => ("tcp", i32::from(port), i32::from(port) + 1000),
            7 => ("udp", i32::from(port), i32::from(port)),
            8 => {
                let (kind, code) =
                    *self.dice.pick(&[(-1, -1), (8, -1), (8, 0), (0, -1), (3, 1), (8, 1), (-1, 0), (0, 0), (11, 0)]);
                ("icmp", kind, code)
            }
            9 => {
                let (kind, code) = *self.dice.pick(&[(-1, -1), (128, -1), (128, 0), (128, 1), (129, 0), (129, -1)]);
                ("icmpv6", kind, code)
            }
            10 => (self.dice.word(&["50", "6", "17", "58"]), -1, -1),
            _ => ("-1", -1, -1),
        };
        let mut permission = json!({"IpProtocol": protocol});
        if protocol != "-1" && protocol != "50" {
            permission["FromPort"] = from.into();
            permission["ToPort"] = to.into();
        }
        let place = self.vpcs[vpc].place;
        match self.dice.below(10) {
            0..=3 => permission["IpRanges"] = json!([{"CidrIp": self.cidr(vpc, false)}]),
            4 => {
                permission["IpRanges"] = json!([{"CidrIp": self.cidr(vpc, false)}, {"CidrIp": self.cidr(vpc, false)}]);
                permission["Ipv6Ranges"] = json!([{"CidrIpv6": self.cidr(vpc, true)}]);
            }
            5 | 6 => permission["Ipv6Ranges"] = json!([{"CidrIpv6": self.cidr(vpc, true)}]),
            7 => {
                let near: Vec<_> = self.prefix_lists.iter().filter(|list| list.place == place).cloned().collect();
                permission["PrefixListIds"] = json!([{"PrefixListId": self.dice.pick(&near).id}]);
            }
            _ => permission["UserIdGroupPairs"] = json!([{"GroupId": self.referenced(vpc, own)}]),
        }
        permission
    }

    /// A group to refer to: of the same VPC, of another one, its own, or one that is gone.
    fn referenced(&mut self, vpc: usize, own: &str) -> String {
        let other = self.dice.below(self.vpcs.len());
        match self.dice.below(10) {
            0 => "sg-gone".to_owned(),
            1 | 2 => own.to_owned(),
            3..=5 => self.dice.pick(&self.vpcs[other].groups).clone(),
            _ => self.dice.pick(&self.vpcs[vpc].groups).clone(),
        }
    }

    pub(super) fn network_acls(&mut self, vpc: usize) {
        let subnets: Vec<_> = self.vpcs[vpc].subnets.iter().map(|subnet| subnet.id.clone()).collect();
        let mut free = subnets;
        for number in 0..self.dice.between(1, 3) {
            let id = self.id("acl");
            let is_default = number == 0;
            let share = if self.tight { 60 } else { 40 };
            let mine = if is_default { Vec::new() } else { self.dice.some(&free, share) };
            free.retain(|subnet| !mine.contains(subnet));
            let entries = match self.dice.below(10) {
                0..=7 if is_default && !self.tight => usual_entries(),
                0..=4 if is_default => usual_entries(),
                0..=3 => self.careful_entries(vpc),
                _ => self.entries(vpc),
            };
            let associations: Vec<_> =
                mine.iter().map(|subnet| json!({"NetworkAclId": id, "SubnetId": subnet})).collect();
            let resource = json!({
                "NetworkAclId": id, "VpcId": self.vpcs[vpc].id, "IsDefault": is_default,
                "Associations": associations, "Entries": entries});
            self.put(self.vpcs[vpc].place, "NetworkAcls", resource);
        }
    }

    /// What a careful owner writes: everything one way, and only what is asked for and the replies the other.
    fn careful_entries(&mut self, vpc: usize) -> Vec<Value> {
        let mut entries = last_entries();
        for egress in [false, true] {
            let all = |number: usize, protocol: &str, cidr: &str| {
                json!({
                    "RuleNumber": number, "Egress": egress, "Protocol": protocol, "RuleAction": "allow", "CidrBlock": cidr})
            };
            if self.dice.percent(35) {
                let host = self.cidr(vpc, false);
                let mut denied = all(10, self.dice.word(&["-1", "6", "17"]), &host);
                denied["RuleAction"] = "deny".into();
                entries.push(denied);
            }
            if self.dice.percent(50) {
                entries.push(all(100, "-1", "0.0.0.0/0"));
                continue;
            }
            let (first, last) = *self.dice.pick(&REPLIES);
            let mut replies = all(90, "6", "0.0.0.0/0");
            replies["PortRange"] = json!({"From": first, "To": last});
            entries.push(replies);
            let mut asked = all(80, self.dice.word(&["6", "6", "17"]), &self.cidr(vpc, false));
            asked["PortRange"] = json!({"From": 0, "To": *self.dice.pick(&[1023, 8080, 443])});
            entries.push(asked);
        }
        entries
    }

    fn entries(&mut self, vpc: usize) -> Vec<Value> {
        let mut entries = last_entries();
        for egress in [false, true] {
            let count = self.dice.between(1, 6);
            let mut number = 0;
            for _ in 0..count {
                number += self.dice.between(1, 50);
                entries.push(self.entry(vpc, egress, number));
            }
            if self.dice.percent(35) {
                let field = if self.dice.percent(70) { ("CidrBlock", "0.0.0.0/0") } else { ("Ipv6CidrBlock", "::/0") };
                entries.push(json!({
                    "RuleNumber": number + 200, "Egress": egress, "Protocol": "-1", "RuleAction": "allow",
                    field.0: field.1}));
            }
            if self.dice.percent(60) {
                // What a careful owner adds: replies. Two of them may agree on no port.
                let (first, last) = *self.dice.pick(&REPLIES);
                let protocol = self.dice.word(&["6", "6", "6", "17"]);
                entries.push(json!({
                    "RuleNumber": number + 100, "Egress": egress, "Protocol": protocol, "RuleAction": "allow",
                    "CidrBlock": "0.0.0.0/0", "PortRange": {"From": first, "To": last}}));
            }
            if self.dice.percent(25) {
                let (first, last) = *self.dice.pick(&REPLIES);
                let before = json!({
                    "RuleNumber": 0, "Egress": egress, "Protocol": "6", "RuleAction": "deny",
                    "CidrBlock": self.cidr(vpc, false), "PortRange": {"From": first, "To": last}});
                entries.push(before);
            }
        }
        entries
    }

    fn entry(&mut self, vpc: usize, egress: bool, number: usize) -> Value {
        let v6 = self.dice.percent(25);
        let protocol = self.dice.word(&["-1", "-1", "6", "6", "6", "17", "1", "58", "50"]);
        let allow = if self.dice.percent(75) { "allow" } else { "deny" };
        let mut entry = json!({"RuleNumber": number, "Egress": egress, "Protocol": protocol, "RuleAction": allow});
        entry[if v6 { "Ipv6CidrBlock" } else { "CidrBlock" }] = self.cidr(vpc, v6).into();
        let port = *self.dice.pick(&PORTS);
        match protocol {
            "6" | "17" => {
                let (from, to) = *self.dice.pick(&[
                    (0, 65535),
                    (port, port),
                    (0, port),
                    (port, 65535),
                    (32768, 50000),
                    (port + 1, 65535),
                ]);
                entry["PortRange"] = json!({"From": from, "To": to});
            }
            "1" => {
                let (kind, code) =
                    *self.dice.pick(&[(-1, -1), (8, -1), (8, 0), (0, 0), (0, -1), (3, 4), (8, 1), (0, 1)]);
                entry["IcmpTypeCode"] = json!({"Type": kind, "Code": code});
            }
            "58" => {
                let (kind, code) = *self.dice.pick(&[(-1, -1), (128, -1), (128, 0), (129, -1), (129, 0), (129, 1)]);
                entry["IcmpTypeCode"] = json!({"Type": kind, "Code": code});
            }
            _ => {}
        }
        entry
    }
}

fn everything() -> Value {
    json!({"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}], "Ipv6Ranges": [{"CidrIpv6": "::/0"}]})
}

fn last_entries() -> Vec<Value> {
    let last = |egress: bool, field: &str, cidr: &str| {
        let number = if field == "CidrBlock" { 32767 } else { 32768 };
        json!({"RuleNumber": number, "Egress": egress, "Protocol": "-1", "RuleAction": "deny", field: cidr})
    };
    vec![
        last(false, "CidrBlock", "0.0.0.0/0"),
        last(true, "CidrBlock", "0.0.0.0/0"),
        last(false, "Ipv6CidrBlock", "::/0"),
        last(true, "Ipv6CidrBlock", "::/0"),
    ]
}

fn usual_entries() -> Vec<Value> {
    let mut entries = last_entries();
    for egress in [false, true] {
        for (number, field, cidr) in [(100, "CidrBlock", "0.0.0.0/0"), (101, "Ipv6CidrBlock", "::/0")] {
            entries.push(
                json!({"RuleNumber": number, "Egress": egress, "Protocol": "-1", "RuleAction": "allow", field: cidr}),
            );
        }
    }
    entries
}
