//! Text laid out for a terminal of a hundred columns, in colour where that is wanted.

use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthStr;

use crate::audit::{Severity, Status};
use crate::model::text::sanitise;

/// How wide a line may become.
const WIDTH: usize = 100;

/// How wide the column of labels is.
const LABEL: usize = 10;

/// As the terminal writes anyway.
pub(crate) const PLAIN: Style = Style::new();
/// What a reader looks for first.
pub(crate) const BOLD: Style = Style::new().bold();
/// What is there to be looked up.
pub(crate) const DIM: Style = Style::new().dimmed();
/// What could not be decided or read.
pub(crate) const UNKNOWN: Style = AnsiColor::Magenta.on_default().bold();

/// The colour of a severity.
pub(super) const fn of_severity(severity: Severity) -> Style {
    match severity {
        Severity::Critical => AnsiColor::BrightRed.on_default().bold(),
        Severity::High => AnsiColor::Red.on_default().bold(),
        Severity::Medium => AnsiColor::Yellow.on_default().bold(),
        Severity::Low => AnsiColor::Blue.on_default().bold(),
        Severity::Informational => AnsiColor::Cyan.on_default(),
    }
}

/// The colour of a verdict.
pub(super) const fn of_verdict(status: &Status, severity: Severity) -> Style {
    match status {
        Status::Fail => of_severity(severity),
        Status::Pass => AnsiColor::Green.on_default().bold(),
        Status::Unknown { .. } => UNKNOWN,
        Status::NotApplicable | Status::Waived { .. } => DIM,
    }
}

/// A page of text. What comes from outside is made safe; nothing else in it steers a terminal than its own colours.
#[derive(Debug)]
pub(crate) struct Page {
    text: String,
    paint: bool,
}

impl Page {
    /// An empty page, to be painted or not.
    pub(crate) fn new(paint: bool) -> Self {
        Self { text: String::new(), paint }
    }

    /// The text.
    pub(crate) fn finish(self) -> String {
        self.text
    }

    /// Appends one line of several parts, each in its style.
    pub(crate) fn line(&mut self, parts: &[(Style, &str)]) {
        let last = parts.iter().rposition(|(_, part)| !sanitise(part).trim_end().is_empty());
        for (nth, (style, part)) in parts.iter().enumerate().take(last.map_or(0, |last| last + 1)) {
            let part = sanitise(part);
            self.put(*style, if Some(nth) == last { part.trim_end() } else { &part });
        }
        self.text.push('\n');
    }

    /// Appends a labelled text: the label on the first line, every line of the text after it in one column. A word
    /// longer than a line stays whole, so that it can be copied.
    pub(super) fn field(&mut self, label: &str, text: &str) {
        self.column(label, text.lines().flat_map(|line| broken(&sanitise(line), WIDTH - LABEL - 2)));
    }

    /// Appends a labelled command or program, whose lines stay as they are, so that they can be copied.
    pub(super) fn verbatim(&mut self, label: &str, text: &str) {
        self.column(label, text.lines().map(sanitise));
    }

    /// Appends a text, indented, and broken at spaces.
    pub(crate) fn folded(&mut self, indent: usize, text: &str) {
        let margin = " ".repeat(indent);
        for part in text.lines().flat_map(|line| broken(&sanitise(line), WIDTH - indent)) {
            self.line(&[(PLAIN, &margin), (PLAIN, &part)]);
        }
    }

    fn column(&mut self, label: &str, lines: impl Iterator<Item = String>) {
        for (nth, line) in lines.enumerate() {
            let label = if nth == 0 { label } else { "" };
            let gap = " ".repeat(LABEL.saturating_sub(label.width()).max(usize::from(!label.is_empty())));
            self.line(&[(PLAIN, "  "), (DIM, label), (PLAIN, &gap), (PLAIN, &line)]);
        }
    }

    fn put(&mut self, style: Style, text: &str) {
        if self.paint && style != PLAIN && !text.is_empty() {
            self.text.extend([&style.render().to_string(), text, &style.render_reset().to_string()]);
        } else {
            self.text.push_str(text);
        }
    }
}

/// A line broken at spaces; what follows keeps the line's indentation.
fn broken(line: &str, width: usize) -> Vec<String> {
    let indent: String = line.chars().take_while(|c| *c == ' ').collect();
    let mut lines = vec![indent.clone()];
    for word in line.split_whitespace() {
        let Some(last) = lines.last_mut() else { break };
        let begins = last.trim().is_empty();
        if begins || last.width() + 1 + word.width() <= width {
            last.push_str(if begins { "" } else { " " });
            last.push_str(word);
        } else {
            lines.push(format!("{indent}{word}"));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_text_is_broken_at_spaces_and_stays_safe() {
        let mut page = Page::new(false);
        page.field("why", &format!("{} {}\n  kept\u{1b}[31m", "word ".repeat(30), "x".repeat(120)));
        let page = page.finish();
        let lines: Vec<&str> = page.lines().collect();
        assert!(lines[0].starts_with("  why       word word"));
        assert!(lines[1].starts_with("            word"));
        assert!(lines[..2].iter().all(|line| line.width() <= WIDTH));
        assert_eq!(lines[2].trim().len(), 120);
        assert_eq!(lines[3], "              kept");
    }

    #[test]
    fn colours_are_the_only_thing_that_steers_the_terminal() {
        let told = |paint: bool| {
            let mut page = Page::new(paint);
            page.line(&[(of_severity(Severity::High), "HIGH"), (PLAIN, "  a\u{1b}[2Jb "), (DIM, "  ")]);
            page.field("what", "x");
            page.finish()
        };
        assert_eq!(told(false), "HIGH  ab\n  what      x\n");
        assert_eq!(told(true), "\u{1b}[1m\u{1b}[31mHIGH\u{1b}[0m  ab\n  \u{1b}[2mwhat\u{1b}[0m      x\n");
    }
}
