//! The flow logs that watch a VPC, or parts of it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::FactContext;
use super::context::Place;
use crate::model::resource::FlowLog;
use crate::model::{Describe, Gap, Kind, Resource};

/// The flow logs of a VPC.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FlowLogs {
    /// Those that watch the whole VPC and deliver.
    pub(super) whole: Vec<String>,
    /// Those that watch the whole VPC or a subnet and do not deliver.
    pub(super) failing: Vec<String>,
    /// Its subnets that none watches.
    pub(super) unwatched: BTreeSet<String>,
}

pub(super) fn compute(
    _context: &FactContext<'_>,
    at: &Place<'_>,
    resource: &dyn Resource,
) -> Result<FlowLogs, Vec<Gap>> {
    at.complete(Kind::FlowLog)?;
    let mut found = FlowLogs::default();
    let mut subnets: BTreeSet<&str> =
        at.subnets.values().filter(|subnet| subnet.vpc_id == *resource.id()).map(|subnet| subnet.id()).collect();
    for log in &at.shard.resources.flow_logs {
        let Some(watched) = log.resource_id.as_deref() else { continue };
        let whole = watched == resource.id();
        if !whole && !subnets.contains(watched) {
            continue;
        }
        if !delivers(log) {
            found.failing.push(log.flow_log_id.clone());
        } else if whole {
            found.whole.push(log.flow_log_id.clone());
        } else {
            subnets.remove(watched);
        }
    }
    if found.whole.is_empty() {
        // Logs of every subnet are as good, if every subnet is known.
        at.complete(Kind::Subnet)?;
        found.unwatched = subnets.into_iter().map(str::to_owned).collect();
    }
    Ok(found)
}

fn delivers(log: &FlowLog) -> bool {
    log.flow_log_status.as_deref().is_none_or(|status| status == "ACTIVE")
        && log.deliver_logs_status.as_deref() != Some("FAILED")
}
