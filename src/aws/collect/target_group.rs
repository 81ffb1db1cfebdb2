//! Reads target groups with the health of their targets and their tags.

use aws_sdk_elasticloadbalancingv2::types as sdk;
use futures_util::future::{join, join_all};

use super::elbv2;
use crate::aws::convert::{each, ids, text};
use crate::aws::reader::Reader;
use crate::model::Arn;
use crate::model::resource::{TargetDescription, TargetGroup, TargetHealth, TargetHealthDescription};

pub(super) async fn collect(reader: &Reader) -> Vec<TargetGroup> {
    let mut groups = elbv2::groups(reader).await.to_vec();
    let arns: Vec<Arn> = groups.iter().map(|group| group.target_group_arn.clone()).collect();
    let targets = join_all(arns.iter().map(|arn| targets_of(reader, arn)));
    let (targets, tags) = join(targets, elbv2::tags_of_all(reader)).await;
    for (group, targets) in groups.iter_mut().zip(targets) {
        group.target_health_descriptions = targets;
        group.tags = tags.get(&group.target_group_arn).cloned().unwrap_or_default();
    }
    groups
}

/// Every target group, without its details.
pub(super) async fn list(reader: &Reader) -> Vec<TargetGroup> {
    let found = reader
        .pages(
            "elasticloadbalancing:DescribeTargetGroups",
            |token| reader.clients.elbv2.describe_target_groups().page_size(400).set_marker(token).send(),
            |page| (page.target_groups.unwrap_or_default(), page.next_marker),
        )
        .await;
    found.into_iter().map(target_group).collect()
}

async fn targets_of(reader: &Reader, group: &Arn) -> Option<Vec<TargetHealthDescription>> {
    let ask = reader.clients.elbv2.describe_target_health().target_group_arn(group.as_str()).send();
    let answer = reader.call("elasticloadbalancing:DescribeTargetHealth", Some(group.as_str()), ask).await?;
    Some(each(answer.target_health_descriptions, health))
}

fn target_group(sdk: sdk::TargetGroup) -> TargetGroup {
    TargetGroup {
        target_group_arn: sdk.target_group_arn.unwrap_or_default().into(),
        target_group_name: sdk.target_group_name,
        protocol: text(sdk.protocol),
        port: sdk.port,
        target_type: text(sdk.target_type),
        vpc_id: sdk.vpc_id.map(Into::into),
        load_balancer_arns: ids(sdk.load_balancer_arns),
        health_check_protocol: text(sdk.health_check_protocol),
        health_check_path: sdk.health_check_path,
        target_health_descriptions: None,
        tags: Vec::new(),
    }
}

fn health(sdk: sdk::TargetHealthDescription) -> TargetHealthDescription {
    TargetHealthDescription {
        target: sdk.target.map(|target| TargetDescription {
            id: target.id.unwrap_or_default(),
            port: target.port,
            availability_zone: target.availability_zone,
        }),
        target_health: sdk
            .target_health
            .map(|health| TargetHealth { state: text(health.state), reason: text(health.reason) }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::fake::{Fake, answered, denied};

    fn answer(request: &str) -> (u16, String) {
        let body = if request.contains("Action=DescribeTargetGroups&") {
            "<TargetGroups><member><TargetGroupArn>arn:a</TargetGroupArn></member>\
             <member><TargetGroupArn>arn:b</TargetGroupArn></member></TargetGroups>"
        } else if request.ends_with("TargetGroupArn=arn%3Ab") {
            return denied();
        } else {
            "<TargetHealthDescriptions/><TagDescriptions/>"
        };
        answered(request, body)
    }

    #[tokio::test]
    async fn targets_that_are_not_known_are_not_no_targets() {
        let fake = Fake::new(answer);
        let groups = collect(&fake.reader).await;
        assert_eq!(groups[0].target_health_descriptions, Some(Vec::new()));
        assert_eq!(groups[1].target_health_descriptions, None);
        let (_, gaps) = fake.finish("");
        assert_eq!(gaps.len(), 1);
        assert_eq!(gaps[0].resource.as_deref(), Some("arn:b"));
    }
}
