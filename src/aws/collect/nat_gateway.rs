//! NAT gateways.

use aws_sdk_ec2::types as sdk;

use crate::aws::convert::{tags, text};
use crate::aws::reader::Reader;
use crate::model::resource::{NatGateway, NatGatewayAddress};

pub(super) async fn collect(reader: &Reader) -> Vec<NatGateway> {
    let gateways = reader
        .pages(
            "ec2:DescribeNatGateways",
            |token| reader.clients.ec2.describe_nat_gateways().max_results(1000).set_next_token(token).send(),
            |page| (page.nat_gateways.unwrap_or_default(), page.next_token),
        )
        .await;
    gateways.into_iter().map(nat_gateway).collect()
}

fn nat_gateway(gateway: sdk::NatGateway) -> NatGateway {
    NatGateway {
        nat_gateway_id: gateway.nat_gateway_id.unwrap_or_default().into(),
        vpc_id: gateway.vpc_id.map(Into::into),
        subnet_id: gateway.subnet_id.map(Into::into),
        connectivity_type: text(gateway.connectivity_type),
        availability_mode: text(gateway.availability_mode),
        nat_gateway_addresses: gateway.nat_gateway_addresses.into_iter().flatten().map(address).collect(),
        state: text(gateway.state),
        tags: tags(gateway.tags),
    }
}

fn address(address: sdk::NatGatewayAddress) -> NatGatewayAddress {
    NatGatewayAddress {
        allocation_id: address.allocation_id,
        network_interface_id: address.network_interface_id,
        private_ip: address.private_ip,
        public_ip: address.public_ip,
        availability_zone: address.availability_zone,
    }
}
