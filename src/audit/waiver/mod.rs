//! Waivers: faults that somebody answers for, until a day. A waiver hides nothing: what it covers is WAIVED, never a
//! pass, and a waiver that has expired or covers nothing is a finding itself.

mod apply;
mod edit;

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;
use wildmatch::WildMatch;

pub use apply::Waiving;
pub use edit::written;

use super::{Fault, Finding};
use crate::model::{Estate, Tag};

/// One entry of a waivers file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiver {
    /// The rule whose finding is accepted.
    pub rule: String,
    /// On which resources.
    pub resource: Selector,
    /// Who answers for it.
    pub owner: String,
    /// Why it is accepted.
    pub reason: String,
    /// The last day on which it is, in UTC.
    pub expires: Date,
    /// Where it is written down.
    pub ticket: Option<String>,
    /// Where it stands: `waivers.toml:12`.
    pub place: String,
}

/// Which resources are meant: those that everything given fits. Upper and lower case matter, except in the name of an
/// environment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Selector {
    /// The resource's id, as a finding shows it.
    pub id: Option<String>,
    /// A glob (`*`, `?`) over the name its owner gave it.
    pub name: Option<String>,
    /// A tag it has.
    pub tag: Option<TagValue>,
    /// The environment it belongs to, by its own marks or by what it is part of.
    pub environment: Option<String>,
    /// The account it is in.
    pub account: Option<String>,
    /// The Region it is in.
    pub region: Option<String>,
}

/// A tag with its value.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TagValue {
    /// The key.
    pub key: String,
    /// The value.
    pub value: String,
}

/// A waivers file of Bartizan: faults that somebody answers for, until a day.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Waivers of Bartizan")]
struct File {
    #[serde(default)]
    #[schemars(with = "Vec<Entry>")]
    waiver: Vec<Spanned<Entry>>,
}

/// One waiver.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Entry {
    /// The rule whose finding is accepted.
    #[schemars(with = "String")]
    rule: Spanned<String>,
    /// On which resources: those that everything given fits.
    #[schemars(with = "Selector")]
    resource: Spanned<Selector>,
    /// Who answers for it.
    #[schemars(with = "String")]
    owner: Spanned<String>,
    /// Why it is accepted.
    #[schemars(with = "String")]
    reason: Spanned<String>,
    /// The last day on which it is, in UTC, as 2026-12-31.
    #[schemars(with = "String", extend("format" = "date"))]
    expires: Spanned<toml::Value>,
    /// Where it is written down.
    #[schemars(with = "Option<String>")]
    ticket: Option<Spanned<String>>,
}

/// The shape of a waivers file, as JSON Schema.
#[must_use]
pub fn schema() -> schemars::Schema {
    schemars::schema_for!(File)
}

impl Waiver {
    /// Reads a waivers file.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its place: a waiver that is silently left out would be missed, and
    /// one that is silently kept would hide something.
    pub fn read(path: &Path) -> Result<Vec<Self>, Vec<Fault>> {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|error| {
            let hint = "`bartizan waive` writes one; an empty file is one without waivers";
            vec![Fault::file(&name, format!("{error}: {hint}"))]
        })?;
        Self::of_text(&name, &text)
    }

    /// Reads the text of a waivers file.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its place.
    pub fn of_text(path: &str, text: &str) -> Result<Vec<Self>, Vec<Fault>> {
        let at = |offset: usize, message: String| {
            let line = text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1;
            Fault::at(path, (line, 0), message)
        };
        let file: File = toml::from_str(text).map_err(|error| {
            vec![at(error.span().map_or(0, |span| span.start), error.message().trim_end().to_owned())]
        })?;
        let mut faults = Vec::new();
        let mut waivers: Vec<Self> = Vec::new();
        let mut seen: BTreeMap<String, String> = BTreeMap::new();
        for entry in file.waiver {
            let start = entry.span().start;
            let place = format!("{path}:{}", at(start, String::new()).line);
            match waiver(entry.into_inner(), place) {
                Ok(waiver) => match seen.insert(waiver.label(), waiver.place.clone()) {
                    Some(first) => faults.push(at(start, format!("the same rule and resource are waived at {first}"))),
                    None => waivers.push(waiver),
                },
                Err(wrong) => faults.extend(wrong.into_iter().map(|(offset, message)| at(offset, message))),
            }
        }
        if faults.is_empty() { Ok(waivers) } else { Err(faults) }
    }

    /// What it is known by: the rule and the selector.
    #[must_use]
    pub fn label(&self) -> String {
        format!("{}: {}", self.rule, self.resource)
    }

    /// Whether the day is over up to which it holds.
    #[must_use]
    pub fn is_expired(&self, today: Date) -> bool {
        self.expires < today
    }

    /// Whether it is meant for a finding.
    fn covers(&self, finding: &Finding, estate: &Estate) -> bool {
        self.rule == finding.rule && self.resource.fits(finding, estate)
    }
}

/// Checks what the grammar of the file does not: each fault with its offset.
fn waiver(entry: Entry, place: String) -> Result<Waiver, Vec<(usize, String)>> {
    let mut faults = Vec::new();
    let mut text = |field: &str, value: Spanned<String>| {
        if value.get_ref().trim().is_empty() {
            faults.push((value.span().start, format!("{field}: it is empty")));
        }
        value.into_inner()
    };
    let rule = text("rule", entry.rule);
    let owner = text("owner", entry.owner);
    let reason = text("reason", entry.reason);
    let ticket = entry.ticket.map(|ticket| text("ticket", ticket));
    let selector = entry.resource.get_ref();
    if *selector == Selector::default() {
        let way = "give id, name, tag, environment, account or region; `name = \"*\"` means every named one";
        faults.push((entry.resource.span().start, format!("resource: it selects nothing: {way}")));
    }
    let empty = selector.fields().into_iter().filter(|(_, value)| value.trim().is_empty());
    for (field, _) in empty.collect::<Vec<_>>() {
        faults.push((entry.resource.span().start, format!("resource: {field}: it is empty")));
    }
    let span = entry.expires.span();
    let expires = date(entry.expires.get_ref()).map_err(|told| faults.push((span.start, format!("expires: {told}"))));
    match expires {
        Ok(expires) if faults.is_empty() => {
            Ok(Waiver { rule, resource: entry.resource.into_inner(), owner, reason, expires, ticket, place })
        }
        _ => Err(faults),
    }
}

fn date(value: &toml::Value) -> Result<Date, String> {
    let text = match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Datetime(date) => date.to_string(),
        other => other.to_string(),
    };
    let written = text.len() == 10;
    text.parse::<Date>().ok().filter(|_| written).ok_or(format!("`{text}` is not a day: write it as 2026-12-31"))
}

impl Selector {
    /// Whether a finding's resource is meant.
    fn fits(&self, finding: &Finding, estate: &Estate) -> bool {
        self.may_fit(finding, estate, false)
    }

    /// Whether a finding's resource is meant; `unseen` is the answer where that cannot be seen.
    fn may_fit(&self, finding: &Finding, estate: &Estate, unseen: bool) -> bool {
        let key = &finding.subject.key;
        let or_unseen = |given: bool, fits: Option<bool>| !given || fits.unwrap_or(unseen);
        let whole = unseen && key.id.ends_with('*');
        let id = self.id.as_ref().is_none_or(|id| *id == key.id || whole);
        let name = finding.subject.name.as_deref();
        let globbed = name.map(|name| self.name.as_ref().is_some_and(|glob| WildMatch::new(glob).matches(name)));
        // Looked for last, because it takes looking through a listing.
        let tagged = || estate.resource(key).map(|known| self.tag.as_ref().is_some_and(|tag| tag.is_of(known.tags())));
        let environment = finding.environment.as_deref();
        let wanted = self.environment.as_deref().unwrap_or_default();
        let belongs = environment.map(|environment| environment.eq_ignore_ascii_case(wanted));
        self.here(key.account.as_str(), key.region.as_str())
            && id
            && or_unseen(self.name.is_some(), globbed.filter(|_| !whole))
            && or_unseen(self.environment.is_some(), belongs)
            && (self.tag.is_none() || tagged().unwrap_or(unseen))
    }

    /// Whether resources of this account and Region may be meant.
    fn here(&self, account: &str, region: &str) -> bool {
        self.account.as_ref().is_none_or(|wanted| wanted == account)
            && self.region.as_ref().is_none_or(|wanted| wanted == region)
    }

    fn fields(&self) -> Vec<(&'static str, &str)> {
        let tag = self.tag.as_ref().map(|tag| tag.key.as_str());
        let fields = [
            ("id", self.id.as_deref()),
            ("name", self.name.as_deref()),
            ("tag", tag),
            ("environment", self.environment.as_deref()),
            ("account", self.account.as_deref()),
            ("region", self.region.as_deref()),
        ];
        fields.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }
}

/// As in the file, but always in the same order.
impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields = self.fields().into_iter().map(|(name, value)| match (&self.tag, name) {
            (Some(tag), "tag") => format!("tag {} = \"{}\"", tag.key, tag.value),
            _ => format!("{name} = \"{value}\""),
        });
        f.write_str(&fields.collect::<Vec<_>>().join(", "))
    }
}

impl TagValue {
    fn is_of(&self, tags: &[Tag]) -> bool {
        tags.iter().any(|tag| tag.key == self.key && tag.value == self.value)
    }
}

#[cfg(test)]
mod tests;
