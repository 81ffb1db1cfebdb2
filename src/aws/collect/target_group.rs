//! Reads target groups with the health of their targets and their tags.

use aws_sdk_elasticloadbalancingv2::types as sdk;
use futures_util::future::{join, join_all};

use super::elbv2;
use crate::aws::convert::{each, ids, text};
use crate::aws::reader::Reader;
use crate::model::Arn;
use crate::model::resource::{
    TargetDescription, TargetGroup, TargetGroupAttribute, TargetHealth, TargetHealthDescription,
};

const ATTRIBUTES: &str = "elasticloadbalancing:DescribeTargetGroupAttributes";

pub(super) async fn collect(reader: &Reader) -> Vec<TargetGroup> {
    let mut groups = elbv2::groups(reader).await.to_vec();
    let arns: Vec<Arn> = groups.iter().map(|group| group.target_group_arn.clone()).collect();
    if !groups.iter().any(is_of_network_load_balancer) {
        reader.answered(ATTRIBUTES);
    }
    let attributes = groups.iter().map(|group| attributes_of(reader, group));
    let details = join(join_all(arns.iter().map(|arn| targets_of(reader, arn))), join_all(attributes));
    let ((targets, attributes), tags) = join(details, elbv2::tags_of_all(reader)).await;
    for ((group, targets), attributes) in groups.iter_mut().zip(targets).zip(attributes) {
        group.target_health_descriptions = targets;
        group.attributes = attributes;
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

/// Only there the attributes tell whose address a target sees.
fn is_of_network_load_balancer(group: &TargetGroup) -> bool {
    !matches!(group.protocol.as_deref(), None | Some("HTTP" | "HTTPS" | "GENEVE"))
}

async fn attributes_of(reader: &Reader, group: &TargetGroup) -> Option<Vec<TargetGroupAttribute>> {
    if !is_of_network_load_balancer(group) {
        return None;
    }
    let arn = group.target_group_arn.as_str();
    let ask = reader.clients.elbv2.describe_target_group_attributes().target_group_arn(arn).send();
    let answer = reader.call(ATTRIBUTES, Some(arn), ask).await?;
    Some(each(answer.attributes, |attribute| TargetGroupAttribute {
        key: attribute.key.unwrap_or_default(),
        value: attribute.value,
    }))
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
        attributes: None,
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

    #[tokio::test]
    async fn attributes_are_asked_for_where_they_tell_something() {
        let fake = Fake::new(|request| {
            let body = if request.contains("Action=DescribeTargetGroups&") {
                "<TargetGroups><member><TargetGroupArn>arn:n</TargetGroupArn><Protocol>TCP</Protocol></member>\
                 <member><TargetGroupArn>arn:a</TargetGroupArn><Protocol>HTTP</Protocol></member></TargetGroups>"
            } else {
                "<Attributes><member><Key>preserve_client_ip.enabled</Key><Value>true</Value></member></Attributes>"
            };
            answered(request, body)
        });
        let groups = collect(&fake.reader).await;
        assert_eq!(fake.asked("DescribeTargetGroupAttributes"), 1);
        assert_eq!(groups[0].attributes.as_ref().unwrap()[0].value.as_deref(), Some("true"));
        assert_eq!(groups[1].attributes, None);
        assert_eq!(fake.finish(ATTRIBUTES), (true, Vec::new()));
    }
}
