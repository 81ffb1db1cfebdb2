//! The terminal: entered once, left whatever happens - by a guard when the program ends, by a hook when it panics,
//! by a watcher when the terminal itself goes away.

use std::io::{self, IsTerminal, Write};
use std::panic::{self, PanicHookInfo};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crossterm::event::Event as TerminalEvent;
use crossterm::terminal::{
    BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    disable_raw_mode, enable_raw_mode,
};
use crossterm::{cursor, execute, queue};
use ratatui::backend::{Backend, CrosstermBackend};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use rustix::event::{PollFd, PollFlags, poll};
use tokio::sync::mpsc;

/// Whether the terminal is ours; it is given back once only.
static OURS: AtomicBool = AtomicBool::new(false);
/// Keys that wait to be taken; whoever types faster waits.
const WAITING: usize = 256;

type Hook = Arc<dyn Fn(&PanicHookInfo<'_>) + Send + Sync>;

/// The terminal while it is ours. Dropping it gives the terminal back.
pub(super) struct Terminal {
    shown: Buffer,
    hook: Hook,
}

impl Terminal {
    /// Takes the terminal.
    pub(super) fn enter() -> io::Result<Self> {
        let hook: Hook = Arc::from(panic::take_hook());
        let (earlier, ours) = (Arc::clone(&hook), thread::current().id());
        panic::set_hook(Box::new(move |info| {
            // A task that panics ends alone: its question is answered with an error, and the screen goes on.
            if thread::current().id() == ours {
                give_back();
                earlier(info);
            }
        }));
        let terminal = Self { shown: Buffer::empty(Rect::default()), hook };
        take()?;
        Ok(terminal)
    }

    /// Takes the terminal again. What it shows is unknown.
    pub(super) fn enter_again(&mut self) -> io::Result<()> {
        give_back();
        self.forget();
        take()
    }

    /// Forgets what the terminal shows, so that the next drawing draws every cell.
    pub(super) fn forget(&mut self) {
        self.shown = Buffer::empty(Rect::default());
    }

    /// Shows a drawing: writes what differs from the last one, at once.
    pub(super) fn show(&mut self, drawing: Buffer) -> io::Result<()> {
        let mut bytes = Vec::new();
        queue!(bytes, BeginSynchronizedUpdate)?;
        if self.shown.area != drawing.area {
            queue!(bytes, Clear(ClearType::All))?;
            self.shown = Buffer::empty(drawing.area);
        }
        let changes = self.shown.diff(&drawing);
        if changes.is_empty() {
            return Ok(());
        }
        CrosstermBackend::new(&mut bytes).draw(changes.into_iter())?;
        queue!(bytes, EndSynchronizedUpdate)?;
        let mut out = io::stdout().lock();
        out.write_all(&bytes)?;
        out.flush()?;
        self.shown = drawing;
        Ok(())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        give_back();
        if !thread::panicking() {
            let hook = Arc::clone(&self.hook);
            panic::set_hook(Box::new(move |info| hook(info)));
        }
    }
}

/// Whether there is a terminal to take.
pub(super) fn is_there() -> bool {
    io::stdout().is_terminal()
}

/// The size of the terminal.
pub(super) fn size() -> io::Result<(u16, u16)> {
    crossterm::terminal::size()
}

fn take() -> io::Result<()> {
    OURS.store(true, Ordering::SeqCst);
    enable_raw_mode()?;
    execute!(io::stdout(), EnterAlternateScreen, cursor::Hide, Clear(ClearType::All))
}

/// Gives the terminal back, if it is ours. Errors are of no interest: the terminal may be gone.
pub(super) fn give_back() {
    if OURS.swap(false, Ordering::SeqCst) {
        let _ = execute!(io::stdout(), EndSynchronizedUpdate, LeaveAlternateScreen, cursor::Show);
        let _ = disable_raw_mode();
    }
}

/// Reads keys and sizes in a thread of its own, since reading a terminal cannot be interrupted.
pub(super) fn read_events() -> io::Result<mpsc::Receiver<TerminalEvent>> {
    let (events, out) = mpsc::channel(WAITING);
    let read = move || {
        while let Ok(event) = crossterm::event::read() {
            if events.blocking_send(event).is_err() {
                return;
            }
        }
    };
    thread::Builder::new().name("keys".to_owned()).spawn(read)?;
    Ok(out)
}

/// Tells when the terminal has gone away: a closed window or connection, even where the signal for it is ignored.
/// Reading would never tell.
pub(super) fn watch() -> io::Result<mpsc::Receiver<()>> {
    let (gone, out) = mpsc::channel(1);
    let wait = move || {
        let terminal = io::stdout();
        loop {
            let mut watched = [PollFd::new(&terminal, PollFlags::empty())];
            match poll(&mut watched, None) {
                Ok(0) | Err(rustix::io::Errno::INTR) => {}
                _ => break,
            }
        }
        let _ = gone.blocking_send(());
    };
    thread::Builder::new().name("hangup".to_owned()).spawn(wait)?;
    Ok(out)
}
