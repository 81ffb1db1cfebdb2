//! The one integration binary: a module per subject.

#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod audit;
mod denial;
mod dumps;
#[cfg(feature = "aws")]
mod follow_live;
mod follower;
#[cfg(feature = "aws")]
mod loopback;
mod packs;
mod python;
mod second_engine;
#[cfg(feature = "aws")]
mod telemetry;
mod tidy;
mod truth;
