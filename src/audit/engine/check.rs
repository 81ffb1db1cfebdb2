//! What must hold of a rule file before it is run, beyond its grammar: the interpreter would answer "undefined" where
//! OPA refuses the file, and would use up the stack on a recursion.

use std::collections::{BTreeMap, BTreeSet};

use regorus::Value;
use regorus::unstable::{Expr, Module, Rule, RuleHead, Span};

use super::syntax::{self, Node};
use super::{ENTRIES, FAIL, builtin};
use crate::audit::Fault;

/// Everything that is wrong with a rule file, in the order of its lines.
pub(super) fn faults(path: &str, module: &Module) -> Vec<Fault> {
    let package = syntax::path(&module.package.refr).unwrap_or_default();
    let names = module.policy.iter().map(|rule| syntax::name(rule)).collect();
    let mut check = Check { path, own: own_prefix(&package), names, imports: imports(module), faults: Vec::new() };
    check.entries(module);
    for import in &module.imports {
        check.import(&import.refr);
    }
    for rule in &module.policy {
        check.rule(rule);
    }
    check.recursion(module);
    check.faults.sort();
    check.faults
}

fn own_prefix(package: &[String]) -> Vec<String> {
    let mut own = vec!["data".to_owned()];
    own.extend(package.iter().filter(|part| *part != "data").cloned());
    own
}

/// The names that imports bring in.
fn imports(module: &Module) -> BTreeSet<String> {
    let last = |import: &Expr| syntax::path(import).and_then(|path| path.last().cloned());
    let name = |span: &Span| span.text().to_owned();
    module.imports.iter().filter_map(|import| import.r#as.as_ref().map(name).or_else(|| last(&import.refr))).collect()
}

struct Check<'a> {
    path: &'a str,
    own: Vec<String>,
    names: BTreeSet<String>,
    imports: BTreeSet<String>,
    faults: Vec<Fault>,
}

impl Check<'_> {
    fn fault(&mut self, span: &Span, message: impl Into<String>) {
        let place = (span.line.try_into().unwrap_or(0), span.col.try_into().unwrap_or(0));
        self.faults.push(Fault::at(self.path, place, message));
    }

    /// A rule answers by `fail contains`, `pass` and `not_applicable`.
    fn entries(&mut self, module: &Module) {
        if !self.names.contains(FAIL) {
            self.faults.push(Fault::file(self.path, "the rule never answers: define `fail contains {...} if {...}`"));
        }
        for rule in &module.policy {
            let name = syntax::name(rule);
            if !ENTRIES.contains(&name.as_str()) {
                continue;
            }
            let set = matches!(rule.as_ref(), Rule::Spec { head: RuleHead::Set { .. }, .. });
            let plain = matches!(rule.as_ref(), Rule::Spec { head: RuleHead::Compr { refr, .. }, .. }
                if matches!(refr.as_ref(), Expr::Var { .. }));
            if name == FAIL && !set {
                self.fault(rule.span(), "write `fail contains {\"message\": ..., \"evidence\": [...]} if {...}`");
            } else if name != FAIL && !plain {
                let hint = format!("write `{name} if {{...}}`; a default would decide what could not be decided");
                self.fault(rule.span(), hint);
            }
        }
    }

    fn import(&mut self, import: &Expr) {
        let path = syntax::path(import).unwrap_or_default();
        let foreign = path.first().is_some_and(|root| root == "data") && !path.starts_with(&self.own);
        if foreign {
            self.fault(
                syntax::start(import),
                "a rule sees nothing but its input: `data` of other packages is not there",
            );
        }
    }

    fn rule(&mut self, rule: &Rule) {
        let locals = syntax::locals(rule);
        let mut found: Vec<(Span, String)> = Vec::new();
        syntax::walk(rule, &mut |node| {
            let Node::Expression(term) = node else { return };
            if let Some((name, _)) = syntax::called(term) {
                found.extend(self.call(&name).map(|message| (syntax::start(term).clone(), message)));
            }
            if let Expr::Var { span, value: Value::String(name), .. } = term
                && !matches!(name.as_ref(), "_" | "input" | "data")
                && !locals.contains(name.as_ref())
                && !self.names.contains(name.as_ref())
                && !self.imports.contains(name.as_ref())
            {
                found.push((span.clone(), format!("`{name}` is never given a value")));
            }
            if let Expr::RefDot { .. } | Expr::RefBrack { .. } = term
                && let Some(path) = syntax::path(term)
                && path.first().is_some_and(|root| root == "data")
                && !path.starts_with(&self.own)
                && !self.own.starts_with(&path)
            {
                found.push((
                    syntax::start(term).clone(),
                    "`data` of other packages is not there: use the input".to_owned(),
                ));
            }
        });
        for (span, message) in found {
            self.fault(&span, message);
        }
    }

    fn call(&self, name: &str) -> Option<String> {
        if self.names.contains(self.local(name)) { None } else { builtin::objection(name) }
    }

    /// The name of a rule of this file without its package.
    fn local<'n>(&self, name: &'n str) -> &'n str {
        let own = self.own.join(".");
        name.strip_prefix(&own).and_then(|rest| rest.strip_prefix('.')).unwrap_or(name)
    }

    /// A rule may not rest on itself, however many rules lie between.
    fn recursion(&mut self, module: &Module) {
        let mut rests_on: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for rule in &module.policy {
            let locals = syntax::locals(rule);
            let used = rests_on.entry(syntax::name(rule)).or_default();
            syntax::walk(rule, &mut |node| {
                let Node::Expression(term) = node else { return };
                let name = syntax::called(term).map(|(name, _)| name).or_else(|| {
                    let path = syntax::path(term)?;
                    (!path.first().is_some_and(|root| locals.contains(root))).then(|| path.join("."))
                });
                let name = name.map(|name| self.local(&name).split('.').next().unwrap_or_default().to_owned());
                used.extend(name.filter(|name| self.names.contains(name)));
            });
        }
        for rule in &module.policy {
            let name = syntax::name(rule);
            if reaches(&rests_on, &name, &name, &mut BTreeSet::new()) {
                self.fault(rule.span(), format!("`{name}` rests on itself: Rego has no recursion"));
            }
        }
    }
}

fn reaches<'r>(
    rests_on: &'r BTreeMap<String, BTreeSet<String>>,
    from: &str,
    to: &str,
    seen: &mut BTreeSet<&'r str>,
) -> bool {
    let next = rests_on.get(from).into_iter().flatten();
    next.into_iter().any(|name| name == to || (seen.insert(name) && reaches(rests_on, name, to, seen)))
}
