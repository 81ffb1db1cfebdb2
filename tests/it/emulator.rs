//! The stand-in for AWS: starts `tests/emulator/serve.py` in a virtual environment of its own, and speaks to it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use bartizan::model::Estate;
use bartizan::source;
use serde_json::{Value, json};

use crate::python::python;
use crate::verdicts::Verdicts;

/// The Region the small account is in.
pub(crate) const REGION: &str = "eu-west-1";

/// A running emulator; it ends when this is dropped.
pub(crate) struct Emulator {
    process: Child,
    port: u16,
    home: tempfile::TempDir,
}

impl Emulator {
    /// Starts one with the small account in it; with `twins`, also what is right but costs several calls to read.
    pub(crate) fn with_account(twins: bool) -> Self {
        let emulator = Self::start();
        emulator.control("account", &json!({ "twins": twins }));
        emulator
    }

    /// Starts one with what takes deliveries in it, and `objects` in the bucket; tells the topic's ARN.
    pub(crate) fn with_receivers(objects: &Value) -> (Self, String) {
        let emulator = Self::start();
        let made = emulator.control("receivers", &json!({ "objects": objects }));
        let topic = made.get("topic").and_then(Value::as_str).expect("a topic").to_owned();
        (emulator, topic)
    }

    /// What was delivered: `objects`, `messages`, `mails`.
    pub(crate) fn delivered(&self) -> Value {
        self.control("delivered", &json!({}))
    }

    fn start() -> Self {
        let mut process = Command::new(python("emulator"))
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/emulator/serve.py"))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the emulator's interpreter starts");
        let mut line = String::new();
        let stdout = process.stdout.take().expect("stdout is piped");
        BufReader::new(stdout).read_line(&mut line).expect("the emulator says its port");
        let ready: Value = serde_json::from_str(&line).expect("the emulator started; its error is above");
        let port = ready.get("port").and_then(Value::as_u64).and_then(|port| port.try_into().ok()).expect("a port");
        Self { process, port, home: tempfile::tempdir().expect("a temporary directory") }
    }

    /// Where it listens.
    pub(crate) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// A temporary directory that lives as long as the emulator.
    pub(crate) fn directory(&self) -> &Path {
        self.home.path()
    }

    /// The program, pointed at the emulator with credentials that anybody may know, and nothing else inherited.
    pub(crate) fn bartizan(&self, arguments: &[&str]) -> Command {
        let mut command = bare_bartizan(self.directory());
        command
            .args(arguments)
            .env("AWS_ENDPOINT_URL", self.endpoint())
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_REGION", REGION);
        command
    }

    /// Runs the program to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.bartizan(arguments).output().expect("the program runs")
    }

    /// The IAM actions called so far, in order.
    pub(crate) fn calls(&self) -> Vec<String> {
        let calls = self.control("calls", &json!({}));
        let action = |call: &Value| call.get("action").and_then(Value::as_str).expect("an action").to_owned();
        calls.as_array().expect("a list").iter().map(action).collect()
    }

    /// Forgets the calls so far.
    pub(crate) fn reset_calls(&self) {
        self.control("reset-calls", &json!({}));
    }

    /// The faults from now on; `tests/emulator/faults.py` lists them.
    pub(crate) fn faults(&self, faults: &Value) {
        self.control("faults", faults);
    }

    /// More subnets and security groups.
    pub(crate) fn grow(&self, subnets: usize, security_groups: usize) {
        self.control("grow", &json!({ "subnets": subnets, "security_groups": security_groups }));
    }

    /// Writes the account as AWS CLI JSON.
    pub(crate) fn dump(&self, directory: &Path) {
        self.control("dump", &json!({ "directory": directory }));
    }

    /// A request of the test itself.
    fn control(&self, name: &str, body: &Value) -> Value {
        let body = body.to_string();
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("the emulator answers");
        let head = format!("POST /_bartizan/{name} HTTP/1.1\r\nHost: localhost\r\nConnection: close");
        write!(stream, "{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).expect("the emulator listens");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("the emulator answers in full");
        let (head, body) = answer.split_once("\r\n\r\n").expect("an HTTP answer");
        assert!(head.starts_with("HTTP/1.1 200"), "the emulator refused: {body}");
        serde_json::from_str(body).expect("JSON")
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // It ends when its standard input does.
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

/// What `bartizan audit` says of the emulator's account, or of what `more` names.
pub(crate) fn audit(emulator: &Emulator, more: &[&str]) -> Verdicts {
    Verdicts::of(&emulator.run(&[&["audit", "--format", "json"], more].concat()))
}

/// Reads the account into a snapshot file and opens that.
pub(crate) fn snapshot(emulator: &Emulator, name: &str) -> (PathBuf, Estate) {
    let file = emulator.directory().join(name);
    let output = emulator.run(&["snapshot", "-o", text(&file), "--region", REGION]);
    let estate = source::from_path(&file);
    assert!(estate.is_ok(), "{:?}:\n{}", estate.err(), String::from_utf8_lossy(&output.stderr));
    let estate = estate.expect("asserted");
    (file, estate.estate)
}

/// The program with an empty environment: no credentials, no configuration, no instance metadata.
pub(crate) fn bare_bartizan(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bartizan"));
    command.env_clear().current_dir(home).env("HOME", home).env("AWS_EC2_METADATA_DISABLED", "true");
    command
}

/// A path as an argument.
pub(crate) fn text(path: &Path) -> &str {
    path.to_str().expect("the target directory's name is text")
}
