//! APIs of API Gateway, which reach into VPCs by VPC links, URLs of functions, and doors that are known only to be there.
//!
//! A VPC link of version 1 reaches a Network Load Balancer by PrivateLink; one of version 2 has interfaces in subnets. A
//! private API is reached through an interface endpoint only, so not from the internet. A function takes no connections
//! in its VPC: it is called. Custom domain names, web ACLs and mutual TLS are not looked at.
//!
//! Source: API Gateway guide, "Private integrations", "VPC links"; Lambda guide, "Function URLs"; Network Load
//! Balancers guide, "Security groups".

use super::behind::{Coming, Found, Front, Outcome, Reached};
use super::cloudfront::Edge;
use super::story::Stretch;
use super::{Door, DoorKind};
use crate::model::resource::{Api, ApiIntegration, ApiRoute, ClientVpnEndpoint, VpcLink};
use crate::model::{Arn, Describe, Kind, Shard};
use crate::reach::balancer::BalancerNode;
use crate::reach::client_vpn::led_by;
use crate::reach::filter::Direction;
use crate::reach::gate::Gate;
use crate::reach::network::{Holder, Id, Network, at, id};
use crate::reach::path::{Component, PathComponent, Unread};
use crate::reach::service::Service;
use crate::reach::set::{Addresses, Boxes, Services, is_v4};
use crate::reach::walk::{Seen, Walk};

const HTTPS: Service = Service::tcp(443);

impl<'e> Network<'e> {
    fn apis(&self) -> impl Iterator<Item = (&'e Shard, &'e Api)> {
        let all = self.estate.shards.iter().flat_map(|s| s.resources.apis.iter().map(move |api| (s, api)));
        // A private API is reached from inside only.
        all.filter(|(_, api)| api.endpoint_types.is_empty() || api.endpoint_types.iter().any(|t| t != "PRIVATE"))
    }

    pub(super) fn api_doors(&self) -> Vec<Door<'e>> {
        let door = |(shard, api): (&'e Shard, &'e Api)| {
            let mut all = gates_of_routes(api).into_iter().map(|(_, gates)| gates);
            let first = all.next().unwrap_or_default();
            // What every route asks for.
            let gates = all.fold(first, |some, more| some.into_iter().filter(|gate| more.contains(gate)).collect());
            let whole = api.routes.is_some() && api.integrations.is_some();
            let unread = if whole { Vec::new() } else { vec![unread_api(shard, api)] };
            Door { kind: DoorKind::Api, id: &api.api_id, name: api.name(), services: vec![HTTPS], gates, unread }
        };
        self.apis().map(door).collect()
    }

    pub(super) fn behind_apis(&self, found: &mut Found<'e>) {
        for (shard, api) in self.apis() {
            let mut front = Front::new(DoorKind::Api, &api.api_id, api.name());
            (front.by, front.sources) = (vec![HTTPS], Some(Addresses::internet().clone()));
            let name = api.name().map(str::to_owned);
            front.path.push(PathComponent::new(Component { id: api.api_id.clone(), name }));
            let (Some(_), Some(integrations)) = (&api.routes, &api.integrations) else {
                self.unknown(&front, &api.api_id, &unread_api(shard, api), found);
                continue;
            };
            let doubt = api.policy.as_ref().filter(|policy| !policy.is_empty()).map(|_| {
                let what = format!("whom the resource policy of the API {} admits", api.api_id);
                Unread::never(what, "policies of APIs are not looked into")
            });
            for (route, gates) in gates_of_routes(api) {
                let wanted = route.target.as_deref().and_then(|target| target.strip_prefix("integrations/"));
                let Some(to) = integrations.iter().find(|one| Some(one.integration_id.as_str()) == wanted) else {
                    continue;
                };
                let mut front = front.clone();
                front.gates = gates;
                self.behind_integration(shard, &front, (to, doubt.as_ref()), found);
            }
        }
    }

    /// Where an integration leads.
    fn behind_integration(
        &self,
        shard: &'e Shard,
        front: &Front<'e>,
        (to, doubt): (&'e ApiIntegration, Option<&Unread>),
        found: &mut Found<'e>,
    ) {
        let uri = to.integration_uri.as_deref().unwrap_or_default();
        if let Some(function) = function_of(uri) {
            return self.call(front, function, doubt, found);
        }
        if to.connection_type.as_deref() != Some("VPC_LINK") {
            if let Some((host, port)) = host_of(uri).filter(|_| doubt.is_none()) {
                self.behind_origin(front, (Some(host), Service::tcp(port)), &Edge::unknown(), found);
            } else if let (Some(_), Some(doubt)) = (host_of(uri), doubt) {
                self.unknown(front, uri, doubt, found);
            }
            return;
        }
        let wanted = to.connection_id.as_deref().unwrap_or_default();
        let Some(link) = shard.resources.vpc_links.iter().find(|link| link.vpc_link_id == wanted) else {
            let what = format!("where the VPC link {wanted} leads");
            let unread = match shard.missing_kind(Kind::VpcLink) {
                Some(gap) => Unread::of(what, &gap),
                None => Unread::never(what, "it is in no listing"),
            };
            return self.unknown(front, wanted, &unread, found);
        };
        let mut front = front.clone();
        let name = link.name().map(str::to_owned);
        front.path.push(PathComponent::new(Component { id: link.vpc_link_id.clone(), name }));
        let places = self.ends_of(link, to);
        if places.is_empty() {
            let what = format!("where {} leads", if uri.is_empty() { wanted } else { uri });
            let unread = Unread::never(what, "it is no load balancer of this estate");
            return self.unknown(&front, wanted, &unread, found);
        }
        for (balancer, service) in places {
            for &interface in &balancer.interfaces {
                let mut coming = if link.vpc_link_version.as_deref() == Some("V1") {
                    self.by_private_link((balancer, interface), service)
                } else {
                    self.by_link(link, interface, service)
                };
                if let Some(doubt) = doubt {
                    coming.certain = Boxes::default();
                    coming.unread.push(doubt.clone());
                }
                self.behind_balancer(&front, (balancer, interface), &coming, found);
            }
        }
    }

    /// The load balancers and ports that an integration by a VPC link names: a listener, a balancer with a URL, or the
    /// balancers of the link.
    fn ends_of(&self, link: &VpcLink, to: &ApiIntegration) -> Vec<(&BalancerNode<'e>, Service)> {
        let uri = to.integration_uri.as_deref().unwrap_or_default();
        let listeners = self.balancers.iter().flat_map(|one| one.listeners.iter().map(move |listener| (one, listener)));
        let named = listeners.filter(|(_, listener)| listener.id == uri);
        let named: Vec<_> = named.flat_map(|(one, l)| l.services.iter().map(move |service| (one, *service))).collect();
        if !named.is_empty() {
            return named;
        }
        let Some((_, port)) = host_of(uri) else { return Vec::new() };
        let targets = to.integration_target.as_deref().into_iter().chain(link.target_arns.iter().map(Arn::as_str));
        let known = targets.filter_map(|arn| at(&self.balancers, self.by_id.balancer.get(arn)?));
        known.map(|balancer| (balancer, Service::tcp(port))).collect()
    }

    /// From the interfaces of a VPC link of version 2 to a load balancer's.
    fn by_link(&self, link: &VpcLink, interface: Id, service: Service) -> Coming<'e> {
        let (mut coming, mut ways) = (Coming::default(), Vec::new());
        let own = |node: &&crate::reach::network::Interface<'e>| matches!(node.holder, Holder::Sender(Kind::VpcLink, name) if name == link.vpc_link_id);
        let Some(to) = at(&self.interfaces, interface) else { return coming };
        let links = self.interfaces.iter().enumerate().filter(|(_, node)| own(node));
        for (index, node) in links {
            let ends = node.addresses.iter().flat_map(|(from, _)| to.addresses.iter().map(move |(to, _)| (*from, *to)));
            for (from, to) in ends.filter(|(from, to)| is_v4(*from) == is_v4(*to)) {
                ways.push((id(index), from, to));
                let all = Boxes::product(&Services::range(service.number(), service.number()), &Addresses::one(from));
                let reach = self.reach_of(&all, |walk| {
                    walk.short = true;
                    walk.send(id(index), from, to);
                });
                let one = Coming::of(&reach);
                coming.certain = coming.certain.or(&one.certain);
                coming.maybe = coming.maybe.or(&one.maybe);
                coming.unread.extend(one.unread);
            }
        }
        coming.by = Some(Stretch::Link { ways });
        coming
    }

    /// To a Network Load Balancer by PrivateLink: its groups are asked unless it is set not to.
    fn by_private_link(&self, (balancer, interface): (&BalancerNode<'e>, Id), service: Service) -> Coming<'e> {
        let sources = Addresses::family(true);
        let all = Boxes::product(&Services::range(service.number(), service.number()), &sources);
        let mut coming = Coming { maybe: all.clone(), whole: Some(sources), relayed: true, ..Coming::default() };
        let resources = self.estate.shards.iter().flat_map(|shard| &shard.resources.load_balancers);
        let setting = resources
            .filter(|one| one.id() == balancer.id)
            .find_map(|one| one.enforce_security_group_inbound_rules_on_private_link_traffic.as_deref());
        let filtered = !balancer.open && setting != Some("off");
        coming.by = Some(Stretch::PrivateLink { interface, filtered });
        if !filtered {
            coming.certain = all;
            return coming;
        }
        let walk = Walk::new(self, all.clone(), false);
        let (passed, maybe, unread) = walk.admitted(interface, Direction::Ingress, Seen::Original, &[]);
        coming.unread = unread;
        if passed == all {
            coming.certain = all;
        } else if passed.or(&maybe).is_empty() {
            coming.maybe = Boxes::default();
        } else {
            coming.unread.push(Unread::never("which addresses API Gateway sends from", "AWS does not tell"));
        }
        coming
    }

    /// A function that is called.
    fn call(&self, front: &Front<'e>, function: &'e str, doubt: Option<&Unread>, found: &mut Found<'e>) {
        let everybody = Addresses::internet().clone();
        let certain = if doubt.is_some() { Addresses::default() } else { everybody.clone() };
        let unread = doubt.cloned().into_iter().collect();
        let result = Outcome { certain, maybe: everybody, delivered: Addresses::default(), unread };
        let (target, interface, service) = (Component::new(function), None, None);
        self.tell(front, Reached { target, interface, service, result, name: function }, found);
    }

    /// Something behind a door of which it cannot be told what it is, or whether it is reached.
    pub(super) fn unknown(&self, front: &Front<'e>, name: &'e str, unread: &Unread, found: &mut Found<'e>) {
        self.call(front, name, Some(unread), found);
    }

    pub(super) fn function_doors(&self) -> Vec<Door<'e>> {
        let mut doors = Vec::new();
        for (shard, function) in self.functions() {
            let (kind, id, name) = (DoorKind::FunctionUrl, function.id(), function.name());
            match &function.function_url_configs {
                Some(urls) if urls.is_empty() => {}
                Some(urls) => {
                    let signed = urls.iter().all(|url| url.auth_type.as_deref() != Some("NONE"));
                    let gates = if signed { vec![Gate::Signed] } else { Vec::new() };
                    doors.push(Door { kind, id, name, services: vec![HTTPS], gates, unread: Vec::new() });
                }
                None => {
                    let (services, gates) = (vec![HTTPS], Vec::new());
                    doors.extend(unread_urls(shard, function).map(|unread| Door {
                        kind,
                        id,
                        name,
                        services,
                        gates,
                        unread: vec![unread],
                    }));
                }
            }
        }
        doors
    }

    pub(super) fn behind_functions(&self, found: &mut Found<'e>) {
        for (shard, function) in self.functions() {
            let mut front = Front::new(DoorKind::FunctionUrl, function.id(), function.name());
            (front.by, front.sources) = (vec![HTTPS], Some(Addresses::internet().clone()));
            if function.function_url_configs.is_none()
                && let Some(unread) = unread_urls(shard, function)
            {
                self.unknown(&front, function.id(), &unread, found);
            }
            for url in function.function_url_configs.iter().flatten() {
                let mut front = front.clone();
                if url.auth_type.as_deref() == Some("NONE") {
                    front.notes.push("as far as the function's own policy admits everybody".to_owned());
                } else {
                    front.gates.push(Gate::Signed);
                }
                let id = url.function_url.as_deref().unwrap_or(function.id());
                front.path.push(PathComponent::new(Component::new(id)));
                self.call(&front, function.id(), None, found);
            }
        }
    }

    /// The interfaces by which a function opens connections in a VPC; functions with the same subnets and groups share
    /// them. An API names a function by a version or alias as well.
    #[must_use]
    pub fn function_interfaces(&self, function: &str) -> Vec<&'e str> {
        let mut known = self.functions().map(|(_, known)| known).filter(|known| {
            function.strip_prefix(known.id()).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
        });
        let Some(config) = known.find_map(|known| known.vpc_config.as_ref()) else { return Vec::new() };
        let mut wanted: Vec<&str> =
            config.security_group_ids.iter().map(crate::model::SecurityGroupId::as_str).collect();
        wanted.sort_unstable();
        let own = |node: &&crate::reach::network::Interface<'e>| {
            let groups = self.groups_of(node).iter().filter_map(|group| at(&self.groups, *group));
            let mut groups: Vec<&str> = groups.map(|group| group.id).collect();
            groups.sort_unstable();
            let subnet = at(&self.subnets, node.subnet).map(|subnet| &subnet.resource.subnet_id);
            matches!(node.holder, Holder::Silent("a Lambda function"))
                && subnet.is_some_and(|subnet| config.subnet_ids.contains(subnet))
                && groups == wanted
        };
        self.interfaces.iter().filter(own).map(|node| node.id).collect()
    }

    fn functions(&self) -> impl Iterator<Item = (&'e Shard, &'e crate::model::resource::Function)> {
        self.estate.shards.iter().flat_map(|shard| shard.resources.functions.iter().map(move |one| (shard, one)))
    }

    pub(super) fn other_doors(&self) -> Vec<Door<'e>> {
        let mut doors = Vec::new();
        for endpoint in self.estate.shards.iter().flat_map(|shard| &shard.resources.client_vpn_endpoints) {
            let services = vec![service_of(endpoint)];
            let (kind, id, name) = (DoorKind::ClientVpn, endpoint.id(), endpoint.name());
            doors.push(Door { kind, id, name, services, gates: vec![Gate::ClientVpn(Vec::new())], unread: Vec::new() });
        }
        for (interface, _, unread) in self.accelerators() {
            let kind = DoorKind::Accelerator;
            doors.push(Door {
                kind,
                id: interface,
                name: None,
                services: Vec::new(),
                gates: Vec::new(),
                unread: vec![unread],
            });
        }
        doors
    }

    /// What is there and leads into a VPC, without that it can be told where to.
    pub(super) fn behind_others(&self, found: &mut Found<'e>) {
        for (interface, vpc, unread) in self.accelerators() {
            let mut front = Front::new(DoorKind::Accelerator, interface, None);
            front.sources = Some(Addresses::internet().clone());
            self.unknown(&front, vpc, &unread, found);
        }
        for endpoint in self.endpoints_of_clients() {
            self.behind_client_vpn(endpoint, found);
        }
    }

    /// Where those get to who log in to a Client VPN endpoint.
    fn behind_client_vpn(&self, endpoint: (&'e Shard, &'e ClientVpnEndpoint), found: &mut Found<'e>) {
        let mut front = Front::new(DoorKind::ClientVpn, endpoint.1.id(), endpoint.1.name());
        (front.by, front.sources) = (vec![service_of(endpoint.1)], Some(Addresses::internet().clone()));
        for (place, led) in led_by(endpoint.0, endpoint.1) {
            let mut front = front.clone();
            match led {
                Ok(led) if led.is_empty() => {}
                Ok(led) => {
                    front.notes.extend(led.iter().map(|(net, gate)| format!("to {net} {gate}")));
                    let everybody = led.values().any(|gate| *gate == Gate::ClientVpn(Vec::new()));
                    let groups = led.into_values().filter(|_| !everybody).flat_map(|gate| match gate {
                        Gate::ClientVpn(groups) => groups,
                        _ => Vec::new(),
                    });
                    let groups: std::collections::BTreeSet<String> = groups.collect();
                    front.gates.push(Gate::ClientVpn(groups.into_iter().collect()));
                    self.call(&front, place, None, found);
                }
                Err(unread) => {
                    front.gates.push(Gate::ClientVpn(Vec::new()));
                    self.unknown(&front, place, &unread, found);
                }
            }
        }
    }

    /// The interfaces of Global Accelerator, each with its VPC and what is not known of it.
    fn accelerators(&self) -> impl Iterator<Item = (&'e str, &'e str, Unread)> {
        self.accelerators.iter().filter_map(|interface| {
            let node = at(&self.interfaces, *interface)?;
            let vpc = at(&self.vpcs, node.vpc).map(|vpc| vpc.id)?;
            let what = format!("what of {vpc} is reached through Global Accelerator by {}", node.id);
            Some((node.id, vpc, Unread::never(what, "accelerators are not read")))
        })
    }
}

/// What a Client VPN endpoint listens on.
fn service_of(endpoint: &ClientVpnEndpoint) -> Service {
    let port = endpoint.vpn_port.and_then(|port| u16::try_from(port).ok()).unwrap_or(443);
    if endpoint.transport_protocol.as_deref() == Some("tcp") { Service::tcp(port) } else { Service::udp(port) }
}

/// The routes of an API, each with what it asks for.
fn gates_of_routes(api: &Api) -> Vec<(&ApiRoute, Vec<Gate>)> {
    let routes = || api.routes.iter().flatten();
    // A WebSocket is authorized once, when it is opened.
    let opening = routes().find(|route| route.route_key.as_deref() == Some("$connect"));
    let opening = opening.filter(|_| api.protocol_type.as_deref() == Some("WEBSOCKET"));
    routes().map(|route| (route, gates_of(opening.unwrap_or(route)))).collect()
}

fn gates_of(route: &ApiRoute) -> Vec<Gate> {
    let authorized = match route.authorization_type.as_deref() {
        None | Some("" | "NONE") => None,
        Some("AWS_IAM") => Some(Gate::Signed),
        Some(_) => Some(Gate::Authorizer),
    };
    let key = (route.api_key_required == Some(true)).then_some(Gate::ApiKey);
    authorized.into_iter().chain(key).collect()
}

fn unread_api(shard: &Shard, api: &Api) -> Unread {
    let what = format!("the routes and integrations of the API {}", api.api_id);
    let gap = Kind::Api.actions().iter().find_map(|action| shard.missing(action, Some(&api.api_id)));
    gap.map_or_else(|| Unread::never(what.clone(), "they were not read"), |gap| Unread::of(what.clone(), &gap))
}

/// Why the URLs of a function are not known; nothing for one outside VPCs, whose are not asked for.
fn unread_urls(shard: &Shard, function: &crate::model::resource::Function) -> Option<Unread> {
    function.vpc_id()?;
    let what = format!("the URLs of the function {}", function.name().unwrap_or(function.id()));
    let gap = shard.missing("lambda:ListFunctionUrlConfigs", Some(function.id()));
    Some(gap.map_or_else(|| Unread::never(what.clone(), "they were not read"), |gap| Unread::of(what.clone(), &gap)))
}

/// The function that an integration's URI calls: its ARN, or a path of API Gateway's with it.
fn function_of(uri: &str) -> Option<&str> {
    let arn = uri.split_once("/functions/").map_or(uri, |(_, rest)| rest);
    let arn = arn.strip_suffix("/invocations").unwrap_or(arn);
    (arn.starts_with("arn:") && arn.contains(":lambda:") && arn.contains(":function:")).then_some(arn)
}

/// The host and port of a URL.
fn host_of(uri: &str) -> Option<(&str, u16)> {
    let (scheme, rest) = uri.split_once("://")?;
    let host = rest.split(['/', '?', '#']).next()?;
    let usual = if scheme == "https" { 443 } else { 80 };
    let (host, port) = match host.rsplit_once(':') {
        Some((host, port)) => (host, port.parse().ok()?),
        None => (host, usual),
    };
    Some((host, port))
}
