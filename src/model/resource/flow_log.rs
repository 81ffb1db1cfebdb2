//! VPC flow logs.

use serde::{Deserialize, Serialize};

use crate::model::{Describe, Tag};

/// A flow log, as `ec2:DescribeFlowLogs` prints it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct FlowLog {
    /// Its id.
    pub flow_log_id: String,
    /// The VPC, subnet or interface it watches.
    pub resource_id: Option<String>,
    /// `ACCEPT`, `REJECT` or `ALL`.
    pub traffic_type: Option<String>,
    /// `ACTIVE` when it works.
    pub flow_log_status: Option<String>,
    /// `SUCCESS` or `FAILED`.
    pub deliver_logs_status: Option<String>,
    /// `cloud-watch-logs`, `s3` or `kinesis-data-firehose`.
    pub log_destination_type: Option<String>,
    /// The log group it writes to.
    pub log_group_name: Option<String>,
    /// The ARN it writes to.
    pub log_destination: Option<String>,
    /// Its tags.
    #[serde(default)]
    pub tags: Vec<Tag>,
}

impl Describe for FlowLog {
    fn id(&self) -> &str {
        &self.flow_log_id
    }
    fn tags(&self) -> &[Tag] {
        &self.tags
    }
}
