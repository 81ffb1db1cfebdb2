//! `bartizan report` when something goes wrong in the middle: nothing is half written, and the next run is whole.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::audit::{World, ended, err, out};
use super::history::{assert_whole, crowd, history, number};
use super::report::{assert_whole_reports, command, json, names, on_day};

const RECORD: [&str; 4] = ["--env", "unattributed", "--history", "h.db"];

/// What a run leaves below `r/unattributed` when it is killed: reports that are whole, and perhaps a temporary one.
fn reports(world: &World) -> Vec<String> {
    let shelf = world.path().join("r/unattributed");
    if !shelf.exists() {
        return Vec::new();
    }
    let reports = assert_whole_reports(&shelf);
    let strangers = names(&shelf).into_iter().filter(|name| !reports.contains(name) && name != "latest.json");
    let strangers: Vec<String> = strangers.filter(|name| !name.starts_with(".bartizan-report-")).collect();
    assert_eq!(strangers, Vec::<String>::new());
    reports
}

/// What runs that write, or were killed while they wrote, have there.
fn parts(world: &World) -> Vec<String> {
    names(&world.path().join("r/unattributed")).into_iter().filter(|name| name.starts_with(".bartizan-")).collect()
}

#[test]
#[expect(clippy::disallowed_methods, reason = "it measures how long a run takes, to kill the next within that time")]
fn killed_at_any_point_it_leaves_no_half_report() {
    let world = World::new();
    crowd(&world, 0);
    let formats = ["--format", "html,json,csv,sarif", "--retain", "4"];
    let flags = [&RECORD[..], &formats].concat();
    assert_eq!(on_day(&world, 0, &flags).status.code(), Some(0));
    let (mut killed, mut ended, mut swept) = (0, 0, 0);
    let mut whole = Duration::from_secs(10);
    for turn in 1..=40_u32 {
        crowd(&world, turn as usize % 2);
        // Something of its own in every reading.
        world.group("eu-west-1", "sg-turn", &format!("turn {turn}"), "owner");
        let (begun, before) = (Instant::now(), parts(&world));
        let mut child = command(&world, turn, &flags).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // Every other one as soon as it writes, and a little later each time; the rest spread over all of it, by a step
        // that has no common measure with it.
        let patience = whole.mul_f64(0.3 + f64::from(turn * 61 % 40) / 55.0);
        let writes = || parts(&world).iter().any(|part| !before.contains(part));
        while child.try_wait().unwrap().is_none() {
            let now = if turn % 2 == 0 { writes() } else { begun.elapsed() >= patience };
            if now {
                std::thread::park_timeout(Duration::from_micros(u64::from(turn) * 40));
                break;
            }
            std::thread::park_timeout(Duration::from_micros(100));
        }
        if child.try_wait().unwrap().is_some() {
            ended += 1;
            whole = whole.min(begun.elapsed());
        } else {
            child.kill().unwrap();
            killed += 1;
        }
        child.wait().unwrap();
        reports(&world);
        swept += usize::from(writes());
        assert_whole(&world);
    }
    let told = format!("{killed} killed, {swept} of them while they wrote, {ended} ended in {whole:?}");
    assert!(killed > 15 && swept > 3 && ended > 0, "{told}: kill them at other times");
    world.group("eu-west-1", "sg-turn", "last", "owner");
    let output = on_day(&world, 50, &flags);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let shelf = world.path().join("r/unattributed");
    let left = reports(&world);
    assert_eq!(names(&shelf), [&left[..], &["latest.json".to_owned()]].concat(), "what was left is swept");
    assert_eq!(json(&shelf.join("latest.json"))["folder"], "20240103T221320Z");
    assert_whole(&world);
}

#[cfg(unix)]
#[test]
fn one_run_at_a_time_reports_an_environment() {
    let world = World::new();
    world.group("us-east-1", "sg-9", "there", "owner");
    world.write(
        "bartizan.toml",
        "[[environment]]\nname = \"production\"\nregions = [\"eu-west-1\"]\n\
         [[environment]]\nname = \"elsewhere\"\nregions = [\"us-east-1\"]\n",
    );
    // The first one waits, with its lock, for somebody to write the waivers.
    assert!(Command::new("mkfifo").arg(world.path().join("pipe")).status().unwrap().success());
    let slow = ["--env", "production", "--since", "none", "--waivers", "pipe"];
    let mut first = command(&world, 0, &slow).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let lock = world.path().join("r/.production.lock");
    while fs::read_to_string(&lock).unwrap_or_default().is_empty() {
        assert!(first.try_wait().unwrap().is_none(), "it waits for its waivers");
        std::thread::park_timeout(Duration::from_millis(5));
    }
    let (code, told) = ended(&on_day(&world, 0, &["--env", "elsewhere", "--env", "Production", "--since", "none"]));
    assert_eq!(code, Some(5), "{told}");
    let holder =
        format!("r/.production.lock: another run (process {}) holds it since 2023-11-14T22:13:20Z", first.id());
    assert!(told.contains(&holder) && told.contains("try again when it has ended"), "{told}");
    let (code, told) = ended(&on_day(&world, 0, &["--env", "elsewhere", "--since", "none"]));
    assert_eq!(code, Some(0), "another environment is another lock: {told}");
    fs::OpenOptions::new().write(true).open(world.path().join("pipe")).unwrap().write_all(b"\n").unwrap();
    assert_eq!(first.wait().unwrap().code(), Some(0));
    assert_eq!(on_day(&world, 0, &["--env", "production", "--since", "none"]).status.code(), Some(0));
    // Who is killed holds nothing any more.
    let mut killed = command(&world, 0, &slow).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    while fs::read_to_string(&lock).unwrap_or_default().is_empty() {
        std::thread::park_timeout(Duration::from_millis(5));
    }
    killed.kill().unwrap();
    killed.wait().unwrap();
    assert_eq!(on_day(&world, 0, &["--env", "production", "--since", "none"]).status.code(), Some(0));
}

#[cfg(unix)]
#[test]
fn many_at_once_leave_one_whole_report() {
    let world = World::new();
    let codes: Vec<Option<i32>> = std::thread::scope(|scope| {
        let run = || on_day(&world, 0, &RECORD).status.code();
        let runs: Vec<_> = (0..8).map(|_| scope.spawn(run)).collect();
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    });
    assert!(codes.contains(&Some(0)) && codes.iter().all(|code| matches!(code, Some(0 | 5))), "{codes:?}");
    assert_eq!(reports(&world).len(), 1);
    assert_eq!(number(&history(&world), "SELECT count(*) FROM run"), 1);
}

/// The program where files may have so many blocks of 512 bytes; the signal that this brings is ignored.
#[cfg(unix)]
fn limited(world: &World, blocks: u64, flags: &[&str]) -> std::process::Output {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_bartizan"));
    let usual = "report --from dump --rules packs --pack our-pack --out r";
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec {} {usual} {}", program.display(), flags.join(" "));
    let mut command = Command::new("sh");
    command.args(["-c", &script]).current_dir(world.path()).env("XDG_CONFIG_HOME", world.path());
    command.env("SOURCE_DATE_EPOCH", "1700100000").env("HOME", world.path().join("home")).output().unwrap()
}

#[cfg(unix)]
#[test]
fn without_room_the_last_report_stays_and_nothing_is_half_written() {
    let world = World::new();
    let flags = ["--env", "unattributed", "--since", "none"];
    assert_eq!(on_day(&world, 0, &flags).status.code(), Some(0));
    let before = reports(&world);
    let latest = fs::read(world.path().join("r/unattributed/latest.json")).unwrap();
    world.group("eu-west-1", "sg-5", "fresh", "other");
    let (code, told) = ended(&limited(&world, 8, &flags));
    assert_eq!(code, Some(2), "{told}");
    assert!(told.contains("r/unattributed/20231116T020000Z cannot be written: File too large"), "{told}");
    assert!(told.contains("free space there; what was there before is still there, whole"), "{told}");
    assert_eq!(reports(&world), before);
    assert_eq!(fs::read(world.path().join("r/unattributed/latest.json")).unwrap(), latest);
    assert_eq!(names(&world.path().join("r/unattributed")), [&before[..], &["latest.json".to_owned()]].concat());
    assert_eq!(on_day(&world, 2, &flags).status.code(), Some(0));
    assert_eq!(reports(&world).len(), 2);
}

#[cfg(unix)]
#[test]
fn without_room_for_the_history_the_report_is_there_and_the_run_fails() {
    let world = World::new();
    crowd(&world, 0);
    let flags = [&RECORD[..], &["--format", "markdown"]].concat();
    assert_eq!(on_day(&world, 0, &flags).status.code(), Some(0));
    crowd(&world, 1);
    let size = fs::metadata(world.path().join("h.db")).unwrap().len();
    let output = limited(&world, size / 512 + 8, &flags);
    let told = err(&output);
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(told.contains("h.db: no room to write the history") && told.contains("nothing was recorded"), "{told}");
    assert_eq!(reports(&world).len(), 2, "{}", out(&output));
    assert_eq!(number(&history(&world), "SELECT count(*) FROM run"), 1);
    assert_whole(&world);
    // The next run of the same reading records it, and writes no other report.
    let output = on_day(&world, 2, &flags);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert!(out(&output).contains("(there already, and the same)"), "{}", out(&output));
    assert_eq!(number(&history(&world), "SELECT count(*) FROM run"), 2);
}

#[test]
fn a_clock_set_back_does_not_stop_reports() {
    let world = World::new();
    let flags = ["--env", "unattributed", "--since", "none"];
    assert_eq!(on_day(&world, 400, &flags).status.code(), Some(0));
    world.group("eu-west-1", "sg-5", "fresh", "other");
    assert_eq!(on_day(&world, 1, &flags).status.code(), Some(0));
    let latest = json(&world.path().join("r/unattributed/latest.json"));
    assert_eq!(latest["folder"], "20231115T221320Z", "the report of a clock that was ahead gives way");
    assert_eq!(reports(&world).len(), 2);
    // A history only goes forward: that is said before anything is written.
    world.group("eu-west-1", "sg-6", "fresh", "other");
    assert_eq!(on_day(&world, 9, &RECORD).status.code(), Some(0));
    world.group("eu-west-1", "sg-7", "fresh", "other");
    let before = reports(&world);
    let (code, told) = ended(&on_day(&world, 8, &RECORD));
    assert_eq!(code, Some(2));
    assert!(told.contains("a history only goes forward"), "{told}");
    assert_eq!(reports(&world), before);
}

#[test]
fn a_directory_that_cannot_be_written_is_named_before_anything_is_read() {
    let world = World::new();
    let closed = world.path().join("closed");
    fs::create_dir(&closed).unwrap();
    let mut permissions = fs::metadata(&closed).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&closed, permissions).unwrap();
    // Nothing is closed to the superuser but what the kernel makes up.
    let closed = if fs::write(closed.join("probe"), "").is_err() { closed } else { PathBuf::from("/sys/bartizan") };
    let shown = closed.display().to_string();
    let (code, told) = ended(&world.run(&["report", "--from", "nowhere", "--out", &shown]));
    assert_eq!(code, Some(2));
    assert!(told.contains(&shown) && told.contains("see to its permissions, or name another directory"), "{told}");
    assert!(!Path::new(&closed).join("all").exists());
}
