//! Bartizan watches AWS environments and proves, with evidence, whether they are built the way their owners say.
//!
//! Data flows one way: a source reads an [`model::Estate`] (what an account holds, plus the gaps in what could be
//! read), packs of rules turn it into findings, and a front end shows them.
//!
//! | layer | does | may import |
//! |---|---|---|
//! | [`model`] | AWS's nouns, estates, gaps, environments; no I/O | nothing |
//! | [`telemetry`] | metric series, log lines, alarms, what they cost | `model` |
//! | [`reach`] | who can open a connection to what, by which path | `model` |
//! | [`audit`] | facts, rules, packs, findings | `reach`, `model` |
//! | [`history`] | runs and findings over time, in SQLite | `audit`, `telemetry`, `model` |
//! | [`report`] | one file per output format | `audit`, `telemetry`, `model` |
//! | [`publish`] | reports in a directory: locks, whole files, which are kept | `model` |
//! | [`schedule`] | when reports are due, and units for those who schedule | nothing |
//! | [`deliver`] | where reports go besides files, and what is said there | `audit`, `model` |
//! | `aws` (feature `aws`) | the only code that names the AWS SDK | `deliver`, `telemetry`, `model` |
//! | [`source`] | where estates come from | `aws`, `reach`, `telemetry`, `model` |
//! | [`config`] | file, environment variables and flags | `deliver`, `model` |
//! | `tui` (feature `tui`) | the dashboard: the only code that names ratatui and crossterm | `audit`, `reach`, `telemetry`, `model` |
//! | [`cli`] | one file per subcommand | everything |
//!
//! ```
//! use bartizan::model::{Estate, Gap, GapReason};
//!
//! let estate = Estate::default();
//! assert!(estate.shards.is_empty());
//! let gap = Gap::new("ec2:DescribeVpcs", GapReason::AccessDenied, "not authorized");
//! assert_eq!(gap.to_string(), "ec2:DescribeVpcs: access denied: not authorized");
//! ```

pub mod audit;
#[cfg(feature = "aws")]
pub mod aws;
pub mod cli;
pub mod clock;
pub mod config;
pub mod deliver;
pub mod embedded;
pub mod history;
pub mod model;
pub mod publish;
pub mod reach;
pub mod report;
pub mod schedule;
pub mod source;
pub mod telemetry;
#[cfg(feature = "tui")]
pub mod tui;
