//! Themes: what each role looks like. Panels ask for a role, never for a colour, so a theme is one TOML file and a
//! terminal with fewer colours, or none, still tells every state apart.

mod abilities;
mod color;
#[cfg(test)]
mod contract;
mod file;
mod glyph;
mod role;

use std::fmt;

use ratatui::style::{Modifier, Style};

pub use abilities::{Abilities, Colours};
use color::Rgb;
use file::{ThemeFile, Variant};
pub(crate) use glyph::Glyphs;
pub(crate) use role::Role;

/// A theme made ready for one terminal.
#[derive(Clone)]
pub struct Theme {
    name: String,
    styles: Vec<Style>,
    series: Vec<Style>,
    glyphs: &'static Glyphs,
}

impl fmt::Debug for Theme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Theme").field("name", &self.name).finish_non_exhaustive()
    }
}

/// A theme file that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("theme `{theme}`: {message}")]
pub struct ThemeError {
    /// Which.
    pub theme: String,
    /// What is wrong with it.
    pub message: String,
}

impl Theme {
    /// Every embedded theme, made ready for a terminal of these abilities; dark ones first.
    pub fn all(abilities: Abilities) -> Result<Vec<Self>, ThemeError> {
        let mut files = Vec::new();
        for (path, text) in crate::embedded::THEMES {
            files.push(ThemeFile::parse(path.trim_end_matches(".toml"), text)?);
        }
        files.sort_by(|a, b| {
            (a.meta.variant != Variant::Dark, &a.meta.name).cmp(&(b.meta.variant != Variant::Dark, &b.meta.name))
        });
        files.iter().map(|file| Self::new(file, abilities)).collect()
    }

    fn new(file: &ThemeFile, abilities: Abilities) -> Result<Self, ThemeError> {
        let background = file.background()?;
        let mut styles = Vec::with_capacity(Role::ALL.len());
        for role in Role::ALL {
            styles.push(adapt(file.style(*role)?, role.mono(), abilities.colours, background));
        }
        let mut series = Vec::new();
        for colour in file.series()? {
            series.push(adapt(file::Paint::of(colour), Modifier::empty(), abilities.colours, background));
        }
        let ascii = abilities.ascii || file.glyphs.set == file::GlyphSet::Ascii;
        let glyphs = if ascii { &glyph::ASCII } else { &glyph::UNICODE };
        Ok(Self { name: file.meta.name.clone(), styles, series, glyphs })
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How a role looks.
    pub(crate) fn style(&self, role: Role) -> Style {
        self.styles.get(role as usize).copied().unwrap_or_default()
    }

    /// How the n-th line of a chart looks; the colours repeat.
    pub(crate) fn series(&self, index: usize) -> Style {
        let count = self.series.len().max(1);
        self.series.get(index % count).copied().unwrap_or_default()
    }

    /// The symbols.
    pub(crate) fn glyphs(&self) -> &'static Glyphs {
        self.glyphs
    }
}

/// A paint as a terminal with these colours can show it. With sixteen colours or none, backgrounds are left to the
/// terminal and the role's own modifiers carry what a background said.
fn adapt(paint: file::Paint, mono: Modifier, colours: Colours, background: Rgb) -> Style {
    let style = Style::new().add_modifier(paint.modifiers);
    let (fg, bg) = (paint.fg, paint.bg);
    match colours {
        Colours::True => {
            let style = fg.map_or(style, |c| style.fg(c.true_colour()));
            bg.map_or(style, |c| style.bg(c.true_colour()))
        }
        Colours::Ansi256 => {
            let style = fg.map_or(style, |c| style.fg(c.indexed()));
            bg.map_or(style, |c| style.bg(c.indexed()))
        }
        Colours::Ansi16 => {
            // Black on a coloured label would vanish on the terminal's own background; reversed it stands out.
            let ink = if bg.is_some_and(|bg| bg.contrast(background) > 2.5) { bg } else { fg };
            let style = ink.and_then(Rgb::basic).map_or(style, |c| style.fg(c));
            style.add_modifier(mono)
        }
        Colours::None => style.add_modifier(mono),
    }
}
