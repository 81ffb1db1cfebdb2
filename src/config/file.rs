//! The configuration file.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Config, Origin, Setting};
use crate::model::Environment;

/// What is wrong with a configuration file, and where.
#[derive(Debug, thiserror::Error)]
#[error("{}: {message}", path.display())]
pub struct ConfigError {
    path: PathBuf,
    message: String,
}

/// The configuration of Bartizan. Flags and variables win over it.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "The configuration of Bartizan")]
struct File {
    /// The profile of the AWS configuration.
    profile: Option<String>,
    /// The Regions to read, or `all` for every enabled one.
    regions: Option<Vec<String>>,
    /// The dashboard's theme.
    theme: Option<String>,
    /// The severity from which findings fail an audit.
    fail_on: Option<String>,
    /// The file of waivers, seen from this file.
    waivers: Option<PathBuf>,
    /// The file of the history, seen from this file.
    history: Option<PathBuf>,
    /// Whether audits are recorded in the history.
    record: Option<bool>,
    /// The environments; without any, the usual tags are assumed.
    #[serde(default)]
    environment: Vec<Environment>,
}

/// The shape of a configuration file, as JSON Schema.
pub(super) fn schema() -> schemars::Schema {
    schemars::schema_for!(File)
}

/// Reads a configuration file.
pub(super) fn read(path: &Path) -> Result<Config, ConfigError> {
    let fail = |message: String| ConfigError { path: path.to_owned(), message };
    let text = std::fs::read_to_string(path).map_err(|error| fail(error.to_string()))?;
    let file: File = toml::from_str(&text).map_err(|error| fail(error.to_string().trim_end().to_owned()))?;
    let mut names = BTreeSet::new();
    if let Some(twice) = file.environment.iter().find(|environment| !names.insert(environment.name.as_str())) {
        return Err(fail(format!("the environment `{}` is declared twice", twice.name)));
    }
    Ok(Config {
        profile: setting(path, file.profile),
        regions: setting(path, file.regions),
        theme: setting(path, file.theme),
        fail_on: setting(path, file.fail_on),
        waivers: setting(path, file.waivers.map(|named| beside(path, &named))),
        history: setting(path, file.history.map(|named| beside(path, &named))),
        record: setting(path, file.record),
        environments: file.environment,
    })
}

/// A path that a configuration file names, seen from where that file is.
fn beside(path: &Path, named: &Path) -> PathBuf {
    path.parent().map_or_else(|| named.to_owned(), |directory| directory.join(named))
}

fn setting<T>(path: &Path, value: Option<T>) -> Option<Setting<T>> {
    value.map(|value| Setting { value, origin: Origin::File(path.to_owned()) })
}

#[cfg(test)]
mod tests {
    use super::super::Variables;
    use super::*;

    fn load(text: &str) -> Result<Config, String> {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("bartizan.toml");
        std::fs::write(&path, text).expect("written");
        Config::load(Some(&path), &Variables::default()).map_err(|error| error.to_string())
    }

    #[test]
    fn values_know_where_they_came_from() {
        let config =
            load("theme = \"day\"\n[[environment]]\nname = \"production\"\nnames = [\"*-prod\"]").expect("read");
        let theme = config.theme.expect("set");
        assert_eq!(theme.value, "day");
        assert!(theme.origin.to_string().ends_with("bartizan.toml"));
        assert_eq!(config.environments.len(), 1);
    }

    #[test]
    fn files_are_looked_for_beside_the_file_that_names_them() {
        let config = load("waivers = \"waivers.toml\"").expect("read");
        let waivers = config.waivers.expect("set");
        let Origin::File(file) = waivers.origin else { panic!("it came from a file") };
        assert_eq!(waivers.value, file.with_file_name("waivers.toml"));
        let config = load("waivers = \"/etc/waivers.toml\"").expect("read");
        assert_eq!(config.waivers.expect("set").value, Path::new("/etc/waivers.toml"));
    }

    #[test]
    fn a_variable_beats_the_file() {
        let variables = Variables { theme: Some("night".into()), ..Variables::default() };
        let config = Config::load(None, &variables).expect("no file is needed");
        assert_eq!(config.theme, Some(Setting { value: "night".into(), origin: Origin::Variable("BARTIZAN_THEME") }));
    }

    #[test]
    fn mistakes_name_their_place() {
        let error = load("theme = \"day\"\nthem = \"night\"").expect_err("unknown key");
        assert!(error.contains("line 2") && error.contains("them"), "{error}");
        let error = load("[[environment]]\nname = \"a\"\n[[environment]]\nname = \"a\"").expect_err("twice");
        assert!(error.contains("`a` is declared twice"), "{error}");
        assert!(Config::load(Some(Path::new("/no/such.toml")), &Variables::default()).is_err());
    }
}
