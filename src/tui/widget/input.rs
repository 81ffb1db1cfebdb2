//! One line of text being typed: a filter.

use crossterm::event::KeyCode;

use crate::tui::key::Key;

/// A filter and, while it is typed, its cursor.
#[derive(Debug, Clone, Default)]
pub(crate) struct Input {
    text: String,
    /// Whether keys go here.
    pub(crate) active: bool,
}

/// What a key did to an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Typed {
    /// The text changed.
    Changed,
    /// Typing ended; the text stays.
    Done,
    /// Nothing.
    Nothing,
}

impl Input {
    /// The text.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Empties it; tells whether there was anything.
    pub(crate) fn clear(&mut self) -> bool {
        self.active = false;
        !std::mem::take(&mut self.text).is_empty()
    }

    /// Takes a key.
    pub(crate) fn press(&mut self, key: Key) -> Typed {
        if let Some(c) = key.typed() {
            self.text.push(c);
            return Typed::Changed;
        }
        if Some(key) == Key::parse("ctrl-u") {
            self.text.clear();
            return Typed::Changed;
        }
        match key.plain() {
            Some(KeyCode::Backspace) if self.text.pop().is_some() => Typed::Changed,
            Some(KeyCode::Backspace | KeyCode::Enter) => {
                self.active = false;
                Typed::Done
            }
            Some(KeyCode::Esc) => {
                self.clear();
                Typed::Changed
            }
            _ => Typed::Nothing,
        }
    }

    /// Whether a lower-case text passes: it has every word and none of those with `!` in front.
    pub(crate) fn passes(&self, lower_case: &str) -> bool {
        self.text.split_whitespace().all(|word| {
            let word = word.to_lowercase();
            match word.strip_prefix('!') {
                Some("") => true,
                Some(unwanted) => !lower_case.contains(unwanted),
                None => lower_case.contains(&word),
            }
        })
    }

    /// The lower-case words that were searched for.
    pub(crate) fn wanted(&self) -> Vec<String> {
        self.text.split_whitespace().filter(|word| !word.starts_with('!')).map(str::to_lowercase).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(keys: &[&str]) -> Input {
        let mut input = Input { active: true, ..Input::default() };
        for key in keys {
            input.press(Key::parse(key).expect("a key"));
        }
        input
    }

    #[test]
    fn typing_and_leaving() {
        assert_eq!(typed(&["a", "B", "space", "c", "backspace"]).text(), "aB ");
        assert_eq!(typed(&["a", "ctrl-u", "q"]).text(), "q");
        let done = typed(&["a", "enter"]);
        assert_eq!((done.text(), done.active), ("a", false));
        let left = typed(&["a", "esc"]);
        assert_eq!((left.text(), left.active), ("", false));
        assert!(!typed(&["backspace"]).active, "nothing left to delete: typing ends");
    }

    #[test]
    fn words_are_all_wanted_and_exclusions_are_not() {
        let input = typed(&["S", "s", "h", "space", "!", "d", "e", "v"]);
        assert!(input.passes("high ssh-open-to-world production"));
        assert!(!input.passes("high ssh-open-to-world dev"));
        assert!(!input.passes("https"));
        assert!(typed(&["!"]).passes("anything"), "a lone `!` excludes nothing yet");
    }
}
