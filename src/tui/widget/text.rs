//! Text in columns: cut, padded and wrapped by what a terminal shows, not by bytes. And the one door through which
//! text from strangers comes to the screen.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

pub(crate) use crate::model::text::sanitise as clean;

/// How many columns a text takes.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// A text cut to a width; what did not fit is marked.
pub(crate) fn fit(text: &str, columns: usize, ellipsis: &str) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    if columns == 0 {
        return String::new();
    }
    let mut kept = String::new();
    let mut used = 0;
    for grapheme in text.graphemes(true) {
        let wide = width(grapheme);
        if used + wide + 1 > columns {
            break;
        }
        used += wide;
        kept.push_str(grapheme);
    }
    kept.push_str(ellipsis);
    kept
}

/// A text in exactly so many columns: cut or filled up.
pub(crate) fn column(text: &str, columns: usize, ellipsis: &str) -> String {
    let mut fitted = fit(text, columns, ellipsis);
    fitted.extend(std::iter::repeat_n(' ', columns.saturating_sub(width(&fitted))));
    fitted
}

/// A text in exactly so many columns, at their right end.
pub(crate) fn column_right(text: &str, columns: usize, ellipsis: &str) -> String {
    let fitted = fit(text, columns, ellipsis);
    let mut padded = " ".repeat(columns.saturating_sub(width(&fitted)));
    padded.push_str(&fitted);
    padded
}

/// A text in lines of at most so many columns, broken between words where possible.
pub(crate) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for word in text.split_word_bounds() {
        let wide = width(word);
        if used + wide <= columns {
            line.push_str(word);
            used += wide;
            continue;
        }
        if word.trim().is_empty() {
            lines.push(std::mem::take(&mut line));
            used = 0;
            continue;
        }
        if used > 0 {
            lines.push(std::mem::take(&mut line).trim_end().to_owned());
            used = 0;
        }
        for grapheme in word.graphemes(true) {
            let wide = width(grapheme);
            if used + wide > columns && used > 0 {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            line.push_str(grapheme);
            used += wide;
        }
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_characters_are_never_halved() {
        assert_eq!(fit("日本語", 5, "…"), "日本…");
        assert_eq!(fit("日本語", 6, "…"), "日本語");
        assert_eq!(fit("日本語", 4, "…"), "日…");
        assert_eq!(column("日本語", 4, "…"), "日… ");
        assert_eq!(fit("abc", 0, "…"), "");
        assert_eq!(fit("abc", 1, "…"), "…");
    }

    #[test]
    fn words_are_kept_whole_where_they_fit() {
        assert_eq!(wrap("the quick brown fox", 10), ["the quick", "brown fox"]);
        assert_eq!(wrap("abcdefghij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(wrap("", 4), [""]);
        assert_eq!(wrap("a bcdefgh", 4), ["a", "bcde", "fgh"]);
    }

    #[test]
    fn no_line_is_wider_than_asked() {
        for columns in 1..30 {
            for line in wrap("naïve 日本語 arn:aws:ec2:eu-west-1:111122223333:vpc/vpc-0123456789abcdef0 ok", columns)
            {
                assert!(width(&line) <= columns.max(2), "`{line}` in {columns}");
            }
        }
    }
}
