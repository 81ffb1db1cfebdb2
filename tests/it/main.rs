//! The one integration binary: a module per subject.

#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod dumps;
mod follower;
mod tidy;
