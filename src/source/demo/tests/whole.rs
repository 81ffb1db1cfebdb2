//! Every demo estate is a consistent account: what is named exists, and lies where it says.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};

use ipnet::IpNet;
use serde_json::Value;

use super::{at, opened, strings};
use crate::model::{Arn, Estate, Kind, Resources, SecurityGroupId, Shard, SubnetId};
use crate::source::demo::names;

/// What is wrong with an estate, in words.
#[derive(Default)]
struct Problems(Vec<String>);

impl Problems {
    fn check(&mut self, right: bool, problem: impl FnOnce() -> String) {
        if !right {
            self.0.push(problem());
        }
    }
}

fn inside(range: Option<&str>, address: Option<&str>) -> bool {
    let range: Option<IpNet> = range.and_then(|range| range.parse().ok());
    let address: Option<IpAddr> = address.and_then(|address| address.parse().ok());
    range.zip(address).is_some_and(|(range, address)| range.contains(&address))
}

/// A resource of a Region by its id.
macro_rules! find {
    ($all:expr, $field:ident, $id:expr) => {
        $all.iter().find(|one| Some(one.$field.as_str()) == $id)
    };
}

fn networks(all: &Resources, problems: &mut Problems) {
    let mut ranges: Vec<(&str, IpNet)> = Vec::new();
    for subnet in &all.subnets {
        let id = subnet.subnet_id.as_str();
        let vpc = find!(all.vpcs, vpc_id, Some(subnet.vpc_id.as_str()));
        let range: IpNet = subnet.cidr_block.as_deref().expect("a range").parse().expect("a range");
        let around: Option<IpNet> = vpc.and_then(|vpc| vpc.cidr_block.as_deref()?.parse().ok());
        problems.check(around.is_some_and(|around| around.contains(&range)), || format!("{id} is outside its VPC"));
        let other = ranges.iter().find(|(vpc, other)| {
            *vpc == subnet.vpc_id.as_str() && (other.contains(&range.addr()) || range.contains(&other.addr()))
        });
        problems.check(other.is_none(), || format!("{id} overlaps {other:?}"));
        ranges.push((subnet.vpc_id.as_str(), range));
        let acls = all.network_acls.iter().flat_map(|acl| acl.associations.iter().map(move |one| (acl, one)));
        let acls: Vec<_> = acls.filter(|(_, one)| one.subnet_id.as_ref() == Some(&subnet.subnet_id)).collect();
        let right = matches!(acls[..], [(acl, _)] if acl.vpc_id.as_ref() == Some(&subnet.vpc_id));
        problems.check(right, || format!("{id} has {} network ACLs", acls.len()));
        let tables = all.route_tables.iter().flat_map(|table| table.associations.iter().map(move |one| (table, one)));
        let tables: Vec<_> = tables.filter(|(_, one)| one.subnet_id.as_ref() == Some(&subnet.subnet_id)).collect();
        let right = tables.len() < 2 && tables.iter().all(|(table, _)| table.vpc_id == subnet.vpc_id);
        problems.check(right, || format!("{id} has {} route tables", tables.len()));
    }
    for vpc in &all.vpcs {
        let of = all.route_tables.iter().filter(|table| table.vpc_id == vpc.vpc_id);
        let main = of.filter(|table| table.associations.iter().any(|one| one.main == Some(true))).count();
        problems.check(main == 1, || format!("{} has {main} main route tables", vpc.vpc_id));
    }
    for nat in &all.nat_gateways {
        let subnet = find!(all.subnets, subnet_id, nat.subnet_id.as_ref().map(SubnetId::as_str));
        let right = subnet.is_some_and(|subnet| Some(&subnet.vpc_id) == nat.vpc_id.as_ref());
        problems.check(right, || format!("{} is in no subnet of its VPC", nat.nat_gateway_id));
    }
    for group in &all.security_groups {
        let named = group.ip_permissions.iter().flat_map(|one| &one.user_id_group_pairs);
        for other in named.filter_map(|pair| pair.group_id.as_ref()) {
            let found = find!(all.security_groups, group_id, Some(other.as_str()));
            let right = found.is_some_and(|found| found.vpc_id == group.vpc_id);
            problems.check(right, || format!("{} lets in {other}, which is not of its VPC", group.group_id));
        }
    }
}

fn interfaces(all: &Resources, problems: &mut Problems) {
    let mut used = BTreeSet::new();
    for interface in &all.network_interfaces {
        let id = &interface.network_interface_id;
        let subnet = find!(all.subnets, subnet_id, interface.subnet_id.as_ref().map(SubnetId::as_str));
        let there = subnet.is_some_and(|subnet| {
            inside(subnet.cidr_block.as_deref(), interface.private_ip_address.as_deref())
                && subnet.availability_zone == interface.availability_zone
                && Some(&subnet.vpc_id) == interface.vpc_id.as_ref()
        });
        problems.check(there, || format!("{id} is not in its subnet"));
        let alone = used.insert((interface.vpc_id.clone(), interface.private_ip_address.clone()));
        problems.check(alone, || format!("{id} has another interface's address"));
        for group in &interface.groups {
            let found = find!(all.security_groups, group_id, group.group_id.as_ref().map(SecurityGroupId::as_str));
            let right =
                found.is_some_and(|found| found.vpc_id == interface.vpc_id && found.group_name == group.group_name);
            problems.check(right, || format!("{id} has {:?}, which is not of its VPC", group.group_name));
        }
        let holder = interface.attachment.as_ref().and_then(|attachment| attachment.instance_id.as_deref());
        let instance = holder.map(|holder| find!(all.instances, instance_id, Some(holder)));
        let right = instance.is_none_or(|instance| {
            instance.is_some_and(|instance| {
                instance.private_ip_address == interface.private_ip_address
                    && instance.subnet_id == interface.subnet_id
                    && instance.security_groups == interface.groups
                    && instance.public_ip_address.as_deref()
                        == interface.association.as_ref().and_then(|one| one.public_ip.as_deref())
            })
        });
        problems.check(right, || format!("{id} and its instance disagree"));
    }
    for instance in &all.instances {
        for interface in &instance.network_interfaces {
            let id = Some(interface.network_interface_id.as_str());
            let right = find!(all.network_interfaces, network_interface_id, id)
                .and_then(|found| found.attachment.as_ref()?.instance_id.as_deref())
                == Some(instance.instance_id.as_str());
            problems.check(right, || format!("{} names {id:?}, which is not its own", instance.instance_id));
        }
    }
    for address in &all.addresses {
        let interface = find!(all.network_interfaces, network_interface_id, address.network_interface_id.as_deref());
        let association = interface.and_then(|interface| interface.association.as_ref());
        let right = association.is_some_and(|one| {
            one.public_ip.as_ref() == Some(&address.public_ip) && one.allocation_id == address.allocation_id
        });
        problems.check(right, || format!("{} is not on its interface", address.public_ip));
    }
    let public: Vec<_> =
        all.network_interfaces.iter().filter_map(|i| i.association.as_ref()?.public_ip.as_ref()).collect();
    problems.check(public.iter().collect::<BTreeSet<_>>().len() == public.len(), || "a public address twice".into());
}

/// Whether some interface of that description is in one of these subnets, with just these groups.
fn has_interface(all: &Resources, described: &str, zone: Option<&str>, groups: &[&str]) -> bool {
    all.network_interfaces.iter().any(|interface| {
        let own: Vec<&str> =
            interface.groups.iter().filter_map(|group| Some(group.group_id.as_ref()?.as_str())).collect();
        interface.description.as_deref() == Some(described)
            && (zone.is_none() || interface.availability_zone.as_deref() == zone)
            && own == groups
    })
}

fn balancers(all: &Resources, problems: &mut Problems) {
    for balancer in &all.load_balancers {
        let arn = balancer.load_balancer_arn.as_str();
        let path = arn.split_once(":loadbalancer/").map_or("", |(_, path)| path);
        let groups: Vec<&str> = balancer.security_groups.iter().flatten().map(SecurityGroupId::as_str).collect();
        for zone in &balancer.availability_zones {
            let subnet = find!(all.subnets, subnet_id, zone.subnet_id.as_ref().map(SubnetId::as_str));
            let right = subnet.is_some_and(|subnet| {
                Some(&subnet.vpc_id) == balancer.vpc_id.as_ref() && subnet.availability_zone == zone.zone_name
            });
            problems.check(right, || format!("{arn}: {:?} is not of its VPC", zone.subnet_id));
            let there = has_interface(all, &format!("ELB {path}"), zone.zone_name.as_deref(), &groups);
            problems.check(there, || format!("{arn} has no interface in {:?}", zone.zone_name));
        }
        let listeners = all.listeners.iter().filter(|one| one.load_balancer_arn == balancer.load_balancer_arn);
        for listener in listeners {
            let rules: Vec<_> =
                all.listener_rules.iter().filter(|rule| rule.listener() == listener.listener_arn).collect();
            let places: BTreeSet<_> = rules.iter().map(|rule| rule.priority.as_deref()).collect();
            let last = rules.iter().find(|rule| rule.is_default == Some(true));
            let right = places.len() == rules.len() && last.is_some_and(|one| one.actions == listener.default_actions);
            problems.check(right, || format!("{}: its rules do not fit", listener.listener_arn));
        }
    }
    for group in &all.target_groups {
        for target in group.target_health_descriptions.iter().flatten().filter_map(|one| one.target.as_ref()) {
            let right = all.network_interfaces.iter().any(|interface| {
                let holder = interface.attachment.as_ref().and_then(|one| one.instance_id.as_deref());
                interface.vpc_id == group.vpc_id
                    && (interface.private_ip_address.as_ref() == Some(&target.id) || holder == Some(target.id.as_str()))
            });
            problems.check(right, || format!("{}: {} is not in its VPC", group.target_group_arn, target.id));
        }
    }
}

fn stores(all: &Resources, problems: &mut Problems) {
    for database in &all.db_instances {
        let name = &database.db_instance_identifier;
        let own = database.db_subnet_group.as_ref().expect("a subnet group");
        let listed = find!(all.db_subnet_groups, db_subnet_group_name, Some(own.db_subnet_group_name.as_str()));
        problems.check(listed == Some(own), || format!("{name}: its subnet group is another one"));
        let zone = database.availability_zone.as_deref();
        let zones = own.subnets.iter().filter_map(|one| one.subnet_availability_zone.as_ref()?.name.as_deref());
        problems.check(zones.into_iter().any(|one| Some(one) == zone), || format!("{name} is in no zone of its group"));
        let groups: Vec<&str> = database
            .vpc_security_groups
            .iter()
            .filter_map(|one| Some(one.vpc_security_group_id.as_ref()?.as_str()))
            .collect();
        let there = has_interface(all, "RDSNetworkInterface", zone, &groups);
        problems.check(there, || format!("{name} has no interface"));
        let cluster =
            database.db_cluster_identifier.as_deref().map(|id| find!(all.db_clusters, db_cluster_identifier, Some(id)));
        let member = cluster.is_none_or(|cluster| {
            cluster.is_some_and(|one| {
                one.db_cluster_members.iter().any(|m| m.db_instance_identifier.as_ref() == Some(name))
            })
        });
        problems.check(member, || format!("{name} is no member of its cluster"));
    }
    for cluster in &all.db_clusters {
        let right = cluster.db_cluster_members.iter().all(|member| {
            find!(all.db_instances, db_instance_identifier, member.db_instance_identifier.as_deref())
                .is_some_and(|one| one.db_cluster_identifier.as_ref() == Some(&cluster.db_cluster_identifier))
        });
        problems.check(right, || format!("{}: its members do not fit", cluster.db_cluster_identifier));
        let group = find!(all.db_subnet_groups, db_subnet_group_name, cluster.db_subnet_group.as_deref());
        problems.check(group.is_some(), || format!("{} has no subnet group", cluster.db_cluster_identifier));
    }
    for cache in &all.cache_clusters {
        let id = &cache.cache_cluster_id;
        let group = find!(all.cache_subnet_groups, cache_subnet_group_name, cache.cache_subnet_group_name.as_deref());
        let zone = cache.preferred_availability_zone.as_deref();
        let zones = group.iter().flat_map(|group| &group.subnets);
        let mut zones = zones.filter_map(|one| one.subnet_availability_zone.as_ref()?.name.as_deref());
        problems.check(zones.any(|one| Some(one) == zone), || format!("{id} is in no zone of its group"));
        let groups: Vec<&str> =
            cache.security_groups.iter().filter_map(|one| Some(one.security_group_id.as_ref()?.as_str())).collect();
        let there = has_interface(all, &format!("ElastiCache {id}"), zone, &groups);
        problems.check(there, || format!("{id} has no interface"));
    }
}

fn services(all: &Resources, problems: &mut Problems) {
    for group in &all.auto_scaling_groups {
        let name = &group.auto_scaling_group_name;
        let subnets: BTreeSet<&str> = group.vpc_zone_identifier.as_deref().unwrap_or_default().split(',').collect();
        let own = all.subnets.iter().filter(|one| subnets.contains(one.subnet_id.as_str()));
        let zones: BTreeSet<_> = own.filter_map(|one| one.availability_zone.as_ref()).collect();
        problems.check(zones == group.availability_zones.iter().collect(), || format!("{name}: other zones"));
        for one in &group.instances {
            let found = find!(all.instances, instance_id, one.instance_id.as_deref());
            let right =
                found.and_then(|found| found.subnet_id.as_ref()).is_some_and(|id| subnets.contains(id.as_str()));
            problems.check(right, || format!("{name}: {:?} is in none of its subnets", one.instance_id));
        }
        let (least, most) = (group.min_size.unwrap_or_default(), group.max_size.unwrap_or_default());
        let right = (least..=most).contains(&group.desired_capacity.unwrap_or(-1));
        problems.check(right, || format!("{name}: the capacity is outside its bounds"));
        let running = i32::try_from(group.instances.len()).ok();
        problems.check(running == group.desired_capacity, || format!("{name} has not what it wants"));
    }
    for cluster in &all.ecs_clusters {
        let services: Vec<_> = all.ecs_services.iter().filter(|one| one.cluster_arn == cluster.cluster_arn).collect();
        let count = i32::try_from(services.len()).ok();
        let tasks: i32 = services.iter().filter_map(|service| service.running_count).sum();
        let right = (cluster.active_services_count, cluster.running_tasks_count) == (count, Some(tasks));
        problems.check(right, || format!("{}: it counts otherwise", cluster.cluster_arn));
    }
    for service in &all.ecs_services {
        for own in &service.load_balancers {
            let group = find!(all.target_groups, target_group_arn, own.target_group_arn.as_ref().map(Arn::as_str));
            let targets = group.and_then(|group| group.target_health_descriptions.as_ref()).map(Vec::len);
            let wanted = service.running_count.and_then(|count| usize::try_from(count).ok());
            problems.check(targets == wanted, || format!("{}: {targets:?} targets", service.service_arn));
        }
    }
    for link in &all.vpc_links {
        let known = |id: &str| find!(all.subnets, subnet_id, Some(id)).is_some();
        problems.check(link.subnet_ids.iter().all(|id| known(id.as_str())), || {
            format!("{} is in no subnet", link.vpc_link_id)
        });
    }
    for api in &all.apis {
        for integration in api.integrations.iter().flatten() {
            let link = find!(all.vpc_links, vpc_link_id, integration.connection_id.as_deref());
            let listener = find!(all.listeners, listener_arn, integration.integration_uri.as_deref());
            problems.check(link.is_some() && listener.is_some(), || format!("{} leads nowhere", api.api_id));
        }
        for route in api.routes.iter().flatten() {
            let id = route.target.as_deref().and_then(|target| target.strip_prefix("integrations/"));
            let mut known = api.integrations.iter().flatten().map(|one| one.integration_id.as_str());
            problems.check(known.any(|known| Some(known) == id), || format!("{}: {id:?} is none", api.api_id));
        }
    }
    for alarm in &all.metric_alarms {
        let known = |value: &str| all.iter().any(|one| one.name() == Some(value) || one.id() == value);
        let right = alarm.dimensions.iter().all(|dimension| known(&dimension.value));
        problems.check(right, || format!("{} is about nothing", alarm.alarm_name));
    }
}

/// Names of AWS's services that records and origins lead to belong to something of the estate.
fn dns(estate: &Estate, problems: &mut Problems) {
    let mut known: BTreeSet<String> = BTreeSet::new();
    for (_, resource) in estate.resources() {
        known.extend(resource.dns_names().into_iter().map(|name| name.trim_end_matches('.').to_ascii_lowercase()));
        let endpoint = |field: &str| resource.json().pointer(field).and_then(Value::as_str).map(str::to_owned);
        let fields =
            ["/Endpoint/Address", "/Endpoint", "/ReaderEndpoint", "/CacheNodes/0/Endpoint/Address", "/DNSName"];
        known.extend(fields.into_iter().filter_map(endpoint));
        if resource.kind() == Kind::Bucket {
            known.insert(format!("{}.s3", resource.id()));
            known.insert(format!("{}.s3-website-{}", resource.id(), "eu-west-1"));
        }
    }
    let ours = [".elb.amazonaws.com", ".rds.amazonaws.com", ".cache.amazonaws.com"];
    let zones = estate.shards.iter().flat_map(|shard| &shard.resources.hosted_zones);
    let label = estate.origin.label.clone();
    let distributions = estate.shards.iter().flat_map(|shard| &shard.resources.distributions);
    let origins = distributions.filter_map(|one| one.distribution_config.as_ref()?.origins.as_ref());
    for origin in origins.flat_map(|origins| &origins.items).filter_map(|origin| origin.domain_name.as_deref()) {
        let bucket = origin.split_once(".s3").map(|(bucket, _)| format!("{bucket}.s3"));
        let right =
            bucket.map_or_else(|| known.contains(origin) || !origin.ends_with(ours[0]), |name| known.contains(&name));
        problems.check(right, || format!("{label}: the origin {origin} is nobody's"));
    }
    assert!(zones.count() < 10, "records are read from the files below");
    for value in strings(name_of(estate)) {
        let named = ours.iter().any(|ending| value.ends_with(ending)) && !value.contains(' ');
        problems.check(!named || known.contains(&value.to_ascii_lowercase()), || format!("{value} is nobody's"));
    }
}

fn name_of(estate: &Estate) -> &'static str {
    names().into_iter().find(|name| opened(name).estate.origin == estate.origin).expect("a demo")
}

fn problems(estate: &Estate) -> Vec<String> {
    let mut problems = Problems::default();
    for Shard { resources, .. } in &estate.shards {
        networks(resources, &mut problems);
        interfaces(resources, &mut problems);
        balancers(resources, &mut problems);
        stores(resources, &mut problems);
        services(resources, &mut problems);
    }
    dns(estate, &mut problems);
    problems.0
}

#[test]
fn every_demo_is_consistent() {
    for name in names() {
        assert_eq!(problems(&opened(name).estate), Vec::<String>::new(), "{name}");
    }
}

/// What the check above would say, were it otherwise.
#[test]
fn an_inconsistent_account_is_told() {
    type Change = fn(&mut Resources);
    let changes: [(&str, Change); 9] = [
        ("is not in its subnet", |all| all.network_interfaces[0].private_ip_address = Some("10.99.0.1".into())),
        ("has another interface's address", |all| {
            all.network_interfaces[2].private_ip_address = all.network_interfaces[1].private_ip_address.clone();
        }),
        ("which is not of its VPC", |all| all.network_interfaces[1].groups[0].group_name = Some("x".into())),
        ("is outside its VPC", |all| all.subnets[0].cidr_block = Some("10.99.0.0/24".into())),
        ("main route tables", |all| all.route_tables[0].associations.clear()),
        ("has no interface in", |all| all.load_balancers[0].security_groups = None),
        ("its rules do not fit", |all| all.listeners[0].default_actions.clear()),
        ("is in no zone of its group", |all| all.db_instances[0].availability_zone = Some("eu-west-1z".into())),
        ("targets", |all| all.ecs_services[0].running_count = Some(7)),
    ];
    for (wanted, change) in changes {
        let mut estate = opened("ror").estate;
        let shard = estate.shards.iter_mut().find(|shard| !shard.resources.vpcs.is_empty()).expect("a Region");
        change(&mut shard.resources);
        let found = problems(&estate);
        assert!(found.iter().any(|problem| problem.contains(wanted)), "{wanted}: {found:?}");
    }
}

#[test]
fn what_is_named_by_an_id_exists() {
    let prefixes = ["vpc", "subnet", "sg", "eni", "i", "nat", "igw", "eigw", "rtb", "acl", "eipalloc"];
    for name in names() {
        let estate = opened(name).estate;
        let mut known: BTreeSet<String> = estate.resources().map(|(_, resource)| resource.id().to_owned()).collect();
        let addresses = estate.shards.iter().flat_map(|shard| &shard.resources.addresses);
        known.extend(addresses.filter_map(|address| address.allocation_id.clone()));
        let mut count = 0;
        for value in strings(name) {
            let is_arn = value.starts_with("arn:aws:elasticloadbalancing:")
                && [":loadbalancer/", ":targetgroup/", ":listener/"].iter().any(|kind| value.contains(kind));
            let words = value.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
            let ids = words.filter(|word| {
                let (prefix, digits) = word.rsplit_once('-').unwrap_or_default();
                let hex = digits.len() == 17 && digits.bytes().all(|b| b.is_ascii_hexdigit());
                hex && prefixes.contains(&prefix)
            });
            for id in ids.map(str::to_owned).chain(is_arn.then(|| value.clone())) {
                count += 1;
                assert!(known.contains(&id), "{name}: `{id}` is named but does not exist");
            }
        }
        assert!(count > 30, "{name}: {count}");
    }
}

#[test]
fn nothing_is_missing() {
    for name in names() {
        let estate = opened(name).estate;
        assert_eq!(estate.gaps().map(|(_, gap)| gap.to_string()).collect::<Vec<_>>(), Vec::<String>::new(), "{name}");
        for shard in &estate.shards {
            for kind in Kind::ALL.iter().filter(|kind| shard.holds(**kind)) {
                for action in kind.actions() {
                    assert_eq!(shard.missing(action, None), None, "{name}: {kind} in {}", shard.provenance.region);
                }
            }
        }
        assert_eq!(estate.not_understood, Vec::<String>::new(), "{name}");
    }
}

#[test]
fn every_demo_is_marked_and_says_when_and_by_whom_it_was_read() {
    let mut accounts = BTreeMap::new();
    for name in names() {
        let estate = opened(name).estate;
        assert!(estate.is_demo() && !estate.origin.label.is_empty(), "{name}");
        for shard in &estate.shards {
            let account = shard.provenance.account.as_str();
            assert_eq!(*accounts.entry(account.to_owned()).or_insert(name), name, "two demos share {account}");
            assert!(shard.provenance.taken_at > Some(at("2026-11-01T00:00:00Z")), "{name}");
            let caller = format!("arn:aws:sts::{account}:");
            assert!(shard.provenance.caller.as_deref().is_some_and(|arn| arn.starts_with(&caller)), "{name}");
        }
    }
}

#[test]
fn public_addresses_are_for_documentation() {
    for name in names() {
        let addresses = strings(name).into_iter().filter_map(|text| text.parse::<Ipv4Addr>().ok());
        let public: Vec<Ipv4Addr> = addresses.filter(|ip| !ip.is_private()).collect();
        assert!(!public.is_empty() && public.iter().all(Ipv4Addr::is_documentation), "{name}: {public:?}");
    }
}
