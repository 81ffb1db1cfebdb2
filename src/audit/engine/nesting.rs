//! How deep a rule file nests. The interpreter's parser tries a bracket as several things, each inside the other: its
//! time doubles with every level (2 ms at ten, 4 s at twenty), so the depth is bounded before it sees the file.

/// Deeper than any resource of AWS written out in a test.
const MAX_DEPTH: usize = 12;

/// The line and column at which a text nests too deep.
pub(super) fn too_deep(text: &str) -> Option<(usize, usize)> {
    let mut depth = 0_usize;
    let mut quote = None;
    let mut escaped = false;
    for (line, text) in text.lines().enumerate() {
        for (column, c) in text.chars().enumerate() {
            match (quote, c) {
                _ if escaped => escaped = false,
                (Some('"'), '\\') => escaped = true,
                (Some(open), c) if c == open => quote = None,
                (None, '"' | '`') => quote = Some(c),
                (None, '#') => break,
                (None, '[' | '{' | '(') => depth += 1,
                (None, ']' | '}' | ')') => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth > MAX_DEPTH {
                return Some((line + 1, column + 1));
            }
        }
        // Only a raw string goes on in the next line.
        quote = quote.filter(|open| *open == '`');
        escaped = false;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::too_deep;

    #[test]
    fn brackets_count_outside_of_strings_and_comments() {
        assert_eq!(too_deep(&"[".repeat(12)), None);
        assert_eq!(too_deep(&format!("x\n{}", "[({".repeat(5))), Some((2, 13)));
        assert_eq!(too_deep(&"[]".repeat(100)), None);
        assert_eq!(too_deep(&format!("# {0}\n\"{0}\\\"{0}\" `{0}\n{0}`", "[".repeat(20))), None);
        assert_eq!(too_deep(&format!("`a`\"\"{}", "[".repeat(13))), Some((1, 18)));
    }
}
