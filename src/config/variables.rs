//! The environment variables that Bartizan itself looks at. The AWS SDK reads its own.

use std::path::PathBuf;

/// What the environment says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Variables {
    /// `BARTIZAN_CONFIG`: the configuration file.
    pub config: Option<PathBuf>,
    /// `BARTIZAN_THEME`: the dashboard's theme.
    pub theme: Option<String>,
    /// `NO_COLOR` is set to something (<https://no-color.org>).
    pub no_color: bool,
    /// `CLICOLOR_FORCE` is set to something but 0 (<https://bixense.com/clicolors>).
    pub clicolor_force: bool,
    /// `CLICOLOR`: without colours when it is 0.
    pub clicolor: Option<String>,
    /// `TERM`.
    pub term: Option<String>,
    /// `COLORTERM`.
    pub colorterm: Option<String>,
    /// The locale: the first of `LC_ALL`, `LC_CTYPE` and `LANG`.
    pub locale: Option<String>,
    /// Where the user's configuration is: `XDG_CONFIG_HOME`, or `.config` in `HOME`.
    pub config_home: Option<PathBuf>,
    /// Where the user's data is: `XDG_DATA_HOME`, or `.local/share` in `HOME`.
    pub data_home: Option<PathBuf>,
}

impl Variables {
    /// Reads them.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the one place")]
    pub fn read() -> Self {
        let path = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let text = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        Self {
            config: path("BARTIZAN_CONFIG"),
            theme: text("BARTIZAN_THEME"),
            no_color: path("NO_COLOR").is_some(),
            clicolor_force: text("CLICOLOR_FORCE").is_some_and(|value| value != "0"),
            clicolor: text("CLICOLOR"),
            term: text("TERM"),
            colorterm: text("COLORTERM"),
            locale: ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(text),
            config_home: path("XDG_CONFIG_HOME").or_else(|| Some(path("HOME")?.join(".config"))),
            data_home: path("XDG_DATA_HOME").or_else(|| Some(path("HOME")?.join(".local/share"))),
        }
    }

    /// The value of the variable that a flag names for a secret; it is kept nowhere.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the one place")]
    pub fn secret(name: &str) -> Option<String> {
        std::env::var(name).ok()
    }

    /// Where a configuration is looked for when none was named.
    pub(super) fn usual_files(&self) -> Vec<PathBuf> {
        let home = self.config_home.iter().map(|home| home.join("bartizan/config.toml"));
        std::iter::once(PathBuf::from("bartizan.toml")).chain(home).collect()
    }
}
