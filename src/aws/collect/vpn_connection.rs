//! VPN connections, where something shows that there may be one: each ends at a virtual private gateway, a transit
//! gateway or a Cloud WAN core network.

use aws_sdk_ec2::types as sdk;

use super::{evidence, vpn_gateway};
use crate::aws::convert::{each, tags, text};
use crate::aws::reader::Reader;
use crate::model::Kind;
use crate::model::resource::{VgwTelemetry, VpnConnection, VpnConnectionOptions, VpnStaticRoute};

const ACTION: &str = "ec2:DescribeVpnConnections";

pub(super) async fn collect(reader: &Reader) -> Vec<VpnConnection> {
    if !used(reader).await {
        return reader.none(ACTION);
    }
    // EC2 gives no pages here.
    let answer = reader.call(ACTION, None, reader.clients.ec2.describe_vpn_connections().send()).await;
    each(answer.and_then(|answer| answer.vpn_connections), vpn_connection)
}

async fn used(reader: &Reader) -> bool {
    let gateways = reader.lists.vpn_gateways.get_or_init(|| vpn_gateway::collect(reader)).await;
    !gateways.is_empty()
        || reader.unknown(Kind::VpnGateway)
        || evidence::transit_gateways(reader).await
        || evidence::route(reader, |route| route.core_network_arn.is_some()).await
}

/// The configuration and the options of tunnels hold pre-shared keys and are never kept.
fn vpn_connection(connection: sdk::VpnConnection) -> VpnConnection {
    // Services leave the id out, or empty, where the connection ends elsewhere.
    let present = |id: Option<String>| id.filter(|id| !id.is_empty());
    VpnConnection {
        vpn_connection_id: connection.vpn_connection_id.unwrap_or_default().into(),
        vpn_gateway_id: present(connection.vpn_gateway_id).map(Into::into),
        transit_gateway_id: present(connection.transit_gateway_id).map(Into::into),
        core_network_arn: present(connection.core_network_arn),
        customer_gateway_id: connection.customer_gateway_id,
        state: text(connection.state),
        options: connection
            .options
            .map(|options| VpnConnectionOptions { static_routes_only: options.static_routes_only }),
        routes: each(connection.routes, |route| VpnStaticRoute {
            destination_cidr_block: route.destination_cidr_block,
            state: text(route.state),
        }),
        vgw_telemetry: each(connection.vgw_telemetry, |tunnel| VgwTelemetry {
            status: text(tunnel.status),
            accepted_route_count: tunnel.accepted_route_count,
        }),
        tags: tags(connection.tags),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::fake::{Fake, ec2};

    #[tokio::test]
    async fn without_anything_that_a_vpn_can_end_at_there_is_none() {
        let fake = Fake::new(|request| ec2(request, |_| "<none/>"));
        assert!(collect(&fake.reader).await.is_empty());
        assert_eq!(fake.asked("DescribeVpnConnections"), 0);
        assert_eq!(fake.finish(ACTION), (true, Vec::new()));
    }

    #[tokio::test]
    async fn gateways_that_are_not_known_are_no_reason_not_to_ask() {
        let fake =
            Fake::new(|request| ec2(request, |action| if action == "DescribeVpnGateways" { "" } else { "<none/>" }));
        collect(&fake.reader).await;
        assert_eq!(fake.asked("DescribeVpnConnections"), 1);
    }

    #[test]
    fn pre_shared_keys_are_never_kept() {
        let tunnel = sdk::TunnelOption::builder().pre_shared_key("hush").build();
        let options = sdk::VpnConnectionOptions::builder().static_routes_only(true).tunnel_options(tunnel).build();
        let given = sdk::VpnConnection::builder().customer_gateway_configuration("hush").options(options).build();
        let kept = vpn_connection(given);
        assert_eq!(kept.options, Some(VpnConnectionOptions { static_routes_only: Some(true) }));
        assert!(!serde_json::to_string(&kept).unwrap().contains("hush"));
    }
}
