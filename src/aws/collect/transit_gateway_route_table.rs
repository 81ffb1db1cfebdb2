//! Route tables of transit gateways, where these are used, with their routes and what propagates to them.

use aws_sdk_ec2::types as sdk;
use futures_util::future::{join, join_all};

use super::evidence;
use crate::aws::convert::{each, tags, text};
use crate::aws::reader::Reader;
use crate::model::resource::{
    TransitGatewayRoute, TransitGatewayRouteAttachment, TransitGatewayRouteTable, TransitGatewayRouteTablePropagation,
};
use crate::model::{Gap, GapReason};

const LIST: &str = "ec2:DescribeTransitGatewayRouteTables";
const ROUTES: &str = "ec2:SearchTransitGatewayRoutes";
const PROPAGATIONS: &str = "ec2:GetTransitGatewayRouteTablePropagations";

pub(super) async fn collect(reader: &Reader) -> Vec<TransitGatewayRouteTable> {
    if !evidence::transit_gateways(reader).await {
        return reader.none(LIST);
    }
    let ask = || reader.clients.ec2.describe_transit_gateway_route_tables().max_results(1000);
    let tables = reader
        .pages(
            LIST,
            |token| ask().set_next_token(token).send(),
            |page| (page.transit_gateway_route_tables.unwrap_or_default(), page.next_token),
        )
        .await;
    let mut tables: Vec<_> = tables.into_iter().map(route_table).collect();
    join_all(tables.iter_mut().map(|table| async {
        let id = table.transit_gateway_route_table_id.as_str();
        (table.routes, table.propagations) = join(routes(reader, id), propagations(reader, id)).await;
    }))
    .await;
    tables
}

/// Every route of a table, or nothing when not all could be read: one that is missing may be the one that decides.
async fn routes(reader: &Reader, table: &str) -> Option<Vec<TransitGatewayRoute>> {
    // AWS wants a filter; this one lets every route pass.
    let states = sdk::Filter::builder().name("state").values("active").values("blackhole").build();
    let ask = || {
        let search = reader.clients.ec2.search_transit_gateway_routes().transit_gateway_route_table_id(table);
        search.filters(states.clone()).max_results(1000)
    };
    let cut = std::cell::Cell::new(false);
    let listing = reader
        .pages_about(
            ROUTES,
            table,
            |token| ask().set_next_token(token).send(),
            |page| {
                let more = page.next_token.as_ref().is_some_and(|token| !token.is_empty());
                cut.set(cut.get() || (page.additional_routes_available == Some(true) && !more));
                (page.routes.unwrap_or_default(), page.next_token)
            },
        )
        .await;
    if cut.get() {
        let detail = "the table has more routes than AWS lists";
        reader.gap(Gap::new(ROUTES, GapReason::Incomplete, detail).about(table));
    }
    (listing.complete && !cut.get()).then(|| listing.items.into_iter().map(route).collect())
}

async fn propagations(reader: &Reader, table: &str) -> Option<Vec<TransitGatewayRouteTablePropagation>> {
    let ask = || {
        let get = reader.clients.ec2.get_transit_gateway_route_table_propagations();
        get.transit_gateway_route_table_id(table).max_results(1000)
    };
    let listing = reader
        .pages_about(
            PROPAGATIONS,
            table,
            |token| ask().set_next_token(token).send(),
            |page| (page.transit_gateway_route_table_propagations.unwrap_or_default(), page.next_token),
        )
        .await;
    listing.complete.then(|| listing.items.into_iter().map(propagation).collect())
}

fn route_table(table: sdk::TransitGatewayRouteTable) -> TransitGatewayRouteTable {
    TransitGatewayRouteTable {
        transit_gateway_route_table_id: table.transit_gateway_route_table_id.unwrap_or_default().into(),
        transit_gateway_id: table.transit_gateway_id.unwrap_or_default().into(),
        state: text(table.state),
        default_association_route_table: table.default_association_route_table,
        default_propagation_route_table: table.default_propagation_route_table,
        routes: None,
        propagations: None,
        tags: tags(table.tags),
    }
}

fn route(route: sdk::TransitGatewayRoute) -> TransitGatewayRoute {
    TransitGatewayRoute {
        destination_cidr_block: route.destination_cidr_block,
        prefix_list_id: route.prefix_list_id,
        transit_gateway_attachments: each(route.transit_gateway_attachments, |to| TransitGatewayRouteAttachment {
            transit_gateway_attachment_id: to.transit_gateway_attachment_id.map(Into::into),
            resource_type: text(to.resource_type),
            resource_id: to.resource_id,
        }),
        r#type: text(route.r#type),
        state: text(route.state),
    }
}

fn propagation(propagation: sdk::TransitGatewayRouteTablePropagation) -> TransitGatewayRouteTablePropagation {
    TransitGatewayRouteTablePropagation {
        transit_gateway_attachment_id: propagation.transit_gateway_attachment_id.map(Into::into),
        resource_type: text(propagation.resource_type),
        resource_id: propagation.resource_id,
        state: text(propagation.state),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::fake::{Answer, Fake, ec2};

    const TABLES: &str = "<transitGatewayRouteTables><item><transitGatewayRouteTableId>tgw-rtb-1\
        </transitGatewayRouteTableId><transitGatewayId>tgw-1</transitGatewayId></item></transitGatewayRouteTables>";
    const NONE: &str = "<none/>";

    #[tokio::test]
    async fn where_nothing_shows_a_transit_gateway_its_tables_are_not_asked_for() {
        let fake = Fake::new(|request| ec2(request, |_| NONE));
        assert!(collect(&fake.reader).await.is_empty());
        assert_eq!(fake.asked("DescribeTransitGatewayRouteTables"), 0);
        assert_eq!(fake.finish(LIST), (true, Vec::new()));
    }

    #[tokio::test]
    async fn any_trace_or_doubt_is_reason_enough_to_ask() {
        let traces: [Answer; 4] = [
            |request| {
                ec2(request, |action| match action {
                    "DescribeNetworkInterfaces" => {
                        "<networkInterfaceSet><item><interfaceType>transit_gateway</interfaceType></item></networkInterfaceSet>"
                    }
                    _ => NONE,
                })
            },
            |request| {
                ec2(request, |action| match action {
                    "DescribeRouteTables" => {
                        "<routeTableSet><item><routeSet><item><transitGatewayId>tgw-1</transitGatewayId></item></routeSet></item></routeTableSet>"
                    }
                    _ => NONE,
                })
            },
            |request| ec2(request, |action| if action == "DescribeTransitGateways" { "" } else { NONE }),
            |request| ec2(request, |action| if action == "DescribeNetworkInterfaces" { "" } else { NONE }),
        ];
        for answer in traces {
            let fake = Fake::new(answer);
            collect(&fake.reader).await;
            assert_eq!(fake.asked("DescribeTransitGatewayRouteTables"), 1);
            assert!(fake.finish(LIST).0);
        }
    }

    #[tokio::test]
    async fn routes_that_are_not_all_known_are_not_known_at_all() {
        let fake = Fake::new(|request| {
            ec2(request, |action| match action {
                "DescribeTransitGatewayRouteTables" => TABLES,
                "SearchTransitGatewayRoutes" => {
                    "<routeSet><item><type>static</type></item></routeSet><additionalRoutesAvailable>true</additionalRoutesAvailable>"
                }
                "DescribeTransitGateways" | "GetTransitGatewayRouteTablePropagations" => "",
                _ => NONE,
            })
        });
        let tables = collect(&fake.reader).await;
        assert_eq!((&tables[0].routes, &tables[0].propagations), (&None, &None));
        let (_, gaps) = fake.finish("");
        let about: Vec<_> =
            gaps.iter().filter(|gap| gap.resource.is_some()).map(|gap| (&*gap.action, gap.reason)).collect();
        assert_eq!(about, [(PROPAGATIONS, GapReason::AccessDenied), (ROUTES, GapReason::Incomplete)]);
    }
}
