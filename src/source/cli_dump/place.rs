//! Which account and Region a file of a dump is about.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::DumpFile;
use crate::model::{AccountId, Region};

/// What is assumed when neither the path nor the resources tell.
const UNKNOWN_ACCOUNT: &str = "unknown-account";
const UNKNOWN_REGION: &str = "unknown-region";

/// Where files without an account or Region in their path belong.
#[derive(Debug)]
pub(super) struct Places {
    account: AccountId,
    region: Region,
}

#[derive(Default)]
struct Votes {
    accounts: BTreeMap<String, usize>,
    regions: BTreeMap<String, usize>,
}

impl Places {
    /// Counts what the files' resources say of their account and Region; the most frequent wins.
    pub(super) fn new(files: &[DumpFile]) -> Self {
        let mut votes = Votes::default();
        for file in files {
            votes.count(None, &file.json);
        }
        let first = |votes: &BTreeMap<String, usize>, otherwise: &str| {
            let most = votes.iter().max_by(|a, b| a.1.cmp(b.1).then(b.0.cmp(a.0)));
            most.map_or_else(|| otherwise.to_owned(), |(place, _)| place.clone())
        };
        Self {
            account: first(&votes.accounts, UNKNOWN_ACCOUNT).into(),
            region: first(&votes.regions, UNKNOWN_REGION).into(),
        }
    }

    /// The account and Region of one file.
    pub(super) fn of(&self, path: &Path) -> (AccountId, Region) {
        let folders = || path.parent().into_iter().flat_map(Path::iter).filter_map(|part| part.to_str());
        let account = folders().find(|part| is_account(part)).map_or_else(|| self.account.clone(), AccountId::from);
        let region = folders().find(|part| is_region(part)).map_or_else(|| self.region.clone(), Region::from);
        (account, region)
    }
}

impl Votes {
    fn count(&mut self, key: Option<&str>, value: &Value) {
        match value {
            Value::Object(fields) => fields.iter().for_each(|(key, value)| self.count(Some(key), value)),
            Value::Array(items) => items.iter().for_each(|value| self.count(key, value)),
            Value::String(text) => self.text(key, text),
            _ => {}
        }
    }

    fn text(&mut self, key: Option<&str>, text: &str) {
        if key == Some("OwnerId") && is_account(text) {
            *self.accounts.entry(text.to_owned()).or_default() += 1;
        }
        if key == Some("AvailabilityZone") {
            let region = text.trim_end_matches(|c: char| c.is_ascii_lowercase());
            if is_region(region) {
                *self.regions.entry(region.to_owned()).or_default() += 1;
            }
        }
        let mut arn = text.strip_prefix("arn:").into_iter().flat_map(|rest| rest.splitn(5, ':').skip(2));
        if let Some(region) = arn.next().filter(|region| is_region(region)) {
            *self.regions.entry(region.to_owned()).or_default() += 1;
        }
        if let Some(account) = arn.next().filter(|account| is_account(account)) {
            *self.accounts.entry(account.to_owned()).or_default() += 1;
        }
    }
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

/// `eu-west-1`, `us-gov-east-1`, `aws-global`.
fn is_region(text: &str) -> bool {
    if text == Region::GLOBAL {
        return true;
    }
    let parts: Vec<&str> = text.split('-').collect();
    let [first, middle @ .., last] = parts.as_slice() else { return false };
    first.len() == 2
        && !middle.is_empty()
        && middle.iter().all(|part| part.len() > 1 && part.bytes().all(|b| b.is_ascii_lowercase()))
        && !last.is_empty()
        && last.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_are_told_from_other_names() {
        for region in ["eu-west-1", "us-gov-east-1", "ap-southeast-12", "aws-global"] {
            assert!(is_region(region), "{region}");
        }
        for other in ["aws_configs", "w03", "eu-west", "e-west-1", "eu-west-1a", "111122223333", ""] {
            assert!(!is_region(other), "{other}");
        }
    }
}
