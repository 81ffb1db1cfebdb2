//! A rule: what it says of itself, and its text.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Severity;
use crate::model::{Kind, digest};

/// What a rule says of itself in its `# METADATA` block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleMeta {
    /// Kebab-case, naming the fault: `ssh-open-to-world`. It is the name of the rule's file.
    pub id: String,
    /// The id of its pack.
    pub pack: String,
    /// What is wrong when it fails, in a few words.
    pub title: String,
    /// What it looks at and how it decides.
    pub description: String,
    /// How much the fault matters, unless an answer of the rule says otherwise.
    pub severity: Severity,
    /// The resource type it judges.
    pub resource: Kind,
    /// The facts it is handed with each resource.
    pub facts: Vec<String>,
    /// IAM actions it rests on besides those of its resource type and its facts.
    pub reads: Vec<String>,
    /// Of the actions that read details, the only ones it rests on; all of them when not given.
    pub needs: Option<Vec<String>>,
    /// The benchmarks' requirements it answers to, such as `CIS AWS 3.0: 5.2`.
    pub controls: Vec<String>,
    /// Why the fault matters.
    pub rationale: String,
    /// How to see it by hand.
    pub verify: String,
    /// How to remove it.
    pub remediation: Remediation,
}

/// How a fault is removed, by the tool at hand.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Remediation {
    /// With the AWS CLI.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cli: Option<String>,
    /// With Terraform.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terraform: Option<String>,
    /// In the AWS console.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub console: Option<String>,
}

impl Remediation {
    /// Each way with its name, the ones that are given.
    pub fn ways(&self) -> impl Iterator<Item = (&'static str, &str)> {
        [("AWS CLI", &self.cli), ("Terraform", &self.terraform), ("Console", &self.console)]
            .into_iter()
            .filter_map(|(name, way)| Some((name, way.as_deref()?.trim())))
    }
}

/// A text file: where it is, for messages, and what is in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourceFile {
    /// Its path, as the user would find it.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// A rule with everything that belongs to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// What it says of itself.
    pub meta: RuleMeta,
    /// Its package, such as `bartizan.bastion_exposure.ssh_open_to_world`.
    pub package: String,
    /// Its Rego.
    pub source: SourceFile,
    /// Its tests, in Rego.
    pub tests: Option<SourceFile>,
    /// Inputs with the verdict each must get.
    pub fixtures: Option<Fixtures>,
}

/// Inputs with the verdict each must get.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fixtures {
    /// Must pass.
    #[serde(default)]
    pub good: Vec<Value>,
    /// Must fail.
    #[serde(default)]
    pub bad: Vec<Value>,
    /// Must be found not to apply.
    #[serde(default)]
    pub not_applicable: Vec<Value>,
    /// Must be found undecidable.
    #[serde(default)]
    pub unknown: Vec<Value>,
}

impl Rule {
    /// The digest of its text: what it says of itself and how it decides.
    #[must_use]
    pub fn digest(&self) -> String {
        digest::of_parts([self.source.text.replace("\r\n", "\n").as_str()])
    }
}

impl Fixtures {
    /// Each group with its name and the verdict it demands.
    pub fn groups(&self) -> [(&'static str, &'static str, &[Value]); 4] {
        [
            ("good", "PASS", &self.good),
            ("bad", "FAIL", &self.bad),
            ("not_applicable", "NOT-APPLICABLE", &self.not_applicable),
            ("unknown", "UNKNOWN", &self.unknown),
        ]
    }
}
