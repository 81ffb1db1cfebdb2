//! `bartizan report` over the wire: an account that answers badly, buckets, topics, webhooks and heartbeats.

#![expect(clippy::indexing_slicing, reason = "a test that cannot go on fails")]

use std::fs;
use std::process::Output;

use serde_json::{Value, json};

use crate::audit::{err, out};
use crate::emulator::{Emulator, REGION};
use crate::history::number;
use crate::loopback::{Loopback, Response};
use crate::report::{assert_whole_reports, json as read_json, names};

/// What must be in no output: it is in addresses.
const HUSH: &str = "hush-3f9a21";

/// The demo's production, reported into the bucket, to the topic, to a webhook and with a heartbeat.
struct Receivers {
    emulator: Emulator,
    hook: Loopback,
}

impl Receivers {
    /// With a webhook that answers with this status.
    fn new(status: u16) -> Self {
        let (emulator, topic) = Emulator::with_receivers(&json!({}));
        let hook = Loopback::start(move |request| {
            Response::json(if request.path.starts_with("/hook") { status } else { 200 }, &json!({}))
        });
        let url = format!("{}/hook/{HUSH}", hook.url());
        let toml = format!(
            "[deliver.news]\nkind = \"sns\"\ntopic_arn = \"{topic}\"\nlink = \"https://reports.example\"\n\
             [deliver.hook]\nkind = \"webhook\"\nurl = \"{url}\"\n"
        );
        fs::write(emulator.directory().join("bartizan.toml"), toml).unwrap();
        Self { emulator, hook }
    }

    fn report(&self, more: &[&str]) -> Output {
        let flags = ["report", "--demo", "--env", "Production", "--format", "html,json", "--history", "h.db"];
        let deliver =
            ["--out", "s3://acme-reports/audits", "--deliver", "news", "--deliver", "hook", "--heartbeat-from", "BEAT"];
        let mut command = self.emulator.bartizan(&[&flags[..], &deliver, more].concat());
        command.env("BEAT", format!("{}/beat/{HUSH}", self.hook.url()));
        let output = command.env("SOURCE_DATE_EPOCH", "1795000000").output().unwrap();
        let said = out(&output) + &err(&output);
        assert!(!said.contains(HUSH), "no address is shown: {said}");
        output
    }

    /// The keys in the bucket.
    fn keys(&self) -> Vec<String> {
        self.emulator.delivered()["objects"].as_object().unwrap().keys().cloned().collect()
    }

    /// The paths that were asked for since the last time.
    fn asked(&self) -> Vec<String> {
        self.hook.requests().iter().map(|request| request.path.replace(HUSH, "SECRET")).collect()
    }

    fn history(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.emulator.directory().join("h.db")).unwrap()
    }
}

const FOLDER: &str = "audits/production/20261116T063000Z";

#[test]
fn a_report_goes_everywhere_once() {
    let receivers = Receivers::new(200);
    let output = receivers.report(&[]);
    assert_eq!(output.status.code(), Some(1), "{}", err(&output));
    let told = out(&output);
    for part in [
        "production: FAILED: ",
        &format!("delivered to `--out` (s3, s3://acme-reports/{FOLDER}/)"),
        "delivered to `news` (sns, arn:aws:sns:",
        "delivered to `hook` (webhook, 127.0.0.1:",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    let expected = ["report.html", "report.json", "summary.json"].map(|name| format!("{FOLDER}/{name}"));
    let keys = receivers.keys();
    assert_eq!(keys, [&expected[..], &["audits/production/latest.json".to_owned()]].concat());
    let delivered = receivers.emulator.delivered();
    let object = |key: &str| delivered["objects"][key]["text"].as_str().unwrap().to_owned();
    assert_eq!(delivered["objects"][&expected[0]]["type"], "text/html; charset=utf-8");
    let latest: Value = serde_json::from_str(&object("audits/production/latest.json")).unwrap();
    assert_eq!(latest["files"][0]["name"], "20261116T063000Z/report.html");
    // What is in the bucket is what was filed on the way.
    let spool = receivers.emulator.directory().join(".local/share/bartizan/reports");
    let spool = spool.join(&names(&spool)[0]).join("production");
    assert_eq!(assert_whole_reports(&spool), ["20261116T063000Z"]);
    assert_eq!(read_json(&spool.join("latest.json")), latest);
    assert_eq!(fs::read_to_string(spool.join("20261116T063000Z/report.html")).unwrap(), object(&expected[0]));

    let messages = delivered["messages"].as_array().unwrap();
    assert_eq!(messages.len(), 1);
    let link = format!("https://reports.example/{}/report.html", FOLDER.trim_start_matches("audits/"));
    assert!(messages[0]["message"].as_str().unwrap().contains(&link), "{messages:?}");
    assert_eq!(receivers.asked(), ["/hook/SECRET", "/beat/SECRET"]);
    let hook = receivers.hook.requests()[0].json();
    assert_eq!((&hook["environment"], &hook["demo"]), (&json!("production"), &json!(true)));
    assert!(hook["open"]["high"].as_u64().unwrap() > 0, "{hook}");
    let history = receivers.history();
    assert_eq!(number(&history, "SELECT count(*) FROM delivery WHERE delivered"), 3);

    // The same reading again: nobody hears of it twice, and the heartbeat goes on.
    let output = receivers.report(&[]);
    assert_eq!(output.status.code(), Some(1), "{}", err(&output));
    assert!(out(&output).contains("delivered to `news` before") && out(&output).contains("3 of 3 files were there"));
    assert_eq!(receivers.keys(), keys);
    assert_eq!(receivers.emulator.delivered()["messages"].as_array().unwrap().len(), 1);
    assert_eq!(receivers.asked(), ["/hook/SECRET", "/beat/SECRET", "/beat/SECRET"]);
    assert_eq!(number(&history, "SELECT count(*) FROM run"), 1);
}

#[test]
fn what_is_cut_off_in_the_middle_is_named_and_finished_by_the_next_run() {
    let receivers = Receivers::new(200);
    receivers.emulator.faults(&json!({ "cut_after": { "s3:PutObject": 1 } }));
    let output = receivers.report(&[]);
    assert_eq!(output.status.code(), Some(6), "{}", err(&output));
    let told = err(&output);
    assert!(told.contains("error: production: not delivered to `--out` (s3, s3://acme-reports/audits"), "{told}");
    assert!(!receivers.keys().contains(&"audits/production/latest.json".to_owned()), "the latest names no half report");
    assert_eq!(receivers.asked(), ["/hook/SECRET", "/beat/SECRET/fail"], "the others are not kept back");
    let list = receivers.emulator.run(&["history", "--history", "h.db"]);
    assert!(out(&list).contains("not delivered to `--out`"), "{}", out(&list));
    receivers.emulator.faults(&json!({ "deny": ["s3:PutObject"] }));
    let output = receivers.report(&[]);
    assert_eq!(output.status.code(), Some(6));
    assert!(err(&output).contains("allow s3:PutObject and s3:GetObject below that prefix"), "{}", err(&output));

    receivers.emulator.faults(&json!({}));
    let output = receivers.report(&[]);
    assert_eq!(output.status.code(), Some(1), "{}", err(&output));
    assert_eq!(receivers.keys().len(), 4);
    assert_eq!(receivers.asked().last().map(String::as_str), Some("/beat/SECRET"));
    let list = receivers.emulator.run(&["history", "--history", "h.db"]);
    assert!(!out(&list).contains("not delivered"), "it was made up for: {}", out(&list));
}

#[test]
fn a_webhook_that_refuses_is_named_and_the_report_is_everywhere_else() {
    let receivers = Receivers::new(404);
    let output = receivers.report(&[]);
    assert_eq!(output.status.code(), Some(6));
    let told = err(&output);
    assert!(told.contains("error: production: not delivered to `hook` (webhook, 127.0.0.1:"), "{told}");
    assert!(told.contains(", after 1 attempt: it answered HTTP 404"), "{told}");
    assert_eq!(receivers.keys().len(), 4);
    assert_eq!(receivers.emulator.delivered()["messages"].as_array().unwrap().len(), 1);
    let history = receivers.history();
    assert_eq!(number(&history, "SELECT count(*) FROM delivery WHERE NOT delivered AND destination = 'hook'"), 1);
    assert_eq!(number(&history, "SELECT count(*) FROM delivery WHERE delivered"), 2);
}

#[test]
fn what_is_wrong_with_destinations_is_said_before_anything_is_read() {
    let receivers = Receivers::new(200);
    for (flags, text) in [
        (&["--deliver", "nobody"][..], "[deliver.nobody] is not declared; there are hook, news"),
        (&["--retain", "0"], "0 would keep no report"),
    ] {
        let output = receivers.report(flags);
        assert_eq!(output.status.code(), Some(2), "{}", err(&output));
        assert!(err(&output).contains(text), "{}", err(&output));
    }
    let run = |flags: &[&str]| {
        let output = receivers.emulator.run(&[&["report", "--from", "nowhere"], flags].concat());
        (output.status.code(), err(&output))
    };
    for (flags, text) in [
        (["--out", "s3://A_b/x"], "--out s3://A_b/x: \"A_b\" is not the name of a bucket"),
        (["--out", "s3://acme-reports/../x"], "is not made of letters"),
        (["--out=s3://acme-reports/x", "--retain=3"], "a lifecycle rule of the bucket"),
        (["--out=r", "--heartbeat=ftp://hush-3f9a21"], "--heartbeat: "),
        (["--out=r", "--heartbeat-from=NOT_SET"], "--heartbeat-from NOT_SET: there is no such environment variable"),
    ] {
        let (code, told) = run(&flags);
        assert_eq!(code, Some(2), "{flags:?}: {told}");
        assert!(told.contains(text) && !told.contains(HUSH), "{flags:?}: {told}");
    }
    let output = receivers.emulator.run(&["report", "--out", "s3://acme-reports/x", "--max-age", "26h"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("--max-age looks at a directory"), "{}", err(&output));
    assert_eq!(receivers.asked(), ["/beat/SECRET/fail"], "a flag that cannot be read is no run; the other failed");
}

#[test]
fn an_account_that_answers_badly_is_reported_and_one_that_is_away_leaves_nothing() {
    let emulator = Emulator::with_account(false);
    let beat = Loopback::start(|_| Response::json(200, &json!({})));
    let url = format!("{}/beat", beat.url());
    let run = |at: i64, endpoint: &str| {
        let flags = ["report", "--region", REGION, "--out", "r", "--history", "h.db", "--heartbeat", &url];
        let mut command = emulator.bartizan(&flags);
        command.env("SOURCE_DATE_EPOCH", at.to_string());
        if !endpoint.is_empty() {
            command.env("AWS_ENDPOINT_URL", endpoint);
        }
        command.output().unwrap()
    };
    let shelf = emulator.directory().join("r/all");
    let latest = || read_json(&shelf.join("latest.json"));
    let output = run(1_800_000_000, "");
    assert_eq!(output.status.code(), Some(1), "{}", err(&output));
    assert_eq!(assert_whole_reports(&shelf).len(), 1);

    // One API is denied, one goes away in the middle: a report that begins with that.
    emulator.faults(&json!({ "deny": ["ec2:DescribeSubnets"], "cut": ["rds:DescribeDBInstances"] }));
    let output = run(1_800_086_400, "");
    assert_eq!(output.status.code(), Some(1), "findings say more than gaps: {}", err(&output));
    assert!(out(&output).starts_with("the whole estate: FAILED and INCOMPLETE: "), "{}", out(&output));
    let folder = shelf.join(latest()["folder"].as_str().unwrap());
    let html = fs::read_to_string(folder.join("report.html")).unwrap();
    let (head, _) = html.split_once("<nav").unwrap();
    for part in ["INCOMPLETE", "ec2:DescribeSubnets: access denied", "rds:DescribeDBInstances"] {
        assert!(head.contains(part), "{part}");
    }
    assert!(html.contains("Since run 1 of "), "compared with the day before");

    // The account is away: nothing is written, and the last report stays the last.
    let before = (names(&shelf), latest());
    let output = run(1_800_172_800, "http://127.0.0.1:9");
    assert_eq!(output.status.code(), Some(4), "{}", err(&output));
    assert_eq!((names(&shelf), latest()), before);

    // A clock that was set back: live readings are reported and recorded all the same.
    emulator.faults(&json!({}));
    let output = run(1_799_000_000, "");
    assert_eq!(output.status.code(), Some(1), "{}", err(&output));
    assert_eq!(assert_whole_reports(&shelf).len(), 3);
    assert_eq!(latest()["read_at"], "2027-01-03T18:13:20Z", "the others come from the future");
    let asked: Vec<String> = beat.requests().into_iter().map(|request| request.path).collect();
    assert_eq!(asked, ["/beat", "/beat", "/beat/fail", "/beat"]);
}
