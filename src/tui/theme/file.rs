//! Theme files: `[meta]`, `[palette]`, `[roles]`, `[glyphs]`, much as helix has them.

use std::collections::BTreeMap;

use ratatui::style::Modifier;
use serde::Deserialize;

use super::{Rgb, Role, ThemeError};

/// A theme as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ThemeFile {
    pub(super) meta: Meta,
    palette: BTreeMap<String, String>,
    roles: BTreeMap<String, Look>,
    #[serde(default)]
    pub(super) glyphs: GlyphChoice,
}

/// What a theme says about itself.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Meta {
    pub(super) name: String,
    pub(super) variant: Variant,
    #[expect(dead_code, reason = "for whoever reads or redistributes the file")]
    license: String,
}

/// Whether a theme's background is dark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Variant {
    Dark,
    Light,
}

/// Which symbols a theme wants.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GlyphChoice {
    pub(super) set: GlyphSet,
}

/// The sets of symbols.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum GlyphSet {
    #[default]
    Unicode,
    Ascii,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Look {
    Colour(String),
    Colours(Vec<String>),
    Style {
        fg: Option<String>,
        bg: Option<String>,
        #[serde(default)]
        modifiers: Vec<String>,
    },
}

/// A look with its colours resolved.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paint {
    pub(super) fg: Option<Rgb>,
    pub(super) bg: Option<Rgb>,
    pub(super) modifiers: Modifier,
}

impl Paint {
    /// A foreground colour and nothing else.
    pub(super) const fn of(fg: Rgb) -> Self {
        Self { fg: Some(fg), bg: None, modifiers: Modifier::empty() }
    }
}

/// The role whose look is a list: the colours of a chart's lines.
pub(super) const SERIES: &str = "metric.series";

impl ThemeFile {
    /// Reads a theme; every role must be there and nothing else.
    pub(super) fn parse(name: &str, text: &str) -> Result<Self, ThemeError> {
        let error = |message: String| ThemeError { theme: name.to_owned(), message };
        let file: Self = toml::from_str(text).map_err(|e| error(e.to_string()))?;
        let known = |key: &str| key == SERIES || Role::ALL.iter().any(|role| role.key() == key);
        match file.roles.keys().find(|key| !known(key)) {
            Some(stranger) => Err(error(format!("`{stranger}` is not a role"))),
            None => Ok(file),
        }
    }

    /// How a role looks.
    pub(super) fn style(&self, role: Role) -> Result<Paint, ThemeError> {
        match self.roles.get(role.key()) {
            Some(Look::Colour(fg)) => Ok(Paint::of(self.colour(fg)?)),
            Some(Look::Style { fg, bg, modifiers }) => {
                let colour = |name: &Option<String>| name.as_deref().map(|name| self.colour(name)).transpose();
                let mut all = Modifier::empty();
                for name in modifiers {
                    all |= self.modifier(name)?;
                }
                Ok(Paint { fg: colour(fg)?, bg: colour(bg)?, modifiers: all })
            }
            Some(Look::Colours(_)) => Err(self.error(format!("`{}` is one look, not a list", role.key()))),
            None => Err(self.error(format!("`{}` is missing from [roles]", role.key()))),
        }
    }

    /// The colours of a chart's lines.
    pub(super) fn series(&self) -> Result<Vec<Rgb>, ThemeError> {
        match self.roles.get(SERIES) {
            Some(Look::Colours(names)) if !names.is_empty() => names.iter().map(|name| self.colour(name)).collect(),
            _ => Err(self.error(format!("`{SERIES}` is not a list of colours"))),
        }
    }

    /// What everything is drawn on.
    pub(super) fn background(&self) -> Result<Rgb, ThemeError> {
        let paint = self.style(Role::Background)?;
        paint.bg.ok_or_else(|| self.error("`ui.background` has no bg"))
    }

    fn colour(&self, name: &str) -> Result<Rgb, ThemeError> {
        let value = self.palette.get(name).map_or(name, String::as_str);
        Rgb::parse(value).ok_or_else(|| self.error(format!("`{name}` is neither in [palette] nor a #rrggbb colour")))
    }

    fn modifier(&self, name: &str) -> Result<Modifier, ThemeError> {
        match name {
            "bold" => Ok(Modifier::BOLD),
            "dim" => Ok(Modifier::DIM),
            "italic" => Ok(Modifier::ITALIC),
            "underlined" => Ok(Modifier::UNDERLINED),
            "reversed" => Ok(Modifier::REVERSED),
            other => Err(self.error(format!("`{other}` is not a modifier: bold, dim, italic, underlined or reversed"))),
        }
    }

    fn error(&self, message: impl Into<String>) -> ThemeError {
        ThemeError { theme: self.meta.name.clone(), message: message.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        let parsed = ThemeFile::parse("x", text);
        parsed.and_then(|file| file.style(Role::Text).map(|_| ())).unwrap_err().to_string()
    }

    const META: &str = "[meta]\nname='x'\nvariant='dark'\nlicense='MIT'\n[palette]\nink='#ffffff'\n[roles]\n";

    #[test]
    fn what_is_wrong_is_named() {
        let with = |roles: &str| error(&format!("{META}{roles}"));
        assert_eq!(with(""), "theme `x`: `ui.text` is missing from [roles]");
        assert_eq!(with("'ui.txt'='ink'"), "theme `x`: `ui.txt` is not a role");
        assert_eq!(with("'ui.text'='pink'"), "theme `x`: `pink` is neither in [palette] nor a #rrggbb colour");
        assert!(with("'ui.text'={fg='ink', modifiers=['loud']}").contains("`loud` is not a modifier"));
    }
}
