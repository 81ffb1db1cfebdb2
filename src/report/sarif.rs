//! SARIF 2.1.0, as GitHub code scanning takes it. A result is a fault that is there: what could not be decided is a
//! notification of the run, because viewers show every result as an alert, whatever its kind.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::manifest::{Judge, Manifest};
use super::{Report, change, evidence, json, place, subject};
use crate::audit::{Finding, Placeholders, Severity, Status};
use crate::model::text::sanitise;

/// The audit as one SARIF log.
pub(super) fn render(report: &Report<'_>) -> String {
    let manifest = Manifest::new(report);
    let (from, to) = manifest.interval().unzip();
    // A waived fault is there as well: SARIF calls it suppressed.
    let failed = report.audit.findings.iter().filter(|f| matches!(f.status, Status::Fail | Status::Waived { .. }));
    let results: Vec<Value> = failed.map(|finding| result(report, finding, &manifest)).collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "Bartizan",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": manifest.rules().map(descriptor).collect::<Vec<_>>(),
            }},
            "invocations": [{
                "executionSuccessful": report.complete(),
                "endTimeUtc": report.time(),
                "toolExecutionNotifications": notifications(report),
            }],
            "results": results,
            "columnKind": "utf16CodeUnits",
            "properties": {
                "demo": report.estate.is_demo(),
                "source": sanitise(&report.estate.origin.label),
                "unattributed": report.audit.unattributed,
                "onlyEnvironment": report.only.map(sanitise),
                "estateDigest": report.estate.digest(),
                "packs": report.packs.iter().map(|p| json!({"id": p.id, "version": p.version, "digest": p.digest})).collect::<Vec<_>>(),
                "callers": manifest.callers.iter().map(|caller| sanitise(caller)).collect::<Vec<_>>(),
                "readFrom": from,
                "readTo": to,
            },
        }],
    });
    json::page(&log)
}

/// How viewers weigh a severity: SARIF's level and GitHub's score.
const fn weight(severity: Severity) -> (&'static str, &'static str) {
    match severity {
        Severity::Critical => ("error", "9.5"),
        Severity::High => ("error", "8.0"),
        Severity::Medium => ("warning", "5.5"),
        Severity::Low => ("note", "2.0"),
        Severity::Informational => ("note", "0.0"),
    }
}

fn descriptor(judge: &Judge<'_>) -> Value {
    let rule = &judge.rule.meta;
    let (level, score) = weight(rule.severity);
    // A rule is told once for all its findings.
    let none = Placeholders::default();
    let verify = none.fill(&rule.verify);
    let told: Vec<(&str, String)> = rule.remediation.ways().map(|(way, text)| (way, none.fill(text))).collect();
    let ways: Vec<String> = told.iter().map(|(way, text)| format!("### {way}\n\n```\n{text}\n```")).collect();
    let controls: Vec<String> = rule.controls.iter().map(|control| format!("- {control}")).collect();
    let markdown = format!(
        "{}\n\n## Why\n\n{}\n\n## Verify\n\n{}\n\n## Fix\n\n{}\n\n## Controls\n\n{}\n",
        rule.description,
        rule.rationale,
        verify,
        ways.join("\n\n"),
        if controls.is_empty() { "none".to_owned() } else { controls.join("\n") },
    );
    let plain: Vec<String> = told.iter().map(|(way, text)| format!("{way}: {text}")).collect();
    json!({
        "id": rule.id,
        "name": rule.id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": if rule.description.is_empty() { &rule.title } else { &rule.description }},
        "help": {
            "text": format!("{}\n\nVerify: {verify}\n\nFix: {}", rule.rationale, plain.join("\n\n")),
            "markdown": markdown,
        },
        "defaultConfiguration": {"level": level},
        "properties": {
            "tags": ["security", "aws", rule.pack, rule.resource.name()],
            "precision": "high",
            "security-severity": score,
            "digest": judge.digest,
        },
    })
}

fn result(report: &Report<'_>, finding: &Finding, manifest: &Manifest<'_>) -> Value {
    let key = &finding.subject.key;
    let (level, score) = weight(finding.severity);
    let demo = if report.estate.is_demo() { "DEMO: " } else { "" };
    let evidence = finding.evidence.iter().map(|item| format!("\n{}", evidence(item)));
    let text = format!(
        "{demo}{} in {}: {}{}",
        subject(finding),
        place(finding),
        finding.message,
        evidence.collect::<String>()
    );
    let logical = json!({
        "name": sanitise(finding.subject.name.as_deref().unwrap_or(&key.id)),
        "fullyQualifiedName": sanitise(&key.to_string()),
        "kind": "resource",
    });
    let mut result = json!({
        "ruleId": finding.rule,
        "level": level,
        "kind": "fail",
        "message": {"text": message(&text)},
        "locations": [{
            // Nobody can open it; GitHub shows no result without one.
            "physicalLocation": {"artifactLocation": {"uri": uri(finding)}, "region": {"startLine": 1}},
            "logicalLocations": [logical],
        }],
        "partialFingerprints": {
            "bartizanFinding/v1": finding.id,
            // The only one that GitHub compares.
            "primaryLocationLineHash": format!("{}:1", finding.id),
        },
        "properties": {
            "severity": finding.severity.word(),
            "security-severity": score,
            "environment": finding.environment.as_deref().map(sanitise),
            "evidence": finding.evidence,
            "readAt": manifest.read_at(finding),
        },
    });
    if let Some(fields) = result.as_object_mut() {
        fields.extend(manifest.index(finding).map(|index| ("ruleIndex".to_owned(), json!(index))));
        fields.extend(suppression(&finding.status).map(|told| ("suppressions".to_owned(), json!([told]))));
        let state = change(report, finding).map(|change| match change {
            "changed" => "updated",
            "known" => "unchanged",
            new => new,
        });
        fields.extend(state.map(|state| ("baselineState".to_owned(), json!(state))));
    }
    result
}

/// Who answers for a fault, as SARIF says it: the fault is there, and viewers set it apart.
fn suppression(status: &Status) -> Option<Value> {
    let Status::Waived { reason, until, owner, ticket } = status else { return None };
    Some(json!({
        "kind": "external",
        "status": "accepted",
        "justification": sanitise(reason),
        "properties": {"until": until, "owner": sanitise(owner), "ticket": ticket.as_deref().map(sanitise)},
    }))
}

/// What could not be decided or run.
fn notifications(report: &Report<'_>) -> Vec<Value> {
    let undecided = report.audit.findings.iter().filter(|finding| finding.status.is_unknown()).map(|finding| {
        let text = format!("{} in {}: {}", subject(finding), place(finding), finding.message);
        notification("warning", &finding.rule, &text)
    });
    let errors = report.audit.errors.iter().map(|error| notification("error", &error.rule, &error.message));
    errors.chain(undecided).collect()
}

fn notification(level: &str, rule: &str, text: &str) -> Value {
    json!({"level": level, "message": {"text": message(text)}, "associatedRule": {"id": rule}})
}

/// Text as a message: safe, and without what SARIF would take for a link.
fn message(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(sanitise).collect();
    lines.join("\n").replace('\\', "\\\\").replace('[', "\\[").replace(']', "\\]")
}

/// A path that names the resource: `aws/account/Region/type/id`.
fn uri(finding: &Finding) -> String {
    let key = &finding.subject.key;
    let parts = [key.account.as_str(), key.region.as_str(), key.kind.name(), key.id.as_str()].map(encoded);
    format!("aws/{}", parts.join("/"))
}

fn encoded(part: &str) -> String {
    let mut encoded = String::with_capacity(part.len());
    for byte in part.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}
