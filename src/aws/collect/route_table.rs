//! Route tables.

use aws_sdk_ec2::types as sdk;

use crate::aws::convert::{tags, text};
use crate::aws::reader::Reader;
use crate::model::resource::{AssociationState, PropagatingVgw, Route, RouteTable, RouteTableAssociation};

pub(super) async fn collect(reader: &Reader) -> Vec<RouteTable> {
    let tables = reader
        .pages(
            "ec2:DescribeRouteTables",
            // EC2 refuses more than a hundred here.
            |token| reader.clients.ec2.describe_route_tables().max_results(100).set_next_token(token).send(),
            |page| (page.route_tables.unwrap_or_default(), page.next_token),
        )
        .await;
    tables.into_iter().map(route_table).collect()
}

fn route_table(table: sdk::RouteTable) -> RouteTable {
    RouteTable {
        route_table_id: table.route_table_id.unwrap_or_default().into(),
        vpc_id: table.vpc_id.unwrap_or_default().into(),
        associations: table.associations.into_iter().flatten().map(association).collect(),
        propagating_vgws: table.propagating_vgws.into_iter().flatten().map(vgw).collect(),
        routes: table.routes.into_iter().flatten().map(route).collect(),
        owner_id: table.owner_id,
        tags: tags(table.tags),
    }
}

fn association(association: sdk::RouteTableAssociation) -> RouteTableAssociation {
    RouteTableAssociation {
        main: association.main,
        subnet_id: association.subnet_id.map(Into::into),
        gateway_id: association.gateway_id,
        association_state: association.association_state.map(|state| AssociationState { state: text(state.state) }),
    }
}

fn vgw(vgw: sdk::PropagatingVgw) -> PropagatingVgw {
    PropagatingVgw { gateway_id: vgw.gateway_id }
}

fn route(route: sdk::Route) -> Route {
    Route {
        destination_cidr_block: route.destination_cidr_block,
        destination_ipv6_cidr_block: route.destination_ipv6_cidr_block,
        destination_prefix_list_id: route.destination_prefix_list_id,
        gateway_id: route.gateway_id,
        nat_gateway_id: route.nat_gateway_id,
        egress_only_internet_gateway_id: route.egress_only_internet_gateway_id,
        instance_id: route.instance_id,
        network_interface_id: route.network_interface_id,
        transit_gateway_id: route.transit_gateway_id,
        vpc_peering_connection_id: route.vpc_peering_connection_id,
        local_gateway_id: route.local_gateway_id,
        carrier_gateway_id: route.carrier_gateway_id,
        core_network_arn: route.core_network_arn,
        origin: text(route.origin),
        state: text(route.state),
    }
}
