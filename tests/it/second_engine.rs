//! Another Rego engine (rego-cpp) reaches the same verdict on every fixture of every rule, so that packs mean what
//! the language says and not what one interpreter makes of it.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::json;

use crate::packs::packs;
use crate::python::python;

#[test]
fn it_agrees_on_every_fixture() {
    let mut cases = String::new();
    let mut demanded = Vec::new();
    for rule in packs().iter().flat_map(|pack| &pack.rules) {
        let fixtures = rule.fixtures.clone().unwrap_or_default();
        for (group, verdict, inputs) in fixtures.groups() {
            for (nth, input) in inputs.iter().enumerate() {
                let case = json!({"rego": rule.source.text, "package": rule.package, "input": input});
                writeln!(cases, "{case}").expect("text grows");
                demanded.push(format!("{} {group}[{nth}] {verdict}", rule.meta.id));
            }
        }
    }
    assert!(demanded.len() > 100, "only {} fixtures", demanded.len());
    let verdicts = judge(&cases);
    let reached = demanded.iter().zip(verdicts.lines()).map(|(wanted, verdict)| {
        let (fixture, _) = wanted.split_once("] ").expect("a fixture and a verdict");
        format!("{fixture}] {verdict}")
    });
    assert_eq!(reached.collect::<Vec<_>>(), demanded);
}

fn judge(cases: &str) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/regopy/judge.py");
    let mut command = Command::new(python("regopy"));
    command.arg(script).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut process = command.spawn().expect("the interpreter starts");
    let mut stdin = process.stdin.take().expect("stdin is piped");
    let output = std::thread::scope(|scope| {
        scope.spawn(move || stdin.write_all(cases.as_bytes()));
        process.wait_with_output().expect("it ends")
    });
    assert!(output.status.success(), "the second engine failed; its error is above");
    String::from_utf8(output.stdout).expect("verdicts are text")
}
