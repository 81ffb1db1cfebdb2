//! What a rule says about itself.

use crate::audit::RuleMeta;

/// What a rule says about itself, as far as the dashboard shows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RuleText {
    /// Why it matters.
    pub rationale: String,
    /// How to mend what it finds, a step or a command to a line.
    pub remediation: Vec<String>,
}

impl From<&RuleMeta> for RuleText {
    fn from(meta: &RuleMeta) -> Self {
        let ways = meta.remediation.ways().flat_map(|(name, way)| {
            let lines = way.lines().map(|line| format!("  {line}"));
            std::iter::once(format!("{name}:")).chain(lines).collect::<Vec<_>>()
        });
        Self { rationale: meta.rationale.trim().to_owned(), remediation: ways.collect() }
    }
}
