//! A JSON report read back, to compare an audit with. What a later version adds is not needed and ignored; what
//! cannot be right is refused, because a finding that is wrongly taken for known would pass.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::Timestamp;
use serde::Deserialize;

use super::json::{FORMAT, VERSION};
use crate::audit::{Fingerprint, Severity, Side, Status, Verdict};

#[derive(Deserialize)]
struct Header {
    format: String,
    version: u32,
}

/// Refuses what is no report of ours, or a newer one than we know.
pub(super) fn refuse_stranger(bytes: &[u8]) -> Result<(), String> {
    let stranger = "not a JSON report: `bartizan audit --format json` writes one";
    let header: Header = serde_json::from_slice(bytes).map_err(|error| format!("{stranger} ({error})"))?;
    if header.format != FORMAT {
        return Err(stranger.to_owned());
    }
    if header.version > VERSION {
        let version = header.version;
        return Err(format!("the report has version {version}, this Bartizan reads up to {VERSION}: use a newer one"));
    }
    Ok(())
}

#[derive(Deserialize)]
struct Document {
    generated_at: Timestamp,
    source: Source,
    #[serde(default)]
    manifest: Manifest,
    coverage: Coverage,
    rules: Vec<Rule>,
    findings: Vec<Finding>,
}

#[derive(Deserialize)]
struct Source {
    label: String,
}

#[derive(Default, Deserialize)]
struct Manifest {
    only_environment: Option<String>,
}

#[derive(Deserialize)]
struct Coverage {
    #[serde(default)]
    reads: Vec<Read>,
}

#[derive(Deserialize)]
struct Read {
    account: String,
    region: String,
    action: String,
    state: String,
}

#[derive(Deserialize)]
struct Rule {
    id: String,
}

#[derive(Deserialize)]
struct Finding {
    id: String,
    status: String,
    severity: Severity,
    rule: String,
    title: String,
    account: String,
    region: String,
    resource_type: String,
    resource: String,
    name: Option<String>,
    environment: Option<String>,
    #[serde(default)]
    owner: Option<String>,
    message: String,
    waiver: Option<Waiver>,
}

#[derive(Deserialize)]
struct Waiver {
    reason: String,
    until: String,
    owner: String,
    ticket: Option<String>,
}

/// Reads a JSON report.
///
/// # Errors
/// When it cannot be read, is no report, is damaged or was written by a newer Bartizan; the text says which file.
pub fn read(path: &Path) -> Result<Side, String> {
    let fail = |told: String| format!("{}: {told}", path.display());
    let bytes = std::fs::read(path).map_err(|error| fail(error.to_string()))?;
    of_bytes(&path.display().to_string(), &bytes).map_err(fail)
}

fn of_bytes(name: &str, bytes: &[u8]) -> Result<Side, String> {
    refuse_stranger(bytes)?;
    let document: Document = serde_json::from_slice(bytes)
        .map_err(|error| format!("damaged report ({error}): make it again with `bartizan audit --format json`"))?;
    side(name, document)
}

fn side(name: &str, document: Document) -> Result<Side, String> {
    let at = document.generated_at.strftime("%Y-%m-%d %H:%M UTC");
    let reads = document.coverage.reads.into_iter();
    let reads = reads.map(|read| ((read.account, read.region, read.action), read.state == "read")).collect();
    let mut rules: BTreeSet<String> = document.rules.into_iter().map(|rule| rule.id).collect();
    let mut verdicts = BTreeMap::new();
    for finding in document.findings {
        let id = finding.id.clone();
        let (print, verdict) = verdict(finding)?;
        if print.id() != id {
            return Err(format!("damaged report: finding `{id}` should have the id `{}`", print.id()));
        }
        if print.resource_type == "Waiver" {
            rules.insert(print.rule.clone());
        }
        if verdicts.insert(print, verdict).is_some() {
            return Err(format!("damaged report: finding `{id}` is in it twice"));
        }
    }
    let label = format!("the report {name} of {} at {at}", document.source.label);
    let only = document.manifest.only_environment;
    Ok(Side { label, only, rules, verdicts, ..Side::default() }.with_reads(reads))
}

fn verdict(finding: Finding) -> Result<(Fingerprint, Verdict), String> {
    let print = Fingerprint {
        rule: finding.rule,
        account: finding.account,
        region: finding.region,
        resource_type: finding.resource_type,
        resource: finding.resource,
    };
    let status = match (finding.status.as_str(), finding.waiver) {
        ("FAIL", _) => Status::Fail,
        ("UNKNOWN", _) => {
            let reason = finding.message.strip_prefix("could not be decided: ").unwrap_or(&finding.message);
            Status::Unknown { missing: Vec::new(), reason: reason.to_owned() }
        }
        ("PASS", _) => Status::Pass,
        ("NOT-APPLICABLE", _) => Status::NotApplicable,
        ("WAIVED", Some(Waiver { reason, until, owner, ticket })) => Status::Waived { reason, until, owner, ticket },
        (other, _) => return Err(format!("damaged report: finding `{}` has the status `{other}`", finding.id)),
    };
    let verdict = Verdict {
        status,
        severity: finding.severity,
        title: finding.title,
        message: finding.message,
        name: finding.name,
        environment: finding.environment,
        owner: finding.owner,
    };
    Ok((print, verdict))
}
