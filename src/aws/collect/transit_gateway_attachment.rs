//! What is attached to transit gateways, where these are used.

use aws_sdk_ec2::types as sdk;

use super::evidence;
use crate::aws::convert::{tags, text};
use crate::aws::reader::Reader;
use crate::model::resource::{TransitGatewayAttachment, TransitGatewayAttachmentAssociation};

const ACTION: &str = "ec2:DescribeTransitGatewayAttachments";

pub(super) async fn collect(reader: &Reader) -> Vec<TransitGatewayAttachment> {
    if !evidence::transit_gateways(reader).await {
        return reader.none(ACTION);
    }
    let ask = || reader.clients.ec2.describe_transit_gateway_attachments().max_results(1000);
    let attachments = reader
        .pages(
            ACTION,
            |token| ask().set_next_token(token).send(),
            |page| (page.transit_gateway_attachments.unwrap_or_default(), page.next_token),
        )
        .await;
    attachments.into_iter().map(attachment).collect()
}

fn attachment(attachment: sdk::TransitGatewayAttachment) -> TransitGatewayAttachment {
    TransitGatewayAttachment {
        transit_gateway_attachment_id: attachment.transit_gateway_attachment_id.unwrap_or_default().into(),
        transit_gateway_id: attachment.transit_gateway_id.unwrap_or_default().into(),
        transit_gateway_owner_id: attachment.transit_gateway_owner_id,
        resource_type: text(attachment.resource_type),
        resource_id: attachment.resource_id,
        resource_owner_id: attachment.resource_owner_id,
        state: text(attachment.state),
        association: attachment.association.map(association),
        tags: tags(attachment.tags),
    }
}

fn association(association: sdk::TransitGatewayAttachmentAssociation) -> TransitGatewayAttachmentAssociation {
    TransitGatewayAttachmentAssociation {
        transit_gateway_route_table_id: association.transit_gateway_route_table_id.map(Into::into),
        state: text(association.state),
    }
}
