//! Text laid out for a terminal of a hundred columns.

use unicode_width::UnicodeWidthStr;

use crate::model::text::sanitise;

/// How wide a line may become.
const WIDTH: usize = 100;

/// How wide the column of labels is.
const LABEL: usize = 10;

/// Appends a labelled text: the label on the first line, every line of the text after it in one column. What comes
/// from outside is made safe; a word longer than a line stays whole, so that it can be copied.
pub(super) fn field(page: &mut String, label: &str, text: &str) {
    let parts = text.lines().flat_map(|line| broken(&sanitise(line), WIDTH - LABEL - 2));
    column(page, label, parts);
}

/// Appends a labelled command or program, whose lines stay as they are, so that they can be copied.
pub(super) fn verbatim(page: &mut String, label: &str, text: &str) {
    column(page, label, text.lines().map(sanitise));
}

fn column(page: &mut String, label: &str, lines: impl Iterator<Item = String>) {
    for (nth, line) in lines.enumerate() {
        let label = if nth == 0 { label } else { "" };
        page.push_str(format!("  {label:LABEL$}{line}").trim_end());
        page.push('\n');
    }
}

/// Appends one line of text that may come from outside.
pub(super) fn line(page: &mut String, text: &str) {
    page.push_str(sanitise(text).trim_end());
    page.push('\n');
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
        let mut page = String::new();
        field(&mut page, "why", &format!("{} {}\n  kept\u{1b}[31m", "word ".repeat(30), "x".repeat(120)));
        let lines: Vec<&str> = page.lines().collect();
        assert!(lines[0].starts_with("  why       word word"));
        assert!(lines[1].starts_with("            word"));
        assert!(lines[..2].iter().all(|line| line.width() <= WIDTH));
        assert_eq!(lines[2].trim().len(), 120);
        assert_eq!(lines[3], "              kept");
    }
}
