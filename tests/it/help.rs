//! Help beyond `--help`: completions, manual pages and schemas.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use crate::python::python;

fn bartizan(words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_bartizan")).args(words).output().unwrap()
}

fn out(words: &[&str]) -> String {
    let output = bartizan(words);
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn bash_completes_commands_flags_and_values() {
    let script = out(&["completions", "bash"]);
    let complete = |typed: &[&str]| -> String {
        let words = typed.join(" ");
        let (current, previous) = (typed.last().unwrap(), typed[typed.len() - 2]);
        let asked = format!(
            "{script}\nCOMP_WORDS=({words}); COMP_CWORD={}; _bartizan bartizan {current:?} {previous:?}; echo \"${{COMPREPLY[*]}}\"",
            typed.len() - 1
        );
        let mut bash = Command::new("bash").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        bash.stdin.take().unwrap().write_all(asked.as_bytes()).unwrap();
        String::from_utf8(bash.wait_with_output().unwrap().stdout).unwrap()
    };
    assert_eq!(complete(&["bartizan", "aud"]).trim(), "audit");
    assert!(complete(&["bartizan", "audit", "--fo"]).contains("--format"));
    assert!(complete(&["bartizan", "schedule", "print", "sys"]).contains("systemd"));
    for shell in ["zsh", "fish", "elvish", "powershell"] {
        assert!(out(&["completions", shell]).contains("reach"), "{shell}");
    }
}

#[test]
fn every_command_has_a_manual_page() {
    let directory = tempfile::tempdir().unwrap();
    out(&["man", "--into", directory.path().to_str().unwrap()]);
    let mut pages: Vec<_> = fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    pages.sort();
    let names: Vec<_> = pages.iter().map(|page| page.file_name().unwrap().to_str().unwrap()).collect();
    for name in ["bartizan.1", "bartizan-audit.1", "bartizan-reach-exposed.1", "bartizan-schedule-run.1"] {
        assert!(names.contains(&name), "{name}: {names:?}");
    }
    assert_eq!(
        out(&["man", "reach", "exposed"]),
        fs::read_to_string(&pages[names.iter().position(|name| *name == "bartizan-reach-exposed.1").unwrap()]).unwrap()
    );
    for page in &pages {
        let text = fs::read_to_string(page).unwrap();
        assert!(
            text.contains(".SH NAME") && text.contains(concat!("bartizan ", env!("CARGO_PKG_VERSION"))),
            "{page:?}"
        );
    }
    let unknown = bartizan(&["man", "reach", "nowhere"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("there are test, exposed, blast, scope"), "{unknown:?}");
}

/// Has the Python package jsonschema say which of these documents fit.
fn fit(schema: &str, documents: &[Value]) -> Vec<bool> {
    let script = "import json, sys, jsonschema
schema, documents = json.load(sys.stdin)
jsonschema.Draft202012Validator.check_schema(schema)
judge = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
print(json.dumps([judge.is_valid(document) for document in documents]))";
    let schema: Value = serde_json::from_str(schema).unwrap();
    let mut judge = Command::new(python("validators"))
        .args(["-c", script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    judge.stdin.take().unwrap().write_all(json!([schema, documents]).to_string().as_bytes()).unwrap();
    serde_json::from_slice(&judge.wait_with_output().unwrap().stdout).unwrap()
}

/// Everything that differs from a document by one member that is gone.
fn without_one_member(document: &Value) -> Vec<Value> {
    let members = document.as_object().unwrap().keys();
    let without = |member: &String| {
        let mut document = document.clone();
        document.as_object_mut().unwrap().remove(member);
        document
    };
    members.map(without).collect()
}

#[test]
fn reports_fit_their_schema_and_others_do_not() {
    let home = tempfile::tempdir().unwrap();
    let file = format!("json={}", home.path().join("report.json").display());
    let audit = bartizan(&["audit", "--demo", "--format", &file]);
    assert_eq!(audit.status.code(), Some(1));
    let report: Value = serde_json::from_str(&fs::read_to_string(home.path().join("report.json")).unwrap()).unwrap();
    let mut documents = vec![report.clone()];
    documents.extend(without_one_member(&report));
    for (pointer, wrong) in [
        ("/format", json!("another")),
        ("/version", json!(2)),
        ("/findings/0/status", json!("FINE")),
        ("/findings/0/severity", json!("awful")),
        ("/findings/0/evidence", json!("none")),
        ("/summary/fail/high", json!("many")),
        ("/manifest/estate_digest", Value::Null),
    ] {
        let mut document = report.clone();
        *document.pointer_mut(pointer).expect(pointer) = wrong;
        documents.push(document);
    }
    let fits = fit(&out(&["schema", "report"]), &documents);
    assert!(fits[0], "the report itself");
    assert_eq!(fits.iter().filter(|fits| **fits).count(), 1, "{fits:?}");
}

/// As an editor's TOML language server sees it: a date is a string of that format.
fn plain(value: toml::Value) -> Value {
    match value {
        toml::Value::Datetime(date) => json!(date.to_string()),
        toml::Value::Array(values) => values.into_iter().map(plain).collect(),
        toml::Value::Table(table) => table.into_iter().map(|(key, value)| (key, plain(value))).collect(),
        other => serde_json::to_value(other).unwrap(),
    }
}

#[test]
fn configurations_and_waivers_fit_their_schemas_and_mistakes_do_not() {
    let toml = |text: &str| -> Value {
        let table: toml::Table = toml::from_str(text).unwrap();
        plain(toml::Value::Table(table))
    };
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let blocks: Vec<_> = readme.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    let (waivers, configurations): (Vec<&str>, Vec<&str>) =
        blocks.into_iter().partition(|block| block.contains("[[waiver]]"));
    assert!(!waivers.is_empty() && !configurations.is_empty(), "the README shows both");
    let good = |blocks: &[&str]| blocks.iter().map(|block| toml(block)).collect::<Vec<_>>();
    let bad = [json!({"them": "night"}), json!({"environment": [{"nam": "a"}]}), json!({"regions": "eu-west-1"})];
    let mut documents = good(&configurations);
    documents.extend(bad);
    let fits = fit(&out(&["schema", "config"]), &documents);
    assert!(fits[..configurations.len()].iter().all(|fits| *fits), "{fits:?}");
    assert!(fits[configurations.len()..].iter().all(|fits| !*fits), "{fits:?}");
    let mut documents = good(&waivers);
    let waiver = &documents[0]["waiver"][0];
    let mistakes: Vec<_> = ["rule", "resource", "owner", "reason", "expires"]
        .iter()
        .map(|key| {
            let mut waiver = waiver.clone();
            waiver.as_object_mut().unwrap().remove(*key);
            json!({"waiver": [waiver]})
        })
        .collect();
    documents.extend(mistakes);
    documents.push(json!({"waivers": []}));
    let fits = fit(&out(&["schema", "waivers"]), &documents);
    assert!(fits[..waivers.len()].iter().all(|fits| *fits), "{fits:?}");
    assert!(fits[waivers.len()..].iter().all(|fits| !*fits), "{fits:?}");
}
