//! VPC endpoints.

use aws_sdk_ec2::types as sdk;

use crate::aws::convert::{ids, tags, text};
use crate::aws::reader::Reader;
use crate::model::resource::{GroupIdentifier, VpcEndpoint};

pub(super) async fn collect(reader: &Reader) -> Vec<VpcEndpoint> {
    let endpoints = reader
        .pages(
            "ec2:DescribeVpcEndpoints",
            |token| reader.clients.ec2.describe_vpc_endpoints().max_results(1000).set_next_token(token).send(),
            |page| (page.vpc_endpoints.unwrap_or_default(), page.next_token),
        )
        .await;
    endpoints.into_iter().map(vpc_endpoint).collect()
}

fn vpc_endpoint(endpoint: sdk::VpcEndpoint) -> VpcEndpoint {
    VpcEndpoint {
        vpc_endpoint_id: endpoint.vpc_endpoint_id.unwrap_or_default().into(),
        vpc_endpoint_type: text(endpoint.vpc_endpoint_type),
        vpc_id: endpoint.vpc_id.map(Into::into),
        service_name: endpoint.service_name,
        state: text(endpoint.state),
        policy_document: endpoint.policy_document,
        route_table_ids: ids(endpoint.route_table_ids),
        subnet_ids: ids(endpoint.subnet_ids),
        groups: endpoint.groups.into_iter().flatten().map(group).collect(),
        private_dns_enabled: endpoint.private_dns_enabled,
        network_interface_ids: ids(endpoint.network_interface_ids),
        tags: tags(endpoint.tags),
    }
}

fn group(group: sdk::SecurityGroupIdentifier) -> GroupIdentifier {
    GroupIdentifier { group_id: group.group_id.map(Into::into), group_name: group.group_name }
}
