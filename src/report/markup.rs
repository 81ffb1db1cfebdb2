//! Text inside HTML and XML. Markup comes from the program alone (`&'static str`); everything else is text and is
//! escaped, so that no name can become a tag.

use crate::model::text::sanitise;

/// A document under construction.
#[derive(Debug, Clone, Default)]
pub(super) struct Markup(String);

impl Markup {
    /// Appends markup of the program's own.
    pub(super) fn raw(&mut self, markup: &'static str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Appends text of one line: safe to show, and escaped for content and quoted attributes.
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        for c in sanitise(text).chars() {
            match c {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                // XML has no way to write these, and nobody means them.
                '\u{fffe}' | '\u{ffff}' => self.0.push('\u{fffd}'),
                other => self.0.push(other),
            }
        }
        self
    }

    /// Appends text whose line ends stay.
    pub(super) fn lines(&mut self, text: &str) -> &mut Self {
        for (nth, line) in text.lines().enumerate() {
            if nth > 0 {
                self.0.push('\n');
            }
            self.text(line);
        }
        self
    }

    /// Appends a number.
    pub(super) fn number(&mut self, number: usize) -> &mut Self {
        self.0.push_str(&number.to_string());
        self
    }

    /// Appends what was made elsewhere.
    pub(super) fn append(&mut self, other: &Self) -> &mut Self {
        self.0.push_str(&other.0);
        self
    }

    /// How many bytes it has.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The document.
    pub(super) fn finish(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_become_markup() {
        let mut markup = Markup::default();
        markup
            .raw("<p title=\"")
            .text("\" onclick='x'\u{202e}\u{ffff}")
            .raw("\">")
            .lines("<script>\n&\u{0}")
            .raw("</p>");
        let wanted = "<p title=\"&quot; onclick=&#39;x&#39;\u{fffd}\u{fffd}\">&lt;script&gt;\n&amp;\u{2400}</p>";
        assert_eq!(markup.finish(), wanted);
    }
}
