//! What an account holds, in AWS's nouns: resources, estates and the gaps in them, environments. No I/O, no SDK,
//! no terminal.

mod difference;
pub mod digest;
mod environment;
mod estate;
mod gap;
mod id;
mod index;
pub mod resource;
pub mod tag;
pub mod text;

pub use difference::{Change, Difference, Unseen};
pub use environment::{Attribution, Environment, TagSelector, Tier, UNATTRIBUTED, undetermined};
pub use estate::{Estate, Origin, Provenance, ResourceKey, Shard, SourceKind};
pub use gap::{Gap, GapReason};
pub use id::*;
pub use index::Index;
pub use resource::{Describe, Kind, Resource, Resources, Scope};
pub use tag::Tag;
