//! A JSON report held against what the same estate and rules give again: the first place where they differ.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::{Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::reading::refuse_stranger;
use crate::audit::Severity;

/// Of a value this much is shown.
const SHOWN: usize = 300;

/// What is looked at first: what explains whatever else differs; the rest follows as it stands in the document.
const FIRST: [&str; 10] = [
    "tool_version",
    "manifest.estate_digest",
    "packs",
    "rules",
    "source",
    "manifest",
    "findings",
    "coverage",
    "rule_errors",
    "comparison",
];

/// What a JSON report says of itself that no estate can tell. Whoever judges the estate again has to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// When the report was made; the waivers of that day held.
    pub at: Timestamp,
    /// The version of Bartizan that wrote it.
    pub tool_version: String,
    /// What it calls its source.
    pub label: String,
    /// The severity from which findings failed the audit.
    pub fail_on: Severity,
    /// The environment it was narrowed to.
    pub only: Option<String>,
    /// Whether it was compared with an earlier audit.
    pub compared: bool,
    /// Whether it tells how findings stand over time.
    pub with_trend: bool,
}

#[derive(Deserialize)]
struct Document {
    generated_at: Timestamp,
    tool_version: String,
    source: Source,
    manifest: Manifest,
    comparison: Option<IgnoredAny>,
    trend: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Source {
    label: String,
}

#[derive(Deserialize)]
struct Manifest {
    fail_on: Severity,
    only_environment: Option<String>,
}

/// The first difference between a report and what was found again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// Where: `$.findings[3].status`.
    pub place: String,
    /// What that is about, in words; empty where the place says it all.
    pub about: String,
    /// What the report says there; nothing when it says nothing.
    pub said: Option<String>,
    /// What was found again; nothing when there is nothing.
    pub found: Option<String>,
}

/// Reads what a report says of itself.
///
/// # Errors
/// When it is no report, is damaged, says a thing twice or was written by a newer Bartizan.
pub fn claims(bytes: &[u8]) -> Result<Claims, String> {
    refuse_stranger(bytes)?;
    let damaged = |error| format!("damaged report ({error}): make it again with `bartizan audit --format json`");
    // Of a key that is there twice, one reader takes the first and another the last.
    serde_json::from_slice::<Once>(bytes).map_err(damaged)?;
    let document: Document = serde_json::from_slice(bytes).map_err(damaged)?;
    Ok(Claims {
        at: document.generated_at,
        tool_version: document.tool_version,
        label: document.source.label,
        fail_on: document.manifest.fail_on,
        only: document.manifest.only_environment,
        compared: document.comparison.is_some(),
        with_trend: document.trend.is_some(),
    })
}

/// The first difference between a report and the one that was made again; `unchecked` is left out.
///
/// # Errors
/// When one of the two is no JSON.
pub fn mismatch(said: &[u8], found: &[u8], unchecked: &[&str]) -> Result<Option<Mismatch>, String> {
    let read = |bytes| serde_json::from_slice::<Value>(bytes).map_err(|error| error.to_string());
    let (mut said, mut found) = (read(said)?, read(found)?);
    for path in unchecked {
        take(&mut said, path);
        take(&mut found, path);
    }
    let first = FIRST.iter().find_map(|path| {
        let pointer = format!("/{}", path.replace('.', "/"));
        differ(&format!("$.{path}"), said.pointer(&pointer), found.pointer(&pointer))
    });
    Ok(first.or_else(|| differ("$", Some(&said), Some(&found))))
}

/// Takes a field out of a document.
fn take(document: &mut Value, path: &str) {
    let (parent, field) = path.rsplit_once('.').unwrap_or(("", path));
    let parent = if parent.is_empty() { String::new() } else { format!("/{}", parent.replace('.', "/")) };
    if let Some(fields) = document.pointer_mut(&parent).and_then(Value::as_object_mut) {
        fields.remove(field);
    }
}

fn differ(place: &str, said: Option<&Value>, found: Option<&Value>) -> Option<Mismatch> {
    match (said, found) {
        (said, found) if said == found => None,
        (Some(Value::Object(said)), Some(Value::Object(found))) => {
            let names: BTreeSet<&String> = said.keys().chain(found.keys()).collect();
            names.into_iter().find_map(|name| differ(&format!("{place}.{name}"), said.get(name), found.get(name)))
        }
        (Some(Value::Array(said)), Some(Value::Array(found))) => {
            strangers(place, said, found).or_else(|| elements(place, said, found))
        }
        (said, found) => Some(Mismatch {
            place: place.to_owned(),
            about: String::new(),
            said: said.map(ToString::to_string),
            found: found.map(ToString::to_string),
        }),
    }
}

/// The first element of one list whose id the other does not hold: one that is missing, before one that is too many.
fn strangers(place: &str, said: &[Value], found: &[Value]) -> Option<Mismatch> {
    let (held, wanted) = (ids(said)?, ids(found)?);
    if let Some(missing) = found.iter().find(|one| id(one).is_some_and(|id| !held.contains_key(id))) {
        let (place, about) = (place.to_owned(), format!("it lacks {}", name(missing)));
        return Some(Mismatch { place, about, said: None, found: Some(missing.to_string()) });
    }
    let extra = |one: &Value| id(one).is_some_and(|id| !wanted.contains_key(id));
    let (nth, extra) = said.iter().enumerate().find(|(_, one)| extra(one))?;
    let about = format!("nobody else finds {}", name(extra));
    Some(Mismatch { place: format!("{place}[{nth}]"), about, said: Some(extra.to_string()), found: None })
}

fn elements(place: &str, said: &[Value], found: &[Value]) -> Option<Mismatch> {
    (0..said.len().max(found.len())).find_map(|nth| {
        let (one, other) = (said.get(nth), found.get(nth));
        let mismatch = differ(&format!("{place}[{nth}]"), one, other)?;
        let about = match (mismatch.about.is_empty(), other.or(one).filter(|one| id(one).is_some())) {
            (true, Some(one)) => name(one),
            _ => mismatch.about,
        };
        Some(Mismatch { about, ..mismatch })
    })
}

fn id(value: &Value) -> Option<&str> {
    value.get("id")?.as_str()
}

/// The elements of a list by their ids; nothing where one has none.
fn ids(list: &[Value]) -> Option<BTreeMap<&str, &Value>> {
    list.iter().map(|one| Some((id(one)?, one))).collect()
}

/// What an element of a list is, in words.
fn name(value: &Value) -> String {
    let text = |field: &str| value.get(field).and_then(Value::as_str).unwrap_or_default();
    match (text("rule"), text("resource_type"), text("resource")) {
        ("", _, _) => format!("`{}`", text("id")),
        (rule, kind, resource) => format!("finding {}, {rule} of {kind} {resource}", text("id")),
    }
}

impl Mismatch {
    /// It in lines, not yet made safe.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let value = |value: &Option<String>| value.as_deref().map_or("nothing".to_owned(), |v| super::cut(v, SHOWN));
        let about = if self.about.is_empty() { String::new() } else { format!(": {}", self.about) };
        vec![
            format!("first difference, at {}{about}", self.place),
            format!("  the report says: {}", value(&self.said)),
            format!("  found again:     {}", value(&self.found)),
        ]
    }
}

/// Any JSON in which no object has a key twice.
struct Once;

impl<'de> Deserialize<'de> for Once {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OnceVisitor)
    }
}

struct OnceVisitor;

impl<'de> Visitor<'de> for OnceVisitor {
    type Value = Once;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Once, E> {
        Ok(Once)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Once, E> {
        Ok(Once)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Once, E> {
        Ok(Once)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Once, E> {
        Ok(Once)
    }

    fn visit_str<E>(self, _: &str) -> Result<Once, E> {
        Ok(Once)
    }

    fn visit_unit<E>(self) -> Result<Once, E> {
        Ok(Once)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Once, A::Error> {
        while list.next_element::<Once>()?.is_some() {}
        Ok(Once)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Once, A::Error> {
        let mut keys = BTreeSet::new();
        while let Some((key, Once)) = map.next_entry::<String, Once>()? {
            if let Some(key) = keys.replace(key) {
                return Err(A::Error::custom(format!("`{key}` is there twice")));
            }
        }
        Ok(Once)
    }
}
