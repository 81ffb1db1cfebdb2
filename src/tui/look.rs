//! How states look: each as a word, a sign and a colour, so that none depends on one of them.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::panel::View;
use super::theme::{Glyphs, Role, Theme};
use super::verdict::Verdict;
use super::widget::number::cells;
use super::widget::{Input, text};
use super::world::{Part, World};
use crate::audit::Severity;
use crate::audit::fact::Class;
use crate::model::Tier;
use crate::telemetry::AlarmState;

/// The role of a severity.
pub(crate) const fn severity_role(severity: Severity) -> Role {
    match severity {
        Severity::Informational => Role::Informational,
        Severity::Low => Role::Low,
        Severity::Medium => Role::Medium,
        Severity::High => Role::High,
        Severity::Critical => Role::Critical,
    }
}

/// The word for a severity, short enough for a column.
pub(crate) const fn severity_word(severity: Severity) -> &'static str {
    match severity {
        Severity::Informational => "info",
        other => other.word(),
    }
}

/// The sign of a severity.
pub(crate) const fn severity_glyph(severity: Severity, glyphs: &Glyphs) -> &'static str {
    let [informational, low, medium, high, critical] = glyphs.severity;
    match severity {
        Severity::Informational => informational,
        Severity::Low => low,
        Severity::Medium => medium,
        Severity::High => high,
        Severity::Critical => critical,
    }
}

/// The role of a verdict.
pub(crate) const fn verdict_role(verdict: Verdict) -> Role {
    match verdict {
        Verdict::Fail => Role::Fail,
        Verdict::Unknown => Role::Unknown,
        Verdict::Pass => Role::Pass,
        Verdict::Waived => Role::Waived,
        Verdict::NotApplicable => Role::NotApplicable,
    }
}

/// A verdict's sign and word.
pub(crate) const fn verdict_words(verdict: Verdict, glyphs: &Glyphs) -> (&'static str, &'static str) {
    let [fail, unknown, pass, waived, not_applicable] = glyphs.status;
    match verdict {
        Verdict::Fail => (fail, "FAIL"),
        Verdict::Unknown => (unknown, "UNKNOWN"),
        Verdict::Pass => (pass, "PASS"),
        Verdict::Waived => (waived, "WAIVED"),
        Verdict::NotApplicable => (not_applicable, "N/A"),
    }
}

/// The role of an alarm's state.
pub(crate) const fn alarm_role(state: AlarmState) -> Role {
    match state {
        AlarmState::Alarm => Role::AlarmRinging,
        AlarmState::InsufficientData => Role::AlarmUnsure,
        AlarmState::Ok => Role::AlarmOk,
    }
}

/// The sign of an alarm's state.
pub(crate) const fn alarm_glyph(state: AlarmState, glyphs: &Glyphs) -> &'static str {
    let [ringing, unsure, ok] = glyphs.alarm;
    match state {
        AlarmState::Alarm => ringing,
        AlarmState::InsufficientData => unsure,
        AlarmState::Ok => ok,
    }
}

/// The role of a subnet's class.
pub(crate) const fn class_role(class: Option<Class>) -> Role {
    match class {
        Some(Class::Public) => Role::SubnetPublic,
        Some(Class::PartlyPublic) => Role::SubnetPartlyPublic,
        None => Role::SubnetUnknown,
        Some(Class::Egress) => Role::SubnetEgress,
        Some(Class::Other) => Role::SubnetOther,
        Some(Class::Isolated) => Role::SubnetIsolated,
    }
}

/// The role of a part of the estate.
pub(crate) fn part_role(part: Part, world: &World) -> Role {
    match (part, world.tier(part)) {
        (Part::All, _) => Role::Strong,
        (Part::Unattributed, _) => Role::Unattributed,
        (Part::Environment(_), Some(Tier::Production)) => Role::Production,
        (Part::Environment(_), Some(Tier::Staging)) => Role::Staging,
        (Part::Environment(_), Some(Tier::Dev)) => Role::Dev,
        (Part::Environment(_), _) => Role::Other,
    }
}

/// What stands before a row of a list.
pub(crate) fn mark(selected: bool, theme: &Theme) -> Span<'static> {
    if selected {
        Span::styled(format!("{} ", theme.glyphs().selected), theme.style(Role::Key))
    } else {
        Span::raw("  ")
    }
}

/// Marks the selected row of a list.
pub(crate) fn select(selected: bool, view: &View<'_>, row: Rect, buf: &mut Buffer) {
    if selected {
        let role = if view.focused { Role::Selection } else { Role::SelectionAway };
        buf.set_style(row, view.theme.style(role));
    }
}

/// Writes lines of quiet text in the middle of an area: what to know when there is nothing to show.
pub(crate) fn message(lines: &[String], role: Role, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let columns = usize::from(area.width.saturating_sub(4));
    let wrapped: Vec<_> = lines.iter().flat_map(|line| text::wrap(line, columns)).collect();
    let height = cells(wrapped.len()).min(area.height);
    let top = area.y + (area.height - height) / 3;
    for (y, line) in (top..top + height).zip(wrapped) {
        buf.set_stringn(area.x + 2, y, line, columns, theme.style(role));
    }
}

/// Draws a filter: while it is typed, with a cursor.
pub(crate) fn filter(input: &Input, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let (key, text) = (theme.style(Role::Key), theme.style(if input.active { Role::Input } else { Role::Strong }));
    let hint = if input.active { " enter keeps it, esc clears it" } else { " esc clears it" };
    let room = usize::from(area.width).saturating_sub(4 + text::width(hint));
    // The end of a long filter is what is being typed.
    let typed = input.text();
    let skipped = typed.chars().count().saturating_sub(room);
    let mut shown: String = typed.chars().skip(skipped).collect();
    if input.active {
        shown.push('_');
    }
    let spans = vec![Span::styled(" /", key), Span::styled(shown, text), Span::styled(hint, theme.style(Role::Dim))];
    buf.set_line(area.x, area.y, &Line::from(spans), area.width);
}

/// A text with what the filter looks for marked in it.
pub(crate) fn matches(text: &str, filter: &Input, role: Role, theme: &Theme) -> Vec<Span<'static>> {
    let plain = |text: &str| Span::styled(text.to_owned(), theme.style(role));
    let lower = text.to_lowercase();
    let found = filter.wanted().into_iter().filter_map(|word| lower.find(&word).map(|at| (at, at + word.len()))).min();
    // Some letters have another length in lower case; then nothing can be marked in place.
    let parts = found
        .filter(|_| lower.len() == text.len())
        .and_then(|(from, to)| Some((text.get(..from)?, text.get(from..to)?, text.get(to..)?)));
    match parts {
        Some((before, hit, after)) => {
            vec![plain(before), Span::styled(hit.to_owned(), theme.style(Role::Match)), plain(after)]
        }
        None => vec![plain(text)],
    }
}
