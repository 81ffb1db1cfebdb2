//! What a terminal can show, from the environment variables that say so.

/// How many colours a terminal has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Colours {
    /// None, or none are wanted.
    None,
    /// The sixteen old ones.
    Ansi16,
    /// The fixed table of 256.
    Ansi256,
    /// Any.
    #[default]
    True,
}

/// What a terminal can show.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Abilities {
    /// Its colours.
    pub colours: Colours,
    /// Whether only ASCII is safe.
    pub ascii: bool,
}

impl Abilities {
    /// What the values of `TERM`, `COLORTERM` and the locale (`LC_ALL`, `LC_CTYPE` or `LANG`) promise. `no_color`
    /// is whether the user wants none (`NO_COLOR`, `--no-color`).
    #[must_use]
    pub fn detect(term: &str, colorterm: &str, locale: &str, no_color: bool) -> Self {
        let truecolor = matches!(colorterm, "truecolor" | "24bit") || term.ends_with("-direct");
        let colours = match term {
            _ if no_color => Colours::None,
            "dumb" => Colours::None,
            "linux" | "vt100" | "vt220" | "ansi" | "xterm" if !truecolor => Colours::Ansi16,
            _ if truecolor => Colours::True,
            _ => Colours::Ansi256,
        };
        let charset = locale.split_once('.').map(|(_, charset)| charset.to_ascii_lowercase());
        let utf8 = charset.is_none_or(|charset| charset.starts_with("utf8") || charset.starts_with("utf-8"));
        let plain = matches!(term, "linux" | "dumb" | "vt100" | "vt220" | "ansi");
        Self { colours, ascii: plain || !utf8 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminals_are_told_apart() {
        let colours = |term, colorterm| Abilities::detect(term, colorterm, "en_GB.UTF-8", false).colours;
        assert_eq!(colours("xterm-256color", "truecolor"), Colours::True);
        assert_eq!(colours("screen-256color", ""), Colours::Ansi256);
        assert_eq!(colours("linux", ""), Colours::Ansi16);
        assert_eq!(colours("dumb", ""), Colours::None);
        assert_eq!(Abilities::detect("xterm-256color", "truecolor", "", true).colours, Colours::None);
    }

    #[test]
    fn ascii_is_used_where_more_is_not_safe() {
        let ascii = |term, locale| Abilities::detect(term, "", locale, false).ascii;
        assert!(ascii("linux", "en_GB.UTF-8"));
        assert!(ascii("xterm-256color", "de_DE.ISO-8859-1"));
        assert!(!ascii("xterm-256color", "C.utf8"));
        assert!(!ascii("xterm-256color", ""), "containers set no locale and still show UTF-8");
    }
}
