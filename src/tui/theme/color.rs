//! Colours: from `#rrggbb` to what a terminal with fewer of them has nearest.

use ratatui::style::Color;

/// A colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rgb(pub(super) u8, pub(super) u8, pub(super) u8);

const BASIC: [(Rgb, Color); 12] = [
    (Rgb(205, 49, 49), Color::Red),
    (Rgb(13, 188, 121), Color::Green),
    (Rgb(190, 150, 16), Color::Yellow),
    (Rgb(36, 114, 200), Color::Blue),
    (Rgb(188, 63, 188), Color::Magenta),
    (Rgb(17, 168, 205), Color::Cyan),
    (Rgb(241, 76, 76), Color::LightRed),
    (Rgb(35, 209, 139), Color::LightGreen),
    (Rgb(245, 245, 67), Color::LightYellow),
    (Rgb(59, 142, 234), Color::LightBlue),
    (Rgb(214, 112, 214), Color::LightMagenta),
    (Rgb(41, 184, 219), Color::LightCyan),
];

impl Rgb {
    /// The colour `#rrggbb` means.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6 && digits.is_ascii())?;
        let byte = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
        Some(Self(byte(0)?, byte(2)?, byte(4)?))
    }

    /// It as it is.
    pub(super) const fn true_colour(self) -> Color {
        Color::Rgb(self.0, self.1, self.2)
    }

    /// The nearest of xterm's table of 256; the first sixteen are the user's own and are left out.
    pub(super) fn indexed(self) -> Color {
        const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];
        let cube = (0..216u8).map(|n| {
            let level = |step: u8| LEVELS.get(usize::from(step)).copied().unwrap_or_default();
            (16 + n, Self(level(n / 36), level(n / 6 % 6), level(n % 6)))
        });
        let greys = (0..24u8).map(|n| (232 + n, Self(8 + 10 * n, 8 + 10 * n, 8 + 10 * n)));
        let nearest = cube.chain(greys).min_by_key(|(_, colour)| self.distance(*colour));
        nearest.map_or(Color::Reset, |(index, _)| Color::Indexed(index))
    }

    /// The nearest of the old colours; a grey is left to the terminal, whose background is unknown.
    pub(super) fn basic(self) -> Option<Color> {
        let Self(r, g, b) = self;
        let spread = r.max(g).max(b) - r.min(g).min(b);
        if spread < 48 {
            return None;
        }
        BASIC.iter().min_by_key(|(known, _)| self.distance(*known)).map(|(_, colour)| *colour)
    }

    /// How bright it is, after WCAG 2: between 0 and 1.
    pub(super) fn luminance(self) -> f64 {
        let linear = |channel: u8| {
            let c = f64::from(channel) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(self.0) + 0.7152 * linear(self.1) + 0.0722 * linear(self.2)
    }

    /// The contrast of two colours, after WCAG 2: between 1 and 21.
    pub(super) fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    fn distance(self, other: Self) -> u32 {
        let square = |a: u8, b: u8| u32::from(a.abs_diff(b)).pow(2);
        2 * square(self.0, other.0) + 4 * square(self.1, other.1) + 3 * square(self.2, other.2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_colours_are_read() {
        assert_eq!(Rgb::parse("#0a10ff"), Some(Rgb(10, 16, 255)));
        assert_eq!(Rgb::parse("0a10ff"), None);
        assert_eq!(Rgb::parse("#0a10f"), None);
        assert_eq!(Rgb::parse("#zz10ff"), None);
    }

    #[test]
    fn the_nearest_is_found() {
        assert_eq!(Rgb(255, 0, 0).indexed(), Color::Indexed(196));
        assert_eq!(Rgb(18, 18, 18).indexed(), Color::Indexed(233));
        assert_eq!(Rgb(250, 90, 90).basic(), Some(Color::LightRed));
        assert_eq!(Rgb(120, 120, 120).basic(), None);
    }

    #[test]
    fn contrast_is_that_of_wcag() {
        assert!((Rgb(0, 0, 0).contrast(Rgb(255, 255, 255)) - 21.0).abs() < 1e-9);
        assert!((Rgb(118, 118, 118).contrast(Rgb(255, 255, 255)) - 4.54).abs() < 0.01);
    }
}
