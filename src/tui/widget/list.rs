//! Rows that move: the cursor of a list, the scroll position of a text, and what of them is shown.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::number::cells;
use crate::tui::action::Action;
use crate::tui::theme::{Role, Theme};

/// Which row of a list is selected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Cursor {
    /// The row.
    pub(crate) at: usize,
}

impl Cursor {
    /// Moves, when the action is a movement; tells whether it was.
    pub(crate) fn act(&mut self, action: Action, rows: usize, page: usize) -> bool {
        match moved(self.at, action, rows.saturating_sub(1), page) {
            Some(at) => {
                self.at = at;
                true
            }
            None => false,
        }
    }

    /// Stays inside a list that shrank.
    pub(crate) fn keep_within(&mut self, rows: usize) {
        self.at = self.at.min(rows.saturating_sub(1));
    }
}

/// How far a text is scrolled.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Scroll {
    /// The first line shown.
    pub(crate) top: usize,
}

impl Scroll {
    /// Scrolls, when the action is a movement; tells whether it was.
    pub(crate) fn act(&mut self, action: Action, lines: usize, height: usize) -> bool {
        let last = lines.saturating_sub(height);
        match moved(self.top.min(last), action, last, height) {
            Some(top) => {
                self.top = top;
                true
            }
            None => false,
        }
    }

    /// The lines shown.
    pub(crate) fn shown(self, lines: usize, height: usize) -> Range<usize> {
        let top = self.top.min(lines.saturating_sub(height));
        top..lines.min(top + height)
    }
}

fn moved(at: usize, action: Action, last: usize, page: usize) -> Option<usize> {
    let page = page.saturating_sub(1).max(1);
    let to = match action {
        Action::Down => at + 1,
        Action::Up => at.saturating_sub(1),
        Action::PageDown => at + page,
        Action::PageUp => at.saturating_sub(page),
        Action::Top => 0,
        Action::Bottom => last,
        _ => return None,
    };
    Some(to.min(last))
}

/// The rows of a list that are shown: the selected one is in the middle, where the ends allow.
pub(crate) fn shown(selected: usize, rows: usize, height: usize) -> Range<usize> {
    let top = selected.saturating_sub(height / 2).min(rows.saturating_sub(height));
    top..rows.min(top + height)
}

/// Draws a scroll bar on the last column of an area, when not everything is shown.
pub(crate) fn scroll_bar(visible: &Range<usize>, rows: usize, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let height = usize::from(area.height);
    if rows <= visible.len() || height < 2 || area.width == 0 {
        return;
    }
    let thumb = (height * visible.len() / rows).clamp(1, height - 1);
    let room = rows - visible.len();
    let top = ((height - thumb) * visible.start + room / 2) / room;
    for line in 0..height {
        let held = (top..top + thumb).contains(&line);
        let (symbol, role) = if held { (theme.glyphs().thumb, Role::Title) } else { (theme.glyphs().wall, Role::Rule) };
        buf.set_string(area.right() - 1, area.y + cells(line), symbol, theme.style(role));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_selected_row_is_always_shown() {
        for rows in 0..12 {
            for height in 1..8 {
                for selected in 0..rows {
                    let range = shown(selected, rows, height);
                    assert!(range.contains(&selected), "{selected} of {rows} in {height}: {range:?}");
                    assert_eq!(range.len(), rows.min(height));
                }
            }
        }
    }

    #[test]
    fn movements_stop_at_the_ends() {
        let mut cursor = Cursor::default();
        let mut press = |action| {
            assert!(cursor.act(action, 5, 3));
            cursor.at
        };
        assert_eq!(press(Action::Up), 0);
        assert_eq!(press(Action::PageDown), 2);
        assert_eq!(press(Action::Bottom), 4);
        assert_eq!(press(Action::Down), 4);
        assert_eq!(press(Action::Top), 0);
        assert!(!cursor.act(Action::Quit, 5, 3));
    }

    #[test]
    fn a_text_scrolls_no_further_than_its_last_page() {
        let mut scroll = Scroll { top: 99 };
        assert_eq!(scroll.shown(10, 4), 6..10);
        scroll.act(Action::Up, 10, 4);
        assert_eq!(scroll.top, 5, "one key moves at once, although it was scrolled too far");
    }
}
