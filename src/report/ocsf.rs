//! OCSF 1.6 Compliance Findings (class 2003), as security lakes take them: one event per verdict, in an array.

use serde::Serialize;
use serde_json::{Value, json};

use super::manifest::Manifest;
use super::{Report, aws_name, change, here, json, missing, place, subject, waiver};
use crate::audit::{Finding, Placeholders, RuleMeta, Severity, Status};

/// The version of the schema.
const SCHEMA: &str = "1.6.0";

/// A Compliance Finding.
pub(super) const CLASS: u16 = 2003;

#[derive(Serialize)]
struct Event<'a> {
    activity_id: u8,
    activity_name: &'static str,
    category_uid: u8,
    category_name: &'static str,
    class_uid: u16,
    class_name: &'static str,
    type_uid: u32,
    type_name: &'static str,
    time: i64,
    message: String,
    severity_id: u8,
    severity: &'static str,
    status_id: u8,
    status: &'static str,
    status_code: &'static str,
    status_detail: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<String>,
    metadata: Value,
    cloud: Value,
    finding_info: Value,
    compliance: Value,
    resources: Value,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    evidences: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    remediation: Option<Value>,
    unmapped: Value,
}

/// What all events of a report share.
struct Frame<'a> {
    report: &'a Report<'a>,
    manifest: Manifest<'a>,
    estate: String,
}

/// The audit as an array of events.
pub(super) fn render(report: &Report<'_>) -> String {
    let frame = Frame { report, manifest: Manifest::new(report), estate: report.estate.digest() };
    json::page(&json::Each(report.audit.findings.iter().map(|finding| frame.event(finding))))
}

pub(super) const fn severity(severity: Severity) -> (u8, &'static str) {
    match severity {
        Severity::Informational => (1, "Informational"),
        Severity::Low => (2, "Low"),
        Severity::Medium => (3, "Medium"),
        Severity::High => (4, "High"),
        Severity::Critical => (5, "Critical"),
    }
}

/// How a verdict is told. A check that gave no result because information is missing is a "warning" there.
pub(super) const fn verdict(status: &Status) -> (u8, &'static str) {
    match status {
        Status::Pass => (1, "Pass"),
        Status::Fail | Status::Waived { .. } => (3, "Fail"),
        Status::Unknown { .. } => (2, "Warning"),
        Status::NotApplicable => (99, "NOT-APPLICABLE"),
    }
}

impl Frame<'_> {
    fn event<'f>(&self, finding: &'f Finding) -> Event<'f> {
        let (severity_id, severity) = severity(finding.severity);
        let (status_id, status) =
            if matches!(finding.status, Status::Waived { .. }) { (3, "Suppressed") } else { (1, "New") };
        let meta = self.manifest.rule(finding).map(|judge| &judge.rule.meta);
        Event {
            activity_id: 1,
            activity_name: "Create",
            category_uid: 2,
            category_name: "Findings",
            class_uid: CLASS,
            class_name: "Compliance Finding",
            type_uid: 200_301,
            type_name: "Compliance Finding: Create",
            time: self.report.at.as_millisecond(),
            message: format!("{} in {}: {}", subject(finding), place(finding), finding.message),
            severity_id,
            severity,
            status_id,
            status,
            status_code: finding.status.word(),
            status_detail: &finding.message,
            comment: waiver(finding),
            metadata: self.metadata(finding),
            cloud: cloud(finding),
            finding_info: self.info(finding, meta),
            compliance: compliance(finding, meta),
            resources: json!([resource(finding)]),
            evidences: evidences(finding),
            remediation: meta.map(|meta| remediation(meta, &here(&self.manifest, finding))),
            unmapped: self.unmapped(finding),
        }
    }

    fn metadata(&self, finding: &Finding) -> Value {
        let version = env!("CARGO_PKG_VERSION");
        json!({
            "version": SCHEMA,
            "profiles": ["cloud"],
            "event_code": finding.rule,
            "uid": format!("{}:{}", finding.id, self.report.at.as_second()),
            "tenant_uid": finding.subject.key.account,
            "product": {"name": "Bartizan", "vendor_name": "Bartizan", "version": version,
                        "feature": {"name": finding.pack, "uid": finding.rule}},
        })
    }

    fn info(&self, finding: &Finding, meta: Option<&RuleMeta>) -> Value {
        let judge = self.manifest.rule(finding);
        let mut info = json!({
            "uid": finding.id,
            "title": finding.title,
            "desc": meta.map_or(finding.message.as_str(), |meta| meta.description.as_str()),
            "types": [finding.pack],
            "analytic": {"name": finding.rule, "uid": finding.rule, "type_id": 1, "type": "Rule",
                         "version": judge.map(|judge| judge.pack.version.as_str()).unwrap_or_default()},
            "data_sources": meta.map(|meta| meta.resource.actions()).unwrap_or_default(),
        });
        if let Some((judge, fields)) = judge.zip(info.as_object_mut()) {
            fields.insert(
                "related_analytics".to_owned(),
                json!([{"name": judge.pack.title, "uid": judge.pack.id,
                "type_id": 1, "type": "Rule", "version": judge.pack.version}]),
            );
        }
        info
    }

    /// What OCSF has no place for: what the verdict rests on exactly.
    fn unmapped(&self, finding: &Finding) -> Value {
        let judge = self.manifest.rule(finding);
        json!({"bartizan": {
            "status": finding.status.word(),
            "environment": finding.environment,
            "read_at": self.manifest.read_at(finding),
            "rule_digest": judge.map(|judge| &judge.digest),
            "pack_digest": judge.map(|judge| &judge.pack.digest),
            "estate_digest": self.estate,
            "report_complete": self.report.complete(),
            "demo": self.report.estate.is_demo(),
            "owner": finding.owner,
            "change": change(self.report, finding),
        }})
    }
}

fn cloud(finding: &Finding) -> Value {
    let key = &finding.subject.key;
    json!({
        "provider": "AWS",
        "region": key.region,
        "account": {"uid": key.account, "name": key.account, "type_id": 10, "type": "AWS Account"},
    })
}

fn compliance(finding: &Finding, meta: Option<&RuleMeta>) -> Value {
    let (status_id, status) = verdict(&finding.status);
    let controls: &[String] = meta.map(|meta| meta.controls.as_slice()).unwrap_or_default();
    let mut standards: Vec<&str> = controls.iter().map(|control| standard(control)).collect();
    standards.dedup();
    if standards.is_empty() {
        standards.push(&finding.pack);
    }
    let mut details = missing(finding);
    if details.is_empty() {
        details.push(finding.message.clone());
    }
    json!({
        "control": finding.rule,
        "desc": finding.title,
        "standards": standards,
        "requirements": controls,
        "status_id": status_id,
        "status": status,
        "status_code": finding.status.word(),
        "status_details": details,
    })
}

/// `CIS AWS 3.0` of `CIS AWS 3.0: 5.2`.
fn standard(control: &str) -> &str {
    control.split_once(": ").map_or(control, |(standard, _)| standard)
}

fn resource(finding: &Finding) -> Value {
    let key = &finding.subject.key;
    let name = finding.subject.name.as_ref().unwrap_or(&key.id);
    let mut resource = json!({
        "uid": aws_name::arn(key),
        "name": name,
        "type": key.kind.name(),
        "region": key.region,
        "cloud_partition": aws_name::partition(key.region.as_str()),
    });
    if let Some((environment, fields)) = finding.environment.as_ref().zip(resource.as_object_mut()) {
        fields.insert("labels".to_owned(), json!([format!("environment:{environment}")]));
    }
    resource
}

fn evidences(finding: &Finding) -> Vec<Value> {
    let evidence = finding.evidence.iter().map(|item| {
        let resource = item.resource.as_deref().unwrap_or(&finding.subject.key.id);
        json!({"name": item.field, "data": {"resource": resource, "field": item.field, "value": item.value}})
    });
    evidence.collect()
}

fn remediation(meta: &RuleMeta, here: &Placeholders) -> Value {
    let ways: Vec<String> = meta.remediation.ways().map(|(way, text)| format!("{way}:\n{text}")).collect();
    json!({"desc": here.fill(format!("{}\n\nVerify: {}", ways.join("\n\n"), meta.verify).trim())})
}
