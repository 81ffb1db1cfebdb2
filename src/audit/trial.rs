//! x
/// x
#[derive(Debug)]
pub struct Trial;
/// x
pub fn try_pack() {}
