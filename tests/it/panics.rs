//! A panic gives the terminal back before it is told. The program has no way to be made to panic, so this test runs
//! itself again in a terminal, with a clock that breaks.

#![expect(clippy::disallowed_methods, reason = "a variable tells the process that is to panic")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bartizan::audit::Audit;
use bartizan::model::Estate;
use bartizan::tui::{self, Abilities, Start};
use jiff::Timestamp;

use crate::pty;

/// Set in the process that is to panic.
const BREAKS: &str = "BARTIZAN_TEST_CLOCK_BREAKS";

/// A clock that breaks after the dashboard was drawn, when a key is pressed.
fn breaking_clock() -> Timestamp {
    static READ: AtomicUsize = AtomicUsize::new(0);
    assert!(READ.fetch_add(1, Ordering::SeqCst) < 6, "the clock broke");
    Timestamp::UNIX_EPOCH
}

#[test]
fn a_panic_gives_the_terminal_back() {
    if std::env::var_os(BREAKS).is_some() {
        let start = Start {
            estate: Arc::new(Estate::default()),
            environments: Vec::new(),
            audit: Arc::new(Audit::default()),
            rules: BTreeMap::new(),
            telemetry: None,
            past: tui::Past::default(),
            source_label: "about to break".to_owned(),
            theme: None,
            abilities: Abilities::default(),
            now: breaking_clock,
        };
        tui::run(start).expect("a terminal");
        return;
    }
    let itself = std::env::current_exe().expect("a path").display().to_string();
    let arguments = [itself.as_str(), "--exact", "panics::a_panic_gives_the_terminal_back", "--nocapture"];
    let mut program = pty::start(&arguments, (100, 30), &[(BREAKS, "1")]);
    program.wait_for("about to break");
    assert!(program.screen().alternate_screen());
    for _ in 0..6 {
        program.send("j");
    }
    assert!(!program.end().success());
    assert!(!program.screen().alternate_screen() && !program.screen().hide_cursor() && program.is_cooked());
    assert!(program.text().contains("the clock broke"), "the reason is readable:\n{}", program.text());
}
