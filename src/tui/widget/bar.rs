//! Lines with something at both ends: panel headings, the header, the status line.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::number::cells;
use crate::tui::theme::{Role, Theme};

/// Draws a line with `left` at its left end and `right` at its right end; where both do not fit, the right one wins.
/// Returns the columns left free between them.
pub(crate) fn bar(left: &[Span<'_>], right: &[Span<'_>], area: Rect, buf: &mut Buffer) -> Rect {
    let wide = |spans: &[Span<'_>]| cells(spans.iter().map(Span::width).sum());
    let right_width = wide(right).min(area.width);
    let left_width = wide(left).min(area.width.saturating_sub(right_width));
    buf.set_line(area.x, area.y, &Line::from(left.to_vec()), left_width);
    buf.set_line(area.right() - right_width, area.y, &Line::from(right.to_vec()), right_width);
    Rect { x: area.x + left_width, width: area.width - left_width - right_width, height: 1, ..area }
}

/// Draws a panel's heading: its number and title, facts about what it shows, and a rule between them.
pub(crate) fn heading(number: usize, title: &str, facts: (&str, &str), focused: bool, theme: &Theme) -> Heading {
    let (title_role, rule_role) =
        if focused { (Role::TitleFocused, Role::RuleFocused) } else { (Role::Title, Role::Rule) };
    let glyphs = theme.glyphs();
    let mark = if focused { glyphs.focus } else { glyphs.rule };
    let (title_style, rule_style) = (theme.style(title_role), theme.style(rule_role));
    let mut left = vec![Span::styled(mark, rule_style), Span::styled(format!("{number} {title} "), title_style)];
    if !facts.0.is_empty() {
        left.push(Span::styled(format!("{} {} ", glyphs.dot, facts.0), theme.style(Role::Dim)));
    }
    let mut right = Vec::new();
    if !facts.1.is_empty() {
        right.push(Span::styled(format!(" {} ", facts.1), theme.style(Role::Dim)));
    }
    Heading { left, right, rule: glyphs.rule, style: rule_style }
}

/// A heading ready to be drawn.
#[derive(Debug)]
pub(crate) struct Heading {
    left: Vec<Span<'static>>,
    right: Vec<Span<'static>>,
    rule: &'static str,
    style: Style,
}

impl Heading {
    /// Draws it.
    pub(crate) fn draw(&self, area: Rect, buf: &mut Buffer) {
        let free = bar(&self.left, &self.right, area, buf);
        for x in free.left()..free.right() {
            buf.set_string(x, free.y, self.rule, self.style);
        }
    }
}
