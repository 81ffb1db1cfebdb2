//! Collections of a dump: which kind of resource a name in AWS's output means, and what does not fit that rule.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value, json};

use super::DumpFile;
use crate::model::{AccountId, Estate, Gap, GapReason, Kind, Region, Scope};

/// Names in AWS's output that say nothing about resources.
const ENVELOPE: [&str; 6] = ["ResponseMetadata", "NextToken", "nextToken", "NextMarker", "Marker", "failures"];

/// A detail that AWS prints apart from the resources it belongs to.
#[derive(Debug)]
struct Detail {
    /// The name of its collection.
    collection: &'static str,
    /// The field that names the resource.
    owner: &'static str,
    /// The field that holds the detail, there and in the resource.
    fields: (&'static str, &'static str),
    /// The resource's kind.
    kind: Kind,
    /// The action that reads it.
    action: &'static str,
}

const DETAILS: [Detail; 10] = [
    Detail {
        collection: "LoadBalancerAttributes",
        owner: "LoadBalancerArn",
        fields: ("Attributes", "Attributes"),
        kind: Kind::LoadBalancer,
        action: "elasticloadbalancing:DescribeLoadBalancerAttributes",
    },
    Detail {
        collection: "LoadBalancerTargetHealth",
        owner: "TargetGroupArn",
        fields: ("TargetHealthDescriptions", "TargetHealthDescriptions"),
        kind: Kind::TargetGroup,
        action: "elasticloadbalancing:DescribeTargetHealth",
    },
    Detail {
        collection: "TagDescriptions",
        owner: "ResourceArn",
        fields: ("Tags", "Tags"),
        kind: Kind::LoadBalancer,
        action: "elasticloadbalancing:DescribeTags",
    },
    // One answer of `aws ec2 search-transit-gateway-routes` for each table, under the name that such dumps give it.
    Detail {
        collection: "TransitGatewayStaticRoutes",
        owner: "TransitGatewayRouteTableId",
        fields: ("Routes", "Routes"),
        kind: Kind::TransitGatewayRouteTable,
        action: "ec2:SearchTransitGatewayRoutes",
    },
    Detail {
        collection: "TransitGatewayPropagations",
        owner: "TransitGatewayRouteTableId",
        fields: ("TransitGatewayRouteTablePropagations", "Propagations"),
        kind: Kind::TransitGatewayRouteTable,
        action: "ec2:GetTransitGatewayRouteTablePropagations",
    },
    Detail {
        collection: "VpcEndpointServicePermissions",
        owner: "ServiceId",
        fields: ("AllowedPrincipals", "AllowedPrincipals"),
        kind: Kind::VpcEndpointServiceConfiguration,
        action: "ec2:DescribeVpcEndpointServicePermissions",
    },
    Detail {
        collection: "TargetGroupAttributes",
        owner: "TargetGroupArn",
        fields: ("Attributes", "Attributes"),
        kind: Kind::TargetGroup,
        action: "elasticloadbalancing:DescribeTargetGroupAttributes",
    },
    Detail {
        collection: "ClientVpnAuthorizationRules",
        owner: "ClientVpnEndpointId",
        fields: ("AuthorizationRules", "AuthorizationRules"),
        kind: Kind::ClientVpnEndpoint,
        action: "ec2:DescribeClientVpnAuthorizationRules",
    },
    Detail {
        collection: "ClientVpnTargetNetworks",
        owner: "ClientVpnEndpointId",
        fields: ("ClientVpnTargetNetworks", "TargetNetworks"),
        kind: Kind::ClientVpnEndpoint,
        action: "ec2:DescribeClientVpnTargetNetworks",
    },
    Detail {
        collection: "ClientVpnRoutes",
        owner: "ClientVpnEndpointId",
        fields: ("Routes", "Routes"),
        kind: Kind::ClientVpnEndpoint,
        action: "ec2:DescribeClientVpnRoutes",
    },
];

/// Details that AWS prints, or dumps keep, inside the resource: the field and the actions that read it. Where any
/// resource of the kind has the field, they were read.
const INSIDE: [(Kind, &str, &[&str]); 24] = [
    (Kind::LoadBalancer, "Attributes", &["elasticloadbalancing:DescribeLoadBalancerAttributes"]),
    (Kind::LoadBalancer, "Tags", &["elasticloadbalancing:DescribeTags"]),
    (Kind::TargetGroup, "TargetHealthDescriptions", &["elasticloadbalancing:DescribeTargetHealth"]),
    (Kind::TargetGroup, "Tags", &["elasticloadbalancing:DescribeTags"]),
    (Kind::ClassicLoadBalancer, "Tags", &["elasticloadbalancing:DescribeTags"]),
    (Kind::PrefixList, "Cidrs", &["ec2:GetManagedPrefixListEntries"]),
    (Kind::TransitGatewayRouteTable, "Routes", &["ec2:SearchTransitGatewayRoutes"]),
    (Kind::TransitGatewayRouteTable, "Propagations", &["ec2:GetTransitGatewayRouteTablePropagations"]),
    (Kind::VpcEndpointServiceConfiguration, "AllowedPrincipals", &["ec2:DescribeVpcEndpointServicePermissions"]),
    (Kind::TargetGroup, "Attributes", &["elasticloadbalancing:DescribeTargetGroupAttributes"]),
    (Kind::ClientVpnEndpoint, "AuthorizationRules", &["ec2:DescribeClientVpnAuthorizationRules"]),
    (Kind::ClientVpnEndpoint, "TargetNetworks", &["ec2:DescribeClientVpnTargetNetworks"]),
    (Kind::ClientVpnEndpoint, "Routes", &["ec2:DescribeClientVpnRoutes"]),
    (Kind::Function, "FunctionUrlConfigs", &["lambda:ListFunctionUrlConfigs"]),
    (Kind::Api, "Integrations", &["apigateway:GetIntegrations"]),
    (Kind::Api, "Routes", &["apigateway:GetRoutes", "apigateway:GetResources"]),
    (Kind::VpcOrigin, "VpcOriginEndpointConfig", &["cloudfront:GetVpcOrigin"]),
    (Kind::Distribution, "DistributionConfig", &["cloudfront:GetDistribution"]),
    (Kind::Distribution, "Tags", &["cloudfront:ListTagsForResource"]),
    (Kind::Bucket, "PublicAccessBlockConfiguration", &["s3:GetBucketPublicAccessBlock"]),
    (Kind::Bucket, "PolicyStatus", &["s3:GetBucketPolicyStatus", "s3:GetBucketPolicy"]),
    (Kind::Bucket, "Grants", &["s3:GetBucketAcl"]),
    (Kind::Bucket, "WebsiteConfiguration", &["s3:GetBucketWebsite"]),
    (Kind::Bucket, "TagSet", &["s3:GetBucketTagging"]),
];

/// Answers about one transit gateway route table, which do not say about which: the file's path must. A field that
/// tells such an answer, and the collection it belongs to.
const OF_ONE_TABLE: [(&str, &str); 2] = [
    ("AdditionalRoutesAvailable", "TransitGatewayStaticRoutes"),
    ("TransitGatewayRouteTablePropagations", "TransitGatewayPropagations"),
];

/// Answers of AWS about one resource, in which each item names that resource; and the collection of details they
/// belong to.
const NAMING: [(&str, &str); 4] = [
    ("AuthorizationRules", "ClientVpnAuthorizationRules"),
    ("ClientVpnTargetNetworks", "ClientVpnTargetNetworks"),
    ("Routes", "ClientVpnRoutes"),
    ("AllowedPrincipals", "VpcEndpointServicePermissions"),
];

/// The same resource's fields by where it lives, while files are read; a later file may add details to it.
type Found = BTreeMap<(AccountId, Region, Kind, String), (String, Value)>;

/// Puts the collections of a dump's files into an estate.
#[derive(Debug, Default)]
pub(super) struct Loader {
    estate: Estate,
    found: Found,
    details: Vec<(AccountId, Region, &'static Detail, Value)>,
}

impl Loader {
    /// Takes in one file.
    pub(super) fn file(&mut self, file: &DumpFile, account: &AccountId, region: &Region) {
        let path = file.path.display().to_string();
        match &file.json {
            Value::Object(answer) if OF_ONE_TABLE.iter().any(|(field, _)| answer.contains_key(*field)) => {
                self.of_one_table(&path, answer, (account, region));
            }
            Value::Object(collections) => {
                for (name, value) in collections {
                    self.collection(&path, name, value, (account, region));
                }
                self.paging(&path, collections, (account, region));
            }
            Value::Array(_) => match kind_of_file(&file.path) {
                Some(name) => self.collection(&path, name, &file.json, (account, region)),
                None => self.stranger(&path, "a list whose file name is no AWS collection"),
            },
            _ => self.stranger(&path, "neither an object nor a list"),
        }
    }

    fn collection(&mut self, path: &str, name: &str, value: &Value, place: (&AccountId, &Region)) {
        if ENVELOPE.contains(&name) {
            return;
        }
        if let Some((collection, details)) = details_in(name, value) {
            return self.collection(path, collection, &details, place);
        }
        if let Some(detail) = DETAILS.iter().find(|detail| detail.collection == name) {
            let Some(items) = value.as_array() else { return self.stranger(path, &format!("`{name}` is not a list")) };
            self.read(place, detail.action);
            let (account, region) = place;
            self.details.extend(items.iter().map(|item| (account.clone(), region.clone(), detail, item.clone())));
            return;
        }
        let Some((kind, items)) = unwrap(name, value) else {
            let size = value.as_array().map_or_else(|| "not a list".to_owned(), |items| count(items.len()));
            return self.stranger(path, &format!("`{name}` ({size})"));
        };
        let place =
            (place.0, &Region::from(if kind.scope() == Scope::Global { Region::GLOBAL } else { place.1.as_str() }));
        for action in list_actions(kind) {
            self.read(place, action);
        }
        self.inside(kind, &items, place);
        for (index, item) in items.into_iter().enumerate() {
            self.item(&format!("{path}: {name}[{index}]"), kind, item, place);
        }
    }

    /// Takes in an answer about one transit gateway route table.
    fn of_one_table(&mut self, path: &str, answer: &Map<String, Value>, place: (&AccountId, &Region)) {
        let Some(table) = table_named(path) else {
            let way_out =
                "it does not say of which route table: put that one's id, `tgw-rtb-...`, into the file's name";
            return self.stranger(path, way_out);
        };
        for (_, collection) in OF_ONE_TABLE.iter().filter(|(field, _)| answer.contains_key(*field)) {
            let mut item = answer.clone();
            item.insert("TransitGatewayRouteTableId".to_owned(), Value::from(table));
            self.collection(path, collection, &Value::Array(vec![Value::Object(item)]), place);
        }
    }

    /// Notes which details the resources of a collection carry; of an empty collection, all.
    fn inside(&mut self, kind: Kind, items: &[Value], place: (&AccountId, &Region)) {
        for (_, field, actions) in INSIDE.iter().filter(|(of, ..)| *of == kind) {
            if items.is_empty() || items.iter().any(|item| item.get(field).is_some()) {
                actions.iter().for_each(|action| self.read(place, action));
            }
        }
    }

    fn item(&mut self, at: &str, kind: Kind, item: Value, place: (&AccountId, &Region)) {
        let shard = self.estate.shard_mut(place.0, place.1);
        let id = {
            let mut alone = crate::model::Resources::default();
            match alone.push_json(kind, item.clone()) {
                Ok(()) => alone.of_kind(kind).first().map(|r| r.id().to_owned()).unwrap_or_default(),
                Err(error) => {
                    shard.gaps.push(Gap::new(kind.list_action(), GapReason::Malformed, format!("{at}: {error}")));
                    return;
                }
            }
        };
        let key = (place.0.clone(), place.1.clone(), kind, id.clone());
        match self.found.get(&key) {
            Some((_, earlier)) if *earlier == item => {}
            Some((first, _)) => {
                let detail = format!("{at}: `{id}` was already given, differently, at {first}");
                shard.gaps.push(Gap::new(kind.list_action(), GapReason::Malformed, detail).about(id));
            }
            None => {
                self.found.insert(key, (at.to_owned(), item));
            }
        }
    }

    /// An answer that says that there is more was not saved to its end.
    fn paging(&mut self, path: &str, collections: &Map<String, Value>, place: (&AccountId, &Region)) {
        let more = ["NextToken", "nextToken", "NextMarker"]
            .iter()
            .any(|name| collections.get(*name).and_then(Value::as_str).is_some_and(|token| !token.is_empty()));
        if !more {
            return;
        }
        for kind in collections.iter().filter_map(|(name, value)| Some(unwrap(name, value)?.0)) {
            let detail = format!("{path} holds a page token: the listing goes on; run `aws` without --max-items");
            let region = if kind.scope() == Scope::Global { Region::global() } else { place.1.clone() };
            let gap = Gap::new(kind.list_action(), GapReason::Incomplete, detail);
            self.estate.shard_mut(place.0, &region).gaps.push(gap);
        }
    }

    fn read(&mut self, place: (&AccountId, &Region), action: &str) {
        self.estate.shard_mut(place.0, place.1).reads.insert(action.to_owned());
    }

    fn stranger(&mut self, path: &str, what: &str) {
        self.estate.not_understood.push(format!("{path}: {what}"));
    }

    /// Joins details to their resources and hands out the estate.
    pub(super) fn finish(mut self) -> Estate {
        for (account, region, detail, item) in std::mem::take(&mut self.details) {
            self.join((account, region), detail, &item);
        }
        self.undetailed();
        for ((account, region, kind, _), (at, item)) in self.found {
            let shard = self.estate.shard_mut(&account, &region);
            if let Err(error) = shard.resources.push_json(kind, item) {
                shard.gaps.push(Gap::new(kind.list_action(), GapReason::Malformed, format!("{at}: {error}")));
            }
        }
        self.estate
    }

    fn join(&mut self, (account, region): (AccountId, Region), detail: &Detail, item: &Value) {
        // `aws elb describe-tags` names a classic load balancer, `aws elbv2 describe-tags` gives an ARN.
        let text = |field: &str| item.get(field).and_then(Value::as_str);
        let id = text(detail.owner).or_else(|| text("LoadBalancerName")).unwrap_or_default();
        let tagged = [Kind::LoadBalancer, Kind::TargetGroup, Kind::ClassicLoadBalancer];
        let kinds = if detail.collection == "TagDescriptions" { &tagged[..] } else { &[detail.kind] };
        let key = |kind: Kind| (account.clone(), region.clone(), kind, id.to_owned());
        let owner = kinds.iter().map(|kind| key(*kind)).find(|key| self.found.contains_key(key));
        let (there, here) = detail.fields;
        let (reason, problem) = match (owner.and_then(|key| self.found.get_mut(&key)), item.get(there)) {
            (Some((_, Value::Object(_))), _) if is_cut(item) => {
                (GapReason::Incomplete, format!("what {} holds of `{id}` goes on", detail.collection))
            }
            (Some((_, Value::Object(fields))), Some(value)) => {
                fields.insert(here.to_owned(), value.clone());
                return;
            }
            (Some(_), _) => (GapReason::Malformed, format!("{} has no `{there}` of `{id}`", detail.collection)),
            (None, _) => {
                (GapReason::NotInSource, format!("{} names `{id}`, which the dump does not hold", detail.collection))
            }
        };
        self.estate.shard_mut(&account, &region).gaps.push(Gap::new(detail.action, reason, problem).about(id));
    }

    /// Notes the resources whose details are not there, where those of others are.
    fn undetailed(&mut self) {
        for ((account, region, kind, id), (_, item)) in &self.found {
            let shard = self.estate.shard_mut(account, region);
            for detail in DETAILS.iter().filter(|detail| detail.kind == *kind) {
                let known = item.get(detail.fields.1).is_some()
                    || !shard.reads.contains(detail.action)
                    || shard.gaps.iter().any(|gap| gap.action == detail.action && gap.resource.as_ref() == Some(id));
                if !known {
                    let problem = format!("the dump has no {} of `{id}`", detail.fields.0);
                    shard.gaps.push(Gap::new(detail.action, GapReason::NotInSource, problem).about(id));
                }
            }
        }
    }
}

/// The details in a collection whose items each name their resource, as a collection of details; `None` if it is none.
fn details_in(name: &str, value: &Value) -> Option<(&'static str, Value)> {
    let (_, collection) = NAMING.iter().find(|(naming, _)| *naming == name)?;
    let detail = DETAILS.iter().find(|detail| detail.collection == *collection)?;
    let mut of: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for item in value.as_array()? {
        let owner = item.get(detail.owner).and_then(Value::as_str).filter(|_| item.get(detail.fields.0).is_none())?;
        of.entry(owner).or_default().push(item.clone());
    }
    let (owner, field) = (detail.owner, detail.fields.0);
    let details: Vec<Value> = of.into_iter().map(|(id, items)| json!({ owner: id, field: items })).collect();
    (!details.is_empty()).then_some((*collection, Value::Array(details)))
}

/// Whether an answer says that there is more.
fn is_cut(answer: &Value) -> bool {
    answer.get("AdditionalRoutesAvailable").and_then(Value::as_bool) == Some(true)
        || answer.get("NextToken").and_then(Value::as_str).is_some_and(|token| !token.is_empty())
}

/// The transit gateway route table that a path names.
fn table_named(path: &str) -> Option<&str> {
    const PREFIX: &str = "tgw-rtb-";
    let rest = path.get(path.find(PREFIX)?..)?;
    let digits = rest.get(PREFIX.len()..)?.bytes().take_while(u8::is_ascii_hexdigit).count();
    rest.get(..PREFIX.len() + digits).filter(|_| digits > 0)
}

/// The actions that a file of a kind stands for: listing and describing, but not the details kept apart.
fn list_actions(kind: Kind) -> impl Iterator<Item = &'static str> {
    let apart = move |action: &&str| INSIDE.iter().any(|(of, _, actions)| *of == kind && actions.contains(action));
    kind.actions().iter().copied().filter(move |action| !apart(action))
}

/// The kind a collection's name means, and its items, out of whatever AWS wraps them in.
fn unwrap(name: &str, value: &Value) -> Option<(Kind, Vec<Value>)> {
    let list = |value: &Value| value.as_array().cloned();
    let nested = |outer: &Value, field: &str| {
        let inner = outer.as_array()?.iter().filter_map(|item| item.get(field)?.as_array());
        Some(inner.flatten().cloned().collect())
    };
    match name {
        "Reservations" => Some((Kind::Instance, nested(value, "Instances")?)),
        "LoadBalancerListeners" => Some((Kind::Listener, nested(value, "Listeners")?)),
        "Distribution" => Some((Kind::Distribution, vec![value.clone()])),
        "VpcBlockPublicAccessOptions" if value.is_object() => {
            Some((Kind::VpcBlockPublicAccessOptions, vec![value.clone()]))
        }
        "VpcOrigin" => Some((Kind::VpcOrigin, vec![value.clone()])),
        "Buckets" => Some((Kind::Bucket, list(value)?)),
        _ => {
            let kind = Kind::ALL.iter().copied().find(|kind| kind.collection() == name)?;
            Some((kind, list(value)?))
        }
    }
}

/// The collection a bare list's file name means: `vpcs.json`, `describe-vpcs.json`, `ec2-describe-vpcs.json`.
fn kind_of_file(path: &Path) -> Option<&'static str> {
    let plain = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let stem = plain(path.file_stem()?.to_str()?);
    let noun = stem.rsplit_once("describe").map_or(stem.as_str(), |(_, noun)| noun);
    let collections = Kind::ALL.iter().map(|kind| kind.collection()).chain(["Reservations"]);
    collections.into_iter().find(|collection| plain(collection) == noun)
}

fn count(items: usize) -> String {
    if items == 1 { "1 item".to_owned() } else { format!("{items} items") }
}
