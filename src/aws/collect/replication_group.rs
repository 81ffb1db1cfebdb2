//! Reads ElastiCache replication groups.

use aws_sdk_elasticache::types as sdk;

use super::cache_cluster::endpoint;
use crate::aws::convert::{each, text};
use crate::aws::reader::Reader;
use crate::model::resource::{NodeGroup, NodeGroupMember, ReplicationGroup};

pub(super) async fn collect(reader: &Reader) -> Vec<ReplicationGroup> {
    let groups = reader
        .pages(
            "elasticache:DescribeReplicationGroups",
            |token| reader.clients.elasticache.describe_replication_groups().max_records(100).set_marker(token).send(),
            |page| (page.replication_groups.unwrap_or_default(), page.marker),
        )
        .await;
    groups.into_iter().map(replication_group).collect()
}

fn replication_group(sdk: sdk::ReplicationGroup) -> ReplicationGroup {
    ReplicationGroup {
        replication_group_id: sdk.replication_group_id.unwrap_or_default(),
        arn: sdk.arn,
        description: sdk.description,
        status: sdk.status,
        automatic_failover: text(sdk.automatic_failover),
        multi_az: text(sdk.multi_az),
        member_clusters: sdk.member_clusters.unwrap_or_default(),
        node_groups: each(sdk.node_groups, node_group),
        cluster_enabled: sdk.cluster_enabled,
        transit_encryption_enabled: sdk.transit_encryption_enabled,
        transit_encryption_mode: text(sdk.transit_encryption_mode),
        at_rest_encryption_enabled: sdk.at_rest_encryption_enabled,
        tags: Vec::new(),
    }
}

fn node_group(sdk: sdk::NodeGroup) -> NodeGroup {
    NodeGroup {
        node_group_id: sdk.node_group_id,
        status: sdk.status,
        primary_endpoint: sdk.primary_endpoint.map(endpoint),
        node_group_members: each(sdk.node_group_members, |member| NodeGroupMember {
            cache_cluster_id: member.cache_cluster_id,
            preferred_availability_zone: member.preferred_availability_zone,
            current_role: member.current_role,
        }),
    }
}
