//! VPC links of both versions of API Gateway, each where something shows that there may be one: those of version 1 stand
//! on Network Load Balancers, those of version 2 have interfaces in their subnets (which AWS takes back after weeks
//! without a request; then the link lets nothing through).

use aws_sdk_apigateway::types as sdk1;
use aws_sdk_apigatewayv2::types as sdk2;
use futures_util::future::join;

use super::{elbv2, evidence};
use crate::aws::convert::{ids, mapped_tags, text};
use crate::aws::reader::Reader;
use crate::model::Kind;
use crate::model::resource::VpcLink;

const ACTION: &str = "apigateway:GetVpcLinks";

pub(super) async fn collect(reader: &Reader) -> Vec<VpcLink> {
    let (balancers, interfaces) =
        join(balancers(reader), evidence::interface_of_type(reader, "api_gateway_managed")).await;
    if !balancers && !interfaces {
        return reader.none(ACTION);
    }
    let first = async { if balancers { version1(reader).await } else { Vec::new() } };
    let second = async { if interfaces { version2(reader).await } else { Vec::new() } };
    let (first, second) = join(first, second).await;
    first.into_iter().chain(second).collect()
}

async fn balancers(reader: &Reader) -> bool {
    let balancers = elbv2::balancers(reader).await;
    balancers.iter().any(|balancer| balancer.r#type.as_deref() == Some("network")) || reader.unknown(Kind::LoadBalancer)
}

async fn version1(reader: &Reader) -> Vec<VpcLink> {
    let links = reader
        .pages(
            ACTION,
            |token| reader.clients.apigateway.get_vpc_links().limit(500).set_position(token).send(),
            |page| (page.items.unwrap_or_default(), page.position),
        )
        .await;
    let link = |link: sdk1::VpcLink| VpcLink {
        vpc_link_id: link.id.unwrap_or_default(),
        name: link.name,
        vpc_link_version: Some("V1".to_owned()),
        vpc_link_status: text(link.status),
        target_arns: ids(link.target_arns),
        subnet_ids: Vec::new(),
        security_group_ids: Vec::new(),
        tags: mapped_tags(link.tags),
    };
    links.into_iter().map(link).collect()
}

async fn version2(reader: &Reader) -> Vec<VpcLink> {
    let links = reader
        .pages(
            ACTION,
            |token| reader.clients.apigatewayv2.get_vpc_links().max_results("500").set_next_token(token).send(),
            |page| (page.items.unwrap_or_default(), page.next_token),
        )
        .await;
    let link = |link: sdk2::VpcLink| VpcLink {
        vpc_link_id: link.vpc_link_id.unwrap_or_default(),
        name: link.name,
        vpc_link_version: text(link.vpc_link_version),
        vpc_link_status: text(link.vpc_link_status),
        target_arns: Vec::new(),
        subnet_ids: ids(link.subnet_ids),
        security_group_ids: ids(link.security_group_ids),
        tags: mapped_tags(link.tags),
    };
    links.into_iter().map(link).collect()
}
