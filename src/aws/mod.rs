//! The live account: the only module that names the AWS SDK. It only reads: [`permissions`] is the table of every
//! action it uses. [`deliver`] alone writes, where the user told it to.

mod alarms;
pub mod client;
pub mod collect;
pub mod connection;
mod convert;
pub mod deliver;
#[cfg(test)]
mod fake;
mod fault;
mod limit;
mod logs;
mod metrics;
pub mod permissions;
pub mod reader;
pub mod telemetry;
mod watch;
