//! x
/// x
pub fn scaffold() {}
