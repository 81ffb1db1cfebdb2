//! What a security group lets in, port by port.

use super::FactContext;
use super::context::{Place, own};
use super::opening::Openings;
use crate::model::resource::SecurityGroup;
use crate::model::{Gap, Resource};

pub(super) fn compute(
    _context: &FactContext<'_>,
    at: &Place<'_>,
    resource: &dyn Resource,
) -> Result<Openings, Vec<Gap>> {
    Openings::of_group(at, own::<SecurityGroup>(resource)?)
}
