//! The configuration file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Config, Origin, Setting, deliver};
use crate::model::Environment;

/// What is wrong with a configuration file, and where.
#[derive(Debug, thiserror::Error)]
#[error("{}: {message}", path.display())]
pub struct ConfigError {
    path: PathBuf,
    message: String,
}

impl ConfigError {
    /// What is wrong with the file at `path`.
    pub(super) fn new(path: &Path, message: String) -> Self {
        Self { path: path.to_owned(), message }
    }
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
    /// Where reports go besides files, by name.
    #[serde(default)]
    deliver: BTreeMap<String, deliver::Entry>,
}

/// The shape of a configuration file, as JSON Schema.
pub(super) fn schema() -> schemars::Schema {
    schemars::schema_for!(File)
}

/// Reads a configuration file.
pub(super) fn read(path: &Path) -> Result<Config, ConfigError> {
    let fail = |message: String| ConfigError::new(path, message);
    let text = std::fs::read_to_string(path).map_err(|error| fail(error.to_string()))?;
    let file: File = toml::from_str(&text).map_err(|error| fail(told(&text, &error)))?;
    let mut names = BTreeSet::new();
    if let Some(twice) = file.environment.iter().find(|environment| !names.insert(environment.name.as_str())) {
        return Err(fail(format!("the environment `{}` is declared twice", twice.name)));
    }
    let declared = |(name, entry): (String, deliver::Entry)| {
        let declared = deliver::declared(path, &name, entry).map_err(fail)?;
        Ok((name, declared))
    };
    let destinations = file.deliver.into_iter().map(declared).collect::<Result<_, _>>()?;
    Ok(Config {
        profile: setting(path, file.profile),
        regions: setting(path, file.regions),
        theme: setting(path, file.theme),
        fail_on: setting(path, file.fail_on),
        waivers: setting(path, file.waivers.map(|named| beside(path, &named))),
        history: setting(path, file.history.map(|named| beside(path, &named))),
        record: setting(path, file.record),
        environments: file.environment,
        destinations,
    })
}

/// What is wrong with the file, with the line it is in - but for lines of destinations, where a secret may stand.
fn told(text: &str, error: &toml::de::Error) -> String {
    let start = error.span().map_or(0, |span| span.start);
    let before: Vec<&str> = text.get(..start).unwrap_or(text).split('\n').collect();
    let line = text.split('\n').nth(before.len().saturating_sub(1)).unwrap_or_default();
    let mut headers = before.iter().chain([&line]).map(|line| line.trim_start()).filter(|line| line.starts_with('['));
    let of_deliver = |line: &str| line.trim_start_matches(['[', ' ', '\t', '"', '\'']).starts_with("deliver");
    if headers.next_back().is_some_and(of_deliver) || of_deliver(line) {
        let column = before.last().map_or(0, |before| before.chars().count()) + 1;
        return format!("line {}, column {column}: {}", before.len(), error.message());
    }
    error.to_string().trim_end().to_owned()
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

    const DESTINATIONS: &str = r#"
        profile = "auditor"
        [deliver.archive]
        kind = "s3"
        bucket = "acme-reports"
        prefix = "/bartizan/"
        region = "eu-west-1"
        profile = "writer"
        [deliver.topic]
        kind = "sns"
        topic_arn = "arn:aws:sns:eu-central-1:111122223333:reports.fifo"
        link = "https://reports.example/"
        [deliver.team]
        kind = "slack"
        url_from = "SLACK_URL"
        [deliver.hook]
        kind = "webhook"
        url = "https://hooks.example/hush"
        secret_from = "HOOK_KEY"
        [deliver.people]
        kind = "mail"
        from = "bartizan@example.com"
        to = ["ops@example.com"]
        attach = true
    "#;

    fn variable(name: &str) -> Option<String> {
        let known = [("SLACK_URL", "https://hooks.slack.com/services/hush"), ("HOOK_KEY", "hush")];
        known.into_iter().find(|(known, _)| *known == name).map(|(_, value)| value.to_owned())
    }

    #[test]
    fn destinations_are_read_and_their_secrets_are_not_shown() {
        let config = load(DESTINATIONS).expect("read");
        let names: Vec<&str> = config.destinations.keys().map(String::as_str).collect();
        assert_eq!(names, ["archive", "hook", "people", "team", "topic"]);
        let channel = |name: &str| config.destination(name, &variable).expect(name).channel;
        let crate::deliver::Channel::S3(bucket) = channel("archive") else { panic!("a bucket") };
        assert_eq!((bucket.bucket.as_str(), bucket.prefix.as_str()), ("acme-reports", "bartizan"));
        assert_eq!(bucket.access.profile.as_deref(), Some("writer"), "its own profile comes first");
        let crate::deliver::Channel::Sns(topic) = channel("topic") else { panic!("a topic") };
        let access = (topic.access.region.as_deref(), topic.access.profile.as_deref());
        assert_eq!(access, (Some("eu-central-1"), Some("auditor")));
        let crate::deliver::Channel::Slack(url) = channel("team") else { panic!("a channel") };
        assert_eq!(url.expose(), "https://hooks.slack.com/services/hush");
        let all = config.destinations.keys().map(|name| config.destination(name, &variable));
        let shown = format!("{config:?}{:?}", all.collect::<Vec<_>>());
        assert!(shown.contains("hooks.slack.com") && !shown.contains("hush"), "{shown}");
    }

    #[test]
    fn a_destination_that_is_not_declared_or_lacks_its_variable_is_told() {
        let config = load(DESTINATIONS).expect("read");
        let told = |name: &str| config.destination(name, &|_| None).expect_err(name).to_string();
        assert!(told("tema").contains("[deliver.tema] is not declared; there are archive, hook,"), "{}", told("tema"));
        assert!(told("team").contains("[deliver.team] url_from: the environment variable `SLACK_URL` is not set"));
        assert!(told("team").contains("bartizan.toml"));
        let bad = config.destination("team", &|_| Some("http://x.example/hush".to_owned())).expect_err("clear text");
        assert!(bad.to_string().contains("`SLACK_URL`: it is not encrypted") && !bad.to_string().contains("hush"));
        let none = Config::default().destination("x", &variable).expect_err("none").to_string();
        assert!(none.contains("[deliver.x] is not declared"), "{none}");
    }

    #[test]
    fn mistakes_in_destinations_name_their_key_and_quote_no_secret() {
        for (table, told) in [
            ("kind = \"s3\"", "[deliver.x] bucket: kind `s3` needs it"),
            ("kind = \"s3\"\nbucket = \"abc\"\nurl = \"https://hush\"", "[deliver.x] url: kind `s3` has no such key"),
            ("kind = \"slack\"", "[deliver.x] url, url_from: kind `slack` needs one of the two"),
            ("kind = \"slack\"\nurl = \"https://hush\"\nurl_from = \"A\"", "needs one of the two"),
            ("kind = \"slack\"\nurl = \"http://a.example/hush\"", "[deliver.x] url: it is not encrypted"),
            (
                "kind = \"slack\"\nurl_from = \"https://a.example/hush\"",
                "url_from: it is not the name of an environment",
            ),
            (
                "kind = \"webhook\"\nurl = \"https://a.b/hush\"\nsecret_from = \"hush!\"",
                "secret_from: it is not the name",
            ),
            ("kind = \"slack\"\nurll = \"https://a.example/hush\"", "line 3, column 1: unknown field `urll`"),
            ("kind = \"slack\"\nurl = [\"https://a.example/hush\"]", "line 3, column 7: invalid type"),
            ("kind = \"slack\"\nurl = \"https://a.example/hush", "line 3"),
            ("kind = \"fax\"", "unknown variant `fax`"),
            ("bucket = \"abc\"", "missing field `kind`"),
            ("kind = \"s3\"\nbucket = \"Reports\"", "bucket: \"Reports\" is not the name of a bucket"),
            ("kind = \"s3\"\nbucket = \"abc\"\nprefix = \"a/../b\"", "prefix"),
            ("kind = \"s3\"\nbucket = \"abc\"\nregion = \"evil.example/\"", "not the name of a Region"),
            ("kind = \"sns\"\ntopic_arn = \"arn:aws:sns:eu-west-1:topic\"", "topic_arn"),
            ("kind = \"mail\"\nfrom = \"a@b.example\\r\\nBcc: x@y.example\"\nto = [\"a@b.example\"]", "from"),
            ("kind = \"mail\"\nfrom = \"a@b.example\"\nto = []", "to: SES takes 1 to 50"),
            ("kind = \"slack\"\nurl_from = \"A\"\nlink = \"reports\"", "link: it is not an address"),
        ] {
            let error = load(&format!("[deliver.x]\n{table}")).expect_err(table);
            assert!(error.contains(told) && error.contains("bartizan.toml"), "{table}: {error}");
            assert!(!error.contains("hush"), "{error}");
        }
        let inline = load("deliver.x = { kind = \"slack\", urll = \"https://hush\" }").expect_err("unknown");
        assert!(inline.contains("urll") && !inline.contains("hush"), "{inline}");
        assert!(load("[deliver.\"a b\"]\nkind = \"s3\"\nbucket = \"abc\"").is_err());
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
