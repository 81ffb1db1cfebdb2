//! The `# METADATA` block of a rule: YAML in comments, as OPA defines it.

use serde::Deserialize;

use super::rule::{Remediation, RuleMeta};
use super::{Fault, Severity, SourceFile};
use crate::model::Kind;

/// OPA's own keys; those that say nothing of a rule here (`authors`, `related_resources`, ...) are let pass.
#[derive(Debug, Deserialize)]
struct Block {
    #[serde(default)]
    title: String,
    #[serde(default)]
    description: String,
    custom: Custom,
}

/// Our keys. An unknown one is an error: a misspelt `reads` would hide a gap.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Custom {
    severity: Severity,
    resource: Kind,
    #[serde(default)]
    facts: Vec<String>,
    #[serde(default)]
    reads: Vec<String>,
    #[serde(default)]
    needs: Option<Vec<String>>,
    #[serde(default)]
    controls: Vec<String>,
    #[serde(default)]
    rationale: String,
    #[serde(default)]
    verify: String,
    #[serde(default)]
    remediation: Remediation,
}

/// Reads the block above a rule's `package` line.
///
/// # Errors
/// When there is none, or it is not of the shape it should be.
pub(super) fn parse(id: &str, pack: &str, file: &SourceFile) -> Result<RuleMeta, Fault> {
    let (first, yaml) = block(&file.text).ok_or_else(|| {
        let hint = "no `# METADATA` block above the `package` line: `bartizan rules new` writes one";
        Fault::file(&file.path, hint)
    })?;
    let block: Block = yaml_serde::from_str(&yaml).map_err(|error| {
        let place = error.location().map_or((first, 0), |at| (first + at.line().saturating_sub(1), 0));
        let told = error.to_string();
        Fault::at(&file.path, place, format!("in the metadata: {}", told.split(" at line ").next().unwrap_or(&told)))
    })?;
    let custom = block.custom;
    Ok(RuleMeta {
        id: id.to_owned(),
        pack: pack.to_owned(),
        title: block.title.trim().to_owned(),
        description: block.description.trim().to_owned(),
        severity: custom.severity,
        resource: custom.resource,
        facts: custom.facts,
        reads: custom.reads,
        needs: custom.needs,
        controls: custom.controls,
        rationale: custom.rationale.trim().to_owned(),
        verify: custom.verify.trim().to_owned(),
        remediation: custom.remediation,
    })
}

/// The YAML of the block and the line of the file it begins on.
fn block(text: &str) -> Option<(usize, String)> {
    let mut lines = text.lines().enumerate().take_while(|(_, line)| !line.trim_start().starts_with("package "));
    let (header, _) =
        lines.by_ref().find(|(_, line)| line.strip_prefix('#').is_some_and(|comment| comment.trim() == "METADATA"))?;
    let mut yaml = String::new();
    for (_, line) in lines {
        let Some(line) = line.strip_prefix('#') else { break };
        yaml.push_str(line);
        yaml.push('\n');
    }
    Some((header + 2, yaml))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<RuleMeta, Fault> {
        parse("a-rule", "a-pack", &SourceFile { path: "a-pack/a-rule.rego".into(), text: text.into() })
    }

    #[test]
    fn every_key_is_read() {
        let meta = parsed(
            "# METADATA\n# scope: package\n# title: A thing is open\n# description: Long.\n# custom:\n#   severity: high\n\
             #   resource: SecurityGroup\n#   facts: [admits]\n#   reads: [\"ec2:DescribeInstances\"]\n#   needs: []\n\
             #   controls: [\"CIS AWS 3.0: 5.2\"]\n#   rationale: >\n#     Two\n#     lines.\n#   verify: look\n\
             #   remediation:\n#     cli: |\n#       aws ec2 x\npackage bartizan.a_pack.a_rule\n",
        )
        .unwrap();
        assert_eq!((meta.title.as_str(), meta.severity), ("A thing is open", Severity::High));
        assert_eq!(meta.resource, Kind::SecurityGroup);
        assert_eq!(meta.rationale, "Two lines.");
        assert_eq!(meta.controls, ["CIS AWS 3.0: 5.2"]);
        assert_eq!(meta.needs, Some(Vec::new()));
        assert_eq!(meta.remediation.ways().collect::<Vec<_>>(), [("AWS CLI", "aws ec2 x")]);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        let text =
            "# a comment\n# METADATA\n# title: x\n# custom:\n#   severity: grave\n#   resource: Vpc\npackage p\n";
        let fault = parsed(text).unwrap_err();
        assert_eq!(fault.line, 5, "{fault}");
        assert!(fault.message.contains("unknown variant `grave`"), "{fault}");
        let text = "# METADATA\n# custom:\n#   severity: low\n#   resource: Vpc\n#   read: [x]\npackage p\n";
        assert!(parsed(text).unwrap_err().message.contains("unknown field `read`"));
        let fault = parsed("package p\n# METADATA\n# title: x\n").unwrap_err();
        assert!(fault.message.contains("no `# METADATA` block"), "{fault}");
    }
}
