//! A truth corpus: small estates in AWS's own JSON, each a pattern that is easily judged wrong, with the facts that
//! must come out.

#![expect(clippy::needless_pass_by_value, reason = "JSON literals read best when handed over")]

mod edge;
mod exposure;
mod network;
mod reached;
mod spread;

use serde_json::Value;

use super::{FactContext, compute};
use crate::model::{Attribution, Environment, Estate, Gap, Kind};

const ACCOUNT: &str = "111122223333";
const REGION: &str = "eu-west-1";

/// An estate of one Region with everything read.
fn estate(resources: Value) -> Estate {
    let mut estate = Estate::default();
    let shard = estate.shard_mut(&ACCOUNT.into(), &REGION.into());
    shard.resources = serde_json::from_value(resources).unwrap();
    shard.reads = Kind::ALL.iter().flat_map(|kind| kind.actions()).map(|action| (*action).to_owned()).collect();
    estate
}

/// The same with one listing denied.
fn without(mut estate: Estate, action: &str) -> Estate {
    let shard = estate.shard_mut(&ACCOUNT.into(), &REGION.into());
    shard.reads.remove(action);
    shard.gaps.push(Gap::new(action, crate::model::GapReason::AccessDenied, "not authorized"));
    estate
}

fn try_fact(estate: &Estate, name: &str, kind: Kind, id: &str) -> Result<Value, Vec<Gap>> {
    let attribution = Attribution::new(estate, &Environment::usual());
    let context = FactContext::new(estate, &attribution);
    let found = estate.shards.iter().find_map(|shard| Some((shard, shard.resources.find(kind, id)?)));
    let (shard, resource) = found.unwrap_or_else(|| panic!("no {kind} `{id}`"));
    compute(name, &context, shard, resource)
}

fn fact(estate: &Estate, name: &str, kind: Kind, id: &str) -> Value {
    try_fact(estate, name, kind, id).unwrap_or_else(|gaps| panic!("{name} of {id}: {gaps:?}"))
}

#[test]
fn every_fact_says_what_it_reads_and_what_it_is_of() {
    for name in super::NAMES {
        assert!(super::reads(name).is_some() && super::kinds(name).is_some(), "{name}");
    }
    assert!(super::reads("no_such_fact").is_none() && super::kinds("no_such_fact").is_none());
    let estate = estate(serde_json::json!({"Vpcs": [{"VpcId": "vpc-1"}]}));
    let gaps = try_fact(&estate, "no_such_fact", Kind::Vpc, "vpc-1").unwrap_err();
    assert_eq!(gaps[0].detail, "there is no fact `no_such_fact` of Vpc");
    assert_eq!(try_fact(&estate, "admits", Kind::Vpc, "vpc-1").unwrap_err().len(), 1);
}

/// Fixtures are written by hand; this keeps them what a rule is really handed.
#[test]
fn the_fixtures_of_every_pack_have_the_shape_of_real_input() {
    let fixtures: Vec<_> = crate::embedded::RULES.iter().filter(|(path, _)| path.contains("/fixtures/")).collect();
    assert!(fixtures.len() > 30, "only {} fixtures are built in", fixtures.len());
    for (path, text) in fixtures {
        let groups: serde_json::Map<String, Value> = serde_json::from_str(text).unwrap();
        for (group, inputs) in &groups {
            for input in inputs.as_array().unwrap() {
                let told = format!("{path}, {group}, {}", input["id"]);
                for (name, fact) in input["facts"].as_object().unwrap() {
                    super::fits(name, fact.clone()).unwrap_or_else(|error| panic!("{told}: {name}: {error}"));
                }
                let kind = Kind::of_name(input["kind"].as_str().unwrap()).unwrap_or_else(|| panic!("{told}: kind"));
                let mut resources = crate::model::Resources::default();
                resources.push_json(kind, input["resource"].clone()).unwrap_or_else(|error| panic!("{told}: {error}"));
                let resource = *resources.of_kind(kind).first().unwrap();
                assert_eq!(resource.json(), input["resource"], "{told}: the resource is not what AWS's JSON becomes");
                assert_eq!(resource.id(), input["id"], "{told}");
                assert_eq!(resource.name(), input.get("name").and_then(Value::as_str), "{told}");
            }
        }
    }
}
