//! Internet gateways.

use aws_sdk_ec2::types as sdk;

use crate::aws::convert::{tags, text};
use crate::aws::reader::Reader;
use crate::model::resource::{InternetGateway, InternetGatewayAttachment};

pub(super) async fn collect(reader: &Reader) -> Vec<InternetGateway> {
    let gateways = reader
        .pages(
            "ec2:DescribeInternetGateways",
            |token| reader.clients.ec2.describe_internet_gateways().max_results(1000).set_next_token(token).send(),
            |page| (page.internet_gateways.unwrap_or_default(), page.next_token),
        )
        .await;
    gateways.into_iter().map(internet_gateway).collect()
}

fn internet_gateway(gateway: sdk::InternetGateway) -> InternetGateway {
    InternetGateway {
        internet_gateway_id: gateway.internet_gateway_id.unwrap_or_default().into(),
        attachments: gateway.attachments.into_iter().flatten().map(attachment).collect(),
        owner_id: gateway.owner_id,
        tags: tags(gateway.tags),
    }
}

/// An attachment, the same of both kinds of internet gateway.
pub(super) fn attachment(attachment: sdk::InternetGatewayAttachment) -> InternetGatewayAttachment {
    InternetGatewayAttachment { vpc_id: attachment.vpc_id.map(Into::into), state: text(attachment.state) }
}
