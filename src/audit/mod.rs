//! The audit: facts computed in Rust, rules in Rego, findings with evidence.
//!
//! A [`Pack`] of rules is read once and checked; [`run`] judges an estate with packs and cannot fail: what cannot be
//! decided is UNKNOWN, with its reason.

mod compare;
mod engine;
pub mod fact;
mod fault;
mod finding;
mod fingerprint;
mod lint;
mod metadata;
mod needs;
mod pack;
mod placeholder;
mod rule;
mod run;
mod scaffold;
mod trend;
mod trial;
mod waiver;

pub use compare::{Comparison, Gone, Now, Side, Standing, Verdict, Was};
pub use engine::{Limits, Lines, evaluating};
pub use fault::Fault;
pub use finding::{Audit, Coverage, Evidence, Finding, MissingRead, RuleError, Severity, Status, Subject};
pub use fingerprint::Fingerprint;
pub use pack::{Pack, together};
pub use placeholder::{PLACEHOLDERS, Placeholders};
pub use rule::{Fixtures, Remediation, Rule, RuleMeta, SourceFile};
pub use run::{Options, run};
pub use scaffold::scaffold;
pub use trend::{Fixed, Late, NotRead, OVERDUE_AFTER, Open, Overdue, RunLine, Trend, span};
pub use trial::Trial;
pub use waiver::{Selector, TagValue, Waiver, Waiving, schema as waivers_schema, written as with_waiver};
