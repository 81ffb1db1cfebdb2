//! Reads CloudWatch log groups.

use aws_sdk_cloudwatchlogs::types as sdk;

use crate::aws::convert::text;
use crate::aws::reader::Reader;
use crate::model::resource::LogGroup;

pub(super) async fn collect(reader: &Reader) -> Vec<LogGroup> {
    let groups = reader
        .pages(
            "logs:DescribeLogGroups",
            |token| reader.clients.logs.describe_log_groups().limit(50).set_next_token(token).send(),
            |page| (page.log_groups.unwrap_or_default(), page.next_token),
        )
        .await;
    groups.into_iter().map(log_group).collect()
}

fn log_group(sdk: sdk::LogGroup) -> LogGroup {
    LogGroup {
        log_group_name: sdk.log_group_name.unwrap_or_default(),
        arn: sdk.arn,
        retention_in_days: sdk.retention_in_days,
        stored_bytes: sdk.stored_bytes,
        creation_time: sdk.creation_time,
        log_group_class: text(sdk.log_group_class),
        kms_key_id: sdk.kms_key_id,
    }
}
