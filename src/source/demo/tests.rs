//! Every demo is whole and consistent, and the ROR estate has the faults of the real one.

mod faults;
mod followed;
mod recorded;
mod whole;

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use super::{Opened, names, open};
use crate::embedded;
use crate::model::{Attribution, Estate, Kind, Resources, Shard};

const NOW: &str = "2026-11-18T12:00:00Z";
const REGION: &str = "eu-west-1";

fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

fn opened(name: &str) -> Opened {
    open(name, Arc::new(|| at(NOW))).expect("the demo opens")
}

fn ror() -> Opened {
    opened("ror")
}

fn estate() -> Estate {
    ror().estate
}

/// The resources of the Region, with the shard they are in.
fn regional(estate: &Estate) -> &Resources {
    &part(estate, REGION).resources
}

fn global(estate: &Estate) -> &Resources {
    &part(estate, "aws-global").resources
}

fn part<'a>(estate: &'a Estate, region: &str) -> &'a Shard {
    estate.shards.iter().find(|shard| shard.provenance.region == *region).expect("the part is there")
}

/// A file of the estate as it is embedded.
fn file(path: &str) -> Value {
    let path = format!("ror/111122223333/{path}");
    let (_, text) = embedded::DEMO.iter().find(|(name, _)| *name == path).expect("the file is embedded");
    serde_json::from_str(text).expect("JSON")
}

/// Every string in a demo's JSON files.
fn strings(demo: &str) -> Vec<String> {
    fn walk(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::String(text) => found.push(text.clone()),
            Value::Array(items) => items.iter().for_each(|item| walk(item, found)),
            Value::Object(fields) => fields.values().for_each(|field| walk(field, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    let files = embedded::DEMO.iter().filter(|(path, _)| path.split('/').next() == Some(demo) && super::is_json(path));
    files.for_each(|(_, text)| walk(&serde_json::from_str(text).expect("JSON"), &mut found));
    found
}

#[test]
fn every_demo_opens_and_an_unknown_one_is_named() {
    assert!(names().contains(&super::DEFAULT));
    for name in names() {
        open(name, Arc::new(|| at(NOW))).expect("the demo opens");
    }
    let error = open("nowhere", Arc::new(|| at(NOW))).expect_err("there is none");
    assert!(error.to_string().starts_with("there is no demo `nowhere`; there are: "), "{error}");
}

#[test]
fn targets_are_addresses_of_task_interfaces() {
    let estate = estate();
    let interfaces = &regional(&estate).network_interfaces;
    let mut targets = 0;
    for group in &regional(&estate).target_groups {
        for health in group.target_health_descriptions.as_ref().expect("the health was read") {
            let address = &health.target.as_ref().expect("a target").id;
            let interface = interfaces.iter().find(|i| i.private_ip_address.as_ref() == Some(address));
            let description = interface.and_then(|i| i.description.as_deref()).unwrap_or_default();
            assert!(description.contains(":attachment/"), "{address}: {description}");
            targets += 1;
        }
    }
    let running: i32 = regional(&estate).ecs_services.iter().filter_map(|service| service.running_count).sum();
    assert_eq!((targets, running), (12, 12));
}

#[test]
fn environments_are_told_apart_despite_the_tags() {
    let estate = estate();
    let attribution = Attribution::new(&estate, &estate.environments);
    let of = |kind: Kind, name: &str| {
        let mut found =
            estate.resources().filter(|(_, r)| r.kind() == kind && (r.name() == Some(name) || r.id() == name));
        let (shard, resource) = found.next().unwrap_or_else(|| panic!("{kind} `{name}` is there"));
        attribution.get(&shard.key(resource)).map(str::to_owned)
    };
    for (kind, production, staging, dev) in [
        (Kind::LoadBalancer, "lb", "lb-staging", "lb-dev"),
        (Kind::TargetGroup, "api-community", "api-staging", "api-dev"),
        (Kind::EcsService, "api-community", "api-staging", "api-dev"),
        (Kind::EcsService, "reconcile-community", "reconcile-staging", "reconcile-dev"),
        (Kind::EcsService, "generateid", "generateid-staging", "generateid-dev"),
        (Kind::DbInstance, "db", "db-staging", "db-dev"),
        (Kind::DbSubnetGroup, "ror", "ror-staging", "ror-dev"),
        (Kind::Bucket, "main.ror.community", "www.staging.ror.community", "www.dev.ror.community"),
        (Kind::Bucket, "search.ror.community", "search.staging.ror.community", "search.dev.ror.community"),
        (Kind::Bucket, "data.ror.org", "data.staging.ror.org", "data.dev.ror.org"),
        (Kind::Bucket, "public.ror.org", "public.staging.ror.org", "public.dev.ror.org"),
        (Kind::LogGroup, "/ecs/api-community", "/ecs/api-staging", "/ecs/api-dev"),
        (Kind::LogGroup, "/ecs/generateid", "/ecs/generateid-staging", "/ecs/generateid-dev"),
        (Kind::LogGroup, "es-v7-prod", "es-v7-staging", "es-v7-dev"),
    ] {
        for (environment, name) in [("production", production), ("staging", staging), ("dev", dev)] {
            assert_eq!(of(kind, name).as_deref(), Some(environment), "{kind} `{name}`");
        }
    }
    for (kind, name) in [
        (Kind::SecurityGroup, "bastion"),
        (Kind::Instance, "Bastion 2023"),
        (Kind::EcsCluster, "default"),
        (Kind::Bucket, "logfiles.ror.community"),
    ] {
        assert_eq!(of(kind, name), None, "{kind} `{name}` serves all of them");
    }
    let rules = &regional(&estate).listener_rules;
    let owned = rules.iter().filter(|rule| attribution.get(&part(&estate, REGION).key(*rule)).is_some());
    assert_eq!((rules.len(), owned.count()), (33, 33), "rules belong where their load balancer does");
    let distributions = global(&estate).distributions.iter().map(|d| {
        let key = part(&estate, "aws-global").key(d);
        attribution.get(&key).unwrap_or("none").to_owned()
    });
    let mut found: Vec<String> = distributions.collect();
    found.sort();
    assert_eq!(found, ["dev", "production", "production", "staging"]);
}

/// What the internet reaches behind the demo's balancers: the services of each environment, all without a gate but
/// for those by which nothing more is reached.
#[test]
fn the_demo_has_its_services_behind_its_balancers() {
    let estate = super::estate("ror").unwrap();
    let network = crate::reach::Network::new(&estate);
    let lines: Vec<String> = network
        .exposed_behind(&network.exposures())
        .iter()
        .map(|one| {
            let by: Vec<String> = one.by.iter().map(ToString::to_string).collect();
            let group = one.path.iter().rev().nth(1).and_then(|hop| hop.component.name.clone());
            format!(
                "{} {} > {} {} {} {:?} {}",
                one.name.unwrap_or(one.door),
                by.join(" "),
                group.unwrap_or_default(),
                one.target,
                one.verdict,
                one.gates,
                one.sources.nets().len()
            )
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"));
}
