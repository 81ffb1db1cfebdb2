//! Virtual private gateways. They are always asked for: one that no route leads to still lets packets in.

use aws_sdk_ec2::types as sdk;

use crate::aws::convert::{each, tags, text};
use crate::aws::reader::Reader;
use crate::model::resource::{VpcAttachment, VpnGateway};

pub(super) async fn collect(reader: &Reader) -> Vec<VpnGateway> {
    // EC2 gives no pages here.
    let ask = reader.clients.ec2.describe_vpn_gateways().send();
    let answer = reader.call("ec2:DescribeVpnGateways", None, ask).await;
    each(answer.and_then(|answer| answer.vpn_gateways), vpn_gateway)
}

fn vpn_gateway(gateway: sdk::VpnGateway) -> VpnGateway {
    VpnGateway {
        vpn_gateway_id: gateway.vpn_gateway_id.unwrap_or_default().into(),
        state: text(gateway.state),
        vpc_attachments: each(gateway.vpc_attachments, |to| VpcAttachment {
            vpc_id: to.vpc_id.map(Into::into),
            state: text(to.state),
        }),
        tags: tags(gateway.tags),
    }
}
