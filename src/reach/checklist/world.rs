//! Small worlds: estates written as AWS prints them, all of whose listings count as read.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde_json::{Map, Value, json};

pub(super) use super::sample::*;
use crate::model::{Estate, Gap, GapReason, Kind, Shard};
use crate::reach::{Answer, Network, Packet, Sender, Service, Verdict};

pub(super) const ACCOUNT: &str = "111122223333";
pub(super) const REGION: &str = "eu-west-1";

/// A world: per account and Region the collections of resources, and what nobody may read.
#[derive(Debug, Clone, Default)]
pub(super) struct World {
    places: BTreeMap<(String, String), BTreeMap<String, Vec<Value>>>,
    denied: Vec<String>,
}

/// What names a resource in its collection, most telling first.
const IDS: [&str; 33] = [
    "ExclusionId",
    "VpcEndpointId",
    "VpcPeeringConnectionId",
    "TransitGatewayAttachmentId",
    "TransitGatewayRouteTableId",
    "TransitGatewayId",
    "VpnConnectionId",
    "VpnGatewayId",
    "NetworkInterfaceId",
    "InstanceId",
    "GroupId",
    "NetworkAclId",
    "RouteTableId",
    "NatGatewayId",
    "InternetGatewayId",
    "EgressOnlyInternetGatewayId",
    "PrefixListId",
    "SubnetId",
    "RuleArn",
    "ListenerArn",
    "TargetGroupArn",
    "LoadBalancerArn",
    "LoadBalancerName",
    "ServiceId",
    "AwsRegion",
    "PublicIp",
    "ClientVpnEndpointId",
    "VpcId",
    "FunctionArn",
    "VpcLinkId",
    "ApiId",
    "HostedZoneId",
    "Id",
];

fn id_of(item: &Value) -> Option<&str> {
    IDS.iter().find_map(|field| item.get(field)?.as_str())
}

impl World {
    /// With more resources, or other fields of those that are there.
    pub(super) fn with(self, more: Value) -> Self {
        self.with_in(ACCOUNT, REGION, more)
    }

    /// The same in another account or Region.
    pub(super) fn with_in(mut self, account: &str, region: &str, more: Value) -> Self {
        let place = self.places.entry((account.to_owned(), region.to_owned())).or_default();
        let Value::Object(more) = more else { panic!("collections by name") };
        for (collection, items) in more {
            let known = place.entry(collection).or_default();
            for item in items.as_array().expect("a list").clone() {
                let id = id_of(&item).expect("an id").to_owned();
                match known.iter_mut().find(|before| id_of(before) == Some(&id)) {
                    Some(Value::Object(before)) => before.extend(item.as_object().cloned().unwrap_or_default()),
                    _ => known.push(item),
                }
            }
        }
        self
    }

    /// Without one resource.
    pub(super) fn without(mut self, id: &str) -> Self {
        let mut gone = 0;
        for items in self.places.values_mut().flat_map(BTreeMap::values_mut) {
            let before = items.len();
            items.retain(|item| id_of(item) != Some(id));
            gone += before - items.len();
        }
        assert_eq!(gone, 1, "{id}");
        self
    }

    fn item(&mut self, id: &str) -> &mut Map<String, Value> {
        let mut items = self.places.values_mut().flat_map(BTreeMap::values_mut).flatten();
        items.find(|item| id_of(item) == Some(id)).and_then(Value::as_object_mut).unwrap_or_else(|| panic!("no {id}"))
    }

    /// With one more element of a resource's list.
    pub(super) fn add(mut self, id: &str, list: &str, more: Value) -> Self {
        let field = self.item(id).entry(list).or_insert_with(|| json!([]));
        field.as_array_mut().expect("a list").push(more);
        self
    }

    /// With a field of a resource changed.
    pub(super) fn set(mut self, id: &str, field: &str, value: Value) -> Self {
        self.item(id).insert(field.to_owned(), value);
        self
    }

    /// The same where two collections hold the id.
    pub(super) fn set_in(mut self, collection: &str, id: &str, field: &str, value: Value) -> Self {
        let mut items = self.places.values_mut().filter_map(|place| place.get_mut(collection)).flatten();
        let item = items.find(|item| id_of(item) == Some(id)).and_then(Value::as_object_mut);
        item.unwrap_or_else(|| panic!("no {id} in {collection}")).insert(field.to_owned(), value);
        self
    }

    /// With a route more.
    pub(super) fn route(self, table: &str, to: &str, target: &str) -> Self {
        self.add(table, "Routes", route(to, target))
    }

    /// Without a route.
    pub(super) fn unroute(mut self, table: &str, to: &str) -> Self {
        let routes = self.item(table).get_mut("Routes").and_then(Value::as_array_mut).expect("routes");
        let before = routes.len();
        routes.retain(|route| {
            ["DestinationCidrBlock", "DestinationIpv6CidrBlock"]
                .iter()
                .all(|field| route.get(field).and_then(Value::as_str) != Some(to))
        });
        assert_eq!(routes.len() + 1, before, "{table} has a route to {to}");
        self
    }

    /// With what comes in or goes out (`IpPermissions`, `IpPermissionsEgress`) replaced.
    pub(super) fn rules(self, group: &str, field: &str, rules: &[Value]) -> Self {
        self.set(group, field, json!(rules))
    }

    /// With an IAM action denied to whoever reads the world.
    pub(super) fn deny(mut self, action: &str) -> Self {
        self.denied.push(action.to_owned());
        self
    }

    /// The estate that is read of it.
    pub(super) fn estate(&self) -> Estate {
        let mut estate = Estate::default();
        for ((account, region), collections) in &self.places {
            let mut shard = Shard::new(account.as_str(), region.as_str());
            for (collection, items) in collections {
                let kind = Kind::ALL.iter().copied().find(|kind| kind.collection() == collection);
                let kind = kind.unwrap_or_else(|| panic!("{collection} is a collection"));
                if self.denied.iter().any(|action| action == kind.list_action()) {
                    continue;
                }
                for item in items {
                    shard.resources.push_json(kind, self.readable(item)).unwrap_or_else(|e| panic!("{item}: {e}"));
                }
            }
            shard.reads = Kind::ALL.iter().flat_map(|kind| kind.actions()).map(|a| (*a).to_owned()).collect();
            for action in &self.denied {
                assert!(shard.reads.remove(action), "{action} is an action of a kind");
                shard.gaps.push(Gap::new(action, GapReason::AccessDenied, ""));
            }
            shard.resources.sort();
            estate.shards.push(shard);
        }
        estate
    }

    /// A resource without the details that are denied.
    fn readable(&self, item: &Value) -> Value {
        let mut item = item.clone();
        for (action, field) in [
            ("elasticloadbalancing:DescribeTargetHealth", "TargetHealthDescriptions"),
            ("elasticloadbalancing:DescribeLoadBalancerAttributes", "Attributes"),
            ("ec2:GetManagedPrefixListEntries", "Cidrs"),
            ("ec2:SearchTransitGatewayRoutes", "Routes"),
            ("ec2:GetTransitGatewayRouteTablePropagations", "Propagations"),
        ] {
            let routes_of_vpc = field == "Routes" && item.get("TransitGatewayRouteTableId").is_none();
            if self.denied.iter().any(|denied| denied == action) && !routes_of_vpc {
                item.as_object_mut().expect("an object").remove(field);
            }
        }
        item
    }

    /// Sends one packet. The source is an address of the internet, or an instance or interface with, after `@`, the
    /// address that it sends from.
    #[track_caller]
    pub(super) fn ask(&self, source: &str, destination: &str, service: Service) -> Told {
        self.ask_from_port(source, None, destination, service)
    }

    /// The same from a known port.
    #[track_caller]
    pub(super) fn ask_from_port(&self, source: &str, port: Option<u16>, to: &str, service: Service) -> Told {
        let address = |text: &str| text.parse::<IpAddr>().expect("an address");
        let named = |name: &str| match name.split('-').next() {
            Some("vpn" | "pcx") => Sender::Beyond(name.to_owned()),
            _ => Sender::Resource(name.to_owned()),
        };
        let (sender, source) = match (source.parse::<IpAddr>(), source.split_once('@')) {
            (Ok(address), _) => (Sender::Internet, Some(address)),
            (_, Some((name, from))) => (named(name), Some(address(from))),
            _ => (named(source), None),
        };
        let packet = Packet { sender, source, destination: address(to), service, source_port: port };
        Told(Network::new(&self.estate()).answer(&packet).expect("it can be sent"))
    }
}

/// An answer that is to be as expected.
#[derive(Debug)]
pub(super) struct Told(pub(super) Answer);

impl Told {
    #[track_caller]
    fn is(self, verdict: Verdict, codes: &[&str]) -> Self {
        let reply = verdict == Verdict::Delivers;
        let told = self.0.explanations.iter().filter(|why| why.reply == reply);
        let mut told: Vec<&str> = told.map(|why| why.explanation_code.as_str()).collect();
        told.sort_unstable();
        let mut expected = codes.to_vec();
        expected.sort_unstable();
        assert!(self.0.verdict == verdict && told == expected, "not {verdict} {expected:?}:\n{}", self.story());
        self
    }

    /// The connection is made.
    #[track_caller]
    pub(super) fn connects(self) -> Self {
        self.is(Verdict::Connects, &[])
    }

    /// The packet arrives, but its reply is stopped by these.
    #[track_caller]
    pub(super) fn delivers(self, codes: &[&str]) -> Self {
        self.is(Verdict::Delivers, codes)
    }

    /// The packet is stopped by all of these and nothing else; what would stop its reply is not asked.
    #[track_caller]
    pub(super) fn denied(self, codes: &[&str]) -> Self {
        self.is(Verdict::Denied, codes)
    }

    /// It cannot be told, for want of this: an IAM action, or words of what is missing.
    #[track_caller]
    pub(super) fn unknown(self, want: &str) -> Self {
        let named = self.0.unread.iter().any(|u| u.action.as_deref() == Some(want) || u.to_string().contains(want));
        assert!(self.0.verdict == Verdict::Unknown && named, "not unknown for want of {want}:\n{}", self.story());
        self
    }

    /// The first packet passes these, in this order, perhaps with others between.
    #[track_caller]
    pub(super) fn via(self, hops: &[&str]) -> Self {
        let passed: Vec<&str> = self.0.forward_path_components.iter().map(|hop| hop.component.id.as_str()).collect();
        assert!(in_order(&passed, hops), "not via {hops:?}:\n{}", self.story());
        self
    }

    /// The reply passes these, in this order, perhaps with others between.
    #[track_caller]
    pub(super) fn back_via(self, hops: &[&str]) -> Self {
        let passed: Vec<&str> = self.0.return_path_components.iter().map(|hop| hop.component.id.as_str()).collect();
        assert!(in_order(&passed, hops), "not back via {hops:?}:\n{}", self.story());
        self
    }

    /// Neither the packet nor its reply passes this.
    #[track_caller]
    pub(super) fn never_via(self, hop: &str) -> Self {
        let all = self.0.forward_path_components.iter().chain(&self.0.return_path_components);
        assert!(all.clone().all(|passed| passed.component.id != hop), "via {hop}:\n{}", self.story());
        self
    }

    /// One of what stops it says this.
    #[track_caller]
    pub(super) fn says(self, words: &str) -> Self {
        let texts = self.0.explanations.iter().map(|why| why.text.as_str());
        let said = texts.chain(self.0.notes.iter().map(String::as_str)).any(|text| text.contains(words));
        assert!(said, "does not say `{words}`:\n{}", self.story());
        self
    }

    /// Everything that was told, for messages of failed tests.
    pub(super) fn story(&self) -> String {
        let line = |hop: &crate::reach::PathComponent| {
            let mut line = format!("    {}", serde_json::to_string(hop).unwrap());
            line.truncate(180);
            line
        };
        let lines = |hops: &[crate::reach::PathComponent]| hops.iter().map(line).collect::<Vec<_>>().join("\n");
        let why = self.0.explanations.iter().map(|w| format!("    {} {} {}", w.explanation_code, w.reply, w.text));
        let unread = self.0.unread.iter().map(|u| format!("    {:?} {u}", u.action));
        format!(
            "{}\n there:\n{}\n back:\n{}\n because:\n{}\n unread:\n{}\n notes: {:?}",
            self.0.verdict,
            lines(&self.0.forward_path_components),
            lines(&self.0.return_path_components),
            why.collect::<Vec<_>>().join("\n"),
            unread.collect::<Vec<_>>().join("\n"),
            self.0.notes
        )
    }
}

fn in_order(passed: &[&str], wanted: &[&str]) -> bool {
    let mut passed = passed.iter();
    wanted.iter().all(|hop| passed.any(|other| other == hop))
}
