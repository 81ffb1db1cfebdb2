//! Interfaces and what is behind them: instances, NAT gateways, functions, endpoints, nothing.

use serde_json::{Value, json};

use super::{Instance, Nat, World};

/// What an interface is to be.
#[derive(Debug, Clone, Default)]
pub(super) struct Wanted {
    pub(super) kind: &'static str,
    pub(super) description: String,
    pub(super) groups: Vec<String>,
    pub(super) public: bool,
    pub(super) v6: bool,
    /// How many private addresses it has besides the first.
    pub(super) more: usize,
    /// How many prefixes of each family are delegated to it.
    pub(super) prefixes: usize,
    /// What holds it.
    pub(super) holder: Holder,
}

/// What holds an interface.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Holder {
    #[default]
    Amazon,
    /// An instance, with the number of the device.
    Instance(String, usize),
    Nobody,
}

/// What an interface became.
#[derive(Debug, Clone)]
pub(super) struct Made {
    pub(super) id: String,
    pub(super) private: String,
    pub(super) public: Option<String>,
    pub(super) v6: Option<String>,
}

impl World {
    /// Makes an interface in a subnet of a VPC.
    pub(super) fn interface(&mut self, vpc: usize, subnet: usize, wanted: &Wanted) -> Made {
        let id = self.id("eni");
        let mut addresses = Vec::new();
        for number in 0..=wanted.more {
            let place = &mut self.vpcs[vpc].subnets[subnet];
            let private = format!("{}.{}", place.stem, place.next);
            place.next += 1;
            let mut address = json!({"PrivateIpAddress": private, "Primary": number == 0});
            if wanted.public && (number == 0 || self.dice.percent(50)) {
                address["Association"] = json!({"PublicIp": self.public_address(), "IpOwnerId": "amazon"});
            }
            addresses.push(address);
        }
        let routes = matches!(wanted.holder, Holder::Instance(..)) && self.dice.percent(6);
        let place = &self.vpcs[vpc].subnets[subnet];
        let v6 = place.v6_stem.as_ref().filter(|_| wanted.v6).map(|stem| format!("{stem}::{:x}", place.next));
        let [prefixes, v6_prefixes] = self.delegate(vpc, subnet, wanted.prefixes);
        let place = &self.vpcs[vpc].subnets[subnet];
        let attachment = match &wanted.holder {
            Holder::Nobody => Value::Null,
            Holder::Instance(id, device) => json!({"InstanceId": id, "DeviceIndex": device, "Status": "attached"}),
            Holder::Amazon => json!({"InstanceOwnerId": "amazon-aws", "Status": "attached"}),
        };
        let groups: Vec<_> = wanted.groups.iter().map(|id| json!({"GroupId": id, "GroupName": id})).collect();
        let managed = wanted.kind != "interface" || wanted.description.starts_with("ELB ");
        let resource = json!({
            "NetworkInterfaceId": id, "VpcId": self.vpcs[vpc].id, "SubnetId": place.id, "AvailabilityZone": place.zone,
            "InterfaceType": wanted.kind, "Description": wanted.description, "RequesterManaged": managed,
            "SourceDestCheck": !managed && !routes, "Status": if wanted.holder == Holder::Nobody { "available" } else { "in-use" },
            "PrivateIpAddress": addresses[0]["PrivateIpAddress"], "PrivateIpAddresses": addresses,
            "Ipv6Addresses": v6.iter().map(|address| json!({"Ipv6Address": address})).collect::<Vec<_>>(),
            "Ipv4Prefixes": prefixes.iter().map(|prefix| json!({"Ipv4Prefix": prefix})).collect::<Vec<_>>(),
            "Ipv6Prefixes": v6_prefixes.iter().map(|prefix| json!({"Ipv6Prefix": prefix})).collect::<Vec<_>>(),
            "Association": addresses[0]["Association"], "Attachment": attachment, "Groups": groups});
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let made = Made {
            id,
            private: text(&addresses[0]["PrivateIpAddress"]).expect("an address"),
            public: text(&addresses[0]["Association"]["PublicIp"]),
            v6,
        };
        self.put(self.vpcs[vpc].place, "NetworkInterfaces", resource);
        made
    }

    /// Delegates prefixes of a subnet, as long as there is room for them; of IPv6 too where the subnet has it.
    fn delegate(&mut self, vpc: usize, subnet: usize, count: usize) -> [Vec<String>; 2] {
        let mut found = <[Vec<String>; 2]>::default();
        for _ in 0..count {
            let place = &mut self.vpcs[vpc].subnets[subnet];
            place.delegated += 1;
            // The last 16 addresses hold one that is AWS's.
            let first = 240_usize.saturating_sub(place.delegated * 16);
            if first < place.next + 100 {
                break;
            }
            found[0].push(format!("{}.{first}/28", place.stem));
            found[1].extend(place.v6_stem.as_ref().map(|stem| format!("{stem}:{:x}::/80", place.delegated)));
        }
        for (all, fresh) in self.vpcs[vpc].delegated.iter_mut().zip(&found) {
            all.extend(fresh.iter().cloned());
        }
        found
    }

    pub(super) fn instances(&mut self, vpc: usize, size: usize) {
        for _ in 0..self.dice.between(2, 2 + size) {
            let id = self.id("i");
            if self.dice.percent(4) {
                // It lost its interfaces and addresses.
                let gone = json!({"InstanceId": id, "State": {"Name": "terminated"}});
                self.put(self.vpcs[vpc].place, "Instances", gone);
                self.vpcs[vpc].instances.push(Instance {
                    id,
                    address: "10.0.0.250".to_owned(),
                    public: None,
                    v6: None,
                    zone: String::new(),
                    subnet: 0,
                    groups: Vec::new(),
                });
                continue;
            }
            let (home, alike) = self.home(vpc);
            let state = self.dice.word(&["running", "running", "running", "stopped"]);
            let zone = self.vpcs[vpc].subnets[home].zone.clone();
            let (mut first, mut own) = (None, Vec::new());
            for device in 0..=usize::from(self.dice.percent(18)) {
                let same_zone: Vec<_> =
                    (0..self.vpcs[vpc].subnets.len()).filter(|s| self.vpcs[vpc].subnets[*s].zone == zone).collect();
                let subnet = if device == 0 { home } else { *self.dice.pick(&same_zone) };
                let groups = alike.clone().filter(|_| device == 0).unwrap_or_else(|| self.some_groups(vpc));
                if device == 0 {
                    own.clone_from(&groups);
                }
                let wanted = Wanted {
                    kind: "interface",
                    groups,
                    holder: Holder::Instance(id.clone(), device),
                    public: self.dice.percent(45),
                    v6: self.dice.percent(70),
                    more: if self.dice.percent(18) { self.dice.between(1, 2) } else { 0 },
                    prefixes: if self.dice.percent(15) { self.dice.between(1, 2) } else { 0 },
                    ..Wanted::default()
                };
                let made = self.interface(vpc, subnet, &wanted);
                first.get_or_insert(made);
            }
            let first = first.expect("the primary interface");
            let resource = json!({
                "InstanceId": id, "VpcId": self.vpcs[vpc].id, "SubnetId": self.vpcs[vpc].subnets[home].id,
                "PrivateIpAddress": first.private, "PublicIpAddress": first.public, "State": {"Name": state},
                "Placement": {"AvailabilityZone": zone}});
            self.put(self.vpcs[vpc].place, "Instances", resource);
            let (address, public, v6) = (first.private, first.public, first.v6);
            self.vpcs[vpc].instances.push(Instance { id, address, public, v6, zone, subnet: home, groups: own });
        }
    }

    pub(super) fn nat_gateways(&mut self, vpc: usize) {
        for _ in 0..self.dice.below(3) {
            let id = self.id("nat");
            let subnet = self.dice.below(self.vpcs[vpc].subnets.len());
            let private = self.dice.percent(35);
            let wanted = Wanted {
                kind: "nat_gateway",
                description: format!("Interface for NAT Gateway {id}"),
                public: !private,
                ..Wanted::default()
            };
            let made = self.interface(vpc, subnet, &wanted);
            let state = if self.dice.percent(92) { "available" } else { "failed" };
            let resource = json!({
                "NatGatewayId": id, "VpcId": self.vpcs[vpc].id, "SubnetId": self.vpcs[vpc].subnets[subnet].id,
                "State": state, "ConnectivityType": if private { "private" } else { "public" },
                "NatGatewayAddresses": [
                    {"NetworkInterfaceId": made.id, "PrivateIp": made.private, "PublicIp": made.public}]});
            self.put(self.vpcs[vpc].place, "NatGateways", resource);
            self.vpcs[vpc].nats.push(Nat { id, address: made.private, public: made.public });
        }
    }

    /// Interfaces with no instance behind: of functions, of interface endpoints, of nobody.
    pub(super) fn lone_interfaces(&mut self, vpc: usize) {
        for (kind, holder, share) in
            [("lambda", Holder::Amazon, 15), ("vpc_endpoint", Holder::Amazon, 20), ("interface", Holder::Nobody, 20)]
        {
            if self.dice.percent(share) {
                let (subnet, alike) = self.home(vpc);
                let groups = alike.unwrap_or_else(|| self.some_groups(vpc));
                let public = holder == Holder::Nobody && self.dice.percent(50);
                self.interface(vpc, subnet, &Wanted { kind, groups, public, holder, ..Wanted::default() });
            }
        }
    }

    /// A subnet to be in; often that of an instance, and with its groups, so that filters and routes treat both alike.
    pub(super) fn home(&mut self, vpc: usize) -> (usize, Option<Vec<String>>) {
        let instances = self.vpcs[vpc].instances.clone();
        match self.dice.maybe(&instances).filter(|like| !like.groups.is_empty()) {
            Some(like) if self.dice.percent(40) => (like.subnet, Some(like.groups.clone())),
            _ => (self.dice.below(self.vpcs[vpc].subnets.len()), None),
        }
    }

    /// One or two of a VPC's groups; seldom none.
    pub(super) fn some_groups(&mut self, vpc: usize) -> Vec<String> {
        let all = self.vpcs[vpc].groups.clone();
        let mut groups = vec![self.dice.pick(&all).clone()];
        if self.dice.percent(35) {
            groups.push(self.dice.pick(&all).clone());
        }
        groups.dedup();
        groups
    }
}
