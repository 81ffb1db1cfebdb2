//! VPC flow logs.

use aws_sdk_ec2::types as sdk;

use crate::aws::convert::{tags, text};
use crate::aws::reader::Reader;
use crate::model::resource::FlowLog;

pub(super) async fn collect(reader: &Reader) -> Vec<FlowLog> {
    let logs = reader
        .pages(
            "ec2:DescribeFlowLogs",
            |token| reader.clients.ec2.describe_flow_logs().max_results(1000).set_next_token(token).send(),
            |page| (page.flow_logs.unwrap_or_default(), page.next_token),
        )
        .await;
    logs.into_iter().map(flow_log).collect()
}

fn flow_log(log: sdk::FlowLog) -> FlowLog {
    FlowLog {
        flow_log_id: log.flow_log_id.unwrap_or_default(),
        resource_id: log.resource_id,
        traffic_type: text(log.traffic_type),
        flow_log_status: log.flow_log_status,
        deliver_logs_status: log.deliver_logs_status,
        log_destination_type: text(log.log_destination_type),
        log_group_name: log.log_group_name,
        log_destination: log.log_destination,
        tags: tags(log.tags),
    }
}
