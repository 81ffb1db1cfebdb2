//! For programs: every verdict, with its evidence and what it rests on. The shape is frozen: a change of it that could
//! break a reader raises `version`.

mod trend;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::manifest::{Judge, Manifest};
use super::{Report, Summary};
use crate::audit::{Comparison, Finding, Gone, Pack, Severity, Status};
use crate::model::text::sanitise;
use crate::model::{Environment, Gap};

pub(super) const FORMAT: &str = "bartizan-audit";
pub(super) const VERSION: u32 = 1;

/// A report of `bartizan audit --format json`. Fields may be added; what is here stays as it is while `version` does.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "A report of Bartizan")]
struct Document<'a> {
    #[schemars(extend("const" = "bartizan-audit"))]
    format: &'static str,
    #[schemars(extend("const" = 1))]
    version: u32,
    tool: &'static str,
    tool_version: &'static str,
    generated_at: String,
    complete: bool,
    source: Source<'a>,
    manifest: ManifestOf<'a>,
    summary: Sum,
    #[serde(skip_serializing_if = "Option::is_none")]
    comparison: Option<ComparisonOf<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trend: Option<trend::TrendOf<'a>>,
    coverage: Covered<'a>,
    rule_errors: Vec<Broken<'a>>,
    packs: Vec<PackOf<'a>>,
    rules: Vec<RuleOf<'a>>,
    findings: Vec<Verdict<'a>>,
}

#[derive(Serialize, JsonSchema)]
struct Source<'a> {
    kind: &'static str,
    demo: bool,
    label: &'a str,
    taken_at: Option<String>,
    not_understood: &'a [String],
}

/// What makes this report this one, and lets somebody judge the same again.
#[derive(Serialize, JsonSchema)]
struct ManifestOf<'a> {
    estate_digest: String,
    callers: Vec<&'a str>,
    read_from: Option<String>,
    read_to: Option<String>,
    fail_on: &'static str,
    only_environment: Option<&'a str>,
    environments: &'a [Environment],
}

#[derive(Serialize, JsonSchema)]
struct ComparisonOf<'a> {
    with: &'a str,
    new: Vec<&'a str>,
    changed: Vec<ChangedOf<'a>>,
    known: Vec<&'a str>,
    gone: Vec<GoneOf<'a>>,
    notes: &'a [String],
}

#[derive(Serialize, JsonSchema)]
struct ChangedOf<'a> {
    id: &'a str,
    severity: &'static str,
    message: &'a str,
}

#[derive(Serialize, JsonSchema)]
struct GoneOf<'a> {
    id: &'a str,
    rule: &'a str,
    title: &'a str,
    severity: &'static str,
    account: &'a str,
    region: &'a str,
    resource_type: &'static str,
    resource: &'a str,
    name: Option<&'a str>,
    environment: Option<&'a str>,
    now: &'static str,
    why: &'a str,
}

#[derive(Serialize, JsonSchema)]
struct Sum {
    fail: Severities,
    unknown: usize,
    pass: usize,
    not_applicable: usize,
    waived: usize,
    unattributed: usize,
}

#[derive(Serialize, JsonSchema)]
struct Severities {
    critical: usize,
    high: usize,
    medium: usize,
    low: usize,
    informational: usize,
}

impl Severities {
    fn of(counts: &BTreeMap<Severity, usize>) -> Self {
        let of = |severity| counts.get(&severity).copied().unwrap_or_default();
        Self {
            critical: of(Severity::Critical),
            high: of(Severity::High),
            medium: of(Severity::Medium),
            low: of(Severity::Low),
            informational: of(Severity::Informational),
        }
    }
}

#[derive(Serialize, JsonSchema)]
struct Covered<'a> {
    needed: usize,
    missing: Vec<MissingOf<'a>>,
    reads: Vec<ReadOf<'a>>,
}

/// How far an action was read somewhere: `read`, `partly` (not for every resource) or `missing`.
#[derive(Serialize, JsonSchema)]
struct ReadOf<'a> {
    account: &'a str,
    region: &'a str,
    action: &'a str,
    state: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    gaps: Vec<GapOf<'a>>,
}

#[derive(Serialize, JsonSchema)]
struct MissingOf<'a> {
    account: &'a str,
    region: &'a str,
    #[serde(flatten)]
    gap: GapOf<'a>,
    rules: &'a [String],
}

#[derive(Serialize, JsonSchema)]
struct GapOf<'a> {
    action: &'a str,
    reason: String,
    resource: Option<&'a str>,
    detail: &'a str,
}

#[derive(Serialize, JsonSchema)]
struct Broken<'a> {
    rule: &'a str,
    message: &'a str,
    resources: usize,
}

#[derive(Serialize, JsonSchema)]
struct PackOf<'a> {
    id: &'a str,
    version: &'a str,
    title: &'a str,
    digest: &'a str,
}

#[derive(Serialize, JsonSchema)]
struct RuleOf<'a> {
    id: &'a str,
    pack: &'a str,
    digest: &'a str,
    title: &'a str,
    description: &'a str,
    severity: &'static str,
    resource_type: &'static str,
    controls: &'a [String],
    rationale: &'a str,
    /// As in the rule: `{id}` and its like stand for the resource of a finding.
    verify: &'a str,
    /// As in the rule.
    remediation: Ways<'a>,
}

#[derive(Serialize, JsonSchema)]
struct Ways<'a> {
    cli: Option<&'a str>,
    terraform: Option<&'a str>,
    console: Option<&'a str>,
}

#[derive(Serialize, JsonSchema)]
struct Verdict<'a> {
    id: &'a str,
    #[schemars(extend("enum" = ["PASS", "FAIL", "UNKNOWN", "NOT-APPLICABLE", "WAIVED"]))]
    status: &'static str,
    #[schemars(extend("enum" = ["critical", "high", "medium", "low", "informational"]))]
    severity: &'static str,
    rule: &'a str,
    pack: &'a str,
    title: &'a str,
    account: &'a str,
    region: &'a str,
    resource_type: &'static str,
    resource: &'a str,
    name: Option<&'a str>,
    environment: Option<&'a str>,
    owner: Option<&'a str>,
    read_at: Option<String>,
    message: &'a str,
    evidence: Vec<EvidenceOf<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    missing: Vec<GapOf<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    waiver: Option<WaiverOf<'a>>,
}

#[derive(Serialize, JsonSchema)]
struct WaiverOf<'a> {
    reason: &'a str,
    until: &'a str,
    owner: &'a str,
    ticket: Option<&'a str>,
}

#[derive(Serialize, JsonSchema)]
struct EvidenceOf<'a> {
    resource: Option<&'a str>,
    field: &'a str,
    value: &'a Value,
}

/// The shape of the document, as JSON Schema.
pub(crate) fn schema() -> schemars::Schema {
    let settings = schemars::generate::SchemaSettings::draft2020_12().for_serialize();
    settings.into_generator().into_root_schema_for::<Document<'_>>()
}

/// The audit as one JSON document.
pub(super) fn render(report: &Report<'_>) -> String {
    let manifest = Manifest::new(report);
    page(&document(report, &manifest, &report.audit.findings))
}

/// What a report says besides its findings and rules, on one line.
#[cfg(feature = "parquet")]
pub(super) fn head(report: &Report<'_>, manifest: &Manifest<'_>) -> String {
    let mut head = serde_json::to_value(document(report, manifest, &[])).unwrap_or_default();
    if let Some(fields) = head.as_object_mut() {
        fields.retain(|name, _| !matches!(name.as_str(), "findings" | "rules"));
    }
    head.to_string()
}

fn document<'a>(report: &Report<'a>, manifest: &'a Manifest<'_>, findings: &'a [Finding]) -> Document<'a> {
    let audit = report.audit;
    let origin = &report.estate.origin;
    Document {
        format: FORMAT,
        version: VERSION,
        tool: "bartizan",
        tool_version: env!("CARGO_PKG_VERSION"),
        generated_at: report.time(),
        complete: report.complete(),
        source: Source {
            kind: report.kind(),
            demo: report.estate.is_demo(),
            label: &origin.label,
            taken_at: origin.taken_at.map(|at| at.to_string()),
            not_understood: &report.estate.not_understood,
        },
        manifest: of_manifest(report, manifest),
        summary: sum(report),
        comparison: report.comparison.map(comparison),
        trend: report.trend.map(trend::of),
        coverage: covered(report, manifest),
        rule_errors: audit
            .errors
            .iter()
            .map(|e| Broken { rule: &e.rule, message: &e.message, resources: e.resources })
            .collect(),
        packs: report.packs.iter().map(pack).collect(),
        rules: rules(manifest),
        findings: findings.iter().map(|finding| verdict(finding, manifest)).collect(),
    }
}

/// A list whose elements are made one at a time, as they are written: together they can be larger than the text.
pub(super) struct Each<I>(pub(super) I);

impl<I: Iterator<Item: Serialize> + Clone> Serialize for Each<I> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.clone())
    }
}

/// A document as text. JSON keeps control characters out itself; the rest of what a terminal or a reader could be
/// misled by is escaped, which loses nothing.
pub(crate) fn page(document: &impl Serialize) -> String {
    let text = serde_json::to_string_pretty(document).unwrap_or_default();
    let mut page = String::with_capacity(text.len() + 1);
    for c in text.chars() {
        if c.is_ascii() && c != '\u{7f}' || sanitise(c.encode_utf8(&mut [0; 4])).starts_with(c) {
            page.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(page, "\\u{unit:04x}");
            }
        }
    }
    page.push('\n');
    page
}

fn sum(report: &Report<'_>) -> Sum {
    let summary = Summary::new(report);
    Sum {
        fail: Severities::of(&summary.fail),
        unknown: summary.unknown,
        pass: summary.pass,
        not_applicable: summary.not_applicable,
        waived: summary.waived,
        unattributed: report.audit.unattributed,
    }
}

fn of_manifest<'a>(report: &Report<'a>, manifest: &'a Manifest<'_>) -> ManifestOf<'a> {
    let (read_from, read_to) = manifest.interval().unzip();
    ManifestOf {
        estate_digest: report.estate.digest(),
        callers: manifest.callers.iter().copied().collect(),
        read_from,
        read_to,
        fail_on: report.fail_on.word(),
        only_environment: report.only,
        environments: report.environments,
    }
}

fn comparison(comparison: &Comparison) -> ComparisonOf<'_> {
    ComparisonOf {
        with: &comparison.with,
        new: comparison.new.iter().map(String::as_str).collect(),
        changed: comparison
            .changed
            .iter()
            .map(|(id, was)| ChangedOf { id, severity: was.severity.word(), message: &was.message })
            .collect(),
        known: comparison.known.iter().map(String::as_str).collect(),
        gone: comparison.gone.iter().map(gone).collect(),
        notes: &comparison.notes,
    }
}

fn gone(gone: &Gone) -> GoneOf<'_> {
    let key = &gone.subject.key;
    GoneOf {
        id: &gone.id,
        rule: &gone.rule,
        title: &gone.title,
        severity: gone.severity.word(),
        account: key.account.as_str(),
        region: key.region.as_str(),
        resource_type: key.kind.name(),
        resource: &key.id,
        name: gone.subject.name.as_deref(),
        environment: gone.environment.as_deref(),
        now: gone.now.word(),
        why: &gone.why,
    }
}

fn pack(pack: &Pack) -> PackOf<'_> {
    PackOf { id: &pack.id, version: &pack.version, title: &pack.title, digest: &pack.digest }
}

fn covered<'a>(report: &Report<'a>, manifest: &'a Manifest<'_>) -> Covered<'a> {
    let coverage = &report.audit.coverage;
    let missing = coverage.missing.iter().map(|missing| MissingOf {
        account: missing.account.as_str(),
        region: missing.region.as_str(),
        gap: gap(&missing.gap),
        rules: &missing.rules,
    });
    let reads = manifest.reads.iter().map(|read| ReadOf {
        account: read.account.as_str(),
        region: read.region.as_str(),
        action: &read.action,
        state: read.word(),
        gaps: read.gaps.iter().map(gap).collect(),
    });
    Covered { needed: coverage.needed, missing: missing.collect(), reads: reads.collect() }
}

fn gap(gap: &Gap) -> GapOf<'_> {
    GapOf {
        action: &gap.action,
        reason: gap.reason.to_string(),
        resource: gap.resource.as_deref(),
        detail: &gap.detail,
    }
}

fn rules<'a>(manifest: &'a Manifest<'_>) -> Vec<RuleOf<'a>> {
    manifest.rules().map(rule).collect()
}

fn rule<'a>(judge: &'a Judge<'_>) -> RuleOf<'a> {
    let meta = &judge.rule.meta;
    RuleOf {
        id: &meta.id,
        pack: &meta.pack,
        digest: &judge.digest,
        title: &meta.title,
        description: &meta.description,
        severity: meta.severity.word(),
        resource_type: meta.resource.name(),
        controls: &meta.controls,
        rationale: &meta.rationale,
        verify: &meta.verify,
        remediation: Ways {
            cli: meta.remediation.cli.as_deref(),
            terraform: meta.remediation.terraform.as_deref(),
            console: meta.remediation.console.as_deref(),
        },
    }
}

fn verdict<'a>(finding: &'a Finding, manifest: &Manifest<'_>) -> Verdict<'a> {
    let key = &finding.subject.key;
    let missing = match &finding.status {
        Status::Unknown { missing, .. } => missing.iter().map(gap).collect(),
        _ => Vec::new(),
    };
    let evidence = finding.evidence.iter().map(|item| EvidenceOf {
        resource: item.resource.as_deref(),
        field: &item.field,
        value: &item.value,
    });
    Verdict {
        id: &finding.id,
        status: finding.status.word(),
        severity: finding.severity.word(),
        rule: &finding.rule,
        pack: &finding.pack,
        title: &finding.title,
        account: key.account.as_str(),
        region: key.region.as_str(),
        resource_type: key.kind.name(),
        resource: &key.id,
        name: finding.subject.name.as_deref(),
        environment: finding.environment.as_deref(),
        owner: finding.owner.as_deref(),
        read_at: manifest.read_at(finding),
        message: &finding.message,
        evidence: evidence.collect(),
        missing,
        waiver: waiver(&finding.status),
    }
}

fn waiver(status: &Status) -> Option<WaiverOf<'_>> {
    let Status::Waived { reason, until, owner, ticket } = status else { return None };
    Some(WaiverOf { reason, until, owner, ticket: ticket.as_deref() })
}
