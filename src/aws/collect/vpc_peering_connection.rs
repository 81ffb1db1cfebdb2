//! VPC peering connections.

use aws_sdk_ec2::types as sdk;

use crate::aws::convert::{tags, text};
use crate::aws::reader::Reader;
use crate::model::resource::{
    CidrBlock, Ipv6CidrBlock, VpcPeeringConnection, VpcPeeringConnectionStatus, VpcPeeringConnectionVpcInfo,
};

pub(super) async fn collect(reader: &Reader) -> Vec<VpcPeeringConnection> {
    let connections = reader
        .pages(
            "ec2:DescribeVpcPeeringConnections",
            |token| {
                reader.clients.ec2.describe_vpc_peering_connections().max_results(1000).set_next_token(token).send()
            },
            |page| (page.vpc_peering_connections.unwrap_or_default(), page.next_token),
        )
        .await;
    connections.into_iter().map(connection).collect()
}

fn connection(connection: sdk::VpcPeeringConnection) -> VpcPeeringConnection {
    VpcPeeringConnection {
        vpc_peering_connection_id: connection.vpc_peering_connection_id.unwrap_or_default().into(),
        accepter_vpc_info: connection.accepter_vpc_info.map(side),
        requester_vpc_info: connection.requester_vpc_info.map(side),
        status: connection.status.map(status),
        tags: tags(connection.tags),
    }
}

fn side(side: sdk::VpcPeeringConnectionVpcInfo) -> VpcPeeringConnectionVpcInfo {
    VpcPeeringConnectionVpcInfo {
        vpc_id: side.vpc_id.map(Into::into),
        owner_id: side.owner_id,
        region: side.region,
        cidr_block: side.cidr_block,
        cidr_block_set: side.cidr_block_set.into_iter().flatten().map(ipv4).collect(),
        ipv6_cidr_block_set: side.ipv6_cidr_block_set.into_iter().flatten().map(ipv6).collect(),
    }
}

fn ipv4(block: sdk::CidrBlock) -> CidrBlock {
    CidrBlock { cidr_block: block.cidr_block }
}

fn ipv6(block: sdk::Ipv6CidrBlock) -> Ipv6CidrBlock {
    Ipv6CidrBlock { ipv6_cidr_block: block.ipv6_cidr_block }
}

fn status(status: sdk::VpcPeeringConnectionStateReason) -> VpcPeeringConnectionStatus {
    VpcPeeringConnectionStatus { code: text(status.code), message: status.message }
}
