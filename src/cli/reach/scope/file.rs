//! A Network Access Scope as AWS writes it, read strictly: what is not understood is refused with its place.
//!
//! Source: EC2 API Reference, CreateNetworkInsightsAccessScope; Network Access Analyzer guide, "Network Access
//! Scopes".

use serde_json::{Map, Value};

use crate::model::Estate;
use crate::reach::service::{self, Service};
use crate::reach::{Addresses, Services};

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
#[derive(Debug)]
pub(super) enum Resources {
    Ids(Vec<String>),
    Types(Vec<String>),
}

/// What cannot be read, with its place.
type Read<T> = Result<T, String>;

/// Types that an end of a path can have.
pub(super) const INTERNET_GATEWAY: &str = "AWS::EC2::InternetGateway";
const ENDS: [&str; 3] = [INTERNET_GATEWAY, "AWS::EC2::NetworkInterface", "AWS::EC2::Instance"];
/// Types that a path can pass, and what the ids of such begin with.
const PASSED: [(&str, &str); 5] = [
    ("AWS::EC2::NatGateway", "nat-"),
    ("AWS::EC2::VPCPeeringConnection", "pcx-"),
    ("AWS::EC2::TransitGatewayAttachment", "tgw-attach-"),
    ("AWS::EC2::TransitGateway", "tgw-"),
    ("AWS::ElasticLoadBalancingV2::LoadBalancer", "arn:"),
];
/// What the ids of ends begin with.
const END_IDS: [&str; 6] = ["i-", "eni-", "subnet-", "vpc-", "sg-", "igw-"];
const PASSED_IDS: [&str; 6] = ["nat-", "pcx-", "tgw-attach-", "tgw-", "arn:aws:elasticloadbalancing:", "igw-"];

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
            let types: Vec<&str> = PASSED.iter().map(|(name, _)| *name).collect();
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
        }
        let plain = |all: Vec<(String, String)>| all.into_iter().map(|(one, _)| bare(&one).to_owned()).collect();
        Ok(match (named.is_empty(), kinds.is_empty()) {
            (true, true) => None,
            (true, false) => Some(Resources::Types(plain(kinds))),
            _ => Some(Resources::Ids(plain(named))),
        })
    }

    fn exists(&self, id: &str) -> bool {
        self.estate.resources().any(|(_, resource)| resource.id() == id)
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

/// Protocols and destination ports. Without protocols, AWS means TCP and UDP.
fn services(fields: &Map<String, Value>, place: &str) -> Read<Services> {
    if let Some((ports, place)) =
        texts(fields, "SourcePorts", place)?.into_iter().find(|(ports, _)| ports != "0-65535" && ports != "1-65535")
    {
        return Err(format!("{place}: `{ports}`: source ports cannot be judged here; leave them out"));
    }
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
        let (from, to) = text.split_once('-').unwrap_or((&text, &text));
        let wrong = |_| format!("{place}: `{text}` is neither a port nor a range such as 8000-8080");
        ports.push((from.parse::<u16>().map_err(wrong)?, to.parse::<u16>().map_err(wrong)?));
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
    match resources {
        Resources::Ids(named) => named.iter().any(|id| ids.contains(&id.as_str())),
        Resources::Types(types) => {
            ids.iter().filter_map(|id| passed_type(id)).any(|known| types.iter().any(|t| t == known))
        }
    }
}

/// The type of something that a path passes. The first that fits: an attachment's id begins as a gateway's does.
fn passed_type(id: &str) -> Option<&'static str> {
    let known = |(_, prefix): &&(&str, &str)| id.starts_with(prefix);
    PASSED.iter().find(known).map(|(name, _)| *name).filter(|_| !id.starts_with("tgw-rtb-"))
}
