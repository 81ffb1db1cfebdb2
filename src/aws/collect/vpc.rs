//! VPCs.

use aws_sdk_ec2::types as sdk;

use crate::aws::convert::{tags, text};
use crate::aws::reader::Reader;
use crate::model::resource::{CidrBlockAssociation, CidrBlockState, Ipv6CidrBlockAssociation, Vpc};

pub(super) async fn collect(reader: &Reader) -> Vec<Vpc> {
    let vpcs = reader
        .pages(
            "ec2:DescribeVpcs",
            |token| reader.clients.ec2.describe_vpcs().max_results(1000).set_next_token(token).send(),
            |page| (page.vpcs.unwrap_or_default(), page.next_token),
        )
        .await;
    vpcs.into_iter().map(vpc).collect()
}

fn vpc(vpc: sdk::Vpc) -> Vpc {
    Vpc {
        vpc_id: vpc.vpc_id.unwrap_or_default().into(),
        cidr_block: vpc.cidr_block,
        cidr_block_association_set: vpc.cidr_block_association_set.into_iter().flatten().map(ipv4).collect(),
        ipv6_cidr_block_association_set: vpc.ipv6_cidr_block_association_set.into_iter().flatten().map(ipv6).collect(),
        is_default: vpc.is_default,
        owner_id: vpc.owner_id,
        state: text(vpc.state),
        tags: tags(vpc.tags),
    }
}

fn ipv4(association: sdk::VpcCidrBlockAssociation) -> CidrBlockAssociation {
    CidrBlockAssociation {
        cidr_block: association.cidr_block,
        cidr_block_state: association.cidr_block_state.map(state),
    }
}

fn ipv6(association: sdk::VpcIpv6CidrBlockAssociation) -> Ipv6CidrBlockAssociation {
    Ipv6CidrBlockAssociation {
        ipv6_cidr_block: association.ipv6_cidr_block,
        ipv6_cidr_block_state: association.ipv6_cidr_block_state.map(state),
    }
}

fn state(state: sdk::VpcCidrBlockState) -> CidrBlockState {
    CidrBlockState { state: text(state.state) }
}
