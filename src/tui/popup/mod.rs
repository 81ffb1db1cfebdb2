//! What opens above the panels: help, what could not be read, the choice of a log group.

mod ends;
mod gaps;
mod groups;
mod help;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Span;

use super::action::Action;
use super::key::Key;
use super::theme::{Role, Theme};
use super::widget::number::cells;
use super::widget::{Scroll, bar, scroll_bar};
use super::world::World;
use crate::reach::Service;
use crate::telemetry::LogGroupKey;
pub(crate) use ends::{Ends, Purpose};
pub(crate) use groups::Groups;

/// What is open.
#[derive(Debug)]
pub(crate) enum Popup {
    /// Every key with what it does.
    Help(Scroll),
    /// What could not be read.
    Gaps(Scroll),
    /// The choice of a log group.
    Groups(Groups),
    /// The choice of an end of a path.
    Ends(Ends),
}

/// What a key did to a popup.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It stays open.
    Open,
    /// It is to be closed.
    Closed,
    /// A log group was chosen.
    Chosen(LogGroupKey),
    /// An end of a path was chosen: a destination with its service.
    End(usize, Option<Service>),
}

/// A piece of a popup's text: what it says and its role.
type Piece = (String, Role);

impl Popup {
    /// Takes a key that is typed rather than bound; tells whether it was.
    pub(crate) fn press(&mut self, key: Key, world: &World, screen: Rect) -> Option<Outcome> {
        match self {
            Self::Groups(groups) => groups.press(key, world, inside(screen)),
            Self::Ends(ends) => ends.press(key, world, inside(screen)),
            Self::Help(_) | Self::Gaps(_) => None,
        }
    }

    /// Does what a key asked for.
    pub(crate) fn act(&mut self, action: Action, world: &World, screen: Rect) -> Outcome {
        let area = inside(screen);
        let lines = self.lines(world, usize::from(area.width)).len();
        match (self, action) {
            (_, Action::Back) | (Self::Help(_), Action::Help) | (Self::Gaps(_), Action::Coverage) => Outcome::Closed,
            (Self::Help(scroll) | Self::Gaps(scroll), other) => {
                scroll.act(other, lines, usize::from(area.height));
                Outcome::Open
            }
            (Self::Groups(_) | Self::Ends(_), _) => Outcome::Open,
        }
    }

    /// Draws it.
    pub(crate) fn draw(&self, world: &World, theme: &Theme, screen: Rect, buf: &mut Buffer) {
        let (title, hint) = match self {
            Self::Help(_) => ("Help", "esc closes"),
            Self::Gaps(_) => ("What could not be read", "esc closes"),
            Self::Ends(ends) => (ends.title(), "enter chooses, esc closes"),
            Self::Groups(_) => ("Follow a log group", "enter follows, esc closes"),
        };
        let area = inside(screen);
        draw_frame(title, hint, theme, area, buf);
        match self {
            Self::Groups(groups) => groups.draw(world, theme, area, buf),
            Self::Ends(ends) => ends.draw(world, theme, area, buf),
            Self::Help(scroll) | Self::Gaps(scroll) => {
                let lines = self.lines(world, usize::from(area.width));
                draw_text(&lines, *scroll, theme, area, buf);
            }
        }
    }

    fn lines(&self, world: &World, columns: usize) -> Vec<Vec<Piece>> {
        match self {
            Self::Help(_) => help::lines(),
            Self::Gaps(_) => gaps::lines(world, columns),
            Self::Groups(_) | Self::Ends(_) => Vec::new(),
        }
    }
}

/// The inside of a popup's frame.
fn inside(screen: Rect) -> Rect {
    let (width, height) = (screen.width.saturating_sub(6).min(100), screen.height.saturating_sub(4));
    let (x, y) = (screen.x + (screen.width - width) / 2, screen.y + (screen.height - height) / 2);
    Rect { x, y, width, height }
}

fn draw_frame(title: &str, hint: &str, theme: &Theme, inside: Rect, buf: &mut Buffer) {
    let glyphs = theme.glyphs();
    let outer = Rect { x: inside.x - 2, y: inside.y - 1, width: inside.width + 4, height: inside.height + 2 };
    let style = theme.style(Role::Popup);
    for position in outer.positions() {
        if let Some(cell) = buf.cell_mut(position) {
            cell.reset();
        }
    }
    buf.set_style(outer, style);
    let rule = theme.style(Role::RuleFocused);
    for y in [outer.top(), outer.bottom() - 1] {
        buf.set_string(outer.x, y, glyphs.rule.repeat(usize::from(outer.width)), rule);
    }
    let left = [Span::styled(format!("{}{title} ", glyphs.focus), theme.style(Role::TitleFocused))];
    let right = [Span::styled(format!(" {hint} "), theme.style(Role::Dim))];
    bar(&left, &right, Rect { height: 1, ..outer }, buf);
}

fn draw_text(lines: &[Vec<Piece>], scroll: Scroll, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let range = scroll.shown(lines.len(), usize::from(area.height));
    for (row, pieces) in lines.iter().skip(range.start).take(range.len()).enumerate() {
        let spans: Vec<_> = pieces.iter().map(|(text, role)| Span::styled(text.clone(), theme.style(*role))).collect();
        buf.set_line(area.x, area.y + cells(row), &spans.into(), area.width.saturating_sub(1));
    }
    scroll_bar(&range, lines.len(), theme, Rect { width: area.width + 1, ..area }, buf);
}
