//! Security groups.

use aws_sdk_ec2::types as sdk;

use crate::aws::convert::tags;
use crate::aws::reader::Reader;
use crate::model::resource::{
    GroupIdentifier, IpPermission, IpRange, Ipv6Range, PrefixListReference, SecurityGroup, UserIdGroupPair,
};

pub(super) async fn collect(reader: &Reader) -> Vec<SecurityGroup> {
    let groups = reader
        .pages(
            "ec2:DescribeSecurityGroups",
            |token| reader.clients.ec2.describe_security_groups().max_results(1000).set_next_token(token).send(),
            |page| (page.security_groups.unwrap_or_default(), page.next_token),
        )
        .await;
    groups.into_iter().map(security_group).collect()
}

fn security_group(group: sdk::SecurityGroup) -> SecurityGroup {
    SecurityGroup {
        group_id: group.group_id.unwrap_or_default().into(),
        group_name: group.group_name,
        description: group.description,
        vpc_id: group.vpc_id.map(Into::into),
        owner_id: group.owner_id,
        ip_permissions: group.ip_permissions.into_iter().flatten().map(permission).collect(),
        ip_permissions_egress: group.ip_permissions_egress.into_iter().flatten().map(permission).collect(),
        tags: tags(group.tags),
    }
}

fn permission(permission: sdk::IpPermission) -> IpPermission {
    IpPermission {
        ip_protocol: permission.ip_protocol,
        from_port: permission.from_port,
        to_port: permission.to_port,
        ip_ranges: permission.ip_ranges.into_iter().flatten().map(ipv4).collect(),
        ipv6_ranges: permission.ipv6_ranges.into_iter().flatten().map(ipv6).collect(),
        prefix_list_ids: permission.prefix_list_ids.into_iter().flatten().map(prefix_list).collect(),
        user_id_group_pairs: permission.user_id_group_pairs.into_iter().flatten().map(pair).collect(),
    }
}

fn ipv4(range: sdk::IpRange) -> IpRange {
    IpRange { cidr_ip: range.cidr_ip, description: range.description }
}

fn ipv6(range: sdk::Ipv6Range) -> Ipv6Range {
    Ipv6Range { cidr_ipv6: range.cidr_ipv6, description: range.description }
}

fn prefix_list(list: sdk::PrefixListId) -> PrefixListReference {
    PrefixListReference { prefix_list_id: list.prefix_list_id.map(Into::into), description: list.description }
}

fn pair(pair: sdk::UserIdGroupPair) -> UserIdGroupPair {
    UserIdGroupPair {
        group_id: pair.group_id.map(Into::into),
        group_name: pair.group_name,
        user_id: pair.user_id,
        vpc_id: pair.vpc_id.map(Into::into),
        vpc_peering_connection_id: pair.vpc_peering_connection_id,
        peering_status: pair.peering_status,
        description: pair.description,
    }
}

/// The group that something else of EC2 names.
pub(super) fn identifier(group: sdk::GroupIdentifier) -> GroupIdentifier {
    GroupIdentifier { group_id: group.group_id.map(Into::into), group_name: group.group_name }
}
