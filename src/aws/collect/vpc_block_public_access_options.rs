//! The Region's setting of VPC Block Public Access.

use aws_sdk_ec2::types as sdk;

use crate::aws::convert::text;
use crate::aws::reader::Reader;
use crate::model::resource::VpcBlockPublicAccessOptions;
use crate::model::{Gap, GapReason};

const ACTION: &str = "ec2:DescribeVpcBlockPublicAccessOptions";

pub(super) async fn collect(reader: &Reader) -> Vec<VpcBlockPublicAccessOptions> {
    let ask = reader.clients.ec2.describe_vpc_block_public_access_options().send();
    let Some(answer) = reader.call(ACTION, None, ask).await else { return Vec::new() };
    if answer.vpc_block_public_access_options.is_none() {
        reader.gap(Gap::new(ACTION, GapReason::Malformed, "the answer has no options"));
    }
    answer.vpc_block_public_access_options.map(options).into_iter().collect()
}

fn options(options: sdk::VpcBlockPublicAccessOptions) -> VpcBlockPublicAccessOptions {
    VpcBlockPublicAccessOptions {
        aws_region: options.aws_region.unwrap_or_default(),
        state: text(options.state),
        internet_gateway_block_mode: text(options.internet_gateway_block_mode),
        exclusions_allowed: text(options.exclusions_allowed),
    }
}
