//! Egress-only internet gateways, where a VPC has IPv6 or a route leads to one: others carry nothing.

use aws_sdk_ec2::types as sdk;

use super::evidence;
use super::internet_gateway::attachment;
use crate::aws::convert::tags;
use crate::aws::reader::Reader;
use crate::model::resource::EgressOnlyInternetGateway;

const ACTION: &str = "ec2:DescribeEgressOnlyInternetGateways";

pub(super) async fn collect(reader: &Reader) -> Vec<EgressOnlyInternetGateway> {
    let routed = evidence::route(reader, |route| route.egress_only_internet_gateway_id.is_some()).await;
    if !routed && !evidence::ipv6(reader).await {
        return reader.none(ACTION);
    }
    let ec2 = &reader.clients.ec2;
    let gateways = reader
        .pages(
            ACTION,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::fake::{Answer, Fake, ec2};

    #[tokio::test]
    async fn without_ipv6_nobody_asks() {
        let answers: [(Answer, usize); 4] = [
            (|request| ec2(request, |_| "<vpcSet><item><vpcId>vpc-1</vpcId></item></vpcSet>"), 0),
            (
                |request| {
                    ec2(request, |_| {
                        "<vpcSet><item><ipv6CidrBlockAssociationSet><item><ipv6CidrBlock>2001:db8::/56</ipv6CidrBlock>\
                         </item></ipv6CidrBlockAssociationSet></item></vpcSet>"
                    })
                },
                1,
            ),
            (
                |request| {
                    ec2(request, |_| {
                        "<routeTableSet><item><routeSet><item><egressOnlyInternetGatewayId>eigw-1\
                         </egressOnlyInternetGatewayId></item></routeSet></item></routeTableSet>"
                    })
                },
                1,
            ),
            (|request| ec2(request, |action| if action == "DescribeVpcs" { "" } else { "<none/>" }), 1),
        ];
        for (answer, times) in answers {
            let fake = Fake::new(answer);
            collect(&fake.reader).await;
            assert_eq!(fake.asked(ACTION.trim_start_matches("ec2:")), times);
            assert!(fake.finish(ACTION).0);
        }
    }
}
