//! CloudWatch log groups. CloudWatch Logs writes its field names in camel case.

use serde::{Deserialize, Serialize};

use crate::model::Describe;

/// A log group, as `logs:DescribeLogGroups` prints it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LogGroup {
    /// Its name.
    pub log_group_name: String,
    /// Its ARN.
    pub arn: Option<String>,
    /// For how many days events are kept; absent is for ever.
    pub retention_in_days: Option<i32>,
    /// How much it holds.
    pub stored_bytes: Option<i64>,
    /// When it was made, in milliseconds since 1970.
    pub creation_time: Option<i64>,
    /// `STANDARD`, `INFREQUENT_ACCESS` or `DELIVERY`.
    pub log_group_class: Option<String>,
    /// The key it is encrypted with.
    pub kms_key_id: Option<String>,
}

impl Describe for LogGroup {
    fn id(&self) -> &str {
        &self.log_group_name
    }
    fn name(&self) -> Option<&str> {
        Some(&self.log_group_name)
    }
}
