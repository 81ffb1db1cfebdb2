//! The loop: signals first, then keys, then answers. Keys are drawn at once, answers at most thirty times a second,
//! and when nothing happens nothing runs.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use crossterm::event::Event as TerminalEvent;
use jiff::Timestamp;
use ratatui::buffer::Buffer;
use rustix::process::{Signal, kill_current_process_group};
use tokio::signal::unix::{self, SignalKind, signal};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::Start;
use super::app::{App, update};
use super::ask::Asker;
use super::finder::Finder;
use super::message::{Effect, Event, Message};
use super::screen::draw;
use super::terminal::{self, Terminal};
use super::theme::{Theme, ThemeError};

/// Why the dashboard could not go on.
#[derive(Debug, thiserror::Error)]
pub enum TuiError {
    /// Standard output is a file or a pipe.
    #[error("the dashboard needs a terminal; `bartizan audit` writes to files and pipes")]
    NoTerminal,
    /// The terminal was closed while the dashboard ran.
    #[error("the terminal went away")]
    TerminalGone,
    /// There is no theme of that name.
    #[error("no theme is called `{name}`: use {known}")]
    UnknownTheme {
        /// The name.
        name: String,
        /// Those there are.
        known: String,
    },
    /// A theme cannot be used.
    #[error(transparent)]
    Theme(#[from] ThemeError),
    /// The terminal or the system refused.
    #[error("the terminal cannot be used: {0}")]
    Terminal(#[from] io::Error),
}

/// The time between drawings that nobody asked for by a key.
const FRAME: Duration = Duration::from_millis(33);
/// How long a suspended program waits to be stopped, before it takes it that nothing can stop it.
const STOP: Duration = Duration::from_millis(300);
/// Keys that are taken before the screen is drawn again.
const AT_ONCE: usize = 64;
/// The least to sleep.
const SHORT: Duration = Duration::from_millis(5);
/// How long to sleep when nothing is due.
const LONG: Duration = Duration::from_hours(1);

/// Runs the dashboard until it is quit. It has a runtime of its own and must not be called from within another.
///
/// # Errors
/// When there is no terminal, no such theme, or the terminal goes away; it is given back first, if it is there.
pub fn run(start: Start) -> Result<(), TuiError> {
    let themes = Theme::all(start.abilities)?;
    let theme = chosen(&themes, start.theme.as_deref())?;
    if !terminal::is_there() {
        return Err(TuiError::NoTerminal);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let result = runtime.block_on(async {
        let telemetry = start.telemetry.clone();
        let now = start.now;
        let (asker, answers) = Asker::new(telemetry);
        let finder = Finder::new(Arc::clone(&start.estate), asker.answers());
        let app = App::new(start, now(), terminal::size()?, (theme, themes.len()));
        let terminal = Terminal::enter()?;
        let sources = Sources::new(answers)?;
        let at = app.now();
        Session { app, themes, terminal, asker, finder, now, at, dirty: true, drawn: Instant::now() - FRAME }
            .go(sources)
            .await
    });
    runtime.shutdown_background();
    result
}

fn chosen(themes: &[Theme], name: Option<&str>) -> Result<usize, TuiError> {
    let Some(name) = name else { return Ok(0) };
    themes.iter().position(|theme| theme.name() == name).ok_or_else(|| {
        let known: Vec<_> = themes.iter().map(|theme| format!("`{}`", theme.name())).collect();
        TuiError::UnknownTheme { name: name.to_owned(), known: known.join(", ") }
    })
}

/// Where messages come from.
struct Sources {
    ends: [unix::Signal; 3],
    continued: unix::Signal,
    gone: mpsc::Receiver<()>,
    keys: mpsc::Receiver<TerminalEvent>,
    answers: mpsc::Receiver<Event>,
}

impl Sources {
    fn new(answers: mpsc::Receiver<Event>) -> io::Result<Self> {
        let ends = [signal(SignalKind::terminate())?, signal(SignalKind::hangup())?, signal(SignalKind::interrupt())?];
        let continued = signal(SignalKind::from_raw(Signal::CONT.as_raw()))?;
        Ok(Self { ends, continued, gone: terminal::watch()?, keys: terminal::read_events()?, answers })
    }
}

/// Whether to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flow {
    On,
    Suspend,
    End,
}

struct Session {
    app: App,
    themes: Vec<Theme>,
    terminal: Terminal,
    asker: Asker,
    finder: Finder,
    now: fn() -> Timestamp,
    /// The time of the latest message: it never runs backwards, even where the clock does.
    at: Timestamp,
    /// Whether the screen shows less than the state has.
    dirty: bool,
    drawn: Instant,
}

impl Session {
    async fn go(mut self, mut sources: Sources) -> Result<(), TuiError> {
        self.handle(Event::Tick);
        loop {
            let frame = self.drawn + FRAME;
            let flow = tokio::select! {
                biased;
                Some(()) = sources.gone.recv() => return Err(TuiError::TerminalGone),
                () = any(&mut sources.ends) => Flow::End,
                Some(()) = sources.continued.recv() => self.resume()?,
                Some(event) = sources.keys.recv() => self.keys(event, &mut sources.keys)?,
                () = sleep_until(frame), if self.dirty => self.draw()?,
                Some(answer) = sources.answers.recv() => self.handle(answer),
                due = until(self.app.wake(), self.time()) => self.tick(due),
            };
            match flow {
                Flow::On => {}
                Flow::Suspend => self.suspend(&mut sources.continued).await?,
                Flow::End => return Ok(()),
            }
        }
    }

    fn time(&mut self) -> Timestamp {
        self.at = self.at.max((self.now)());
        self.at
    }

    /// What was waited for is due, even where the clock was told to stand still.
    fn tick(&mut self, due: Option<Timestamp>) -> Flow {
        self.at = due.map_or(self.at, |due| due.max(self.at));
        self.handle(Event::Tick)
    }

    /// Takes a key and those that came with it, and draws at once.
    fn keys(&mut self, first: TerminalEvent, more: &mut mpsc::Receiver<TerminalEvent>) -> Result<Flow, TuiError> {
        let mut next = Some(first);
        for _ in 0..AT_ONCE {
            let Some(event) = next else { break };
            let flow = match event {
                TerminalEvent::Key(key) => self.handle(Event::Key(key)),
                TerminalEvent::Resize(columns, rows) => self.handle(Event::Resize { columns, rows }),
                _ => Flow::On,
            };
            if flow != Flow::On {
                return Ok(flow);
            }
            next = more.try_recv().ok();
        }
        if self.dirty { self.draw() } else { Ok(Flow::On) }
    }

    fn handle(&mut self, event: Event) -> Flow {
        let mut flow = Flow::On;
        let message = Message { at: self.time(), event };
        for effect in update(&mut self.app, message) {
            match effect {
                Effect::Draw => self.dirty = true,
                Effect::DrawAnew => {
                    self.terminal.forget();
                    self.dirty = true;
                }
                Effect::Ask(number, question) => self.asker.ask(number, question),
                Effect::Find(number, search) => self.finder.find(number, search),
                Effect::Suspend => flow = Flow::Suspend,
                Effect::Quit => return Flow::End,
            }
        }
        flow
    }

    fn draw(&mut self) -> Result<Flow, TuiError> {
        let mut drawing = Buffer::empty(self.app.screen);
        if let Some(theme) = self.themes.get(self.app.theme()) {
            draw(&self.app, theme, &mut drawing);
        }
        self.terminal.show(drawing)?;
        self.dirty = false;
        self.drawn = Instant::now();
        Ok(Flow::On)
    }

    /// Goes to the background, as any program does that does not take the key for it. The whole group is stopped: a
    /// shell waits for all of it.
    async fn suspend(&mut self, continued: &mut unix::Signal) -> Result<(), TuiError> {
        terminal::give_back();
        kill_current_process_group(Signal::TSTP).map_err(io::Error::from)?;
        // The signal may take effect a moment later. Where nothing can bring the program back it never does.
        let _ = timeout(STOP, continued.recv()).await;
        self.resume()?;
        Ok(())
    }

    fn resume(&mut self) -> Result<Flow, TuiError> {
        self.terminal.enter_again()?;
        let (columns, rows) = terminal::size()?;
        self.handle(Event::Resize { columns, rows });
        Ok(self.handle(Event::Resumed))
    }
}

/// Waits until something is due and tells when that was.
async fn until(due: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
    let wait = due.map(|due| Duration::try_from(due.duration_since(now)).unwrap_or_default());
    // A little later rather than a little too early: a tick before its time does nothing.
    sleep(wait.map_or(LONG, |wait| (wait + SHORT).min(LONG))).await;
    due
}

/// Waits for any of some signals.
async fn any(signals: &mut [unix::Signal; 3]) {
    let [a, b, c] = signals;
    tokio::select! {
        _ = a.recv() => {}
        _ = b.recv() => {}
        _ = c.recv() => {}
    }
}
