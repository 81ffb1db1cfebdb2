//! AWS Security Finding Format, as `aws securityhub batch-import-findings` takes it: an array of findings. Import at
//! most a hundred at a time.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use super::manifest::Manifest;
use super::{Report, aws_name, change, cut, here, json, missing, place, subject, waiver};
use crate::audit::{Finding, Placeholders, RuleMeta, Severity, Status};
use crate::model::text::sanitise;

/// Where findings without a Region go.
const HOME: &str = "us-east-1";

/// The longest title, description and text of a remedy, and the most fields of evidence, that Security Hub takes.
const TITLE: usize = 256;
const DESCRIPTION: usize = 1024;
const REMEDY: usize = 512;
const FIELDS: usize = 50;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    schema_version: &'static str,
    id: String,
    product_arn: String,
    product_name: &'static str,
    company_name: &'static str,
    generator_id: String,
    aws_account_id: String,
    region: String,
    types: [&'static str; 1],
    created_at: String,
    updated_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_observed_at: Option<String>,
    severity: Value,
    title: String,
    description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    remediation: Option<Value>,
    resources: [Value; 1],
    compliance: Value,
    workflow: Value,
    record_state: &'static str,
    product_fields: BTreeMap<&'static str, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<Value>,
}

/// The audit as an array of findings.
pub(super) fn render(report: &Report<'_>) -> String {
    let manifest = Manifest::new(report);
    let estate = report.estate.digest();
    json::page(&json::Each(report.audit.findings.iter().map(|finding| entry(report, &manifest, finding, &estate))))
}

fn entry(report: &Report<'_>, manifest: &Manifest<'_>, finding: &Finding, estate: &str) -> Entry {
    let key = &finding.subject.key;
    let region = if key.region.is_global() { HOME } else { key.region.as_str() };
    let partition = aws_name::partition(region);
    let account = key.account.as_str();
    let meta = manifest.rule(finding).map(|judge| &judge.rule.meta);
    let here = here(manifest, finding);
    let demo = if report.estate.is_demo() { "DEMO: " } else { "" };
    let told = format!("{demo}{} in {}: {}", subject(finding), place(finding), finding.message);
    Entry {
        schema_version: "2018-10-08",
        id: format!("bartizan/{account}/{}/{}", key.region, finding.id),
        product_arn: format!("arn:{partition}:securityhub:{region}:{account}:product/{account}/default"),
        product_name: "Bartizan",
        company_name: "Bartizan",
        generator_id: format!("bartizan/{}/{}", finding.pack, finding.rule),
        aws_account_id: account.to_owned(),
        region: region.to_owned(),
        types: ["Software and Configuration Checks/AWS Security Best Practices"],
        created_at: report.time(),
        updated_at: report.time(),
        last_observed_at: manifest.read_at(finding),
        severity: json!({"Label": label(finding), "Original": finding.severity.word()}),
        title: cut(&sanitise(&finding.title), TITLE),
        description: cut(&sanitise(&told), DESCRIPTION),
        remediation: meta.and_then(|meta| remediation(meta, &here)),
        resources: [resource(finding)],
        compliance: compliance(finding, meta),
        workflow: json!({"Status": if matches!(finding.status, Status::Waived { .. }) { "SUPPRESSED" } else { "NEW" }}),
        record_state: if matches!(finding.status, Status::NotApplicable) { "ARCHIVED" } else { "ACTIVE" },
        product_fields: fields(report, manifest, finding, estate),
        note: note(report, finding),
    }
}

/// A pass is informational; what could not be decided keeps the weight of what may be there.
fn label(finding: &Finding) -> &'static str {
    match (&finding.status, finding.severity) {
        (Status::Pass | Status::NotApplicable, _) | (_, Severity::Informational) => "INFORMATIONAL",
        (_, Severity::Low) => "LOW",
        (_, Severity::Medium) => "MEDIUM",
        (_, Severity::High) => "HIGH",
        (_, Severity::Critical) => "CRITICAL",
    }
}

fn compliance(finding: &Finding, meta: Option<&RuleMeta>) -> Value {
    let (status, reason) = match finding.status {
        Status::Pass => ("PASSED", "PASS"),
        Status::Fail | Status::Waived { .. } => ("FAILED", finding.status.word()),
        // AWS's own word for "some information is missing".
        Status::Unknown { .. } => ("WARNING", "UNKNOWN"),
        Status::NotApplicable => ("NOT_AVAILABLE", "NOT_APPLICABLE"),
    };
    let details = missing(finding);
    let told = if details.is_empty() { finding.message.clone() } else { details.join("; ") };
    json!({
        "Status": status,
        "StatusReasons": [{"ReasonCode": reason, "Description": cut(&sanitise(&told), DESCRIPTION)}],
        "RelatedRequirements": meta.map(|meta| meta.controls.iter().take(32).collect::<Vec<_>>()).unwrap_or_default(),
    })
}

fn remediation(meta: &RuleMeta, here: &Placeholders) -> Option<Value> {
    let (way, text) = meta.remediation.ways().next()?;
    Some(json!({"Recommendation": {"Text": cut(&sanitise(&here.fill(&format!("{way}: {text}"))), REMEDY)}}))
}

fn resource(finding: &Finding) -> Value {
    let key = &finding.subject.key;
    let region = if key.region.is_global() { HOME } else { key.region.as_str() };
    let mut other = BTreeMap::new();
    for item in finding.evidence.iter().take(FIELDS - 1) {
        let of = item.resource.as_ref().map(|resource| format!("{resource}: ")).unwrap_or_default();
        let name = cut(&sanitise(&format!("{of}{}", item.field)), TITLE);
        other.insert(name, cut(&sanitise(&item.value.to_string()), DESCRIPTION));
    }
    if finding.evidence.len() >= FIELDS {
        other.insert("more".to_owned(), format!("{} more fields of evidence", finding.evidence.len() + 1 - FIELDS));
    }
    let unlisted = key.id.ends_with('*');
    let mut resource = json!({
        "Type": if unlisted { "Other" } else { aws_name::asff(key.kind) },
        "Id": cut(&sanitise(&aws_name::arn(key)), 512),
        "Partition": aws_name::partition(region),
        "Region": region,
    });
    if let (false, Some(fields)) = (other.is_empty(), resource.as_object_mut()) {
        fields.insert("Details".to_owned(), json!({"Other": other}));
    }
    resource
}

fn fields(
    report: &Report<'_>,
    manifest: &Manifest<'_>,
    finding: &Finding,
    estate: &str,
) -> BTreeMap<&'static str, String> {
    let mut fields = BTreeMap::from([
        ("bartizan/version", env!("CARGO_PKG_VERSION").to_owned()),
        ("bartizan/finding", finding.id.clone()),
        ("bartizan/resource", cut(&sanitise(&finding.subject.key.to_string()), DESCRIPTION)),
        ("bartizan/estate", estate.to_owned()),
        ("bartizan/complete", report.complete().to_string()),
        ("bartizan/demo", report.estate.is_demo().to_string()),
    ]);
    if let Some(environment) = &finding.environment {
        fields.insert("bartizan/environment", sanitise(environment));
    }
    if let Some(owner) = &finding.owner {
        fields.insert("bartizan/owner", cut(&sanitise(owner), DESCRIPTION));
    }
    if let Some(change) = change(report, finding) {
        fields.insert("bartizan/change", change.to_owned());
    }
    if let Some(since) = report.comparison {
        fields.insert("bartizan/since", cut(&sanitise(&since.with), DESCRIPTION));
    }
    if let Some(judge) = manifest.rule(finding) {
        fields.insert("bartizan/pack", format!("{} {}", judge.pack.id, judge.pack.version));
        fields.insert("bartizan/pack-digest", judge.pack.digest.clone());
        fields.insert("bartizan/rule-digest", judge.digest.clone());
        fields.insert(
            "bartizan/verify",
            cut(&sanitise(&here(manifest, finding).fill(&judge.rule.meta.verify)), DESCRIPTION),
        );
    }
    fields
}

fn note(report: &Report<'_>, finding: &Finding) -> Option<Value> {
    let text = cut(&sanitise(&waiver(finding)?), 512);
    Some(json!({"Text": text, "UpdatedBy": "Bartizan", "UpdatedAt": report.time()}))
}
