//! Reads Auto Scaling groups.

use aws_sdk_autoscaling::types as sdk;

use crate::aws::convert::{each, ids, tags, text};
use crate::aws::reader::Reader;
use crate::model::resource::{AutoScalingGroup, AutoScalingInstance};

pub(super) async fn collect(reader: &Reader) -> Vec<AutoScalingGroup> {
    let groups = reader
        .pages(
            "autoscaling:DescribeAutoScalingGroups",
            |token| {
                reader.clients.autoscaling.describe_auto_scaling_groups().max_records(100).set_next_token(token).send()
            },
            |page| (page.auto_scaling_groups.unwrap_or_default(), page.next_token),
        )
        .await;
    groups.into_iter().map(auto_scaling_group).collect()
}

fn auto_scaling_group(sdk: sdk::AutoScalingGroup) -> AutoScalingGroup {
    AutoScalingGroup {
        auto_scaling_group_name: sdk.auto_scaling_group_name.unwrap_or_default(),
        auto_scaling_group_arn: sdk.auto_scaling_group_arn,
        min_size: sdk.min_size,
        max_size: sdk.max_size,
        desired_capacity: sdk.desired_capacity,
        availability_zones: sdk.availability_zones.unwrap_or_default(),
        vpc_zone_identifier: sdk.vpc_zone_identifier,
        health_check_type: sdk.health_check_type,
        target_group_arns: ids(sdk.target_group_arns),
        instances: each(sdk.instances, |instance| AutoScalingInstance {
            instance_id: instance.instance_id,
            availability_zone: instance.availability_zone,
            lifecycle_state: text(instance.lifecycle_state),
            health_status: instance.health_status,
        }),
        tags: tags(sdk.tags),
    }
}
