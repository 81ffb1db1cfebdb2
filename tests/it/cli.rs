//! The command line as a stranger meets it: what goes wrong is said with its place, its way out and an exit code.

use std::fs;
use std::process::{Command, Output};

/// Runs the real binary, with nothing of the user's own environment that would change what it does.
fn bartizan(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bartizan"));
    let own = std::env::vars_os().filter(|(name, _)| {
        let name = name.to_string_lossy();
        name.starts_with("AWS_") || name.starts_with("BARTIZAN_")
    });
    for (name, _) in own {
        command.env_remove(name);
    }
    let nowhere = std::env::temp_dir().join("bartizan-no-such-home");
    command.env("HOME", &nowhere).env("XDG_CONFIG_HOME", &nowhere).env("AWS_EC2_METADATA_DISABLED", "true");
    command.args(arguments).output().expect("the program runs")
}

fn error(arguments: &[&str]) -> (Option<i32>, String) {
    let output = bartizan(arguments);
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn a_snapshot_of_the_demo_comes_back_whole() {
    let directory = tempfile::tempdir().expect("a directory");
    let (first, second) = (directory.path().join("a.bzn"), directory.path().join("b.bzn"));
    let first = first.to_str().expect("text");
    let output = bartizan(&["snapshot", "--demo", "-o", first]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let output = bartizan(&["snapshot", "--from", first, "-o", second.to_str().expect("text")]);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(fs::read(first).expect("read"), fs::read(second).expect("read"), "the same estate is the same bytes");
}

#[test]
fn a_truncated_snapshot_is_refused_with_its_place() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("cut.bzn");
    assert!(bartizan(&["snapshot", "--demo", "-o", path.to_str().expect("text")]).status.success());
    let whole = fs::read(&path).expect("read");
    fs::write(&path, &whole[..whole.len() / 2]).expect("written");
    let (code, said) = error(&["snapshot", "--from", path.to_str().expect("text"), "-o", "/dev/null"]);
    assert_eq!(code, Some(2));
    assert!(said.contains("cut.bzn") && said.contains("take it again with `bartizan snapshot`"), "{said}");
}

#[test]
fn wrong_usage_names_the_flag() {
    for (arguments, named) in [
        (&["--no-such-flag"][..], "--no-such-flag"),
        (&["snapshot"], "--output"),
        (&["--demo=atlantis", "snapshot", "-o", "/dev/null"], "atlantis"),
        (&["--demo", "--profile", "x", "snapshot", "-o", "/dev/null"], "--profile"),
        (&["--from", "/no/such/path", "snapshot", "-o", "/dev/null"], "/no/such/path"),
        (&["--from", "/dev/null", "snapshot", "-o", "/dev/null"], "/dev/null"),
        (&["--config", "/no/such.toml", "snapshot", "--demo", "-o", "/dev/null"], "/no/such.toml"),
    ] {
        let (code, said) = error(arguments);
        assert_eq!(code, Some(2), "{arguments:?}: {said}");
        assert!(said.contains(named), "{arguments:?}: {said}");
    }
}

#[test]
fn an_environment_that_nothing_belongs_to_does_not_pass() {
    let directory = tempfile::tempdir().expect("a directory");
    let config = directory.path().join("bartizan.toml");
    fs::write(&config, "[[environment]]\nname = \"production\"\nvpcs = [\"vpc-none\"]\n").expect("written");
    let (code, said) = error(&["audit", "--demo", "--env", "Production", "--config", config.to_str().expect("text")]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("belongs to `production`: check its selectors"), "{said}");
}

#[cfg(feature = "aws")]
#[test]
fn without_credentials_an_account_is_not_read() {
    let (code, said) = error(&["--region", "eu-west-1", "snapshot", "-o", "/dev/null"]);
    assert_eq!(code, Some(4), "{said}");
    assert!(said.contains("--demo works without an account"), "{said}");
}

#[test]
fn without_a_terminal_the_dashboard_says_so() {
    let (code, said) = error(&["--demo"]);
    assert_eq!(code, Some(2));
    assert!(said.contains("terminal"), "{said}");
}

#[test]
fn help_and_version_are_no_errors() {
    let output = bartizan(&["--help"]);
    assert_eq!(output.status.code(), Some(0));
    let help = String::from_utf8_lossy(&output.stdout).into_owned();
    for word in ["snapshot", "--demo", "--from", "--region", "Exit codes"] {
        assert!(help.contains(word), "{word}");
    }
    assert_eq!(bartizan(&["--version"]).status.code(), Some(0));
}
