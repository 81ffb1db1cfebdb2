//! Making a counter-example small enough to be read: whatever can be left out is left out, as long as it still fails.

use std::fmt::Write;

use bartizan::model::Estate;
use serde_json::Value;

use crate::simulator::Packet;

/// Leaves out resources, rules, entries, routes and whatever else is in a list, in ever smaller portions, until
/// nothing more can go.
pub(crate) fn shrink(estate: &Estate, packet: &Packet, fails: impl Fn(&Estate, &Packet) -> bool) -> (Estate, Packet) {
    let mut packet = packet.clone();
    let simpler = Packet { source_port: None, ..packet.clone() };
    if fails(estate, &simpler) {
        packet = simpler;
    }
    (thinned(estate, |estate| fails(estate, &packet)), packet)
}

/// The same for what is not about a packet.
pub(crate) fn thinned(estate: &Estate, fails: impl Fn(&Estate) -> bool) -> Estate {
    let mut json = serde_json::to_value(estate).expect("JSON");
    let still = |json: &Value| serde_json::from_value::<Estate>(json.clone()).is_ok_and(|estate| fails(&estate));
    loop {
        let before = json.clone();
        for list in lists(&json) {
            thin_out(&mut json, &list, &still);
        }
        if json == before {
            return serde_json::from_value(json).expect("it was one");
        }
    }
}

/// The places of all lists of resources and of all lists in them.
fn lists(estate: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for shard in 0..estate["Shards"].as_array().map_or(0, Vec::len) {
        let place = format!("/Shards/{shard}/Resources");
        if let Some(resources) = estate.pointer(&place) {
            below(resources, &place, &mut found);
        }
    }
    found
}

fn below(value: &Value, place: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                below(field, &format!("{place}/{name}"), found);
            }
        }
        Value::Array(items) => {
            found.push(place.to_owned());
            for (index, item) in items.iter().enumerate() {
                below(item, &format!("{place}/{index}"), found);
            }
        }
        _ => {}
    }
}

/// Drops halves of a list, then quarters, down to single items, wherever it still fails without them.
fn thin_out(json: &mut Value, place: &str, still: &impl Fn(&Value) -> bool) {
    let Some(items) = json.pointer(place).and_then(Value::as_array) else { return };
    let mut items = items.clone();
    let mut portion = items.len();
    while portion > 0 {
        let mut at = 0;
        while at < items.len() {
            let end = (at + portion).min(items.len());
            let mut fewer = items.clone();
            let dropped: Vec<Value> = fewer.drain(at..end).collect();
            let mut tried = json.clone();
            if let Some(list) = tried.pointer_mut(place) {
                *list = Value::Array(fewer.clone());
            }
            if !dropped.iter().any(is_needed) && still(&tried) {
                *json = tried;
                items = fewer;
            } else {
                at = end;
            }
        }
        portion /= 2;
    }
}

/// What AWS does not let anyone remove: the local route.
fn is_needed(item: &Value) -> bool {
    item["GatewayId"] == "local"
}

/// What is left, for a reader: the packet, then the resources in AWS's JSON.
pub(crate) fn tell(estate: &Estate, packet: &Packet) -> String {
    format!("{packet:?}\n{}", tell_estate(estate))
}

/// The resources in AWS's JSON.
pub(crate) fn tell_estate(estate: &Estate) -> String {
    let mut text = String::new();
    for shard in &estate.shards {
        let place = &shard.provenance;
        for resource in shard.resources.iter() {
            let json = plain(resource.json());
            writeln!(text, "{}/{} {}: {json}", place.account, place.region, resource.kind()).expect("text");
        }
    }
    text
}

/// Without what says nothing: empty lists.
fn plain(mut json: Value) -> Value {
    match &mut json {
        Value::Object(fields) => {
            *fields = std::mem::take(fields).into_iter().map(|(name, field)| (name, plain(field))).collect();
            fields.retain(|_, field| field.as_array().is_none_or(|list| !list.is_empty()));
        }
        Value::Array(items) => *items = std::mem::take(items).into_iter().map(plain).collect(),
        _ => {}
    }
    json
}
