//! The choice of a log group: type to narrow the list.

use crossterm::event::KeyCode;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::Outcome;
use crate::telemetry::{LogGroupKey, Unit};
use crate::tui::action::Action;
use crate::tui::key::Key;
use crate::tui::look;
use crate::tui::panel::groups;
use crate::tui::theme::{Role, Theme};
use crate::tui::widget::text::{clean, column, column_right};
use crate::tui::widget::{Cursor, Input, number, number::cells, scroll_bar, shown};
use crate::tui::world::World;

/// The choice of a log group.
#[derive(Debug, Default)]
pub(crate) struct Groups {
    filter: Input,
    cursor: Cursor,
}

/// The width of what stands behind a name.
const BYTES: usize = 10;

impl Groups {
    fn matching(&self, world: &World) -> Vec<(LogGroupKey, i64)> {
        let mut groups = groups(world, world.selected.part);
        groups.retain(|(key, _)| self.filter.passes(&key.group.to_lowercase()));
        groups
    }

    /// Letters narrow the list, arrows move in it, enter chooses.
    pub(super) fn press(&mut self, key: Key, world: &World, area: Rect) -> Option<Outcome> {
        let matching = self.matching(world);
        let movement = match key.plain() {
            Some(KeyCode::Enter) => {
                let chosen = matching.into_iter().nth(self.cursor.at);
                return Some(chosen.map_or(Outcome::Open, |(key, _)| Outcome::Chosen(key)));
            }
            Some(KeyCode::Esc) => return Some(Outcome::Closed),
            Some(KeyCode::Up) => Some(Action::Up),
            Some(KeyCode::Down) => Some(Action::Down),
            Some(KeyCode::PageUp) => Some(Action::PageUp),
            Some(KeyCode::PageDown) => Some(Action::PageDown),
            Some(KeyCode::Home) => Some(Action::Top),
            Some(KeyCode::End) => Some(Action::Bottom),
            Some(KeyCode::Char(_) | KeyCode::Backspace) => None,
            _ => return None,
        };
        if let Some(action) = movement {
            self.cursor.act(action, matching.len(), usize::from(area.height));
        } else {
            self.filter.press(key);
            self.cursor = Cursor::default();
        }
        Some(Outcome::Open)
    }

    /// Draws it.
    pub(super) fn draw(&self, world: &World, theme: &Theme, area: Rect, buf: &mut Buffer) {
        let typed = Line::from(vec![
            Span::styled("/", theme.style(Role::Key)),
            Span::styled(format!("{}_", self.filter.text()), theme.style(Role::Input)),
        ]);
        buf.set_line(area.x, area.y, &typed, area.width);
        let list = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
        let matching = self.matching(world);
        if matching.is_empty() {
            let why = format!("{} has no such log group", world.part_name(world.selected.part));
            look::message(&[why], Role::Dim, theme, list, buf);
            return;
        }
        let range = shown(self.cursor.at, matching.len(), usize::from(list.height));
        for (line, index) in range.clone().enumerate() {
            let Some((key, bytes)) = matching.get(index) else { continue };
            let selected = index == self.cursor.at;
            let row = Rect { y: list.y + cells(line), height: 1, ..list };
            let name = usize::from(row.width).saturating_sub(2 + BYTES + 1);
            let mut spans = vec![look::mark(selected, theme)];
            let text = column(&clean(&key.group), name, theme.glyphs().ellipsis);
            spans.extend(look::matches(&text, &self.filter, Role::Text, theme));
            let held =
                u32::try_from(*bytes).map_or_else(|_| ">4Gi".to_owned(), |b| number::short(b.into(), Unit::Bytes));
            spans.push(Span::styled(column_right(&format!("{held}B"), BYTES, ""), theme.style(Role::Dim)));
            buf.set_line(row.x, row.y, &Line::from(spans), row.width);
            if selected {
                buf.set_style(row, theme.style(Role::Selection));
            }
        }
        scroll_bar(&range, matching.len(), theme, Rect { width: list.width + 1, ..list }, buf);
    }
}
