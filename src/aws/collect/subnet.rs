//! Subnets.

use aws_sdk_ec2::types as sdk;

use crate::aws::convert::{tags, text};
use crate::aws::reader::Reader;
use crate::model::resource::{CidrBlockState, Ipv6CidrBlockAssociation, Subnet};

pub(super) async fn collect(reader: &Reader) -> Vec<Subnet> {
    let subnets = reader
        .pages(
            "ec2:DescribeSubnets",
            |token| reader.clients.ec2.describe_subnets().max_results(1000).set_next_token(token).send(),
            |page| (page.subnets.unwrap_or_default(), page.next_token),
        )
        .await;
    subnets.into_iter().map(subnet).collect()
}

fn subnet(subnet: sdk::Subnet) -> Subnet {
    Subnet {
        subnet_id: subnet.subnet_id.unwrap_or_default().into(),
        vpc_id: subnet.vpc_id.unwrap_or_default().into(),
        subnet_arn: subnet.subnet_arn,
        availability_zone: subnet.availability_zone,
        availability_zone_id: subnet.availability_zone_id,
        cidr_block: subnet.cidr_block,
        ipv6_cidr_block_association_set: subnet
            .ipv6_cidr_block_association_set
            .into_iter()
            .flatten()
            .map(ipv6)
            .collect(),
        ipv6_native: subnet.ipv6_native,
        map_public_ip_on_launch: subnet.map_public_ip_on_launch,
        assign_ipv6_address_on_creation: subnet.assign_ipv6_address_on_creation,
        default_for_az: subnet.default_for_az,
        owner_id: subnet.owner_id,
        state: text(subnet.state),
        tags: tags(subnet.tags),
    }
}

fn ipv6(association: sdk::SubnetIpv6CidrBlockAssociation) -> Ipv6CidrBlockAssociation {
    Ipv6CidrBlockAssociation {
        ipv6_cidr_block: association.ipv6_cidr_block,
        ipv6_cidr_block_state: association
            .ipv6_cidr_block_state
            .map(|state| CidrBlockState { state: text(state.state) }),
    }
}
