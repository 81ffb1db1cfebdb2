//! The one integration binary: a module per subject.

#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod audit;
mod baseline;
mod cli;
mod comparison;
#[cfg(feature = "aws")]
mod deliveries;
mod demos;
mod denial;
mod diff;
mod dumps;
#[cfg(feature = "aws")]
mod emulator;
mod exports;
#[cfg(feature = "aws")]
mod faults;
mod flows;
#[cfg(feature = "aws")]
mod follow_live;
mod follower;
mod help;
mod history;
#[cfg(feature = "aws")]
mod loopback;
mod packs;
#[cfg(feature = "tui")]
mod panics;
#[cfg(feature = "tui")]
mod picture;
#[cfg(unix)]
mod pipelines;
#[cfg(feature = "tui")]
mod pty;
mod python;
mod reach_beyond;
mod reach_chains;
mod reach_cli;
mod reach_scope;
mod reach_sets;
mod reach_truth;
mod reach_unread;
mod report;
mod report_faults;
#[cfg(feature = "aws")]
mod report_wire;
#[cfg(unix)]
mod schedule;
#[cfg(feature = "tui")]
mod screenshots;
mod second_engine;
mod signatures;
mod simulator;
mod simulator_truth;
#[cfg(feature = "aws")]
mod telemetry;
#[cfg(feature = "tui")]
mod terminal;
mod tidy;
mod truth;
#[cfg(feature = "aws")]
mod verdicts;
mod verify;
mod waivers;
#[cfg(feature = "aws")]
mod webhooks;
#[cfg(feature = "aws")]
mod wire;
mod worlds;
