//! What others run schedules with: one file per kind, each with `files`. To add one: a file here, and a line in the
//! table below; the values of `schedule print` and its help come from it.

mod cron;
mod ecs;
mod eventbridge;
mod github;
mod k8s;
mod systemd;

use std::fmt::Write as _;

use super::{Job, When};
use crate::model::text::shell;

/// A file for whoever runs the schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitFile {
    /// Where it belongs there: absolute for files of a machine, else within whatever keeps them.
    pub path: String,
    /// What is in it.
    pub text: String,
}

macro_rules! units {
    ($($(#[doc = $about:literal])+ $Name:ident $module:ident;)*) => {
        /// The kinds of units.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Unit {
            $($(#[doc = $about])+ $Name,)*
        }

        impl Unit {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$Name),*];

            /// The word for it.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$Name => stringify!($module)),* }
            }

            /// What it is.
            #[must_use]
            pub const fn about(self) -> &'static str {
                match self { $(Self::$Name => concat!($($about),+)),* }
            }

            /// The files that have the job run on its schedule.
            ///
            /// # Errors
            /// When it cannot be said there, with the way out.
            pub fn files(self, job: &Job<'_>) -> Result<Vec<UnitFile>, String> {
                match self { $(Self::$Name => $module::files(job)),* }
            }
        }
    };
}

impl Unit {
    /// Where the program is when nobody says.
    #[must_use]
    pub const fn program(self) -> &'static str {
        match self {
            // Installed by the workflow itself, for the runner's user.
            Self::Github => "bartizan",
            _ => "/usr/local/bin/bartizan",
        }
    }
}

units! {
    /// A hardened service and its timer
    Systemd systemd;
    /// A line for /etc/cron.d
    Cron cron;
    /// A CronJob of Kubernetes, hardened
    K8s k8s;
    /// A CloudFormation template: a Fargate task, its roles and its schedule
    Ecs ecs;
    /// A CloudFormation template: an EventBridge schedule for a task definition that is there
    Eventbridge eventbridge;
    /// A GitHub workflow that signs in to AWS by OIDC
    Github github;
}

/// As a crontab expression, which can say an interval only when it divides an hour or a day.
fn crontab(when: &When) -> Result<String, String> {
    let every = match when {
        When::Every(every) => every,
        When::Cron(cron) => return Ok(cron.to_string()),
    };
    let minutes = every.minutes();
    match minutes {
        1 => Ok("* * * * *".to_owned()),
        _ if minutes < 60 && 60 % minutes == 0 => Ok(format!("*/{minutes} * * * *")),
        60 => Ok("0 * * * *".to_owned()),
        1440 => Ok("0 0 * * *".to_owned()),
        _ if minutes < 1440 && 1440 % minutes == 0 && minutes % 60 == 0 => Ok(format!("0 */{} * * *", minutes / 60)),
        _ => Err(format!(
            "`--every {every}` cannot be said as a crontab expression, because it divides neither an hour nor a day: give --cron"
        )),
    }
}

/// Text as a YAML scalar: JSON's strings are YAML's.
fn yaml(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The arguments of a job as items of a YAML list, so far in.
fn items(job: &Job<'_>, indent: usize) -> String {
    let mut items = String::new();
    for word in job.arguments {
        let _ = writeln!(items, "{:indent$}- {}", "", yaml(word));
    }
    items
}
