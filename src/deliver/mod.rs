//! Where reports go besides files: what a delivery is, and what is said in one. Nothing here names a service's SDK;
//! `aws::deliver` brings a [`Parcel`] to a [`Destination`].
//!
//! Files go to a bucket only. Everything else gets the [`Brief`] - counts, no resource and no evidence - and a link.

mod latest;
mod message;
mod parcel;
mod retry;
mod secret;
mod sign;
mod url;
mod webhook;

use std::fmt;
use std::path::PathBuf;

pub use latest::{LARGEST, Latest, NAME};
pub use message::{json, slack, subject, text};
pub use parcel::{Brief, Parcel, ParcelFile, Since};
pub use retry::{Policy, jitter};
pub use secret::Secret;
pub use url::{Link, Url, is_loopback};
pub use webhook::{Lost, Reply, Request, Sender, Transport};

/// A place that reports are delivered to, as `[deliver.NAME]` declares it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// Its name.
    pub name: String,
    /// The file that declares it; empty for one that a flag names.
    pub file: PathBuf,
    /// Under which address people can read the files.
    pub link: Option<Link>,
    /// How it gets there.
    pub channel: Channel,
}

/// How a report gets to a destination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Channel {
    /// The files, into an S3 bucket.
    S3(Bucket),
    /// The brief, to the subscribers of an SNS topic.
    Sns(Topic),
    /// The brief, to a Slack channel.
    Slack(Url),
    /// The brief as JSON, to anything that listens; signed when there is a key.
    Webhook(Url, Option<Secret>),
    /// The brief as a mail, through SES.
    Mail(Mail),
}

impl Channel {
    /// The word for it, as in `kind = "s3"`.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::S3(_) => "s3",
            Self::Sns(_) => "sns",
            Self::Slack(_) => "slack",
            Self::Webhook(..) => "webhook",
            Self::Mail(_) => "mail",
        }
    }

    /// Where it leads, with nothing in it that is secret.
    #[must_use]
    pub fn place(&self) -> String {
        match self {
            Self::S3(bucket) => format!("s3://{}", bucket.key("")),
            Self::Sns(topic) => topic.arn.clone(),
            Self::Slack(url) | Self::Webhook(url, _) => url.host().to_owned(),
            Self::Mail(mail) => mail.to.join(", "),
        }
    }
}

/// Whose credentials are used, and where; what is not said is as for reading the account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Access {
    /// The profile of the AWS configuration.
    pub profile: Option<String>,
    /// The Region.
    pub region: Option<String>,
}

/// A bucket and what the keys in it begin with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    /// Its name.
    pub bucket: String,
    /// What every key begins with: empty, or parts with a slash between them.
    pub prefix: String,
    /// As whom.
    pub access: Access,
}

impl Bucket {
    /// The bucket and a key below the prefix.
    fn key(&self, below: &str) -> String {
        format!("{}/{}", self.bucket, self.object(below))
    }

    /// The key of an object below the prefix.
    #[must_use]
    pub fn object(&self, below: &str) -> String {
        if self.prefix.is_empty() { below.to_owned() } else { format!("{}/{below}", self.prefix) }
    }
}

/// A topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topic {
    /// Its ARN, which tells the Region as well.
    pub arn: String,
    /// As whom.
    pub access: Access,
}

impl Topic {
    /// Whether messages keep their order and are told from one another.
    #[must_use]
    pub fn is_fifo(&self) -> bool {
        self.arn.strip_suffix(".fifo").is_some()
    }
}

/// Who writes to whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// The sender, an address that SES knows.
    pub from: String,
    /// The receivers.
    pub to: Vec<String>,
    /// Whether the HTML page goes along.
    pub attach: bool,
    /// As whom.
    pub access: Access,
}

/// A delivery that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The name of the destination.
    pub destination: String,
    /// Its kind.
    pub kind: &'static str,
    /// Where it went.
    pub place: String,
    /// The identity that the service gave it.
    pub id: Option<String>,
    /// How often it was tried until it was taken.
    pub attempts: u32,
    /// What is worth knowing besides.
    pub notes: Vec<String>,
}

impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "delivered to `{}` ({}, {})", self.destination, self.kind, self.place)?;
        if self.attempts > 1 {
            write!(f, " at attempt {}", self.attempts)?;
        }
        self.notes.iter().try_for_each(|note| write!(f, "; {note}"))
    }
}

/// A delivery that was not made: to whom, why, after how many attempts, and the way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryError {
    /// The name of the destination.
    pub destination: String,
    /// Its kind.
    pub kind: &'static str,
    /// Where it would have gone.
    pub place: String,
    /// What went wrong.
    pub why: String,
    /// How often it was tried.
    pub attempts: u32,
    /// What to do about it.
    pub way_out: String,
}

impl fmt::Display for DeliveryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tried = match self.attempts {
            0 => String::new(),
            1 => ", after 1 attempt".to_owned(),
            many => format!(", after {many} attempts"),
        };
        let Self { destination, kind, place, why, way_out, .. } = self;
        write!(f, "not delivered to `{destination}` ({kind}, {place}){tried}: {why}; {way_out}")
    }
}

impl std::error::Error for DeliveryError {}

/// What went wrong, before it is said with whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// What went wrong.
    pub why: String,
    /// How often it was tried.
    pub attempts: u32,
    /// What to do about it.
    pub way_out: String,
}

impl Destination {
    /// A delivery that was made here.
    #[must_use]
    pub fn receipt(&self, attempts: u32) -> Receipt {
        let (destination, kind, place) = (self.name.clone(), self.channel.word(), self.channel.place());
        Receipt { destination, kind, place, id: None, attempts, notes: Vec::new() }
    }

    /// A delivery that was not made here.
    #[must_use]
    pub fn error(&self, trouble: Trouble) -> DeliveryError {
        let Trouble { why, attempts, way_out } = trouble;
        let (destination, kind, place) = (self.name.clone(), self.channel.word(), self.channel.place());
        DeliveryError { destination, kind, place, why, attempts, way_out }
    }

    /// A key of this destination in its file, for the way out of an error.
    #[must_use]
    pub fn key(&self, key: &str) -> String {
        if self.file.as_os_str().is_empty() {
            return match key {
                "profile" => "--profile".to_owned(),
                "region" => "the Region of the profile".to_owned(),
                _ => self.name.clone(),
            };
        }
        format!("`{key}` of [deliver.{}] in {}", self.name, self.file.display())
    }

    /// Where people can read the page of a report, or its first file.
    #[must_use]
    pub fn page(&self, parcel: &Parcel) -> Option<String> {
        let page = parcel.page().map(|file| format!("{}/{}", parcel.path(), file.name));
        self.link.as_ref().map(|link| link.to(&page.unwrap_or_else(|| parcel.path())))
    }
}
