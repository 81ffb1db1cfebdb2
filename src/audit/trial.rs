//! Trying a pack: its tests are run, its fixtures judged, and the lines of its rules that neither reached are told.

use std::collections::BTreeSet;

use serde_json::Value;

use super::engine::{Evaluator, Limits, Lines, on_deep_stack, parse, syntax, value};
use super::{Fault, Pack, Rule};

/// What came of trying one rule.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trial {
    /// The rule.
    pub rule: String,
    /// How many tests and fixtures did what they should.
    pub passed: usize,
    /// Those that did not, and why.
    pub failed: Vec<Fault>,
    /// The lines of the rule that were reached.
    pub lines: Lines,
}

impl Pack {
    /// Runs the tests and judges the fixtures of every rule.
    #[must_use]
    pub fn try_rules(&self, limits: Limits) -> Vec<Trial> {
        let trials = || self.rules.iter().map(|rule| Trial::of(rule, limits)).collect();
        on_deep_stack(trials).unwrap_or_else(|error| {
            let failed = vec![Fault::file(&self.path, format!("no thread to run rules on: {error}"))];
            vec![Trial { failed, ..Trial::default() }]
        })
    }
}

impl Trial {
    fn of(rule: &Rule, limits: Limits) -> Self {
        let mut trial = Self { rule: rule.meta.id.clone(), ..Self::default() };
        match Evaluator::traced(&rule.source, rule.tests.as_ref(), limits) {
            Err(faults) => trial.failed = faults,
            Ok(mut evaluator) => {
                trial.run_tests(rule, &mut evaluator);
                trial.judge_fixtures(rule, &mut evaluator);
                trial.lines = evaluator.lines();
            }
        }
        trial
    }

    fn run_tests(&mut self, rule: &Rule, evaluator: &mut Evaluator<'_>) {
        let Some(file) = &rule.tests else { return };
        let tests = match tests(file) {
            Ok(tests) => tests,
            Err(fault) => return self.failed.push(fault),
        };
        for (name, path) in tests {
            match evaluator.test(path) {
                Ok(true) => self.passed += 1,
                Ok(false) => self.failed.push(Fault::file(&file.path, format!("`{name}` is not true"))),
                Err(stopped) => {
                    let message = format!("`{name}`: {}", stopped.fault.message);
                    self.failed.push(Fault { message, ..stopped.fault });
                }
            }
        }
    }

    fn judge_fixtures(&mut self, rule: &Rule, evaluator: &mut Evaluator<'_>) {
        let Some(fixtures) = &rule.fixtures else { return };
        let file = rule.source.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let file = format!("{file}/fixtures/{}.json", rule.meta.id);
        for (group, demanded, inputs) in fixtures.groups() {
            for (nth, input) in inputs.iter().enumerate() {
                match judge(rule, evaluator, input) {
                    Ok(verdict) if verdict == demanded => self.passed += 1,
                    Ok(verdict) => {
                        let message = format!("`{group}[{nth}]` should be {demanded} and is {verdict}");
                        self.failed.push(Fault::file(&file, message));
                    }
                    Err(fault) => {
                        let message = format!("`{group}[{nth}]`: {}", fault.message);
                        self.failed.push(Fault { message, ..fault });
                    }
                }
            }
        }
    }
}

fn judge(rule: &Rule, evaluator: &mut Evaluator<'_>, input: &Value) -> Result<&'static str, Fault> {
    let input = value(input.clone()).map_err(|told| Fault::file(&rule.source.path, told))?;
    let answer = evaluator.answer(&input).map_err(|stopped| stopped.fault)?;
    Ok(answer.verdict(rule.meta.severity).word())
}

/// The tests of a file, by name, with the path each is evaluated by.
pub(super) fn tests(file: &super::SourceFile) -> Result<BTreeSet<(String, String)>, Fault> {
    let module = parse(file)?;
    let package = syntax::path(&module.package.refr).unwrap_or_default().join(".");
    let names = module.policy.iter().map(|rule| syntax::name(rule)).filter(|name| name.starts_with("test_"));
    Ok(names.map(|name| (name.clone(), format!("data.{package}.{name}"))).collect())
}

#[cfg(test)]
mod tests_of_trials {
    use super::*;
    use crate::audit::pack::{of_files, rego};

    const BODY: &str = "fail contains {\"message\": \"m\"} if {\n\tinput.resource.GroupName == \"open\"\n}\n\n\
        pass if {\n\tinput.resource.GroupName == \"shut\"\n}\n\nnot_applicable if {\n\tinput.resource.GroupName == \"x\"\n\ttrue\n}";

    fn tried(tests: &str, fixtures: &str) -> Trial {
        let tests =
            format!("package bartizan.test.a_test\n\nimport rego.v1\n\nimport data.bartizan.test.a\n\n{tests}\n");
        let files = [("a.rego", rego("a", "", BODY)), ("a_test.rego", tests), ("fixtures/a.json", fixtures.to_owned())];
        let files = files.each_ref().map(|(name, text)| (*name, text.as_str()));
        of_files("test", &files).unwrap().try_rules(Limits::default()).remove(0)
    }

    fn told(trial: &Trial) -> Vec<String> {
        trial.failed.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn tests_and_fixtures_that_hold_are_counted_with_the_lines_they_reach() {
        let trial = tried(
            "test_open if a.fail with input as {\"resource\": {\"GroupName\": \"open\"}}",
            r#"{"good": [{"resource": {"GroupName": "shut"}}], "bad": [{"resource": {"GroupName": "open"}}],
                "unknown": [{}]}"#,
        );
        assert_eq!((trial.passed, told(&trial)), (4, Vec::new()));
        assert_eq!(trial.lines.all.iter().copied().collect::<Vec<_>>(), [10, 11, 15, 19, 20]);
        assert_eq!(trial.lines.all.difference(&trial.lines.covered).collect::<Vec<_>>(), [&20]);
    }

    #[test]
    fn what_does_not_hold_is_told_with_its_place() {
        let trial = tried(
            "test_wrong if a.pass with input as {}\n\ntest_broken if net.cidr_contains(\"x\", \"y\")\n\ntest_right if true",
            r#"{"good": [{"resource": {"GroupName": "open"}}], "not_applicable": [{}]}"#,
        );
        assert_eq!(trial.passed, 1);
        let told = told(&trial);
        assert!(told[0].starts_with("rules/test/a_test.rego:9:") && told[0].contains("`test_broken`: "), "{told:?}");
        assert_eq!(
            told[1..],
            [
                "rules/test/a_test.rego: `test_wrong` is not true",
                "rules/test/fixtures/a.json: `good[0]` should be PASS and is FAIL",
                "rules/test/fixtures/a.json: `not_applicable[0]` should be NOT-APPLICABLE and is UNKNOWN",
            ]
        );
    }

    #[test]
    fn a_test_file_that_cannot_be_read_fails() {
        assert!(told(&tried("test_x if {", "{}"))[0].starts_with("rules/test/a_test.rego:"));
    }
}
