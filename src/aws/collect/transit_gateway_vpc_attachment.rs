//! VPCs attached to transit gateways, where these are used.

use aws_sdk_ec2::types as sdk;

use super::evidence;
use crate::aws::convert::{ids, tags, text};
use crate::aws::reader::Reader;
use crate::model::resource::{TransitGatewayVpcAttachment, TransitGatewayVpcAttachmentOptions};

const ACTION: &str = "ec2:DescribeTransitGatewayVpcAttachments";

pub(super) async fn collect(reader: &Reader) -> Vec<TransitGatewayVpcAttachment> {
    if !evidence::transit_gateways(reader).await {
        return reader.none(ACTION);
    }
    let ask = || reader.clients.ec2.describe_transit_gateway_vpc_attachments().max_results(1000);
    let attachments = reader
        .pages(
            ACTION,
            |token| ask().set_next_token(token).send(),
            |page| (page.transit_gateway_vpc_attachments.unwrap_or_default(), page.next_token),
        )
        .await;
    attachments.into_iter().map(attachment).collect()
}

fn attachment(attachment: sdk::TransitGatewayVpcAttachment) -> TransitGatewayVpcAttachment {
    TransitGatewayVpcAttachment {
        transit_gateway_attachment_id: attachment.transit_gateway_attachment_id.unwrap_or_default().into(),
        transit_gateway_id: attachment.transit_gateway_id.unwrap_or_default().into(),
        vpc_id: attachment.vpc_id.unwrap_or_default().into(),
        vpc_owner_id: attachment.vpc_owner_id,
        subnet_ids: ids(attachment.subnet_ids),
        state: text(attachment.state),
        options: attachment.options.map(options),
        tags: tags(attachment.tags),
    }
}

fn options(options: sdk::TransitGatewayVpcAttachmentOptions) -> TransitGatewayVpcAttachmentOptions {
    TransitGatewayVpcAttachmentOptions {
        appliance_mode_support: text(options.appliance_mode_support),
        security_group_referencing_support: text(options.security_group_referencing_support),
        ipv6_support: text(options.ipv6_support),
        dns_support: text(options.dns_support),
    }
}
