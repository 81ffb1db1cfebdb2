//! What shows that a kind of resource is used. Most accounts use few kinds, and a call that can only answer "none" is
//! not made: not when something that is read anyway, and that cannot be there without it, is not there either. What
//! could not be read shows nothing: then the kind is asked for.

use super::{network_interface, route_table, transit_gateway, vpc};
use crate::aws::reader::Reader;
use crate::model::Kind;
use crate::model::resource::{NetworkInterface, Route};

/// Whether some network interface is of this sort, as far as is known. AWS's services put their interfaces into the
/// customer's subnets, where they are listed like any other.
pub(super) async fn interface(reader: &Reader, sort: impl Fn(&NetworkInterface) -> bool) -> bool {
    let all = reader.lists.network_interfaces.get_or_init(|| network_interface::collect(reader)).await;
    all.iter().any(sort) || reader.unknown(Kind::NetworkInterface)
}

/// Whether some network interface is of this type, as far as is known.
pub(super) async fn interface_of_type(reader: &Reader, of: &str) -> bool {
    interface(reader, |interface| interface.interface_type.as_deref() == Some(of)).await
}

/// Whether some route of a VPC leads to this sort of thing, as far as is known.
pub(super) async fn route(reader: &Reader, sort: impl Fn(&Route) -> bool) -> bool {
    let all = reader.lists.route_tables.get_or_init(|| route_table::collect(reader)).await;
    all.iter().flat_map(|table| &table.routes).any(sort) || reader.unknown(Kind::RouteTable)
}

/// Whether some VPC has IPv6, as far as is known.
pub(super) async fn ipv6(reader: &Reader) -> bool {
    let all = reader.lists.vpcs.get_or_init(|| vpc::collect(reader)).await;
    all.iter().any(|vpc| !vpc.ipv6_cidr_block_association_set.is_empty()) || reader.unknown(Kind::Vpc)
}

/// Whether transit gateways are used. A VPC's attachment has an interface in each of its subnets, so it shows even
/// when the transit gateway is another account's and no longer shared with this one.
pub(super) async fn transit_gateways(reader: &Reader) -> bool {
    let all = reader.lists.transit_gateways.get_or_init(|| transit_gateway::collect(reader)).await;
    !all.is_empty()
        || reader.unknown(Kind::TransitGateway)
        || interface_of_type(reader, "transit_gateway").await
        || route(reader, |route| route.transit_gateway_id.is_some()).await
}
