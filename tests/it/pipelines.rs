//! The workflows of CI.md: other people's schemas judge them, and their commands do what the page says.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use crate::python::python;

/// The fenced YAML of CI.md: GitHub's, then GitLab's.
fn workflows() -> [String; 2] {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("CI.md")).unwrap();
    let blocks = page.split("```yaml\n").skip(1).map(|rest| rest.split("```").next().unwrap().to_owned());
    blocks.collect::<Vec<_>>().try_into().expect("two workflows")
}

fn yaml(text: &str) -> Value {
    yaml_serde::from_str(text).unwrap()
}

/// A place to run steps in, where `bartizan` is the program, on the demo estate to begin with.
struct Runner {
    home: tempfile::TempDir,
}

impl Runner {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let bin = home.path().join("bin");
        fs::create_dir(&bin).unwrap();
        let runner = Self { home };
        runner.install("--demo");
        runner
    }

    /// Makes `bartizan` the program with these flags.
    fn install(&self, flags: &str) {
        let shim = self.home.path().join("bin/bartizan");
        fs::write(&shim, format!("#!/bin/sh\nexec '{}' \"$@\" {flags}\n", env!("CARGO_BIN_EXE_bartizan"))).unwrap();
        fs::set_permissions(shim, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Runs a step as the runners do: a failing command fails it.
    fn run(&self, script: &str) -> Output {
        self.run_with(script, &[])
    }

    fn run_with(&self, script: &str, variables: &[(String, String)]) -> Output {
        let home = self.home.path();
        Command::new("bash")
            .args(["-eo", "pipefail", "-c", script])
            .current_dir(home)
            .env_clear()
            .env("PATH", format!("{}:/usr/bin:/bin", home.join("bin").display()))
            .env("HOME", home)
            .env("GITHUB_STEP_SUMMARY", home.join("summary"))
            .env("AWS_ID_TOKEN", "token")
            .env("AWS_WEB_IDENTITY_TOKEN_FILE", home.join(".aws-id-token"))
            .envs(variables.iter().cloned())
            .output()
            .unwrap()
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.home.path().join(name)).unwrap()
    }
}

fn judge(script: &str, words: &[&str], files: &[PathBuf]) {
    let (folder, _) = script.split_once('/').unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(script);
    let output = Command::new(python(folder)).arg(script).args(words).args(files).output().unwrap();
    let told = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{told}");
}

#[test]
fn their_schemas_take_the_workflows() {
    let directory = tempfile::tempdir().unwrap();
    for (kind, text) in ["github", "gitlab"].into_iter().zip(workflows()) {
        let path = directory.path().join(format!("{kind}.yml"));
        fs::write(&path, text).unwrap();
        judge("schedulers/check.py", &[kind], &[path]);
    }
}

#[test]
fn the_github_workflow_annotates_summarises_and_uploads() {
    let [workflow, _] = workflows();
    let workflow = yaml(&workflow);
    let steps = workflow["jobs"]["audit"]["steps"].as_array().unwrap();
    let step = |name: &str| steps.iter().find(|step| step["name"] == name).unwrap();
    let runner = Runner::new();
    let audit = runner.run(step("Audit")["run"].as_str().unwrap());
    let errors = String::from_utf8_lossy(&audit.stderr).into_owned();
    assert_eq!(audit.status.code(), Some(1), "the demo's production has findings: {errors}");
    assert!(String::from_utf8_lossy(&audit.stdout).contains("::error"), "annotations");
    assert!(errors.lines().count() < 40 && errors.contains("DEMO"), "a summary of one screen: {errors}");
    let summary = runner.run(step("Summary")["run"].as_str().unwrap());
    assert!(summary.status.success(), "{summary:?}");
    assert_eq!(runner.read("summary"), runner.read("bartizan.md"));
    // What is uploaded is what was written, whether or not the audit failed.
    let uploads: Vec<_> =
        steps.iter().filter(|step| step["uses"].as_str().unwrap_or_default().contains("upload")).collect();
    assert_eq!(uploads.len(), 2);
    for upload in uploads {
        assert_eq!(upload["if"], "success() || failure()");
        let file = upload["with"].get("sarif_file").or_else(|| upload["with"].get("path")).unwrap().as_str().unwrap();
        assert!(serde_json::from_str::<Value>(&runner.read(file)).unwrap().is_object(), "{file}");
    }
}

#[test]
fn the_gitlab_job_leaves_a_test_report() {
    let [_, job] = workflows();
    let job = yaml(&job);
    let script: Vec<_> = job["audit"]["script"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
    let runner = Runner::new();
    let run = runner.run(&script.join("\n"));
    assert_eq!(run.status.code(), Some(1), "{}", String::from_utf8_lossy(&run.stderr));
    assert_eq!(runner.read(".aws-id-token"), "token");
    let report = job["audit"]["artifacts"]["reports"]["junit"].as_str().unwrap();
    assert!(runner.read(report).starts_with("<?xml"), "{report}");
    assert!(runner.read(job["audit"]["artifacts"]["paths"][0].as_str().unwrap()).contains("bartizan-audit"));
    assert!(!run.stdout.is_empty(), "the findings are in the log as well");
}

/// The job as it is, with its variables: the ID token is exchanged for a role, and an account is read over the wire.
#[cfg(feature = "aws")]
#[test]
fn the_gitlab_job_signs_in_with_its_token_and_reads_an_account() {
    let emulator = crate::emulator::Emulator::with_account(false);
    let [_, job] = workflows();
    let job = yaml(&job);
    let runner = Runner::new();
    runner.install("");
    let home = runner.home.path().to_str().unwrap();
    let mut variables = vec![("AWS_ENDPOINT_URL".to_owned(), emulator.endpoint())];
    for (name, value) in job["audit"]["variables"].as_object().unwrap() {
        let value = value.as_str().unwrap().replace("$CI_PROJECT_DIR", home).replace("$CI_PIPELINE_ID", "7");
        let value = value.replace("$BARTIZAN_ROLE", "arn:aws:iam::123456789012:role/bartizan");
        variables.push((name.clone(), value.replace("$BARTIZAN_REGION", crate::emulator::REGION)));
    }
    let script: Vec<_> = job["audit"]["script"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
    let run = runner.run_with(&script.join("\n"), &variables);
    let errors = String::from_utf8_lossy(&run.stderr);
    assert!(matches!(run.status.code(), Some(1 | 3)), "{errors}");
    let report: Value = serde_json::from_str(&runner.read("bartizan.json")).unwrap();
    // Whoever read is the role that the token was exchanged for: there are no other credentials.
    let role = "arn:aws:sts::123456789012:assumed-role/bartizan/bartizan-7";
    assert_eq!(report["manifest"]["callers"], serde_json::json!([role]));
    assert!(!report["findings"].as_array().unwrap().is_empty(), "{errors}");
}
