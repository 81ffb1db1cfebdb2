//! What is wrong with a pack although it runs: what a reader of its findings would miss, and what the interpreter and
//! OPA understand differently.

use regorus::unstable::{Expr, ExprRef, Literal, Module, Rule as Definition};

use super::engine::syntax::{self, Node};
use super::engine::{on_deep_stack, parse};
use super::{Fault, PLACEHOLDERS, Pack, Rule, placeholder, trial};
use crate::model::Kind;

impl Pack {
    /// Everything that is wrong with the pack, by file and line.
    #[must_use]
    pub fn lint(&self) -> Vec<Fault> {
        let lint = || {
            let mut faults: Vec<Fault> = self.manifest();
            for rule in &self.rules {
                metadata(rule, &mut faults);
                names(self, rule, &mut faults);
                proof(rule, &mut faults);
                match parse(&rule.source) {
                    Ok(module) => traps(&rule.source.path, &module, &mut faults),
                    Err(fault) => faults.push(fault),
                }
            }
            faults.sort();
            faults.dedup();
            faults
        };
        on_deep_stack(lint)
            .unwrap_or_else(|error| vec![Fault::file(&self.path, format!("no thread to read rules on: {error}"))])
    }

    fn manifest(&self) -> Vec<Fault> {
        let path = format!("{}/pack.toml", self.path);
        let folder = self.path.rsplit(['/', '\\']).next().unwrap_or_default();
        let mut faults = Vec::new();
        if !is_kebab(&self.id) || folder != self.id {
            faults
                .push(Fault::file(&path, format!("the id `{}` is not the kebab-case name of its directory", self.id)));
        }
        if self.description.trim().is_empty() {
            faults.push(Fault::file(&path, "no `description`: what does the pack promise?"));
        }
        if self.rules.is_empty() {
            faults.push(Fault::file(&path, "there is no rule in it"));
        }
        faults
    }
}

fn is_kebab(id: &str) -> bool {
    let part = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    id.split('-').all(part)
}

/// What a finding of the rule has to tell its reader, and what the rule has to tell the engine.
fn metadata(rule: &Rule, faults: &mut Vec<Fault>) {
    let meta = &rule.meta;
    let mut fault =
        |message: String| faults.push(Fault::file(&rule.source.path, format!("in the metadata: {message}")));
    let texts = [
        ("title", &meta.title),
        ("description", &meta.description),
        ("rationale", &meta.rationale),
        ("verify", &meta.verify),
    ];
    for (field, _) in texts.into_iter().filter(|(_, text)| text.is_empty()) {
        fault(format!("no `{field}`"));
    }
    let ways = &meta.remediation;
    for (field, way) in [("cli", &ways.cli), ("terraform", &ways.terraform), ("console", &ways.console)] {
        if way.as_ref().is_none_or(|way| way.trim().is_empty()) {
            fault(format!("no `remediation.{field}`"));
        }
    }
    let told: Vec<&str> = ways.ways().map(|(_, text)| text).chain([meta.verify.as_str()]).collect();
    for word in told.iter().flat_map(|text| placeholder::spelt_out(text)) {
        let name = word.to_ascii_lowercase();
        fault(format!("`{word}` stays as it is: write `{{{name}}}`, and the finding's resource takes its place"));
    }
    for name in told.iter().flat_map(|text| placeholder::unknown(text)) {
        let known: Vec<String> = PLACEHOLDERS.iter().map(|(name, _)| format!("`{{{name}}}`")).collect();
        fault(format!("the placeholder `{{{name}}}` stands for nothing: there are {}", known.join(", ")));
    }
    for action in &meta.reads {
        if !Kind::ALL.iter().any(|kind| kind.actions().contains(&action.as_str())) {
            fault(format!("nothing reads `{action}`: the rule would always be UNKNOWN"));
        }
    }
    let details = meta.resource.actions().get(1..).unwrap_or_default();
    for action in meta.needs.iter().flatten().filter(|action| !details.contains(&action.as_str())) {
        fault(format!("`{action}` in `needs` reads no detail of {}: {details:?} do", meta.resource));
    }
}

/// A rule is found by its id: the id is the name of its file and the end of its package.
fn names(pack: &Pack, rule: &Rule, faults: &mut Vec<Fault>) {
    let id = &rule.meta.id;
    if !is_kebab(id) {
        faults.push(Fault::file(
            &rule.source.path,
            format!("`{id}` is not kebab-case: name the fault, like `ssh-open-to-world`"),
        ));
    }
    let package = format!("bartizan.{}.{}", pack.id.replace('-', "_"), id.replace('-', "_"));
    if rule.package != package {
        faults.push(Fault::file(
            &rule.source.path,
            format!("the package is `{}`: write `package {package}`", rule.package),
        ));
    }
}

/// A rule is believed when it was seen to fail and to pass.
fn proof(rule: &Rule, faults: &mut Vec<Fault>) {
    let path = &rule.source.path;
    match rule.tests.as_ref().map(trial::tests) {
        None => faults.push(Fault::file(path, format!("no tests: write `{}_test.rego`", rule.meta.id))),
        Some(Err(fault)) => faults.push(fault),
        Some(Ok(tests)) if tests.is_empty() => {
            faults.push(Fault::file(path, "no rule of its tests begins with `test_`"));
        }
        Some(Ok(_)) => {}
    }
    let fixtures = rule.fixtures.clone().unwrap_or_default();
    for (group, inputs) in [("good", &fixtures.good), ("bad", &fixtures.bad)] {
        if inputs.is_empty() {
            faults.push(Fault::file(path, format!("no `{group}` input in `fixtures/{}.json`", rule.meta.id)));
        }
    }
}

/// What the interpreter and OPA, or the writer and the reader, understand differently.
fn traps(path: &str, module: &Module, faults: &mut Vec<Fault>) {
    let mut fault = |line: u32, column: u32, message: &str| {
        let place = (line.try_into().unwrap_or(0), column.try_into().unwrap_or(0));
        faults.push(Fault::at(path, place, message));
    };
    if !module.policy.iter().any(|rule| syntax::name(rule) == "pass") {
        fault(0, 0, "the rule never passes: define `pass if {...}`; what is neither `pass` nor `fail` is UNKNOWN");
    }
    for rule in &module.policy {
        if let Definition::Spec { bodies, .. } = rule.as_ref() {
            for body in bodies.iter().filter(|body| body.is_else) {
                fault(
                    body.span.line,
                    body.span.col,
                    "`else`: engines disagree on it; write rules that exclude each other",
                );
            }
        }
        let passes = syntax::name(rule) == "pass";
        syntax::walk(rule, &mut |node| {
            let (span, message) = match node {
                Node::Statement(statement) => match &statement.literal {
                    Literal::NotExpr { span, expr } if reaches_into(expr) => (span, NOT),
                    _ => return,
                },
                Node::Expression(term @ Expr::Call { .. }) => match syntax::called(term) {
                    Some((name, arguments)) if name == "object.subset" && arguments.iter().any(is_empty_array) => {
                        (syntax::start(term), SUBSET)
                    }
                    Some((name, _)) if name == "print" => (syntax::start(term), "`print` is left over"),
                    _ => return,
                },
                Node::Expression(term @ Expr::Var { span, .. }) if passes && is_fail(term) => (span, PASS),
                Node::Expression(_) => return,
            };
            fault(span.line, span.col, message);
        });
    }
}

const NOT: &str =
    "`not` over a call that is handed a field: when the field is absent, engines disagree; give it a name first";
const SUBSET: &str = "`object.subset` with an empty array stops the interpreter";
const PASS: &str = "`pass` rests on `fail`: what makes `fail` undefined would then pass; say what is right by itself";

/// Whether a call in a negated term is handed a field of something.
fn reaches_into(negated: &ExprRef) -> bool {
    let mut found = false;
    syntax::expression(negated, &mut |node| {
        found |= match node {
            Node::Expression(Expr::Call { params, .. }) => params.iter().any(has_field),
            Node::Expression(Expr::Membership { value, collection, .. }) => has_field(value) || has_field(collection),
            _ => false,
        };
    });
    found
}

fn has_field(term: &ExprRef) -> bool {
    let mut found = false;
    syntax::expression(term, &mut |node| {
        found |= matches!(node, Node::Expression(Expr::RefDot { .. } | Expr::RefBrack { .. }));
    });
    found
}

fn is_empty_array(term: &ExprRef) -> bool {
    matches!(term.as_ref(), Expr::Array { items, .. } if items.is_empty())
}

fn is_fail(term: &Expr) -> bool {
    syntax::path(term).is_some_and(|path| path == ["fail"])
}

#[cfg(test)]
mod tests {
    use crate::audit::pack::{of_files, rego};

    const FAIL: &str = "fail contains {\"message\": \"m\"} if input.id == \"x\"";

    fn told(body: &str) -> Vec<String> {
        let pack = of_files("test", &[("a.rego", &rego("a", "", body))]).unwrap();
        pack.lint().iter().map(ToString::to_string).collect()
    }

    fn holds(told: &[String], text: &str) -> bool {
        told.iter().any(|fault| fault.contains(text))
    }

    #[test]
    fn traps_are_told_with_their_place() {
        for (body, text) in [
            ("pass if not startswith(input.id, \"x\")", "a.rego:12:9: `not` over a call"),
            ("pass if not input.id in {\"x\"}", "a.rego:12:9: `not` over a call"),
            ("pass := true if {\n\tinput.id == \"y\"\n} else := false if input.id", "a.rego:14:3: `else`"),
            ("pass if object.subset(input.list, [])", "a.rego:12:9: `object.subset`"),
            ("pass if {\n\tprint(input.id)\n}", "a.rego:13:5: `print`"),
            ("pass if count(fail) == 0", "a.rego:12:15: `pass` rests on `fail`"),
            ("", "rules/test/a.rego: the rule never passes"),
        ] {
            let told = told(&format!("{FAIL}\n\n{body}"));
            assert!(holds(&told, text), "{body}: {told:#?}");
        }
        let told = told(&format!(
            "{FAIL}\n\npass if {{\n\tnot input.resource.Public\n\tid := input.id\n\tnot startswith(id, \"x\")\n}}"
        ));
        assert!(
            told.iter().all(|fault| fault.starts_with("rules/test/a.rego: ") || fault.contains("pack.toml")),
            "{told:#?}"
        );
    }

    #[test]
    fn what_a_reader_would_miss_is_told() {
        let told = told(&format!("{FAIL}\n\npass if input.id"));
        for text in [
            "pack.toml: no `description`",
            "no `description`",
            "no `rationale`",
            "no `verify`",
            "no `remediation.cli`",
            "no `remediation.terraform`",
            "no `remediation.console`",
            "no tests: write `a_test.rego`",
            "no `good` input in `fixtures/a.json`",
            "no `bad` input",
        ] {
            assert!(holds(&told, text), "{text}: {told:#?}");
        }
    }

    #[test]
    fn a_placeholder_must_stand_for_something() {
        let custom =
            "verify: look at {id} in {zone}, ID-x, NAMES and REGION\nremediation:\n  cli: aws x {nam} {name} ${shell}";
        let text = rego("a", custom, FAIL);
        let pack = of_files("test", &[("a.rego", &text)]).unwrap();
        let told: Vec<String> = pack.lint().iter().map(ToString::to_string).collect();
        assert!(holds(&told, "the placeholder `{zone}` stands for nothing: there are `{id}`, `{name}`,"), "{told:#?}");
        assert!(holds(&told, "`ID` stays as it is: write `{id}`,") && holds(&told, "write `{region}`,"), "{told:#?}");
        assert!(!holds(&told, "write `{name}`"), "{told:#?}");
        assert!(holds(&told, "the placeholder `{nam}`") && !holds(&told, "`{shell}`"), "{told:#?}");
    }

    #[test]
    fn names_and_actions_must_be_known() {
        let text = rego("a_b", "reads: [\"ec2:Nothing\"]\nneeds: [\"ec2:DescribeSecurityGroups\"]", FAIL);
        let pack = of_files("test", &[("a_b.rego", &text.replace("test.a_b", "test.c"))]).unwrap();
        let told: Vec<String> = pack.lint().iter().map(ToString::to_string).collect();
        for text in [
            "`a_b` is not kebab-case",
            "write `package bartizan.test.a_b`",
            "nothing reads `ec2:Nothing`",
            "in `needs`",
        ] {
            assert!(holds(&told, text), "{text}: {told:#?}");
        }
    }
}
