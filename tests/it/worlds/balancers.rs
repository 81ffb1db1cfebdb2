//! Load balancers with their interfaces, listeners and targets.

use ipnet::IpNet;
use serde_json::{Value, json};

use super::World;
use super::interfaces::Wanted;

impl World {
    pub(super) fn load_balancers(&mut self, vpc: usize) {
        for _ in 0..self.dice.below(3) {
            match self.dice.below(7) {
                0 => self.classic(vpc),
                1..=2 => self.load_balancer(vpc, false),
                _ => self.load_balancer(vpc, true),
            }
        }
    }

    /// The interfaces of a balancer, one in each of some Zones; their subnets.
    fn nodes(&mut self, vpc: usize, (kind, v6): (&'static str, bool), what: &str, groups: &[String]) -> Vec<Value> {
        let public = self.vpcs[vpc].internet_gateway.is_some() && self.dice.percent(60);
        let mut zones: Vec<String> = Vec::new();
        let mut found = Vec::new();
        for number in 0..self.vpcs[vpc].subnets.len() {
            let subnet = self.vpcs[vpc].subnets[number].clone();
            if zones.contains(&subnet.zone) || !(zones.is_empty() || self.dice.percent(70)) {
                continue;
            }
            let (description, groups) = (what.to_owned(), groups.to_vec());
            self.interface(vpc, number, &Wanted { kind, description, groups, public, v6, ..Wanted::default() });
            found.push(json!({"ZoneName": subnet.zone, "SubnetId": subnet.id}));
            zones.push(subnet.zone);
        }
        found
    }

    fn load_balancer(&mut self, vpc: usize, network: bool) {
        let name = self.id("lb");
        let short = if network { "net" } else { "app" };
        let (account, region) = self.vpcs[vpc].place;
        let stem = format!("arn:aws:elasticloadbalancing:{region}:{account}");
        let arn = format!("{stem}:loadbalancer/{short}/{name}/0123456789abcdef");
        let groups = if network && self.dice.percent(50) { Vec::new() } else { self.some_groups(vpc) };
        let kind = if network { "network_load_balancer" } else { "interface" };
        let both = self.vpcs[vpc].v6.is_some() && self.dice.percent(50);
        let zones = self.nodes(vpc, (kind, both), &format!("ELB {short}/{name}/0123456789abcdef"), &groups);
        let mut attributes = vec![json!({"Key": "deletion_protection.enabled", "Value": "false"})];
        if self.dice.percent(60) {
            let value = if self.dice.percent(60) { "true" } else { "false" };
            attributes.push(json!({"Key": "load_balancing.cross_zone.enabled", "Value": value}));
        }
        let resource = json!({
            "LoadBalancerArn": arn, "LoadBalancerName": name, "Type": if network { "network" } else { "application" },
            "Scheme": "internet-facing", "IpAddressType": if both { "dualstack" } else { "ipv4" }, "VpcId": self.vpcs[vpc].id, "State": {"Code": "active"},
            "AvailabilityZones": zones, "SecurityGroups": groups, "Attributes": attributes});
        self.put(self.vpcs[vpc].place, "LoadBalancers", resource);
        let mut ports = vec![80_u16, 443, 53, 8080];
        for _ in 0..self.dice.between(1, 2) {
            let port = ports.remove(self.dice.below(ports.len()));
            let protocol = if network {
                self.dice.word(&["TCP", "TCP", "TLS", "UDP", "TCP_UDP"])
            } else {
                self.dice.word(&["HTTP", "HTTPS"])
            };
            let group = self.target_group(vpc, &stem, &arn, protocol);
            let second = self.target_group(vpc, &stem, &arn, protocol);
            let weight = *self.dice.pick(&[0, 1]);
            let listener = format!("{stem}:listener/{short}/{name}/0123456789abcdef/{port}");
            let one = json!({"TargetGroupArn": group, "Weight": 1});
            let action = match self.dice.below(10) {
                0..=4 => json!({"Type": "forward", "Order": 1, "TargetGroupArn": group}),
                5..=6 => json!({"Type": "forward", "ForwardConfig": {"TargetGroups": [one]}}),
                _ => {
                    let two = json!({"TargetGroupArn": second, "Weight": weight});
                    json!({"Type": "forward", "ForwardConfig": {"TargetGroups": [one, two]}})
                }
            };
            let resource = json!({
                "ListenerArn": listener, "LoadBalancerArn": arn, "Port": port, "Protocol": protocol,
                "DefaultActions": [action]});
            self.put(self.vpcs[vpc].place, "Listeners", resource);
        }
    }

    fn target_group(&mut self, vpc: usize, stem: &str, balancer: &str, listener: &str) -> String {
        let name = self.id("tg");
        let arn = format!("{stem}:targetgroup/{name}/0123456789abcdef");
        let protocol = match listener {
            "HTTPS" => "HTTP",
            "TLS" => "TCP",
            other => other,
        };
        let by_instance = self.dice.percent(60);
        let v6 = !by_instance && self.vpcs[vpc].v6.is_some() && self.dice.percent(35);
        let port = *self.dice.pick(&[80, 8080, 22, 5432]);
        let instances = self.vpcs[vpc].instances.clone();
        let mut targets = Vec::new();
        for instance in self.dice.some(&instances, 45) {
            let id = match (&instance.v6, by_instance, v6) {
                (_, true, _) => &instance.id,
                (Some(address), _, true) => address,
                (None, _, true) => continue,
                _ => &instance.address,
            };
            let port = if self.dice.percent(80) { port } else { 443 };
            let pod = self.dice.maybe(&self.vpcs[vpc].delegated[usize::from(v6)].clone()).map(|net| first(net));
            let pod = pod.filter(|_| !by_instance && self.dice.percent(25));
            let id = pod.as_ref().unwrap_or(id);
            let mut target = json!({"Id": id, "Port": port});
            if !by_instance {
                target["AvailabilityZone"] = instance.zone.into();
            }
            let state = self.dice.word(&["healthy", "unhealthy"]);
            targets.push(json!({"Target": target, "TargetHealth": {"State": state}}));
        }
        let mut attributes = Vec::new();
        // It cannot be switched off for UDP.
        if protocol == "TCP" && self.dice.percent(40) {
            let value = if self.dice.percent(50) { "true" } else { "false" };
            attributes.push(json!({"Key": "preserve_client_ip.enabled", "Value": value}));
        }
        let resource = json!({
            "TargetGroupArn": arn, "TargetGroupName": name, "Protocol": protocol, "Port": port,
            "TargetType": if by_instance { "instance" } else { "ip" },
            "IpAddressType": if v6 { "ipv6" } else { "ipv4" }, "VpcId": self.vpcs[vpc].id,
            "LoadBalancerArns": [balancer], "TargetHealthDescriptions": targets, "Attributes": attributes});
        self.put(self.vpcs[vpc].place, "TargetGroups", resource);
        arn
    }

    fn classic(&mut self, vpc: usize) {
        let name = self.id("classic");
        let groups = self.some_groups(vpc);
        let zones = self.nodes(vpc, ("interface", false), &format!("ELB {name}"), &groups);
        let subnets: Vec<_> = zones.iter().map(|zone| zone["SubnetId"].clone()).collect();
        let instances: Vec<_> = self.vpcs[vpc].instances.iter().map(|each| json!({"InstanceId": each.id})).collect();
        let listener = json!({
            "Protocol": "TCP", "LoadBalancerPort": 80, "InstanceProtocol": "TCP", "InstancePort": 8080});
        let resource = json!({
            "LoadBalancerName": name, "Scheme": "internal", "VPCId": self.vpcs[vpc].id, "Subnets": subnets,
            "SecurityGroups": groups, "ListenerDescriptions": [{"Listener": listener}], "Instances": instances});
        self.put(self.vpcs[vpc].place, "LoadBalancerDescriptions", resource);
    }
}

/// The first address of a delegated prefix.
fn first(prefix: &str) -> String {
    prefix.parse::<IpNet>().expect("a prefix").network().to_string()
}
