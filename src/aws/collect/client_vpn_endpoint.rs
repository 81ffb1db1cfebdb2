//! Client VPN endpoints with who may go where through them, where something shows that there is one: an endpoint has
//! interfaces in its subnets or ends at a transit gateway; before that it carries nothing.

use aws_sdk_ec2::types as sdk;
use futures_util::future::join_all;

use super::evidence;
use crate::aws::convert::{ids, tags, text};
use crate::aws::reader::Reader;
use crate::model::resource::{
    ClientVpnAuthorizationRule, ClientVpnEndpoint, ClientVpnRoute, ClientVpnStatus, ClientVpnTargetNetwork,
    NetworkInterface,
};

const LIST: &str = "ec2:DescribeClientVpnEndpoints";
const RULES: &str = "ec2:DescribeClientVpnAuthorizationRules";
const NETWORKS: &str = "ec2:DescribeClientVpnTargetNetworks";
const ROUTES: &str = "ec2:DescribeClientVpnRoutes";

pub(super) async fn collect(reader: &Reader) -> Vec<ClientVpnEndpoint> {
    if !evidence::interface(reader, is_of_client_vpn).await && !evidence::transit_gateways(reader).await {
        return reader.none(LIST);
    }
    let ask = || reader.clients.ec2.describe_client_vpn_endpoints().max_results(1000);
    let endpoints = reader
        .pages(
            LIST,
            |token| ask().set_next_token(token).send(),
            |page| (page.client_vpn_endpoints.unwrap_or_default(), page.next_token),
        )
        .await;
    let mut endpoints: Vec<_> = endpoints.into_iter().map(endpoint).collect();
    join_all(endpoints.iter_mut().map(|endpoint| async {
        let id = endpoint.client_vpn_endpoint_id.as_str();
        let (rules, networks, routes) = tokio::join!(rules(reader, id), networks(reader, id), routes(reader, id));
        endpoint.authorization_rules = rules;
        endpoint.target_networks = networks;
        endpoint.routes = routes;
    }))
    .await;
    endpoints
}

/// AWS describes the interfaces as `ClientVPN Endpoint resource`.
fn is_of_client_vpn(interface: &NetworkInterface) -> bool {
    let description = interface.description.as_deref().unwrap_or_default().to_ascii_lowercase();
    description.contains("clientvpn") || description.contains("client vpn")
}

async fn rules(reader: &Reader, id: &str) -> Option<Vec<ClientVpnAuthorizationRule>> {
    let ask = || reader.clients.ec2.describe_client_vpn_authorization_rules().client_vpn_endpoint_id(id);
    let listing = reader
        .pages_about(
            RULES,
            id,
            |token| ask().max_results(1000).set_next_token(token).send(),
            |page| (page.authorization_rules.unwrap_or_default(), page.next_token),
        )
        .await;
    let rule = |rule: sdk::AuthorizationRule| ClientVpnAuthorizationRule {
        destination_cidr: rule.destination_cidr,
        group_id: rule.group_id,
        access_all: rule.access_all,
        status: rule.status.map(|status| ClientVpnStatus { code: text(status.code) }),
    };
    listing.complete.then(|| listing.items.into_iter().map(rule).collect())
}

async fn networks(reader: &Reader, id: &str) -> Option<Vec<ClientVpnTargetNetwork>> {
    let ask = || reader.clients.ec2.describe_client_vpn_target_networks().client_vpn_endpoint_id(id);
    let listing = reader
        .pages_about(
            NETWORKS,
            id,
            |token| ask().max_results(1000).set_next_token(token).send(),
            |page| (page.client_vpn_target_networks.unwrap_or_default(), page.next_token),
        )
        .await;
    let network = |network: sdk::TargetNetwork| ClientVpnTargetNetwork {
        association_id: network.association_id,
        vpc_id: network.vpc_id.map(Into::into),
        target_network_id: network.target_network_id.map(Into::into),
        security_groups: ids(network.security_groups),
        status: network.status.map(|status| ClientVpnStatus { code: text(status.code) }),
    };
    listing.complete.then(|| listing.items.into_iter().map(network).collect())
}

async fn routes(reader: &Reader, id: &str) -> Option<Vec<ClientVpnRoute>> {
    let ask = || reader.clients.ec2.describe_client_vpn_routes().client_vpn_endpoint_id(id);
    let listing = reader
        .pages_about(
            ROUTES,
            id,
            |token| ask().max_results(1000).set_next_token(token).send(),
            |page| (page.routes.unwrap_or_default(), page.next_token),
        )
        .await;
    let route = |route: sdk::ClientVpnRoute| ClientVpnRoute {
        destination_cidr: route.destination_cidr,
        target_subnet: route.target_subnet.map(Into::into),
        transit_gateway_attachment_id: route.transit_gateway_attachment_id.map(Into::into),
        origin: route.origin,
        status: route.status.map(|status| ClientVpnStatus { code: text(status.code) }),
    };
    listing.complete.then(|| listing.items.into_iter().map(route).collect())
}

fn endpoint(endpoint: sdk::ClientVpnEndpoint) -> ClientVpnEndpoint {
    ClientVpnEndpoint {
        client_vpn_endpoint_id: endpoint.client_vpn_endpoint_id.unwrap_or_default(),
        description: endpoint.description,
        status: endpoint.status.map(|status| ClientVpnStatus { code: text(status.code) }),
        client_cidr_block: endpoint.client_cidr_block,
        dns_name: endpoint.dns_name,
        transport_protocol: text(endpoint.transport_protocol),
        vpn_port: endpoint.vpn_port,
        split_tunnel: endpoint.split_tunnel,
        vpc_id: endpoint.vpc_id.map(Into::into),
        security_group_ids: ids(endpoint.security_group_ids),
        authorization_rules: None,
        target_networks: None,
        routes: None,
        tags: tags(endpoint.tags),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::fake::{Fake, ec2};

    const INTERFACE: &str = "<networkInterfaceSet><item><description>ClientVPN Endpoint resource</description></item>\
        </networkInterfaceSet>";

    #[tokio::test]
    async fn without_an_interface_of_one_there_is_none() {
        let fake = Fake::new(|request| ec2(request, |_| "<none/>"));
        assert!(collect(&fake.reader).await.is_empty());
        assert_eq!(fake.asked("DescribeClientVpn"), 0);
        assert_eq!(fake.finish(LIST), (true, Vec::new()));
    }

    #[tokio::test]
    async fn rules_that_are_not_known_are_not_no_rules() {
        let fake = Fake::new(|request| {
            ec2(request, |action| match action {
                "DescribeNetworkInterfaces" => INTERFACE,
                "DescribeClientVpnEndpoints" => {
                    "<clientVpnEndpoint><item><clientVpnEndpointId>cvpn-1</clientVpnEndpointId></item></clientVpnEndpoint>"
                }
                "DescribeClientVpnAuthorizationRules" => "",
                _ => "<none/>",
            })
        });
        let endpoints = collect(&fake.reader).await;
        assert_eq!((&endpoints[0].authorization_rules, &endpoints[0].routes), (&None, &Some(Vec::new())));
        let (_, gaps) = fake.finish("");
        let about: Vec<_> = gaps.iter().map(|gap| (gap.action.as_str(), gap.resource.as_deref())).collect();
        assert_eq!(about, [(RULES, Some("cvpn-1"))]);
    }
}
