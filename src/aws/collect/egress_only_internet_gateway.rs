//! Egress-only internet gateways.

use aws_sdk_ec2::types as sdk;

use super::internet_gateway::attachment;
use crate::aws::convert::tags;
use crate::aws::reader::Reader;
use crate::model::resource::EgressOnlyInternetGateway;

pub(super) async fn collect(reader: &Reader) -> Vec<EgressOnlyInternetGateway> {
    let ec2 = &reader.clients.ec2;
    let gateways = reader
        .pages(
            "ec2:DescribeEgressOnlyInternetGateways",
            |token| ec2.describe_egress_only_internet_gateways().max_results(255).set_next_token(token).send(),
            |page| (page.egress_only_internet_gateways.unwrap_or_default(), page.next_token),
        )
        .await;
    gateways.into_iter().map(egress_only_internet_gateway).collect()
}

fn egress_only_internet_gateway(gateway: sdk::EgressOnlyInternetGateway) -> EgressOnlyInternetGateway {
    EgressOnlyInternetGateway {
        egress_only_internet_gateway_id: gateway.egress_only_internet_gateway_id.unwrap_or_default().into(),
        attachments: gateway.attachments.into_iter().flatten().map(attachment).collect(),
        tags: tags(gateway.tags),
    }
}
