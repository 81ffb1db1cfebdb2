//! The history through the binary: recorded only when asked, whole or not at all, whatever happens to the process.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use serde_json::Value;

use super::audit::{World, ended, err, out};

const AUDIT: [&str; 6] = ["audit", "--from", "dump", "--rules", "packs", "--pack"];
const RECORD: [&str; 4] = ["our-pack", "--record", "--history", "h.db"];

fn on_day(world: &World, day: u32, flags: &[&str]) -> Output {
    let mut command = world.command(flags);
    command.env("SOURCE_DATE_EPOCH", (1_700_000_000 + day * 86_400).to_string());
    command.output().unwrap()
}

fn record(world: &World, day: u32) {
    let output = on_day(world, day, &[&AUDIT[..], &RECORD[..]].concat());
    assert!(matches!(output.status.code(), Some(0 | 3)), "{}", err(&output));
}

pub(crate) fn history(world: &World) -> Connection {
    Connection::open(world.path().join("h.db")).unwrap()
}

pub(crate) fn number(connection: &Connection, sql: &str) -> i64 {
    connection.query_row(sql, [], |row| row.get(0)).unwrap()
}

/// That nothing is half written: the file is sound, and every run's sum is that of the events up to it.
pub(crate) fn assert_whole(world: &World) {
    let connection = history(world);
    let sound: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(sound, "ok");
    assert_eq!(number(&connection, "SELECT count(*) FROM pragma_foreign_key_check"), 0);
    let runs = number(&connection, "SELECT count(*) FROM run");
    for run in 1..=runs {
        let sum = |sql: &str| connection.query_row(sql, [run], |row| row.get::<_, i64>(0)).unwrap();
        let tallied = sum("SELECT coalesce(sum(count), 0) FROM tally WHERE run = ?");
        let events = sum(
            "SELECT coalesce(sum(CASE what WHEN 'resolved' THEN -1 WHEN 'opened' THEN 1 WHEN 'reopened' THEN 1 ELSE 0 END), 0)
             FROM event WHERE run <= ?",
        );
        assert_eq!(tallied, events, "run {run} of {runs}");
        assert!(sum("SELECT count(*) FROM coverage WHERE run = ?") > 0, "run {run} of {runs}");
    }
    let standing = number(&connection, "SELECT count(*) FROM finding WHERE state <> 'resolved'");
    let events = "SELECT coalesce(sum(CASE what WHEN 'resolved' THEN -1 WHEN 'opened' THEN 1 WHEN 'reopened' THEN 1 ELSE 0 END), 0) FROM event";
    assert_eq!(standing, number(&connection, events));
}

#[test]
fn nothing_is_recorded_unless_it_is_asked_for() {
    let world = World::new();
    let usual = world.path().join("home/.local/share/bartizan/history.db");
    let audit = |more: &[&str]| world.audit(more);
    assert_eq!(audit(&["--ci"]).status.code(), Some(0));
    assert!(!world.path().join("home").exists(), "a pipeline leaves nothing behind");
    world.write("bartizan.toml", "record = true\n");
    assert_eq!(audit(&["--no-record"]).status.code(), Some(0));
    assert!(!usual.exists());
    assert_eq!(audit(&[]).status.code(), Some(0));
    assert!(usual.exists(), "the configuration asked for it");
    world.write("bartizan.toml", "history = \"ours.db\"\n");
    assert_eq!(audit(&["--record"]).status.code(), Some(0));
    assert!(world.path().join("ours.db").exists(), "beside the file that names it");
    let (code, told) = ended(&audit(&["--history", "h.db"]));
    assert_eq!((code, told.contains("add --record, or --baseline last")), (Some(2), true), "{told}");
}

#[test]
fn the_history_tells_what_became_of_findings() {
    let world = World::new();
    world.group("eu-west-1", "sg-3", "third", "other");
    record(&world, 0);
    world.group("eu-west-1", "sg-3", "third", "owner");
    record(&world, 4);
    fs::rename(world.path().join("dump/111122223333/eu-west-1"), world.path().join("kept")).unwrap();
    world.unread("eu-west-1");
    record(&world, 6);
    fs::remove_dir_all(world.path().join("dump/111122223333/eu-west-1")).unwrap();
    fs::rename(world.path().join("kept"), world.path().join("dump/111122223333/eu-west-1")).unwrap();
    world.group("eu-west-1", "sg-3", "third", "other");
    record(&world, 9);
    let list = |more: &[&str]| on_day(&world, 10, &[&["history", "--history", "h.db"], more].concat());
    insta::assert_snapshot!("history_text", out(&list(&[])));
    let json: Value = serde_json::from_str(&out(&list(&["--format", "json", "--env", "Production"]))).unwrap();
    insta::assert_snapshot!("history_json", serde_json::to_string_pretty(&json).unwrap());
    assert_eq!(out(&list(&["--last", "1"])).lines().filter(|line| line.contains("2023-11")).count(), 1);
    let (code, told) = ended(&list(&["--env", "castle"]));
    assert_eq!((code, told.contains("there are production")), (Some(2), true), "{told}");
    let (code, told) = ended(&world.run(&["history", "--history", "none.db"]));
    assert_eq!((code, told.contains("`bartizan audit --record` begins one")), (Some(2), true), "{told}");
    assert_whole(&world);
}

#[test]
fn the_last_run_is_a_baseline() {
    let world = World::new();
    let last = |more: &[&str]| {
        let flags = ["our-pack", "--baseline", "last", "--history", "h.db", "--fail-on", "low", "--ci"];
        let output = world.run(&[&AUDIT[..], &flags[..], more].concat());
        (output.status.code(), err(&output))
    };
    let (code, told) = last(&[]);
    assert_eq!((code, told.contains("there is no history here yet")), (Some(2), true), "{told}");
    let (code, told) = last(&["--record"]);
    assert_eq!(code, Some(1), "everything is new: {told}");
    assert!(told.contains("holds no run of these accounts: new: 1;"), "{told}");
    assert_eq!(last(&[]).0, Some(0));
    world.group("eu-west-1", "sg-9", "new", "other");
    let (code, told) = last(&["--record"]);
    assert_eq!(code, Some(1));
    assert!(
        told.contains("since run 1 of dump, read on 2023-11-14 22:13 UTC: new: 1; changed: 0; known: 1;"),
        "{told}"
    );
    assert_eq!(last(&[]).0, Some(0), "what was recorded is known");
    record(&world, 1);
    assert_whole(&world);
}

#[test]
fn a_report_tells_how_findings_stand_over_time() {
    let world = World::new();
    world.unread("us-east-1");
    record(&world, 0);
    world.group("eu-west-1", "sg-1", "web", "other");
    let page = |day: u32, more: &[&str]| {
        let formats = ["--format", "html=r.html", "--format", "json=r.json", "--format", "markdown=r.md"];
        let output = on_day(&world, day, &[&AUDIT[..], &["our-pack", "--history", "h.db"], &formats, more].concat());
        assert!(matches!(output.status.code(), Some(1 | 3)), "{}", err(&output));
        fs::read_to_string(world.path().join("r.html")).unwrap()
    };
    let told = page(9, &["--baseline", "last"]);
    for part in [
        "2 runs since 14 Nov 2023: 1 open then, 2 now; 0 fixed in between.",
        "<polygon class=\"low\"",
        "<td class=\"dim\">no owner is named",
        "<code>sg-2</code> <span class=\"dim\">9 days</span>",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert_eq!(number(&history(&world), "SELECT count(*) FROM run"), 1, "looking ahead records nothing");
    assert_eq!(page(9, &["--baseline", "last"]), told, "byte for byte");
    assert_eq!(page(9, &["--baseline", "last", "--record"]), told, "it is the trend that is recorded");
    let report: Value = serde_json::from_slice(&fs::read(world.path().join("r.json")).unwrap()).unwrap();
    assert_eq!((&report["trend"]["runs_in_all"], &report["trend"]["runs"][1]["new"]), (&2.into(), &1.into()));
    let verify = ["verify", "r.json", "--from", "dump", "--rules", "packs", "--pack", "our-pack"];
    let (code, told) = (on_day(&world, 20, &verify).status.code(), out(&on_day(&world, 20, &verify)));
    assert_eq!((code, told.contains("  $.trend: what the history told then")), (Some(0), true), "{told}");
    let told = page(10, &["--record", "--env", "production"]);
    assert!(told.contains("Only findings of production.") && told.contains("3 runs since"), "{told}");
    assert_whole(&world);
}

#[test]
fn a_disk_that_fills_up_takes_nothing_with_it() {
    let world = World::new();
    record(&world, 0);
    crowd(&world, 0);
    // A file system of memory, of this process and its children alone, with room for the history as it is and a little.
    let script = "set -e; mkdir small; mount -t tmpfs -o size=160k tmpfs small; cp h.db small/h.db; set +e
        \"$@\" --record --history small/h.db >told.out 2>told.err; echo $? >code
        \"$1\" history --history small/h.db >list; cp small/h.db* .
        mount -o remount,size=4m small; \"$@\" --record --history small/h.db >/dev/null 2>&1; echo $? >again
        mkdir after; cp small/h.db* after";
    let mut command = Command::new("unshare");
    let bartizan = world.command(&[]);
    command.args(["--user", "--map-root-user", "--mount", "sh", "-c", script, "sh", env!("CARGO_BIN_EXE_bartizan")]);
    command.args(AUDIT).arg("our-pack").current_dir(world.path());
    command.envs(bartizan.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let output = command.env("SOURCE_DATE_EPOCH", "1700100000").output();
    if !world.path().join("small").exists() || !world.path().join("code").exists() {
        eprintln!("not tried: this system lets nobody mount a file system of their own: {output:?}");
        return;
    }
    let read = |name: &str| fs::read_to_string(world.path().join(name)).unwrap();
    assert_eq!(read("code").trim(), "2", "{}", read("told.err"));
    let told = read("told.err");
    assert!(told.contains("no room to write the history") && told.contains("nothing was recorded"), "{told}");
    assert!(read("told.out").contains("sg-"), "the audit itself is told");
    assert!(read("list").contains("1 runs"), "{}", read("list"));
    assert_eq!(number(&history(&world), "SELECT count(*) FROM run"), 1);
    assert_whole(&world);
    assert_eq!(read("again").trim(), "0", "with room it goes on");
    for file in fs::read_dir(world.path().join("after")).unwrap() {
        let file = file.unwrap();
        fs::rename(file.path(), world.path().join(file.file_name())).unwrap();
    }
    assert_eq!(number(&history(&world), "SELECT count(*) FROM run"), 2);
    assert_whole(&world);
}

/// A dump of many groups, every other of them open, in one of two ways.
pub(crate) fn crowd(world: &World, way: usize) {
    let groups: Vec<Value> = (0..400)
        .map(|nth| {
            let key = if (nth + way).is_multiple_of(2) { "owner" } else { "other" };
            serde_json::json!({"GroupId": format!("sg-{nth}"), "GroupName": "g", "Tags": [{"Key": key, "Value": "x"}]})
        })
        .collect();
    let text = serde_json::json!({"SecurityGroups": groups}).to_string();
    world.write("dump/111122223333/eu-west-1/sg-1.json", &text);
    let _ = fs::remove_file(world.path().join("dump/111122223333/eu-west-1/sg-2.json"));
}

#[test]
#[expect(clippy::disallowed_methods, reason = "it measures how long a run takes, to kill the next within that time")]
fn killed_at_any_point_it_leaves_no_half_run() {
    let world = World::new();
    crowd(&world, 0);
    record(&world, 0);
    let (mut killed, mut ended) = (0, 0);
    // How long a run takes when nobody kills it; the machine may be busy with other things.
    let mut whole = Duration::from_secs(10);
    for turn in 0..40_u32 {
        crowd(&world, turn as usize % 2);
        let mut command = world.command(&[&AUDIT[..], &RECORD[..]].concat());
        let begun = Instant::now();
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // Spread over the part in which it opens the history and writes, by a step that has no common measure with it.
        let patience = whole.mul_f64(0.2 + f64::from(turn * 61 % 40) / 50.0);
        while begun.elapsed() < patience && child.try_wait().unwrap().is_none() {
            std::thread::park_timeout(Duration::from_micros(200));
        }
        if child.try_wait().unwrap().is_some() {
            ended += 1;
            whole = whole.min(begun.elapsed());
        } else {
            child.kill().unwrap();
            killed += 1;
        }
        child.wait().unwrap();
        assert_whole(&world);
    }
    assert!(killed > 5, "{killed} killed, {ended} ended in {whole:?}: kill them earlier");
    let before = number(&history(&world), "SELECT count(*) FROM run");
    record(&world, 50);
    assert_eq!(number(&history(&world), "SELECT count(*) FROM run"), before + 1);
    assert_whole(&world);
}

#[test]
fn two_processes_record_one_after_the_other() {
    let world = World::new();
    crowd(&world, 0);
    std::thread::scope(|scope| {
        for _ in 0..6 {
            let world = &world;
            scope.spawn(move || record(world, 0));
        }
    });
    let connection = history(&world);
    assert_eq!(number(&connection, "SELECT count(*) FROM run"), 6);
    assert_eq!(number(&connection, "SELECT count(*) FROM event"), 200, "each finding was opened once");
    assert_whole(&world);
}

#[cfg(unix)]
#[test]
fn without_room_nothing_is_recorded_and_the_findings_are_told() {
    let world = World::new();
    record(&world, 0);
    let runs = || number(&history(&world), "SELECT count(*) FROM run");
    crowd(&world, 0);
    let size = fs::metadata(world.path().join("h.db")).unwrap().len();
    // Files may become only a little larger than the history is; the signal that this brings is ignored.
    let limit = size / 512 + 8;
    let program = PathBuf::from(env!("CARGO_BIN_EXE_bartizan"));
    let flags = [&AUDIT[..], &RECORD[..]].concat().join(" ");
    let script = format!("trap '' XFSZ; ulimit -f {limit}; exec {} {flags}", program.display());
    let output = Command::new("sh")
        .args(["-c", &script])
        .current_dir(world.path())
        .env("SOURCE_DATE_EPOCH", "1700100000")
        .env("XDG_CONFIG_HOME", world.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", err(&output));
    let told = err(&output);
    assert!(told.contains("h.db: no room to write the history") && told.contains("nothing was recorded"), "{told}");
    assert!(out(&output).contains("SecurityGroup without an owner"), "the audit is told in any case");
    assert_eq!(runs(), 1);
    assert_whole(&world);
    record(&world, 2);
    assert_eq!(runs(), 2);
}

#[test]
fn a_history_of_a_newer_version_is_refused_before_anything_is_read() {
    let world = World::new();
    record(&world, 0);
    history(&world).pragma_update(None, "user_version", 99).unwrap();
    let flags = [&AUDIT[..], &RECORD[..]].concat();
    for flags in [&flags[..], &["history", "--history", "h.db"]] {
        let output = world.run(flags);
        assert_eq!((output.status.code(), out(&output)), (Some(2), String::new()));
        assert!(err(&output).contains("h.db: the history has version 99"), "{}", err(&output));
    }
}
