//! The audit: facts computed in Rust, rules in Rego, findings with evidence.

pub mod fact;
mod finding;

pub use finding::{Audit, Evidence, Finding, Severity, Status, Subject};
