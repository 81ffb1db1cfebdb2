//! The audit: facts computed in Rust, rules in Rego, findings with evidence.

mod finding;

pub use finding::{Audit, Evidence, Finding, Severity, Status, Subject};
