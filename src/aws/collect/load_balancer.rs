//! Reads Application, Network and Gateway Load Balancers with their attributes and tags.

use aws_sdk_elasticloadbalancingv2::types as sdk;
use futures_util::future::{join, join_all};

use super::elbv2;
use crate::aws::convert::{each, ids, text};
use crate::aws::reader::Reader;
use crate::model::Arn;
use crate::model::resource::{
    LoadBalancer, LoadBalancerAddress, LoadBalancerAttribute, LoadBalancerState, LoadBalancerZone,
};

pub(super) async fn collect(reader: &Reader) -> Vec<LoadBalancer> {
    let mut balancers = elbv2::balancers(reader).await.to_vec();
    let arns: Vec<Arn> = balancers.iter().map(|balancer| balancer.load_balancer_arn.clone()).collect();
    let attributes = join_all(arns.iter().map(|arn| attributes_of(reader, arn)));
    let (attributes, tags) = join(attributes, elbv2::tags_of_all(reader)).await;
    for (balancer, attributes) in balancers.iter_mut().zip(attributes) {
        balancer.attributes = attributes;
        balancer.tags = tags.get(&balancer.load_balancer_arn).cloned().unwrap_or_default();
    }
    balancers
}

/// Every load balancer, without its details.
pub(super) async fn list(reader: &Reader) -> Vec<LoadBalancer> {
    let found = reader
        .pages(
            "elasticloadbalancing:DescribeLoadBalancers",
            |token| reader.clients.elbv2.describe_load_balancers().page_size(400).set_marker(token).send(),
            |page| (page.load_balancers.unwrap_or_default(), page.next_marker),
        )
        .await;
    found.into_iter().map(load_balancer).collect()
}

async fn attributes_of(reader: &Reader, arn: &Arn) -> Option<Vec<LoadBalancerAttribute>> {
    let ask = reader.clients.elbv2.describe_load_balancer_attributes().load_balancer_arn(arn.as_str()).send();
    let answer = reader.call("elasticloadbalancing:DescribeLoadBalancerAttributes", Some(arn.as_str()), ask).await?;
    Some(each(answer.attributes, attribute))
}

fn load_balancer(sdk: sdk::LoadBalancer) -> LoadBalancer {
    LoadBalancer {
        load_balancer_arn: sdk.load_balancer_arn.unwrap_or_default().into(),
        load_balancer_name: sdk.load_balancer_name,
        dns_name: sdk.dns_name,
        r#type: text(sdk.r#type),
        scheme: text(sdk.scheme),
        ip_address_type: text(sdk.ip_address_type),
        vpc_id: sdk.vpc_id.map(Into::into),
        state: sdk.state.map(|state| LoadBalancerState { code: text(state.code) }),
        availability_zones: each(sdk.availability_zones, zone),
        security_groups: sdk.security_groups.map(|groups| ids(Some(groups))),
        enforce_security_group_inbound_rules_on_private_link_traffic: sdk
            .enforce_security_group_inbound_rules_on_private_link_traffic,
        attributes: None,
        tags: Vec::new(),
    }
}

fn zone(sdk: sdk::AvailabilityZone) -> LoadBalancerZone {
    LoadBalancerZone {
        zone_name: sdk.zone_name,
        subnet_id: sdk.subnet_id.map(Into::into),
        load_balancer_addresses: each(sdk.load_balancer_addresses, |address| LoadBalancerAddress {
            ip_address: address.ip_address,
            allocation_id: address.allocation_id,
            private_ipv4_address: address.private_ipv4_address,
        }),
    }
}

fn attribute(sdk: sdk::LoadBalancerAttribute) -> LoadBalancerAttribute {
    LoadBalancerAttribute { key: sdk.key.unwrap_or_default(), value: sdk.value }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::fake::{Fake, answered, denied};
    use crate::model::Tag;

    fn answer(request: &str) -> (u16, String) {
        let balancer = |n: usize| {
            format!(
                "<member><LoadBalancerArn>arn:{n}</LoadBalancerArn><Type>application</Type>\
                 <Scheme>internal</Scheme></member>"
            )
        };
        if request.contains("Action=DescribeLoadBalancers&") {
            let (range, next) = if request.contains("Marker=more") { (20..25, "") } else { (0..20, "more") };
            let page: String = range.map(balancer).collect();
            answered(request, &format!("<LoadBalancers>{page}</LoadBalancers><NextMarker>{next}</NextMarker>"))
        } else if request.contains("Action=DescribeTags") && request.contains("=arn%3A0&") {
            answered(
                request,
                "<TagDescriptions><member><ResourceArn>arn:3</ResourceArn><Tags><member><Key>env</Key>\
                 <Value>prod</Value></member></Tags></member></TagDescriptions>",
            )
        } else if request.ends_with("LoadBalancerArn=arn%3A1") || request.contains("Action=DescribeTags") {
            denied()
        } else {
            answered(
                request,
                "<Attributes><member><Key>routing.http.drop_invalid_header_fields.enabled</Key>\
                 <Value>true</Value></member></Attributes>",
            )
        }
    }

    #[tokio::test]
    async fn details_that_are_refused_leave_the_balancer_and_a_gap_about_it() {
        let fake = Fake::new(answer);
        let balancers = collect(&fake.reader).await;
        assert_eq!(balancers.len(), 25);
        assert_eq!((fake.asked("Action=DescribeLoadBalancers&"), fake.asked("DescribeTags")), (2, 2));
        assert_eq!(balancers[0].attributes.as_ref().unwrap()[0].value.as_deref(), Some("true"));
        assert_eq!(balancers[1].attributes, None);
        assert_eq!(Tag::find(&balancers[3].tags, "env"), Some("prod"));
        let (_, gaps) = fake.finish("");
        let about: Vec<_> = gaps.iter().map(|gap| (gap.action.as_str(), gap.resource.as_deref().unwrap())).collect();
        assert_eq!(about[0], ("elasticloadbalancing:DescribeLoadBalancerAttributes", "arn:1"));
        assert_eq!(about[1], ("elasticloadbalancing:DescribeTags", "arn:20"));
        assert_eq!(about.len(), 6, "one for attributes, five for the second batch of tags: {about:?}");
    }

    #[test]
    fn no_security_groups_is_not_an_empty_list_of_them() {
        assert_eq!(load_balancer(sdk::LoadBalancer::builder().build()).security_groups, None);
        let none = sdk::LoadBalancer::builder().set_security_groups(Some(Vec::new())).build();
        assert_eq!(load_balancer(none).security_groups, Some(Vec::new()));
    }
}
