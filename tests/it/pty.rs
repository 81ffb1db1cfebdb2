//! A program in a real pseudo-terminal: keys go in, what it draws is read back.

#![expect(clippy::disallowed_methods, reason = "waiting for a program needs a clock")]

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};

/// The program under test.
pub(crate) const BARTIZAN: &str = env!("CARGO_BIN_EXE_bartizan");
/// The time that demos and screens have in tests: 2026-11-16T09:30:07Z.
pub(crate) const EPOCH: &str = "1794821407";
/// Longer than anything takes on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// A running program and its terminal.
pub(crate) struct Pty {
    terminal: vt100::Parser,
    /// Everything it ever wrote.
    pub(crate) written: Vec<u8>,
    output: Receiver<Vec<u8>>,
    stop: Arc<AtomicBool>,
    input: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
}

/// A program and its arguments in a terminal of that many columns and rows, with these variables and few others.
pub(crate) fn start(program: &[&str], (columns, rows): (u16, u16), variables: &[(&str, &str)]) -> Pty {
    let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
    let pair = native_pty_system().openpty(size).expect("a pseudo-terminal");
    let mut command = CommandBuilder::new(program.first().expect("a program"));
    command.args(program.iter().skip(1));
    command.env_clear();
    let usual =
        [("TERM", "xterm-256color"), ("COLORTERM", "truecolor"), ("LANG", "C.UTF-8"), ("PATH", "/usr/bin:/bin")];
    for (name, value) in usual.iter().chain(&[("SOURCE_DATE_EPOCH", EPOCH)]).chain(variables) {
        command.env(name, value);
    }
    command.cwd(std::env::temp_dir());
    let child = pair.slave.spawn_command(command).expect("the program starts");
    drop(pair.slave);
    let mut reader = pair.master.try_clone_reader().expect("a reader");
    let (bytes, output) = channel();
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = Arc::clone(&stop);
    std::thread::spawn(move || {
        let mut buffer = [0; 8192];
        while let Ok(count) = reader.read(&mut buffer) {
            if count == 0
                || stopped.load(Ordering::SeqCst)
                || bytes.send(buffer.iter().take(count).copied().collect()).is_err()
            {
                return;
            }
        }
    });
    let input = pair.master.take_writer().expect("a writer");
    let terminal = parser(columns, rows);
    Pty { terminal, written: Vec::new(), output, stop, input, child, master: pair.master }
}

fn parser(columns: u16, rows: u16) -> vt100::Parser {
    let size = |length| NonZeroU16::new(length).expect("not empty");
    vt100::Parser::new(size(rows), size(columns), 0)
}

impl Pty {
    /// Presses keys.
    pub(crate) fn send(&mut self, keys: &str) {
        self.input.write_all(keys.as_bytes()).expect("the program reads");
        self.input.flush().expect("the program reads");
    }

    /// What is on the screen.
    pub(crate) fn screen(&self) -> &vt100::Screen {
        self.terminal.screen()
    }

    /// The text on the screen, without blanks at the ends of lines.
    pub(crate) fn text(&self) -> String {
        let screen = self.screen();
        let lines: Vec<_> = screen.rows(0, screen.size().1.get()).map(|row| row.trim_end().to_owned()).collect();
        lines.join("\n")
    }

    /// Waits until the screen is as it should be.
    pub(crate) fn wait(&mut self, what: &str, is_so: impl Fn(&vt100::Screen, &str) -> bool) {
        let until = Instant::now() + PATIENCE;
        while !is_so(self.screen(), &self.text()) {
            let open = self.take(Duration::from_millis(200));
            assert!(open && Instant::now() < until, "waited for {what}; the screen is\n{}", self.text());
        }
    }

    /// Waits until a text is on the screen.
    pub(crate) fn wait_for(&mut self, wanted: &str) {
        self.wait(&format!("`{wanted}`"), |_, text| text.contains(wanted));
    }

    /// Waits until nothing is written for a while.
    pub(crate) fn settle(&mut self) {
        while self.output_within(Duration::from_millis(600)) {}
    }

    /// Whether anything is written within a time.
    pub(crate) fn output_within(&mut self, time: Duration) -> bool {
        let before = self.written.len();
        self.take(time);
        self.written.len() > before
    }

    fn take(&mut self, time: Duration) -> bool {
        match self.output.recv_timeout(time) {
            Ok(bytes) => {
                self.terminal.process(&bytes);
                self.written.extend(bytes);
                true
            }
            Err(error) => error == RecvTimeoutError::Timeout,
        }
    }

    /// Gives the terminal another size.
    pub(crate) fn resize(&mut self, columns: u16, rows: u16) {
        self.terminal = parser(columns, rows);
        // What a terminal keeps through a change of size.
        self.terminal.process(b"\x1b[?1049h\x1b[?25l");
        self.master.resize(PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }).expect("a new size");
    }

    /// Whether the terminal handles keys itself, as it does for a shell.
    pub(crate) fn is_cooked(&self) -> bool {
        let modes = format!("{:?}", self.master.get_termios().expect("a terminal").local_flags);
        modes.contains("ICANON") && modes.contains("ECHO")
    }

    /// The process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.process_id().expect("it runs")
    }

    /// Sends it a signal by name.
    pub(crate) fn signal(&self, name: &str) {
        let id = self.id().to_string();
        let sent = std::process::Command::new("kill").args(["-s", name, &id]).status().expect("kill");
        assert!(sent.success(), "kill -s {name} {id}");
    }

    /// Waits until the program has ended, and takes everything it wrote.
    pub(crate) fn end(&mut self) -> ExitStatus {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().expect("its state") {
                while self.take(Duration::from_millis(100)) && self.output_within(Duration::from_millis(100)) {}
                return status;
            }
            self.take(Duration::from_millis(50));
            assert!(Instant::now() < until, "it does not end; the screen is\n{}", self.text());
        }
    }

    /// Takes the terminal away, as when its window is closed; gives the program, which runs on without one.
    pub(crate) fn vanish(mut self) -> Box<dyn Child + Send + Sync> {
        // The thread that reads holds the terminal open until it has read once more.
        self.stop.store(true, Ordering::SeqCst);
        self.send("t");
        while self.output.recv_timeout(PATIENCE).is_ok() {}
        self.child
    }
}

/// Waits until a program without a terminal has ended; tells how long that took.
pub(crate) fn ended(child: &mut Box<dyn Child + Send + Sync>) -> Duration {
    let (_never, timer) = channel::<()>();
    let begun = Instant::now();
    while child.try_wait().expect("its state").is_none() {
        assert!(begun.elapsed() < PATIENCE, "it runs on without a terminal");
        let _ = timer.recv_timeout(Duration::from_millis(20));
    }
    begun.elapsed()
}
