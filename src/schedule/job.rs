//! What is to be run on a schedule: a command, and what it needs of the machine it runs on.

use super::Schedule;

/// A scheduled report.
#[derive(Debug, Clone, Copy)]
pub struct Job<'a> {
    /// What units are named after: letters, digits and `-`.
    pub name: &'a str,
    /// When.
    pub schedule: &'a Schedule,
    /// The program, as the machine that runs it knows it.
    pub program: &'a str,
    /// Its arguments: `report` and its flags.
    pub arguments: &'a [String],
    /// The directory that it writes to, when it writes to one.
    pub directory: Option<&'a str>,
    /// The container image that has the program, for units that run one.
    pub image: Option<&'a str>,
}

impl Job<'_> {
    /// The command, each word quoted by `quote`.
    pub(super) fn command(&self, quote: impl Fn(&str) -> String) -> String {
        let words = std::iter::once(self.program).chain(self.arguments.iter().map(String::as_str));
        words.map(quote).collect::<Vec<_>>().join(" ")
    }

    /// The time zone's name, when it has one that others know.
    pub(super) fn zone(&self) -> &str {
        self.schedule.zone.iana_name().unwrap_or("UTC")
    }

    /// The image, which a unit that runs one needs.
    pub(super) fn image(&self) -> Result<&str, String> {
        self.image.ok_or_else(|| "name the container image that has bartizan: --image IMAGE".to_owned())
    }
}
