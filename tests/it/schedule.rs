//! `bartizan schedule`: what it prints is judged by those who would run it or by their validators, and staying it runs
//! a report once for whatever was missed.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use bartizan::schedule::{Schedule, When};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::python::python;

fn bartizan(words: &[&str], home: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bartizan"));
    command.args(words).current_dir(home).env("XDG_CONFIG_HOME", home).env("XDG_DATA_HOME", home);
    command.env_remove("SOURCE_DATE_EPOCH").output().unwrap()
}

fn told(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// What `schedule print` writes for these flags: the files below a directory.
fn printed(home: &Path, words: &[&str]) -> Vec<PathBuf> {
    let output = bartizan(&[&["schedule", "print"], words].concat(), home);
    assert!(output.status.success(), "{words:?}: {}", told(&output));
    let lines = String::from_utf8(output.stderr).unwrap();
    lines.lines().map(|line| home.join(line.strip_prefix("wrote ").unwrap())).collect()
}

fn judge(kind: &str, files: &[PathBuf]) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/schedulers/check.py");
    let output = Command::new(python("schedulers")).arg(script).arg(kind).args(files).output().unwrap();
    assert!(output.status.success(), "{}", told(&output));
}

/// systemd's own tool. Where there is none nobody can run its units either; CI has it.
fn systemd(words: &[&str], files: &[PathBuf]) -> Option<String> {
    match Command::new("systemd-analyze").args(words).args(files).env("SYSTEMD_COLORS", "0").env("TZ", "UTC").output() {
        Ok(output) => {
            assert!(output.status.success(), "{words:?}: {}", told(&output));
            Some(told(&output))
        }
        Err(error) => {
            assert!(option_env!("CI").is_none(), "systemd-analyze: {error}");
            None
        }
    }
}

/// Flags that every kind of unit has to quote in its own way.
const HOSTILE: &str = "a b%h$HOME\"'`x`\\n";

const REPORT: [&str; 8] =
    ["--env", HOSTILE, "--format", "html,json", "--since", "last", "--out", "/var/lib/bartizan/reports"];
const REPORT_S3: [&str; 8] =
    ["--env", HOSTILE, "--format", "html,json", "--since", "last", "--out", "s3://reports/all"];

#[test]
fn systemd_takes_its_units() {
    let home = tempfile::tempdir().unwrap();
    let program = env!("CARGO_BIN_EXE_bartizan");
    for when in [["--every", "6h"], ["--cron", "*/20 6-18 1,15 * MON-FRI"]] {
        let flags = ["systemd", when[0], when[1], "--tz", "Asia/Tokyo", "--name", "night", "--program", program];
        let files = printed(home.path(), &[&flags, &["--into", "units", "--"][..], &REPORT].concat());
        assert_eq!(files.len(), 2);
        let told = systemd(&["verify", "--recursive-errors=no"], &files);
        assert_eq!(told.unwrap_or_default(), "", "no warning either");
        let security = systemd(&["security", "--offline=yes", "--threshold=15"], &files[..1]);
        let exposure = security.as_deref().unwrap_or("exposure level").lines().last().map(str::to_owned);
        assert!(exposure.as_deref().is_some_and(|line| line.contains("exposure level")), "{exposure:?}");
        // The words arrive as they were given.
        let service = fs::read_to_string(&files[0]).unwrap();
        assert!(service.contains(r#""a b%%h$$HOME\"'`x`\\n""#), "{service}");
    }
}

#[test]
fn cron_takes_its_line() {
    let home = tempfile::tempdir().unwrap();
    for when in [["--every", "6h"], ["--every", "1d"], ["--every", "15m"], ["--cron", "0 6 * * MON-FRI"]] {
        let flags = ["cron", when[0], when[1], "--name", "night", "--into", "units", "--"];
        let files = printed(home.path(), &[&flags[..], &REPORT].concat());
        judge("cron", &files);
        let text = fs::read_to_string(&files[0]).unwrap();
        // What a shell makes of the line is what was given.
        let line = text.lines().last().unwrap().split_once(" bartizan ").unwrap().1.replace(r"\%", "%");
        let line = line.replacen("/usr/local/bin/bartizan", "printf '%s\\n'", 1);
        let words = Command::new("sh").args(["-c", &line]).output().unwrap();
        let words = String::from_utf8(words.stdout).unwrap();
        assert_eq!(words.lines().collect::<Vec<_>>(), [&["report"], &REPORT[..]].concat());
    }
    let refused = bartizan(&[&["schedule", "print", "cron", "--every", "7h", "--"], &REPORT[..]].concat(), home.path());
    assert_eq!(refused.status.code(), Some(2));
    assert!(told(&refused).contains("give --cron"), "{}", told(&refused));
}

#[test]
fn kubernetes_cloudformation_and_github_take_theirs() {
    let home = tempfile::tempdir().unwrap();
    for when in [["--every", "6h"], ["--cron", "10,40 6-18/2 * JAN-JUN 1-5"]] {
        let image = ["--image", "registry.example/bartizan@sha256:0", "--tz", "Europe/Berlin"];
        let print = |kind: &str, more: &[&str], report: &[&str]| {
            let flags = [kind, when[0], when[1], "--name", "night", "--into", "units"];
            printed(home.path(), &[&flags[..], more, &["--"], report].concat())
        };
        judge("k8s", &print("k8s", &image, &REPORT));
        judge("k8s", &print("k8s", &image, &REPORT_S3));
        judge("cfn", &print("ecs", &image, &REPORT_S3));
        judge("cfn", &print("eventbridge", &image[2..], &REPORT_S3));
        let files = print("github", &[], &REPORT);
        judge("github", &files);
        // It runs what it installed, which is in the runner's own path.
        assert!(fs::read_to_string(&files[0]).unwrap().contains("\n          bartizan report --env"));
        judge("github", &print("github", &[], &REPORT_S3));
    }
}

#[test]
fn what_a_scheduler_cannot_say_is_refused_with_a_way_out() {
    let home = tempfile::tempdir().unwrap();
    let flags = |words: &'static str| words.split(' ').collect::<Vec<_>>();
    for (words, out, way) in [
        ("systemd --every 6h", "reports", "an absolute path"),
        ("k8s --every 6h", "/reports", "--image IMAGE"),
        ("k8s --every 6h --image x", "reports", "an absolute path"),
        ("ecs --every 6h --image x", "/reports", "s3://BUCKET/PREFIX"),
        ("ecs --every 6h", "s3://reports/x", "--image IMAGE"),
        ("github --every 6h --tz Europe/Berlin", "/reports", "leave out --tz"),
        ("k8s --every 7h --image x", "/reports", "give --cron"),
        ("cron --every 6h --tz Europe/Berln", "/reports", "there is no time zone"),
        ("cron --every 6", "/reports", "is no interval"),
        ("cron --every 6h --name ../x", "/reports", "lower-case letters"),
        ("cron --evry 6h", "/reports", "--every"),
        ("kron --every 6h", "/reports", "cron"),
        ("cron --tz UTC", "/reports", "give --every or --cron"),
    ] {
        let words = [&["schedule", "print"], &flags(words)[..], &["--", "--format", "html", "--out", out]].concat();
        let output = bartizan(&words, home.path());
        assert_eq!(output.status.code(), Some(2), "{words:?}");
        assert!(told(&output).contains(way), "{words:?}: {}", told(&output));
    }
    let both = ["schedule", "print", "eventbridge", "--cron", "0 6 1 * 1", "--", "--format=html", "--out=s3://b/p"];
    assert!(told(&bartizan(&both, home.path())).contains("a schedule for each"));
    let check = ["schedule", "print", "cron", "--every", "6h", "--", "--out", "/x", "--max-age", "26h"];
    let output = bartizan(&check, home.path());
    assert_eq!(output.status.code(), Some(2));
    assert!(told(&output).contains("`--max-age` checks a report and makes none"), "{}", told(&output));
    // An address that is a secret would be in the unit.
    let secret =
        ["schedule", "print", "cron", "--every", "6h", "--", "--out", "/x", "--heartbeat", "https://hc.example/s"];
    let output = bartizan(&secret, home.path());
    assert_eq!(output.status.code(), Some(0));
    assert!(told(&output).contains("warning: ") && told(&output).contains("--heartbeat-from VARIABLE"));
    // What the report would not take is found now, not at night.
    let typo = ["schedule", "print", "cron", "--every", "6h", "--", "--out", "x", "--fromat", "html"];
    let output = bartizan(&typo, home.path());
    assert_eq!(output.status.code(), Some(2));
    assert!(told(&output).contains("--format"), "{}", told(&output));
}

/// Expressions of every kind of field, from a small generator.
fn expressions() -> Vec<String> {
    let pick = |seed: usize, from: &[&'static str]| *from.iter().cycle().nth(seed).unwrap();
    let minutes = ["0", "30", "*/15", "5-10", "1,2,59", "10-50/20", "*"];
    let hours = ["6", "*", "*/6", "0,12", "22-23", "1-20/7"];
    let days = ["*", "1", "15,31", "*", "10-12", "*"];
    let months = ["*", "2", "JAN-MAR", "*/4", "*"];
    let weekdays = ["*", "MON-FRI", "0", "6,7", "*", "2-4"];
    (0..210)
        .map(|seed| {
            let fields = [
                pick(seed, &minutes),
                pick(seed / 2, &hours),
                pick(seed / 3, &days),
                pick(seed / 5, &months),
                pick(seed / 7, &weekdays),
            ];
            fields.join(" ")
        })
        .collect()
}

#[test]
fn times_are_those_of_croniter_and_systemd() {
    const FROM: &str = "2026-11-21T10:17:30Z";
    const COUNT: usize = 6;
    let zone = TimeZone::get("Asia/Tokyo").unwrap();
    let ours = |text: &str| {
        let schedule = Schedule { when: When::Cron(text.parse().unwrap()), zone: zone.clone() };
        let mut last: Timestamp = FROM.parse().unwrap();
        let next = || {
            last = schedule.next(last).unwrap();
            last.as_second()
        };
        std::iter::repeat_with(next).take(COUNT).collect::<Vec<_>>()
    };
    let expressions = expressions();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/schedulers/check.py");
    let mut judge = Command::new(python("schedulers"));
    let mut judge = judge.arg(script).arg("times").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut asked = judge.stdin.take().unwrap();
    for text in &expressions {
        writeln!(asked, "{text}\tAsia/Tokyo\t{FROM}\t{COUNT}").unwrap();
    }
    drop(asked);
    let output = judge.wait_with_output().unwrap();
    assert!(output.status.success());
    let theirs = String::from_utf8(output.stdout).unwrap();
    assert_eq!(theirs.lines().count(), expressions.len());
    for (text, theirs) in expressions.iter().zip(theirs.lines()) {
        let theirs: Vec<i64> = theirs.split(' ').map(|second| second.parse().unwrap()).collect();
        assert_eq!(ours(text), theirs, "{text}");
    }
    let home = tempfile::tempdir().unwrap();
    for text in expressions.iter().step_by(8) {
        let flags = ["systemd", "--cron", text, "--tz", "Asia/Tokyo", "--name", "night", "--into", "units", "--"];
        let files = printed(home.path(), &[&flags[..], &REPORT].concat());
        let timer = fs::read_to_string(&files[1]).unwrap();
        let calendars: Vec<_> = timer.lines().filter_map(|line| line.strip_prefix("OnCalendar=")).collect();
        let mut theirs: Vec<i64> = Vec::new();
        for calendar in calendars {
            let words = ["calendar", "--base-time=2026-11-21 10:17:30 UTC", "--iterations=6", calendar];
            let Some(told) = systemd(&words, &[]) else { return };
            // `(in UTC): Sat 2026-11-21 15:00:00 UTC`
            let lines = told.lines().filter(|line| line.contains("Next elapse: ") || line.contains("Iter. #"));
            for (_, time) in lines.filter_map(|line| line.split_once(": ")) {
                let words: Vec<_> = time.split_whitespace().collect();
                let [_, date, clock, "UTC"] = words.as_slice() else { panic!("{time}") };
                theirs.push(format!("{date}T{clock}Z").parse::<Timestamp>().unwrap().as_second());
            }
        }
        theirs.sort_unstable();
        theirs.dedup();
        theirs.truncate(COUNT);
        assert_eq!(ours(text), theirs, "{text}: {timer}");
    }
}

/// `schedule run` in a home of its own: the report of the demo, once.
fn staying(home: &Path, more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bartizan"));
    let name: &[&str] = if more.contains(&"--name") { &[] } else { &["--name", "bartizan"] };
    command.args(["schedule", "run"]).args(name).args(more);
    command.args(["--", "--demo", "--format", "json", "--out", "reports"]);
    command.current_dir(home).env("XDG_CONFIG_HOME", home).env("XDG_DATA_HOME", home);
    command.env_remove("SOURCE_DATE_EPOCH").stderr(Stdio::piped()).stdout(Stdio::piped());
    command
}

/// Has the schedule remember that it ran last so many minutes ago.
fn ran(home: &Path, minutes: i64) {
    let last = Timestamp::from_second(now() - 60 * minutes).unwrap();
    fs::write(home.join("bartizan/schedule/bartizan.json"), format!(r#"{{"version":1,"last":"{last}"}}"#)).unwrap();
}

fn now() -> i64 {
    bartizan::clock::now().as_second()
}

#[test]
fn staying_makes_up_once_for_what_was_missed_and_remembers() {
    let home = tempfile::tempdir().unwrap();
    let once = |more: &[&str]| {
        let output = staying(home.path(), &[&["--times", "1"], more].concat()).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "as the last report: {}", told(&output));
        told(&output)
    };
    // An interval begins at once.
    let first = once(&["--every", "1h"]);
    assert!(first.contains("the report ended: findings (exit code 1)"), "{first}");
    assert!(home.path().join("reports").is_dir());
    ran(home.path(), 330);
    let later = once(&["--every", "1h"]);
    assert!(later.contains("for 4 missed before it as well"), "{later}");
    assert_eq!(later.matches("the report begins").count(), 1, "{later}");
    // What it ran for is kept: half an hour before now.
    let kept = fs::read_to_string(home.path().join("bartizan/schedule/bartizan.json")).unwrap();
    let kept: serde_json::Value = serde_json::from_str(&kept).unwrap();
    let last: Timestamp = kept["last"].as_str().unwrap().parse().unwrap();
    assert!((now() - last.as_second() - 1800).abs() < 120, "{kept}");
    // A report that failed is told, and the schedule goes on.
    let mut broken = staying(home.path(), &["--times", "1", "--every", "1h", "--name", "broken"]);
    let output = broken.args(["--config", "none.toml"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", told(&output));
    assert!(told(&output).contains("(exit code 2)"), "{}", told(&output));
    // Another report without a name of its own remembers nothing of the first.
    let unnamed = |out: &str| {
        let words =
            ["schedule", "run", "--times", "1", "--every", "1h", "--", "--demo", "--format", "json", "--out", out];
        told(&bartizan(&words, home.path()))
    };
    for out in ["a", "b"] {
        assert!(unnamed(out).contains("the report begins"));
        assert!(home.path().join(out).is_dir());
    }
}

#[test]
fn a_schedule_is_kept_by_one_process_and_ends_when_told() {
    let home = tempfile::tempdir().unwrap();
    let daily = ["--cron", "0 6 * * *"];
    let mut first = staying(home.path(), &daily).spawn().unwrap();
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(first.stderr.take().unwrap()));
    let line = lines.next().unwrap().unwrap();
    assert!(line.contains("next at") && line.contains("06:00 UTC"), "{line}");
    let second = staying(home.path(), &daily).output().unwrap();
    assert_eq!(second.status.code(), Some(5), "{}", told(&second));
    assert!(told(&second).contains("give this one another --name"));
    Command::new("kill").arg(first.id().to_string()).status().unwrap();
    assert!(first.wait().unwrap().success());
    // Whoever was killed holds nothing any more.
    let mut third = staying(home.path(), &daily).spawn().unwrap();
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(third.stderr.take().unwrap()));
    lines.next().unwrap().unwrap();
    third.kill().unwrap();
    third.wait().unwrap();
    let mut fourth = staying(home.path(), &daily).spawn().unwrap();
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(fourth.stderr.take().unwrap()));
    assert!(lines.next().unwrap().unwrap().contains("next at"));
    fourth.kill().unwrap();
    fourth.wait().unwrap();
}

#[test]
fn a_schedule_that_is_ended_takes_its_report_along_and_makes_up_for_it() {
    let home = tempfile::tempdir().unwrap();
    // A report that waits for ever for its estate.
    let pipe = home.path().join("estate");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let mut command = Command::new(env!("CARGO_BIN_EXE_bartizan"));
    command.args(["schedule", "run", "--every", "1h", "--name", "waits", "--"]);
    command.args(["--from", "estate", "--format", "json", "--out", "reports"]);
    command.current_dir(home.path()).env("XDG_CONFIG_HOME", home.path()).env("XDG_DATA_HOME", home.path());
    let mut child = command.env_remove("SOURCE_DATE_EPOCH").stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(child.stderr.take().unwrap()));
    assert!(lines.next().unwrap().unwrap().contains("the report begins"));
    let children = || {
        let of = fs::read_to_string(format!("/proc/{0}/task/{0}/children", child.id())).unwrap_or_default();
        of.split_whitespace().map(|id| id.parse::<u32>().unwrap()).collect::<Vec<_>>()
    };
    let report = std::iter::repeat_with(children).find(|children| !children.is_empty()).unwrap();
    Command::new("kill").arg(child.id().to_string()).status().unwrap();
    assert!(child.wait().unwrap().success());
    assert!(lines.any(|line| line.unwrap().contains("is due again at the next start")));
    assert!(!Path::new(&format!("/proc/{}", report[0])).exists(), "the report is gone as well");
    assert!(!home.path().join("bartizan/schedule/waits.json").exists(), "it ran for nothing yet");
}

#[test]
fn what_a_schedule_cannot_keep_is_told() {
    let home = tempfile::tempdir().unwrap();
    let kept = home.path().join("bartizan/schedule");
    fs::create_dir_all(&kept).unwrap();
    fs::write(kept.join("bartizan.json"), "{\"version\": 2").unwrap();
    let output = staying(home.path(), &["--every", "1h"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(told(&output).contains("bartizan.json: not what a schedule keeps"), "{}", told(&output));
    let output = staying(home.path(), &["--every", "1h"]).env("SOURCE_DATE_EPOCH", "1").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(told(&output).contains("SOURCE_DATE_EPOCH"), "{}", told(&output));
}
