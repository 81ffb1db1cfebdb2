//! The dashboard in a real terminal: what a test of its state cannot see.

use std::time::Duration;

use crate::pty::{self, BARTIZAN, Pty};

fn demo(size: (u16, u16), variables: &[(&str, &str)]) -> Pty {
    let mut program = pty::start(&[BARTIZAN, "--demo"], size, variables);
    program.wait_for("DEMO");
    program.settle();
    program
}

fn assert_restored(program: &Pty) {
    assert!(!program.screen().alternate_screen(), "the screen is still the dashboard's");
    assert!(!program.screen().hide_cursor(), "the cursor is still hidden");
    assert!(program.is_cooked(), "keys are still read raw");
}

#[test]
fn it_starts_moves_filters_helps_and_quits() {
    let mut program = demo((120, 40), &[]);
    assert!(program.screen().alternate_screen() && program.screen().hide_cursor() && !program.is_cooked());
    for (key, title) in [
        ("2", "▌2 Alarms"),
        ("3", "▌3 Findings"),
        ("4", "▌4 Detail"),
        ("5", "▌5 Metrics"),
        ("6", "▌6 Logs"),
        ("7", "▌7 Map"),
        ("8", "▌8 Reach"),
        ("9", "▌9 History"),
    ] {
        program.send(key);
        program.wait_for(title);
    }
    program.send("\t");
    program.wait_for("▌1 Environments");
    program.send("\x1b[B");
    program.wait_for("› production");
    program.send("3/zzzz");
    program.wait_for("matches `zzzz`");
    program.send("\x1b");
    program.wait("the filter to be gone", |_, text| !text.contains("zzzz"));
    program.send("?");
    program.wait_for("In every panel");
    program.send("q");
    program.wait("the help to be gone", |_, text| !text.contains("In every panel"));
    program.send("q");
    assert!(program.end().success());
    assert_restored(&program);
}

#[test]
fn it_follows_the_size_of_the_terminal_down_to_nothing() {
    let mut program = demo((120, 40), &[]);
    program.resize(80, 24);
    program.wait_for("1 Envs 2 Alarms");
    program.resize(30, 8);
    program.wait_for("bartizan needs 40 columns");
    program.resize(1, 1);
    program.settle();
    program.resize(160, 45);
    program.wait_for("6 Logs");
    program.send("q");
    assert!(program.end().success());
}

#[test]
fn it_gives_the_terminal_back_when_it_is_told_to_end() {
    for signal in ["TERM", "HUP", "INT"] {
        let mut program = demo((80, 24), &[]);
        program.signal(signal);
        assert!(program.end().success(), "{signal}");
        assert_restored(&program);
    }
}

#[test]
fn it_goes_to_the_background_and_comes_back() {
    let mut shell = pty::start(&["bash", "--norc", "--noprofile", "-i"], (100, 30), &[("PS1", "ready> ")]);
    shell.wait_for("ready>");
    shell.send(&format!("{BARTIZAN} --demo\r"));
    shell.wait_for("DEMO");
    shell.settle();
    shell.send("\x1a");
    shell.wait("the shell", |screen, text| !screen.alternate_screen() && text.contains("Stopped"));
    assert!(!shell.screen().hide_cursor());
    shell.send("fg\r");
    shell.wait("the dashboard", |screen, text| screen.alternate_screen() && text.contains("DEMO"));
    shell.send("q");
    shell.wait("the shell", |screen, text| !screen.alternate_screen() && text.trim_end().ends_with("ready>"));
    shell.send("exit\r");
    shell.end();
}

#[test]
fn it_ends_when_the_terminal_goes_away_even_where_the_signal_is_ignored() {
    let command = format!("trap '' HUP; exec {BARTIZAN} --demo");
    for program in [&["sh", "-c", command.as_str()][..], &[BARTIZAN, "--demo"]] {
        let mut program = pty::start(program, (100, 30), &[]);
        program.wait_for("DEMO");
        program.settle();
        let took = pty::ended(&mut program.vanish());
        assert!(took < Duration::from_secs(5), "it took {took:?}");
    }
}

#[test]
fn no_colour_means_none() {
    let mut program = demo((120, 40), &[("NO_COLOR", "1")]);
    program.send("3");
    program.settle();
    let written = String::from_utf8_lossy(&program.written).into_owned();
    let parameters = written.split("\x1b[").skip(1).filter_map(|rest| {
        let end = rest.find(|c: char| c.is_ascii_alphabetic())?;
        let (parameters, command) = rest.split_at(end);
        command.starts_with('m').then(|| parameters.to_owned())
    });
    let coloured = |sequence: &String| {
        sequence.split(';').any(|code| matches!(code.parse(), Ok(30..=38 | 40..=48 | 90..=97 | 100..=107)))
    };
    let coloured: Vec<_> = parameters.filter(coloured).collect();
    assert_eq!(coloured, Vec::<String>::new());
    program.send("q");
    program.end();
}

#[test]
fn an_old_terminal_gets_ascii() {
    let mut program = demo((80, 24), &[("TERM", "linux"), ("COLORTERM", "")]);
    program.send("3");
    program.wait_for(">3 Findings");
    assert!(program.text().is_ascii(), "{}", program.text());
    program.send("q");
    program.end();
}

/// CPU time used so far, in hundredths of a second.
#[cfg(target_os = "linux")]
fn ticks(id: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).expect("it runs");
    let fields = stat.rsplit(')').next().expect("fields").split_whitespace();
    fields.skip(11).take(2).map(|field| field.parse::<u64>().expect("a number")).sum()
}

#[test]
#[cfg(target_os = "linux")]
fn it_does_nothing_when_nothing_happens() {
    let dump = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/estates/aws-cli");
    let mut program = pty::start(&[BARTIZAN, "--from", dump], (120, 40), &[]);
    program.wait_for("no telemetry");
    program.settle();
    let before = ticks(program.id());
    let wrote = program.output_within(Duration::from_secs(3));
    let used = ticks(program.id()) - before;
    assert!(!wrote, "it drew although nothing changed");
    assert!(used <= 1, "it used {used}0 ms in 3 s");
    program.send("q");
    assert!(program.end().success());
}
