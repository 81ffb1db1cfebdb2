//! Keys as the action table writes them: `q`, `G`, `ctrl-c`, `shift-tab`, `pgdn`.

use std::fmt;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// One key with its modifiers. Shift is part of the character for letters (`G`), and of the name for `shift-tab`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Key {
    code: KeyCode,
    control: bool,
}

const NAMED: [(&str, KeyCode); 16] = [
    ("enter", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("tab", KeyCode::Tab),
    ("shift-tab", KeyCode::BackTab),
    ("space", KeyCode::Char(' ')),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("pgup", KeyCode::PageUp),
    ("pgdn", KeyCode::PageDown),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("backspace", KeyCode::Backspace),
    ("delete", KeyCode::Delete),
    ("f1", KeyCode::F(1)),
];

impl Key {
    /// The key an event is about.
    pub(crate) fn of(event: KeyEvent) -> Self {
        let control = event.modifiers.contains(KeyModifiers::CONTROL);
        let code = match event.code {
            KeyCode::Tab if event.modifiers.contains(KeyModifiers::SHIFT) => KeyCode::BackTab,
            // Terminals disagree on the case of a letter pressed with control.
            KeyCode::Char(c) if control => KeyCode::Char(c.to_ascii_lowercase()),
            code => code,
        };
        Self { code, control }
    }

    /// The key a text of the action table means.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (control, name) = text.strip_prefix("ctrl-").map_or((false, text), |name| (true, name));
        if let Some((_, code)) = NAMED.iter().find(|(known, _)| *known == name) {
            return Some(Self { code: *code, control });
        }
        let mut characters = name.chars();
        match (characters.next(), characters.next()) {
            (Some(c), None) => Some(Self { code: KeyCode::Char(c), control }),
            _ => None,
        }
    }

    /// The character typed, when the key types one.
    pub(crate) fn typed(self) -> Option<char> {
        match self.code {
            KeyCode::Char(c) if !self.control => Some(c),
            _ => None,
        }
    }

    /// The key itself, when no modifier changes its meaning.
    pub(crate) fn plain(self) -> Option<KeyCode> {
        (!self.control).then_some(self.code)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.control {
            f.write_str("ctrl-")?;
        }
        match (NAMED.iter().find(|(_, code)| *code == self.code), self.code) {
            (Some((name, _)), _) => f.write_str(name),
            (None, KeyCode::Char(c)) => write!(f, "{c}"),
            (None, other) => write!(f, "{other}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_written_as_it_is_read() {
        for text in ["q", "G", "ctrl-c", "shift-tab", "pgdn", "space", "/", "?", "["] {
            let key = Key::parse(text).unwrap_or_else(|| panic!("`{text}` is a key"));
            assert_eq!(key.to_string(), text);
        }
        assert_eq!(Key::parse("hyper-x"), None);
    }

    #[test]
    fn control_letters_have_no_case() {
        let event = KeyEvent::new(KeyCode::Char('C'), KeyModifiers::CONTROL);
        assert_eq!(Some(Key::of(event)), Key::parse("ctrl-c"));
        assert_eq!(Key::of(event).typed(), None);
    }
}
