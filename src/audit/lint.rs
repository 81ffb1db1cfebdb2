//! x
use super::{Fault, Pack};
/// x
pub fn lint(_pack: &Pack) -> Vec<Fault> {
    Vec::new()
}
