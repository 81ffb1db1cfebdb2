//! Text from strangers - log lines, tags, names, descriptions - made safe to show.

/// `text` with nothing in it that a terminal or a browser would act on: escape sequences are removed whole, every
/// other control character becomes its visible picture (`␀`, `␊`), and characters that reorder or hide text
/// (bidirectional controls, zero-width ones) become `\u{FFFD}`.
#[must_use]
pub fn sanitise(text: &str) -> String {
    if text.chars().all(|c| !is_hostile(c)) {
        return text.to_owned();
    }
    let mut safe = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\u{1b}' | '\u{9b}' | '\u{9d}' | '\u{90}' => skip_sequence(c, &mut rest, &mut safe),
            '\t' => safe.push_str("    "),
            '\u{7f}' => safe.push('\u{2421}'),
            '\0'..'\u{20}' => safe.push(char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}')),
            other if is_hostile(other) => safe.push('\u{fffd}'),
            other => safe.push(other),
        }
    }
    safe
}

/// Text as a word for a POSIX shell.
#[must_use]
pub fn shell(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@+=,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{61c}')
        || ('\u{e0000}'..='\u{e007f}').contains(&c)
}

type Rest<'a> = std::iter::Peekable<std::str::Chars<'a>>;

/// Drops one ECMA-48 sequence; a lone or unfinished introducer becomes a visible `␛`.
fn skip_sequence(introducer: char, rest: &mut Rest<'_>, safe: &mut String) {
    let kind = match introducer {
        '\u{1b}' => rest.peek().copied(),
        '\u{9b}' => Some('['),
        '\u{9d}' => Some(']'),
        _ => Some('P'),
    };
    if introducer == '\u{1b}' && kind.is_some_and(|k| matches!(k, '[' | ']' | 'P' | '_' | '^' | 'X')) {
        rest.next();
    }
    match kind {
        Some('[') => skip_until(rest, |c| ('\u{40}'..='\u{7e}').contains(&c)),
        Some(']' | 'P' | '_' | '^' | 'X') => skip_string(rest),
        _ => safe.push('\u{241b}'),
    }
}

fn skip_until(rest: &mut Rest<'_>, last: impl Fn(char) -> bool) {
    for c in rest.by_ref() {
        if last(c) {
            return;
        }
    }
}

/// A string sequence ends with BEL or with ESC backslash.
fn skip_string(rest: &mut Rest<'_>) {
    while let Some(c) = rest.next() {
        if c == '\u{7}' || c == '\u{9c}' {
            return;
        }
        if c == '\u{1b}' && rest.peek() == Some(&'\\') {
            rest.next();
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::sanitise;

    #[test]
    fn plain_text_stays() {
        assert_eq!(sanitise("naïve 日本語 ✓"), "naïve 日本語 ✓");
    }

    #[test]
    fn sequences_vanish_and_controls_become_visible() {
        assert_eq!(sanitise("a\u{1b}[31mred\u{1b}[0m"), "ared");
        assert_eq!(sanitise("x\u{1b}]0;owned\u{7}y\u{1b}]8;;http://e\u{1b}\\z"), "xyz");
        assert_eq!(sanitise("a\nb\0"), "a\u{240a}b\u{2400}");
        assert_eq!(sanitise("\u{1b}c"), "\u{241b}c");
        assert_eq!(sanitise("\u{9b}2Jgone"), "gone");
    }

    #[test]
    fn nothing_reorders_or_hides_text() {
        assert_eq!(sanitise("user\u{202e}txt.exe"), "user\u{fffd}txt.exe");
        assert!(sanitise("a\u{200b}b\u{feff}").chars().all(|c| c == 'a' || c == 'b' || c == '\u{fffd}'));
    }

    #[test]
    fn an_unfinished_sequence_eats_the_rest_but_never_passes_it_on() {
        assert_eq!(sanitise("a\u{1b}[31"), "a");
        assert_eq!(sanitise("a\u{1b}]0;title"), "a");
    }
}
