//! The symbols, in Unicode and in ASCII. Every one is a single column wide, and every state's symbol differs from
//! those of its siblings, so that no state is told by colour alone.

/// The symbols of a theme.
#[derive(Debug)]
pub(crate) struct Glyphs {
    /// Whether charts may use braille.
    pub(crate) braille: bool,
    /// A horizontal rule.
    pub(crate) rule: &'static str,
    /// A vertical rule.
    pub(crate) wall: &'static str,
    /// Marks the panel that has the focus.
    pub(crate) focus: &'static str,
    /// Marks the selected row.
    pub(crate) selected: &'static str,
    /// Stands for what did not fit.
    pub(crate) ellipsis: &'static str,
    /// Separates facts on one line.
    pub(crate) dot: &'static str,
    /// The part of a scroll bar that is shown.
    pub(crate) thumb: &'static str,
    /// FAIL, UNKNOWN, PASS, WAIVED, NOT-APPLICABLE.
    pub(crate) status: [&'static str; 5],
    /// Informational, low, medium, high, critical.
    pub(crate) severity: [&'static str; 5],
    /// ALARM, INSUFFICIENT_DATA, OK.
    pub(crate) alarm: [&'static str; 3],
    /// Marks incomplete coverage.
    pub(crate) gap: &'static str,
    /// Sorted upwards, sorted downwards.
    pub(crate) order: [&'static str; 2],
    /// Marks the line of a chart in its legend.
    pub(crate) legend: &'static str,
    /// A point that may still change.
    pub(crate) hollow: &'static str,
}

impl Glyphs {
    /// Those for counting rather than showing: every set takes the same room.
    pub(crate) fn plain() -> &'static Self {
        &ASCII
    }
}

/// For terminals that show Unicode.
pub(super) static UNICODE: Glyphs = Glyphs {
    braille: true,
    rule: "─",
    wall: "│",
    focus: "▌",
    selected: "›",
    ellipsis: "…",
    dot: "·",
    thumb: "┃",
    status: ["✗", "?", "✓", "~", "–"],
    severity: ["·", "▽", "◇", "▲", "◆"],
    alarm: ["●", "?", "✓"],
    gap: "!",
    order: ["↑", "↓"],
    legend: "━",
    hollow: "◦",
};

/// For those that do not.
pub(super) static ASCII: Glyphs = Glyphs {
    braille: false,
    rule: "-",
    wall: "|",
    focus: ">",
    selected: ">",
    ellipsis: "~",
    dot: "-",
    thumb: "#",
    status: ["x", "?", "+", "~", "-"],
    severity: [".", "v", "o", "^", "#"],
    alarm: ["!", "?", "+"],
    gap: "!",
    order: ["^", "v"],
    legend: "=",
    hollow: "o",
};

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr;

    use super::*;

    fn all(glyphs: &Glyphs) -> Vec<&'static str> {
        let Glyphs { rule, wall, focus, selected, ellipsis, dot, thumb, gap, legend, hollow, .. } = *glyphs;
        let mut all = vec![rule, wall, focus, selected, ellipsis, dot, thumb, gap, legend, hollow];
        all.extend(glyphs.status);
        all.extend(glyphs.severity);
        all.extend(glyphs.alarm);
        all.extend(glyphs.order);
        all
    }

    #[test]
    fn every_symbol_takes_one_column() {
        for symbol in all(&UNICODE).into_iter().chain(all(&ASCII)) {
            assert_eq!(symbol.width(), 1, "`{symbol}`");
        }
        assert!(all(&ASCII).iter().all(|symbol| symbol.is_ascii()));
    }

    #[test]
    fn siblings_differ() {
        for glyphs in [&UNICODE, &ASCII] {
            for family in [&glyphs.status[..], &glyphs.severity, &glyphs.alarm, &glyphs.order] {
                let distinct: std::collections::BTreeSet<_> = family.iter().collect();
                assert_eq!(distinct.len(), family.len(), "{family:?}");
            }
        }
    }
}
