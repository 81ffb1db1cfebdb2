//! Progress of long reads: a bar on a terminal, plain lines when piped, nothing when quiet.

use std::io::{IsTerminal, Write};
use std::sync::Mutex;

use indicatif::{ProgressBar, ProgressStyle};

/// Told of progress while a long read goes on.
pub trait Progress: Send + Sync {
    /// `done` of `total` reads are finished; `what` is the latest.
    fn step(&self, done: usize, total: usize, what: &str);
}

/// Says nothing.
#[derive(Debug, Clone, Copy)]
pub struct Quiet;

impl Progress for Quiet {
    fn step(&self, _: usize, _: usize, _: &str) {}
}

/// A bar on standard error.
#[derive(Debug)]
struct Bar(ProgressBar);

/// A line on standard error for each tenth.
#[derive(Debug, Default)]
struct Lines(Mutex<usize>);

/// Progress on standard error, in the form that fits it.
#[must_use]
pub fn on_stderr() -> Box<dyn Progress> {
    if !std::io::stderr().is_terminal() {
        return Box::new(Lines::default());
    }
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("reading {bar:30} {pos}/{len} {wide_msg}") {
        bar.set_style(style);
    }
    Box::new(Bar(bar))
}

impl Progress for Bar {
    fn step(&self, done: usize, total: usize, what: &str) {
        self.0.set_length(total as u64);
        self.0.set_position(done as u64);
        self.0.set_message(what.to_owned());
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

impl Progress for Lines {
    fn step(&self, done: usize, total: usize, what: &str) {
        let tenth = (done * 10).checked_div(total).unwrap_or(0);
        let Ok(mut told) = self.0.lock() else { return };
        if tenth > *told || done == total {
            *told = tenth;
            let _ = writeln!(std::io::stderr().lock(), "read {done} of {total} ({what})");
        }
    }
}
