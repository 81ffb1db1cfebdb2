//! Transit gateways. They are always asked for: one that serves other accounts alone leaves no trace in this one's VPCs.

use aws_sdk_ec2::types as sdk;

use crate::aws::convert::{tags, text};
use crate::aws::reader::Reader;
use crate::model::resource::{TransitGateway, TransitGatewayOptions};

pub(super) async fn collect(reader: &Reader) -> Vec<TransitGateway> {
    let gateways = reader
        .pages(
            "ec2:DescribeTransitGateways",
            |token| reader.clients.ec2.describe_transit_gateways().max_results(1000).set_next_token(token).send(),
            |page| (page.transit_gateways.unwrap_or_default(), page.next_token),
        )
        .await;
    gateways.into_iter().map(transit_gateway).collect()
}

fn transit_gateway(gateway: sdk::TransitGateway) -> TransitGateway {
    TransitGateway {
        transit_gateway_id: gateway.transit_gateway_id.unwrap_or_default().into(),
        state: text(gateway.state),
        owner_id: gateway.owner_id,
        options: gateway.options.map(options),
        tags: tags(gateway.tags),
    }
}

fn options(options: sdk::TransitGatewayOptions) -> TransitGatewayOptions {
    TransitGatewayOptions {
        default_route_table_association: text(options.default_route_table_association),
        association_default_route_table_id: options.association_default_route_table_id.map(Into::into),
        default_route_table_propagation: text(options.default_route_table_propagation),
        propagation_default_route_table_id: options.propagation_default_route_table_id.map(Into::into),
        auto_accept_shared_attachments: text(options.auto_accept_shared_attachments),
        security_group_referencing_support: text(options.security_group_referencing_support),
        vpn_ecmp_support: text(options.vpn_ecmp_support),
    }
}
