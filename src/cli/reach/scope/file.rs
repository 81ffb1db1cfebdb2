//! A Network Access Scope as AWS writes it, read strictly: what is not understood is refused with its place.
//!
//! Source: EC2 API Reference, CreateNetworkInsightsAccessScope; Network Access Analyzer guide, "Network Access
//! Scopes".

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::model::{Describe, Estate};
use crate::reach::service::{self, Service};
use crate::reach::{Addresses, CLIENT_PORTS, Services};

/// What paths are looked for.
#[derive(Debug, Default)]
pub(super) struct Scope {
    pub(super) matches: Vec<Condition>,
    pub(super) excludes: Vec<Condition>,
}

/// A condition on paths.
#[derive(Debug, Default)]
pub(super) struct Condition {
    pub(super) source: Statement,
    pub(super) destination: Statement,
    /// What a path passes: one of each.
    pub(super) through: Vec<Resources>,
}

/// A condition on one end of a path; what it does not say, everything meets.
#[derive(Debug, Default)]
pub(super) struct Statement {
    pub(super) resources: Option<Resources>,
    pub(super) services: Option<Services>,
    pub(super) sources: Option<Addresses>,
    pub(super) destinations: Option<Addresses>,
}

/// Resources by id or by type.
#[derive(Debug, Default)]
pub(super) struct Resources {
    pub(super) types: Vec<String>,
    /// What was named, and what stands for it on paths: the interfaces of an endpoint, the name of a Classic Load
    /// Balancer.
    pub(super) ids: BTreeSet<String>,
}

impl Scope {
    /// The services that paths may have where they arrive; `None` is all.
    pub(super) fn services(&self) -> Option<Services> {
        let mut all = Services::default();
        for condition in &self.matches {
            all = all.or(condition.destination.services.as_ref()?);
        }
        Some(all)
    }
}

/// What cannot be read, with its place.
type Read<T> = Result<T, String>;

/// Types that an end of a path can have.
pub(super) const INTERNET_GATEWAY: &str = "AWS::EC2::InternetGateway";
pub(super) const ENDPOINT: &str = "AWS::EC2::VPCEndpoint";
const CLASSIC: &str = "AWS::ElasticLoadBalancing::LoadBalancer";
const ENDS: [&str; 4] = [INTERNET_GATEWAY, "AWS::EC2::NetworkInterface", "AWS::EC2::Instance", ENDPOINT];
/// Types that a path can pass, and what the ids of such begin with.
const PASSED: [(&str, &str); 6] = [
    (ENDPOINT, "vpce-"),
    ("AWS::EC2::NatGateway", "nat-"),
    ("AWS::EC2::VPCPeeringConnection", "pcx-"),
    ("AWS::EC2::TransitGatewayAttachment", "tgw-attach-"),
    ("AWS::EC2::TransitGateway", "tgw-"),
    ("AWS::ElasticLoadBalancingV2::LoadBalancer", "arn:"),
];
/// What the ids of ends begin with.
const END_IDS: [&str; 7] = ["i-", "eni-", "subnet-", "vpc-", "sg-", "igw-", "vpce-"];
const PASSED_IDS: [&str; 7] = ["nat-", "pcx-", "tgw-attach-", "tgw-", "arn:aws:elasticloadbalancing:", "igw-", "vpce-"];

/// Reads a scope. The estate tells what prefix lists hold, and which resources there are.
pub(super) fn read(text: &str, estate: &Estate) -> Read<Scope> {
    let value: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let mut root = object(&value, "$")?;
    let mut place = "$".to_owned();
    if let Some(content) = root.get("NetworkInsightsAccessScopeContent") {
        place = format!("{place}.NetworkInsightsAccessScopeContent");
        root = object(content, &place)?;
    }
    let known =
        ["MatchPaths", "ExcludePaths", "NetworkInsightsAccessScopeId", "ClientToken", "TagSpecifications", "DryRun"];
    only(root, &known, &place)?;
    let reader = Reader { estate };
    let conditions = |key: &str| -> Read<Vec<Condition>> {
        let place = format!("{place}.{key}");
        list(root.get(key), &place)?.map(|(one, place)| reader.condition(one, &place)).collect()
    };
    let scope = Scope { matches: conditions("MatchPaths")?, excludes: conditions("ExcludePaths")? };
    if scope.matches.is_empty() {
        return Err(format!("{place}.MatchPaths: a scope needs at least one match condition"));
    }
    Ok(scope)
}

struct Reader<'e> {
    estate: &'e Estate,
}

impl Reader<'_> {
    fn condition(&self, value: &Value, place: &str) -> Read<Condition> {
        let fields = object(value, place)?;
        only(fields, &["Source", "Destination", "ThroughResources"], place)?;
        let through = format!("{place}.ThroughResources");
        let passed = list(fields.get("ThroughResources"), &through)?.map(|(one, place)| {
            let fields = object(one, &place)?;
            only(fields, &["ResourceStatement"], &place)?;
            let types: Vec<&str> = PASSED.iter().map(|(name, _)| *name).chain([CLASSIC]).collect();
            let statement = format!("{place}.ResourceStatement");
            let found = self.resources(fields.get("ResourceStatement"), &statement, (&types, &PASSED_IDS))?;
            found.ok_or_else(|| format!("{statement}: it is missing"))
        });
        Ok(Condition {
            through: passed.collect::<Read<_>>()?,
            source: self.statement(fields.get("Source"), &format!("{place}.Source"))?,
            destination: self.statement(fields.get("Destination"), &format!("{place}.Destination"))?,
        })
    }

    fn statement(&self, value: Option<&Value>, place: &str) -> Read<Statement> {
        let Some(value) = value.filter(|value| !value.is_null()) else { return Ok(Statement::default()) };
        let fields = object(value, place)?;
        only(fields, &["ResourceStatement", "PacketHeaderStatement"], place)?;
        let (resource, header) = (format!("{place}.ResourceStatement"), format!("{place}.PacketHeaderStatement"));
        let resources = self.resources(fields.get("ResourceStatement"), &resource, (&ENDS, &END_IDS))?;
        let mut statement = Statement { resources, ..Statement::default() };
        if let Some(value) = fields.get("PacketHeaderStatement").filter(|value| !value.is_null()) {
            let fields = object(value, &header)?;
            let known = [
                "Protocols",
                "SourceAddresses",
                "SourcePrefixLists",
                "SourcePorts",
                "DestinationAddresses",
                "DestinationPrefixLists",
                "DestinationPorts",
            ];
            only(fields, &known, &header)?;
            statement.services = Some(services(fields, &header)?);
            statement.sources = self.addresses(fields, "Source", &header)?;
            statement.destinations = self.addresses(fields, "Destination", &header)?;
        }
        Ok(statement)
    }

    fn resources(
        &self,
        value: Option<&Value>,
        place: &str,
        (types, ids): (&[&str], &[&str]),
    ) -> Read<Option<Resources>> {
        let Some(value) = value.filter(|value| !value.is_null()) else { return Ok(None) };
        let fields = object(value, place)?;
        only(fields, &["Resources", "ResourceTypes"], place)?;
        let (named, kinds) = (texts(fields, "Resources", place)?, texts(fields, "ResourceTypes", place)?);
        if !named.is_empty() && !kinds.is_empty() {
            return Err(format!("{place}: it has Resources or ResourceTypes, not both"));
        }
        if let Some((strange, place)) = kinds.iter().find(|(one, _)| !types.contains(&one.as_str())) {
            return Err(format!("{place}: `{strange}` cannot be judged here; what can: {}", types.join(", ")));
        }
        let mut found = Resources::default();
        for (id, place) in &named {
            let id = bare(id);
            if !ids.iter().any(|kind| id.starts_with(kind)) {
                return Err(format!(
                    "{place}: `{id}` cannot be judged here; ids that can begin with {}",
                    ids.join(" ")
                ));
            }
            if !self.exists(id) {
                return Err(format!("{place}: `{id}` is not in this estate"));
            }
            found.ids.insert(classic_name(id).unwrap_or(id).to_owned());
            found.ids.extend(self.interfaces(|endpoint| endpoint == id));
        }
        if named.is_empty() && kinds.is_empty() {
            return Ok(None);
        }
        found.types = kinds.into_iter().map(|(kind, _)| kind).collect();
        if found.types.iter().any(|kind| kind == ENDPOINT) {
            found.ids.extend(self.interfaces(|_| true));
        }
        if found.types.iter().any(|kind| kind == CLASSIC) {
            let classic = self.estate.shards.iter().flat_map(|shard| &shard.resources.classic_load_balancers);
            found.ids.extend(classic.map(|one| one.id().to_owned()));
        }
        Ok(Some(found))
    }

    fn exists(&self, id: &str) -> bool {
        let name = classic_name(id).unwrap_or(id);
        self.estate.resources().any(|(_, resource)| resource.id() == name)
    }

    /// The interfaces of some endpoints.
    fn interfaces(&self, meant: impl Fn(&str) -> bool) -> impl Iterator<Item = String> {
        let all = self.estate.shards.iter().flat_map(|shard| &shard.resources.vpc_endpoints);
        all.filter(move |one| meant(one.id())).flat_map(|one| one.network_interface_ids.iter().cloned())
    }

    /// Addresses of one side, given as CIDRs or prefix lists.
    fn addresses(&self, fields: &Map<String, Value>, side: &str, place: &str) -> Read<Option<Addresses>> {
        let cidrs = texts(fields, &format!("{side}Addresses"), place)?;
        let lists = texts(fields, &format!("{side}PrefixLists"), place)?;
        if cidrs.is_empty() && lists.is_empty() {
            return Ok(None);
        }
        if !cidrs.is_empty() && !lists.is_empty() {
            return Err(format!("{place}: it has {side}Addresses or {side}PrefixLists, not both"));
        }
        let mut all = Addresses::default();
        for (cidr, place) in cidrs {
            let net = crate::reach::set::parse_net(&cidr)
                .ok_or_else(|| format!("{place}: `{cidr}` is neither an address nor a CIDR"))?;
            all = all.or(&Addresses::net(&net));
        }
        for (list, place) in lists {
            let known = self.estate.shards.iter().flat_map(|shard| &shard.resources.prefix_lists);
            let found = known.into_iter().find(|known| known.prefix_list_id.as_str() == bare(&list));
            let found = found.ok_or_else(|| format!("{place}: `{list}` is not in this estate"))?;
            let entries = found.cidrs.as_ref().ok_or_else(|| {
                format!("{place}: the entries of `{list}` were not read; allow ec2:GetManagedPrefixListEntries")
            })?;
            all = all.or(&Addresses::parse(entries.iter().map(String::as_str)));
        }
        Ok(Some(all))
    }
}

/// The id at the end of an ARN of EC2; other ARNs are ids themselves.
fn bare(id: &str) -> &str {
    let ec2 = id.strip_prefix("arn:").and_then(|arn| arn.split(':').nth(1)) == Some("ec2");
    if ec2 { id.rsplit(['/', ':']).next().unwrap_or(id) } else { id }
}

/// The name in the ARN of a Classic Load Balancer, by which paths know it.
fn classic_name(id: &str) -> Option<&str> {
    let (_, name) = id.strip_prefix("arn:")?.split_once(":loadbalancer/")?;
    (!name.contains('/')).then_some(name)
}

/// Refuses source ports that do not hold all that clients use.
fn all_source_ports(fields: &Map<String, Value>, place: &str) -> Read<()> {
    let named = texts(fields, "SourcePorts", place)?;
    let Some((first, place)) = named.first() else { return Ok(()) };
    let mut ports = Services::default();
    for (text, place) in &named {
        let (from, to) = port_range(text, place)?;
        ports = ports.or(&Services::range(from.into(), to.into()));
    }
    let (from, to) = CLIENT_PORTS;
    if ports.covers(&Services::range(from.into(), to.into())) {
        return Ok(());
    }
    let all = format!("all that clients use, {from}-{to}");
    Err(format!("{place}: `{first}`: source ports cannot be judged here but for {all}; leave them out"))
}

fn port_range(text: &str, place: &str) -> Read<(u16, u16)> {
    let (from, to) = text.split_once('-').unwrap_or((text, text));
    let wrong = |_| format!("{place}: `{text}` is neither a port nor a range such as 8000-8080");
    Ok((from.parse::<u16>().map_err(wrong)?, to.parse::<u16>().map_err(wrong)?))
}

/// Protocols and destination ports. Without protocols, AWS means TCP and UDP.
fn services(fields: &Map<String, Value>, place: &str) -> Read<Services> {
    all_source_ports(fields, place)?;
    let mut protocols = Vec::new();
    for (protocol, place) in texts(fields, "Protocols", place)? {
        protocols.push(match protocol.to_ascii_lowercase().as_str() {
            "tcp" => service::TCP,
            "udp" => service::UDP,
            _ => return Err(format!("{place}: `{protocol}` is neither tcp nor udp")),
        });
    }
    if protocols.is_empty() {
        protocols = vec![service::TCP, service::UDP];
    }
    let mut ports = Vec::new();
    for (text, place) in texts(fields, "DestinationPorts", place)? {
        ports.push(port_range(&text, &place)?);
    }
    if ports.is_empty() {
        ports.push((0, u16::MAX));
    }
    let number = |protocol: u8, port: u16| Service { protocol, port }.number();
    let ranges = protocols
        .iter()
        .flat_map(|protocol| ports.iter().map(move |(from, to)| (number(*protocol, *from), number(*protocol, *to))));
    Ok(Services::of(ranges))
}

fn object<'v>(value: &'v Value, place: &str) -> Read<&'v Map<String, Value>> {
    value.as_object().ok_or_else(|| format!("{place}: it should be an object"))
}

/// Refuses keys that would be overlooked.
fn only(fields: &Map<String, Value>, known: &[&str], place: &str) -> Read<()> {
    match fields.keys().find(|key| !known.contains(&key.as_str())) {
        Some(strange) => Err(format!("{place}.{strange}: it is not known; known are {}", known.join(", "))),
        None => Ok(()),
    }
}

/// The elements of a list, each with its place; none when there is no list.
fn list<'v>(value: Option<&'v Value>, place: &str) -> Read<impl Iterator<Item = (&'v Value, String)>> {
    static NONE: Vec<Value> = Vec::new();
    let all = match value {
        None | Some(Value::Null) => &NONE,
        Some(Value::Array(all)) => all,
        Some(_) => return Err(format!("{place}: it should be a list")),
    };
    let places = (0..all.len()).map(|nth| format!("{place}[{nth}]")).collect::<Vec<_>>();
    Ok(all.iter().zip(places))
}

fn texts(fields: &Map<String, Value>, key: &str, place: &str) -> Read<Vec<(String, String)>> {
    let text = |(value, place): (&Value, String)| match value.as_str() {
        Some(text) => Ok((text.to_owned(), place)),
        None => Err(format!("{place}: it should be a text")),
    };
    list(fields.get(key), &format!("{place}.{key}"))?.map(text).collect()
}

/// Whether one of the ids, which are those of a path's components, is meant.
pub(super) fn is_passed(resources: &Resources, ids: &[&str]) -> bool {
    let typed = || ids.iter().filter_map(|id| passed_type(id)).any(|known| resources.types.iter().any(|t| t == known));
    ids.iter().any(|id| resources.ids.contains(*id)) || typed()
}

/// The type of something that a path passes. The first that fits: an attachment's id begins as a gateway's does.
fn passed_type(id: &str) -> Option<&'static str> {
    let known = |(_, prefix): &&(&str, &str)| id.starts_with(prefix);
    PASSED.iter().find(known).map(|(name, _)| *name).filter(|_| !id.starts_with("tgw-rtb-"))
}
