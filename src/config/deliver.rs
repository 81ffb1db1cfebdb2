//! `[deliver.NAME]`: where reports go besides files.
//!
//! What can be secret - the address of a webhook, the key it is signed with - may be left to an environment variable,
//! which is read when a delivery is made and not before. No error here quotes a value that may be secret.

use std::path::Path;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{ConfigError, Origin, Setting};
use crate::deliver::{Access, Bucket, Channel, Destination, Link, Mail, Secret, Topic, Url};
use crate::model::Region;

/// A destination as it is declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    /// How reports get there.
    pub kind: Kind,
    entry: Entry,
}

/// How reports get to a destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Into an S3 bucket.
    S3,
    /// To an SNS topic.
    Sns,
    /// To a Slack channel.
    Slack,
    /// To anything that listens for JSON.
    Webhook,
    /// By mail, through SES.
    Mail,
}

impl Kind {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::S3 => "s3",
            Self::Sns => "sns",
            Self::Slack => "slack",
            Self::Webhook => "webhook",
            Self::Mail => "mail",
        }
    }

    /// Whether AWS is called, so that permissions are needed.
    #[must_use]
    pub const fn is_of_aws(self) -> bool {
        matches!(self, Self::S3 | Self::Sns | Self::Mail)
    }

    /// The keys it takes besides `kind` and `link`: those it needs first.
    const fn keys(self) -> (&'static [&'static str], &'static [&'static str]) {
        match self {
            Self::S3 => (&["bucket"], &["prefix", "region", "profile"]),
            Self::Sns => (&["topic_arn"], &["profile"]),
            Self::Slack => (&[], &["url", "url_from"]),
            Self::Webhook => (&[], &["url", "url_from", "secret_from"]),
            Self::Mail => (&["from", "to"], &["attach", "region", "profile"]),
        }
    }
}

/// A place that reports are delivered to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    /// How reports get there.
    kind: Kind,
    /// The address under which people can read the files.
    link: Option<String>,
    /// s3: the bucket.
    bucket: Option<String>,
    /// s3: what every key begins with.
    prefix: Option<String>,
    /// s3, mail: the Region, when it is not the usual one.
    region: Option<String>,
    /// s3, sns, mail: the profile whose credentials are used, when they are not those for reading.
    profile: Option<String>,
    /// sns: the topic.
    topic_arn: Option<String>,
    /// slack, webhook: the address.
    url: Option<Hidden>,
    /// slack, webhook: the environment variable that holds the address.
    url_from: Option<String>,
    /// webhook: the environment variable that holds the key to sign with.
    secret_from: Option<String>,
    /// mail: the sender, an identity that SES has verified.
    from: Option<String>,
    /// mail: the receivers.
    to: Option<Vec<String>>,
    /// mail: whether the HTML report goes along when it is smaller than 10 MB.
    attach: Option<bool>,
}

/// A value that is not shown, not even where a whole configuration is.
#[derive(Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(transparent)]
struct Hidden(String);

impl std::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hidden")
    }
}

/// What is wrong with a key: the key, and why.
type Wrong = (&'static str, String);

/// Checks what can be checked without the environment.
pub(super) fn declared(path: &Path, name: &str, entry: Entry) -> Result<Setting<Declared>, String> {
    if name.is_empty() || name.len() > 64 || !name.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c)) {
        return Err(format!("[deliver.{name:?}]: a name has letters, digits, `-` and `_`"));
    }
    let declared = Declared { kind: entry.kind, entry };
    declared.check().map_err(|(key, why)| place(name, key, &why))?;
    // A variable may hold any address: whatever stands in for it here is thrown away.
    let stand_in = |_: &str| Some("https://example.invalid/".to_owned());
    declared.channel(None, &stand_in).map_err(|(key, why)| place(name, key, &why))?;
    declared.link().map_err(|(key, why)| place(name, key, &why))?;
    Ok(Setting { value: declared, origin: Origin::File(path.to_owned()) })
}

fn place(name: &str, key: &str, why: &str) -> String {
    format!("[deliver.{name}] {key}: {why}")
}

impl Setting<Declared> {
    /// The destination, with what `variable` says of the environment.
    pub(super) fn destination(
        &self,
        name: &str,
        profile: Option<&str>,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Destination, ConfigError> {
        let file = self.origin.file().unwrap_or(Path::new("bartizan.toml"));
        let fail = |(key, why): Wrong| ConfigError::new(file, place(name, key, &why));
        let channel = self.value.channel(profile, variable).map_err(fail)?;
        let link = self.value.link().map_err(fail)?;
        Ok(Destination { name: name.to_owned(), file: file.to_owned(), link, channel })
    }
}

impl Declared {
    /// Every key is one that the kind takes, and none is missing.
    fn check(&self) -> Result<(), Wrong> {
        let (needed, taken) = self.kind.keys();
        let word = self.kind.word();
        let given = self.given();
        let list = || {
            let all: Vec<String> = needed.iter().chain(taken).chain(&["link"]).map(|key| format!("`{key}`")).collect();
            all.join(", ")
        };
        if let Some(stranger) = given.iter().find(|key| !needed.contains(key) && !taken.contains(key)) {
            return Err((stranger, format!("kind `{word}` has no such key; it has {}", list())));
        }
        if let Some(missing) = needed.iter().find(|key| !given.contains(key)) {
            return Err((missing, format!("kind `{word}` needs it")));
        }
        if taken.contains(&"url") && given.contains(&"url") == given.contains(&"url_from") {
            let why = "needs one of the two: the address, or the variable that holds it";
            return Err(("url, url_from", format!("kind `{word}` {why}")));
        }
        Ok(())
    }

    /// The keys that are given, but for `kind` and `link`.
    fn given(&self) -> Vec<&'static str> {
        let entry = &self.entry;
        let given = [
            ("bucket", entry.bucket.is_some()),
            ("prefix", entry.prefix.is_some()),
            ("region", entry.region.is_some()),
            ("profile", entry.profile.is_some()),
            ("topic_arn", entry.topic_arn.is_some()),
            ("url", entry.url.is_some()),
            ("url_from", entry.url_from.is_some()),
            ("secret_from", entry.secret_from.is_some()),
            ("from", entry.from.is_some()),
            ("to", entry.to.is_some()),
            ("attach", entry.attach.is_some()),
        ];
        given.into_iter().filter(|(_, is_given)| *is_given).map(|(key, _)| key).collect()
    }

    fn channel(&self, profile: Option<&str>, variable: &dyn Fn(&str) -> Option<String>) -> Result<Channel, Wrong> {
        let entry = &self.entry;
        let access = || {
            let profile = entry.profile.as_deref().or(profile).map(str::to_owned);
            Ok(Access { profile, region: entry.region.as_deref().map(region).transpose()? })
        };
        Ok(match self.kind {
            Kind::S3 => Channel::S3(Bucket {
                bucket: bucket(entry.bucket.as_deref().unwrap_or_default())?,
                prefix: prefix(entry.prefix.as_deref().unwrap_or_default())?,
                access: access()?,
            }),
            Kind::Sns => Channel::Sns(topic(entry.topic_arn.as_deref().unwrap_or_default(), access()?)?),
            Kind::Slack => Channel::Slack(self.url(variable)?),
            Kind::Webhook => {
                let key = entry.secret_from.as_deref().map(|name| read("secret_from", name, variable)).transpose()?;
                Channel::Webhook(self.url(variable)?, key.map(Secret::new))
            }
            Kind::Mail => Channel::Mail(Mail {
                from: address("from", entry.from.as_deref().unwrap_or_default())?,
                to: addresses(entry.to.as_deref().unwrap_or_default())?,
                attach: entry.attach.unwrap_or_default(),
                access: access()?,
            }),
        })
    }

    fn url(&self, variable: &dyn Fn(&str) -> Option<String>) -> Result<Url, Wrong> {
        if let Some(Hidden(url)) = &self.entry.url {
            return Url::parse(url).map_err(|why| ("url", why.to_owned()));
        }
        let name = self.entry.url_from.as_deref().unwrap_or_default();
        let value = read("url_from", name, variable)?;
        Url::parse(value.trim()).map_err(|why| ("url_from", format!("the variable `{name}`: {why}")))
    }

    fn link(&self) -> Result<Option<Link>, Wrong> {
        self.entry.link.as_deref().map(Link::parse).transpose().map_err(|why| ("link", why.to_owned()))
    }
}

/// The value of a variable.
fn read(key: &'static str, name: &str, variable: &dyn Fn(&str) -> Option<String>) -> Result<String, Wrong> {
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        // Whoever writes the secret itself here must not see it in a log.
        return Err((key, "it is not the name of an environment variable".to_owned()));
    }
    variable(name)
        .filter(|value| !value.is_empty())
        .ok_or_else(|| (key, format!("the environment variable `{name}` is not set")))
}

fn region(name: &str) -> Result<String, Wrong> {
    if Region::is_name(name) {
        return Ok(name.to_owned());
    }
    Err(("region", format!("{name:?} is not the name of a Region, such as `eu-west-1`")))
}

fn bucket(name: &str) -> Result<String, Wrong> {
    let plain = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c));
    if plain && (3..=63).contains(&name.len()) {
        return Ok(name.to_owned());
    }
    Err(("bucket", format!("{name:?} is not the name of a bucket")))
}

/// The bucket that an address such as `s3://acme-reports/audits` names.
///
/// # Errors
/// When it names none.
pub fn bucket_of(address: &str, profile: Option<&str>) -> Result<Bucket, String> {
    let path = address.strip_prefix("s3://").ok_or("an address of a bucket begins with s3://")?;
    let (name, below) = path.split_once('/').unwrap_or((path, ""));
    let told = |(_, why): Wrong| why;
    let access = Access { profile: profile.map(str::to_owned), region: None };
    Ok(Bucket { bucket: bucket(name).map_err(told)?, prefix: prefix(below).map_err(told)?, access })
}

fn prefix(text: &str) -> Result<String, Wrong> {
    let bare = text.trim_matches('/');
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.=/".contains(c);
    let parts = bare.split('/').all(|part| !part.is_empty() && part != "." && part != "..");
    if bare.is_empty() || bare.len() <= 512 && bare.chars().all(plain) && parts {
        return Ok(bare.to_owned());
    }
    Err(("prefix", format!("{text:?} is not made of letters, digits, `-_.=` and single `/`")))
}

/// `arn:partition:sns:region:account:name`.
fn topic(arn: &str, access: Access) -> Result<Topic, Wrong> {
    let parts: Vec<&str> = arn.split(':').collect();
    let plain = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    match parts.as_slice() {
        ["arn", partition, "sns", region, account, name]
            if plain(partition) && plain(account) && plain(name) && Region::is_name(region) =>
        {
            let region = Some((*region).to_owned());
            Ok(Topic { arn: arn.to_owned(), access: Access { region, ..access } })
        }
        _ => Err(("topic_arn", format!("{arn:?} is not like `arn:aws:sns:eu-west-1:111122223333:name`"))),
    }
}

fn addresses(list: &[String]) -> Result<Vec<String>, Wrong> {
    if list.is_empty() || list.len() > 50 {
        return Err(("to", "SES takes 1 to 50 addresses".to_owned()));
    }
    list.iter().map(|one| address("to", one)).collect()
}

fn address(key: &'static str, text: &str) -> Result<String, Wrong> {
    let plain = text.chars().all(|c| c.is_ascii_graphic() && !"<>,;:\"()[]\\*".contains(c));
    match text.split_once('@') {
        Some((user, host)) if plain && !user.is_empty() && host.contains('.') && !host.contains('@') => {
            Ok(text.to_owned())
        }
        _ => Err((key, format!("{text:?} is not a mail address such as `reports@example.com`"))),
    }
}
