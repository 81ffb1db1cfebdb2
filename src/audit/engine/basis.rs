//! What a rule looks at: the fields and facts it names, and their values in one input. That is what a verdict rests
//! on that found no fault, for which a rule gives no evidence of its own.

use std::collections::BTreeSet;

use regorus::Value;
use regorus::unstable::Module;

use super::syntax::{self, Node};
use crate::audit::Evidence;

/// The fields and facts a rule file names, each as its path below `input`.
#[derive(Debug, Clone, Default)]
pub(super) struct Basis(BTreeSet<Vec<String>>);

impl Basis {
    /// Those of a rule file.
    pub(super) fn of(module: &Module) -> Self {
        let mut named = BTreeSet::new();
        for rule in &module.policy {
            syntax::walk(rule, &mut |node| {
                let Node::Expression(term) = node else { return };
                let path = syntax::path(term).unwrap_or_default();
                if let [input, rest @ ..] = path.as_slice()
                    && input == "input"
                    && rest.first().is_some_and(|part| part == "resource" || part == "facts")
                {
                    named.insert(rest.to_vec());
                }
            });
        }
        // `input.resource` alone is the beginning of every path; it says something only where a file names no field.
        let longer = |path: &Vec<String>| named.iter().any(|other| other.len() > path.len() && other.starts_with(path));
        Self(named.iter().filter(|path| !longer(path)).cloned().collect())
    }

    /// Their values in an input; null where a field is absent.
    pub(super) fn evidence(&self, input: &Value) -> Vec<Evidence> {
        let found: BTreeSet<(String, &Value)> = self.0.iter().map(|path| followed(path, input)).collect();
        let evidence = found.into_iter().map(|(field, value)| {
            let value = serde_json::to_value(value).unwrap_or_default();
            Evidence { resource: None, field, value }
        });
        evidence.collect()
    }
}

/// The field that a path leads to and its value. What lies in a list is not followed: the list is what was looked at.
fn followed<'v>(path: &[String], input: &'v Value) -> (String, &'v Value) {
    let (mut at, mut field) = (input, Vec::new());
    for (depth, part) in path.iter().enumerate() {
        let next = at.as_object().ok().and_then(|fields| fields.get(&Value::from(part.as_str())));
        match next {
            Some(next) => at = next,
            // A field of the resource that AWS did not give; deeper, what is there is shown instead.
            None if depth == 1 => at = &Value::Null,
            None => break,
        }
        field.push(part.as_str());
    }
    let field = match field.as_slice() {
        ["resource"] => "*".to_owned(),
        ["resource", rest @ ..] => rest.join("."),
        all => all.join("."),
    };
    (field, at)
}

#[cfg(test)]
mod tests {
    use super::super::{Evaluator, Limits};
    use crate::audit::SourceFile;
    use serde_json::json;

    fn looked_at(body: &str, input: serde_json::Value) -> serde_json::Value {
        let text = format!(
            "package a.b\n\nimport rego.v1\n\n{body}\n\nfail contains {{\"message\": \"m\"}} if input.id == 1\n"
        );
        let source = SourceFile { path: "a.rego".into(), text };
        let evidence = Evaluator::new(&source, Limits::default()).unwrap().looked_at(&super::Value::from(input));
        evidence.into_iter().map(|item| (item.field, item.value)).collect::<serde_json::Map<_, _>>().into()
    }

    #[test]
    fn what_a_rule_names_is_what_it_looks_at() {
        let body = "pass if {\n\tinput.resource.State.Name == \"running\"\n\tnot input.resource.Public\n\
            \tsome r in input.resource.Ranges[_].Cidrs\n\tr != input.facts.class.kind\n\tinput.account\n}";
        let input = json!({
            "account": "1",
            "resource": {"State": {"Name": "running", "Code": 16}, "Ranges": [{"Cidrs": ["x"]}], "Other": 1},
            "facts": {"class": {"kind": "public", "why": "y"}},
        });
        let ranges = json!([{"Cidrs": ["x"]}]);
        let wanted = json!({"State.Name": "running", "Public": null, "Ranges": ranges, "facts.class.kind": "public"});
        assert_eq!(looked_at(body, input), wanted);
    }

    #[test]
    fn a_rule_that_names_no_field_looks_at_the_whole() {
        let whole = json!({"A": 1});
        let found = looked_at("pass if count(input.resource) > 0", json!({"resource": whole}));
        assert_eq!(found, json!({"*": whole}));
    }
}
