//! Where in a file something is wrong, and what.

use std::fmt;

/// Something wrong in a file of a pack.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub struct Fault {
    /// The file, as the user would find it.
    pub path: String,
    /// The line, counted from 1; 0 when the whole file is meant.
    pub line: usize,
    /// The column, counted from 1; 0 when the whole line is meant.
    pub column: usize,
    /// What is wrong, and the way out.
    pub message: String,
}

impl Fault {
    /// Something wrong with a whole file.
    pub fn file(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), line: 0, column: 0, message: message.into() }
    }

    /// Something wrong at a place in a file.
    pub fn at(path: impl Into<String>, (line, column): (usize, usize), message: impl Into<String>) -> Self {
        Self { path: path.into(), line, column, message: message.into() }
    }

    /// What the interpreter says, with the place it names. Its text is a drawing: `--> file:line:col`, the line, a
    /// caret, and `error: what`; what has no drawing is about the whole file.
    pub(super) fn of_interpreter(path: &str, text: &str) -> Self {
        let told = text.rsplit_once("error: ").map_or(text, |(_, told)| told).trim().to_owned();
        let place = text.lines().find_map(|line| line.trim().strip_prefix("--> ")).and_then(|place| {
            let mut parts = place.rsplitn(3, ':');
            let column = parts.next()?.parse().ok()?;
            let line = parts.next()?.parse().ok()?;
            Some((line, column))
        });
        Self::at(path, place.unwrap_or_default(), told)
    }

    /// The file, with line and column when they are known.
    #[must_use]
    pub fn place(&self) -> String {
        match (self.line, self.column) {
            (0, _) => self.path.clone(),
            (line, 0) => format!("{}:{line}", self.path),
            (line, column) => format!("{}:{line}:{column}", self.path),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place(), self.message)
    }
}

#[cfg(test)]
mod tests {
    use super::Fault;

    #[test]
    fn the_place_of_an_interpreters_drawing_is_found() {
        let text = "\n--> a/b.rego:5:12\n  |\n5 | some x in\n  | ^\nerror: expecting expression";
        assert_eq!(Fault::of_interpreter("p/b.rego", text).to_string(), "p/b.rego:5:12: expecting expression");
        assert_eq!(Fault::of_interpreter("p/b.rego", "not a valid rule path").place(), "p/b.rego");
    }
}
