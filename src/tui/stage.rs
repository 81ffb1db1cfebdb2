//! The dashboard without a terminal, for tests.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::SignedDuration;
use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

use super::ends::{Search, Searcher};
use super::fixture;
use super::message::{Effect, Event, Message, Question, Reply};
use super::theme::Theme;
use super::{App, Start, draw, update};
use crate::model::SourceKind;

/// The dashboard without a terminal: keys go in, pictures come out, questions are answered by the fixture.
pub(super) struct Stage {
    pub(super) app: App,
    themes: Vec<Theme>,
    pub(super) at: jiff::Timestamp,
    pub(super) questions: Vec<(u64, Question)>,
    pub(super) searches: Vec<(u64, Search)>,
    pub(super) effects: Vec<Effect>,
}

impl Stage {
    pub(super) fn new(start: Start, size: (u16, u16)) -> Self {
        let themes = Theme::all(start.abilities).expect("embedded themes are valid");
        let at = fixture::now();
        let app = App::new(start, at, size, (0, themes.len()));
        let mut stage = Self { app, themes, at, questions: Vec::new(), searches: Vec::new(), effects: Vec::new() };
        stage.send(Event::Tick);
        stage
    }

    pub(super) fn demo(size: (u16, u16)) -> Self {
        let mut stage = Self::new(fixture::start(SourceKind::Demo, true), size);
        stage.answer();
        stage
    }

    pub(super) fn snapshot(size: (u16, u16)) -> Self {
        Self::new(fixture::start(SourceKind::Live, false), size)
    }

    pub(super) fn send(&mut self, event: Event) -> &mut Self {
        let effects = update(&mut self.app, Message { at: self.at, event });
        for effect in &effects {
            match effect {
                Effect::Ask(number, question) => self.questions.push((*number, question.clone())),
                Effect::Find(number, search) => self.searches.push((*number, search.clone())),
                _ => {}
            }
        }
        self.effects = effects;
        self
    }

    /// Answers every question, and those that the answers lead to.
    pub(super) fn answer(&mut self) -> &mut Self {
        for _ in 0..8 {
            for (ask, question) in std::mem::take(&mut self.questions) {
                let (reply, budget) = (fixture::reply(&question), fixture::budget());
                self.send(Event::Answer { ask, reply, budget });
            }
            for (ask, search) in std::mem::take(&mut self.searches) {
                let estate = std::sync::Arc::clone(&self.app.world.estate);
                let found = Searcher::new(&estate).search(&search);
                self.send(Event::Found { ask, found });
            }
        }
        self
    }

    pub(super) fn refuse(&mut self) -> &mut Self {
        for (ask, question) in std::mem::take(&mut self.questions) {
            let reply = match question {
                Question::Series(..) => Reply::Series(Err(fixture::refusal("cloudwatch:GetMetricData"))),
                Question::Logs(_) => Reply::Logs(Err(fixture::refusal("logs:FilterLogEvents"))),
                Question::Alarms(..) => Reply::Alarms(Err(fixture::refusal("cloudwatch:DescribeAlarms"))),
            };
            self.send(Event::Answer { ask, reply, budget: fixture::budget() });
        }
        self
    }

    /// Presses keys: names of the action table, separated by blanks.
    pub(super) fn press(&mut self, keys: &str) -> &mut Self {
        for name in keys.split(' ') {
            let (code, modifiers) = match name {
                "enter" => (KeyCode::Enter, KeyModifiers::NONE),
                "esc" => (KeyCode::Esc, KeyModifiers::NONE),
                "tab" => (KeyCode::Tab, KeyModifiers::NONE),
                "shift-tab" => (KeyCode::BackTab, KeyModifiers::SHIFT),
                "pgdn" => (KeyCode::PageDown, KeyModifiers::NONE),
                "pgup" => (KeyCode::PageUp, KeyModifiers::NONE),
                "space" => (KeyCode::Char(' '), KeyModifiers::NONE),
                "backspace" => (KeyCode::Backspace, KeyModifiers::NONE),
                "ctrl-c" => (KeyCode::Char('c'), KeyModifiers::CONTROL),
                "ctrl-z" => (KeyCode::Char('z'), KeyModifiers::CONTROL),
                "ctrl-l" => (KeyCode::Char('l'), KeyModifiers::CONTROL),
                other => (KeyCode::Char(other.chars().next().expect("a key")), KeyModifiers::NONE),
            };
            self.send(Event::Key(KeyEvent::new(code, modifiers)));
        }
        self
    }

    /// Types a text.
    pub(super) fn type_text(&mut self, text: &str) -> &mut Self {
        for c in text.chars() {
            self.send(Event::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE)));
        }
        self
    }

    pub(super) fn after(&mut self, seconds: i64) -> &mut Self {
        self.at += SignedDuration::from_secs(seconds);
        self.send(Event::Tick)
    }

    pub(super) fn buffer(&self) -> Buffer {
        let mut buffer = Buffer::empty(self.app.screen);
        draw(&self.app, &self.themes[self.app.theme()], &mut buffer);
        buffer
    }

    pub(super) fn text(&self) -> String {
        rows(&self.buffer()).join("\n")
    }

    /// The symbols, and how each run of cells looks.
    pub(super) fn picture(&self) -> String {
        let buffer = self.buffer();
        let mut looks: BTreeMap<String, usize> = BTreeMap::new();
        let mut layer = String::new();
        for (number, row) in buffer.content().chunks(usize::from(buffer.area.width.max(1))).enumerate() {
            let mut runs: Vec<(usize, usize)> = Vec::new();
            for cell in row {
                let next = looks.len();
                let look = *looks.entry(look_of(cell)).or_insert(next);
                match runs.last_mut() {
                    Some((last, count)) if *last == look => *count += 1,
                    _ => runs.push((look, 1)),
                }
            }
            let runs: Vec<_> = runs.iter().map(|(look, count)| format!("{}{count}", name_of(*look))).collect();
            let _ = writeln!(layer, "{number:>3} {}", runs.join(" "));
        }
        let mut by_number: Vec<_> = looks.into_iter().map(|(look, number)| (number, look)).collect();
        by_number.sort();
        let legend: Vec<_> = by_number.iter().map(|(number, look)| format!("{} {look}", name_of(*number))).collect();
        format!("{}\n\n{}\n\n{layer}", rows(&buffer).join("\n"), legend.join("\n"))
    }
}

fn rows(buffer: &Buffer) -> Vec<String> {
    let row = |cells: &[Cell]| cells.iter().map(Cell::symbol).collect::<String>().trim_end().to_owned();
    buffer.content().chunks(usize::from(buffer.area.width.max(1))).map(row).collect()
}

fn look_of(cell: &Cell) -> String {
    let colour = |colour: Color| match colour {
        Color::Rgb(r, g, b) => format!("#{r:02x}{g:02x}{b:02x}"),
        Color::Reset => "-".to_owned(),
        other => other.to_string(),
    };
    let mut look = format!("{} on {}", colour(cell.fg), colour(cell.bg));
    for (name, _) in Modifier::all().iter_names().filter(|(_, flag)| cell.modifier.contains(*flag)) {
        let _ = write!(look, " {}", name.to_lowercase());
    }
    look
}

/// `a` to `z`, then `aa` and so on: runs are `b12`.
fn name_of(number: usize) -> String {
    let letter = |n: usize| char::from(b'a' + u8::try_from(n % 26).unwrap_or_default());
    if number < 26 { letter(number).to_string() } else { format!("{}{}", letter(number / 26 - 1), letter(number)) }
}
