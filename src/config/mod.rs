//! Settings from a file, environment variables and flags, each value knowing where it came from; and the one place
//! that reads environment variables.

mod deliver;
mod file;
mod variables;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

pub use deliver::{Declared, Kind, bucket_of};
pub use file::ConfigError;
pub use variables::Variables;

use crate::deliver::Destination;
use crate::model::Environment;

/// Where a value came from; a flag beats a variable, a variable beats the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A command-line flag, such as `--theme`.
    Flag(&'static str),
    /// An environment variable.
    Variable(&'static str),
    /// The configuration file.
    File(PathBuf),
}

impl Origin {
    /// The file, when it came from one.
    fn file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            _ => None,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) | Self::Variable(name) => f.write_str(name),
            Self::File(path) => write!(f, "{}", path.display()),
        }
    }
}

/// A value and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting<T> {
    /// The value.
    pub value: T,
    /// Where it came from.
    pub origin: Origin,
}

impl<T> Setting<T> {
    /// A value from a flag.
    pub fn flag(name: &'static str, value: T) -> Self {
        Self { value, origin: Origin::Flag(name) }
    }
}

/// What is configured. A setting that nobody gave is absent: its default is its user's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Config {
    /// The profile of the AWS configuration.
    pub profile: Option<Setting<String>>,
    /// The Regions to read.
    pub regions: Option<Setting<Vec<String>>>,
    /// The dashboard's theme.
    pub theme: Option<Setting<String>>,
    /// The severity from which findings fail an audit.
    pub fail_on: Option<Setting<String>>,
    /// The file of waivers.
    pub waivers: Option<Setting<PathBuf>>,
    /// The file of the history.
    pub history: Option<Setting<PathBuf>>,
    /// Whether audits are recorded in it.
    pub record: Option<Setting<bool>>,
    /// The environments; empty when none is declared.
    pub environments: Vec<Environment>,
    /// Where reports go besides files, by name.
    pub destinations: BTreeMap<String, Setting<Declared>>,
}

impl Config {
    /// The shape of a configuration file, as JSON Schema.
    #[must_use]
    pub fn schema() -> schemars::Schema {
        file::schema()
    }

    /// Reads the configuration: from `path` when given, else from the first of `BARTIZAN_CONFIG`, `bartizan.toml`
    /// here, and `bartizan/config.toml` in the user's configuration directory; then from variables.
    ///
    /// # Errors
    /// When a file that was named does not exist, or the one found is not a configuration.
    pub fn load(path: Option<&Path>, variables: &Variables) -> Result<Self, ConfigError> {
        let mut config = match path.or(variables.config.as_deref()) {
            Some(named) => file::read(named)?,
            None => match variables.usual_files().into_iter().find(|path| path.is_file()) {
                Some(found) => file::read(&found)?,
                None => Self::default(),
            },
        };
        if let Some(theme) = &variables.theme {
            config.theme = Some(Setting { value: theme.clone(), origin: Origin::Variable("BARTIZAN_THEME") });
        }
        Ok(config)
    }

    /// A destination that is declared, whatever it keeps in variables.
    ///
    /// # Errors
    /// When there is none of this name.
    pub fn declared(&self, name: &str) -> Result<&Setting<Declared>, ConfigError> {
        self.destinations.get(name).ok_or_else(|| {
            let names: Vec<&str> = self.destinations.keys().map(String::as_str).collect();
            let known = if names.is_empty() { String::new() } else { format!("; there are {}", names.join(", ")) };
            let file = self.destinations.values().find_map(|declared| declared.origin.file());
            let file = file.unwrap_or(Path::new("bartizan.toml"));
            ConfigError::new(file, format!("[deliver.{name}] is not declared{known}"))
        })
    }

    /// A destination, ready for deliveries; `variable` tells the value of an environment variable, as
    /// [`Variables::secret`] does.
    ///
    /// # Errors
    /// When there is none of this name, or what it leaves to a variable is not there.
    pub fn destination(
        &self,
        name: &str,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Destination, ConfigError> {
        let profile = self.profile.as_ref().map(|profile| profile.value.as_str());
        self.declared(name)?.destination(name, profile, variable)
    }
}
