//! Reads ElastiCache clusters with their nodes.

use aws_sdk_elasticache::types as sdk;

use crate::aws::convert::each;
use crate::aws::reader::Reader;
use crate::model::resource::{CacheCluster, CacheNode, CacheSecurityGroupMembership, Endpoint};

pub(super) async fn collect(reader: &Reader) -> Vec<CacheCluster> {
    let clusters = reader
        .pages(
            "elasticache:DescribeCacheClusters",
            |token| {
                reader
                    .clients
                    .elasticache
                    .describe_cache_clusters()
                    .show_cache_node_info(true)
                    .max_records(100)
                    .set_marker(token)
                    .send()
            },
            |page| (page.cache_clusters.unwrap_or_default(), page.marker),
        )
        .await;
    clusters.into_iter().map(cache_cluster).collect()
}

fn cache_cluster(sdk: sdk::CacheCluster) -> CacheCluster {
    CacheCluster {
        cache_cluster_id: sdk.cache_cluster_id.unwrap_or_default(),
        arn: sdk.arn,
        engine: sdk.engine,
        engine_version: sdk.engine_version,
        cache_node_type: sdk.cache_node_type,
        cache_cluster_status: sdk.cache_cluster_status,
        num_cache_nodes: sdk.num_cache_nodes,
        preferred_availability_zone: sdk.preferred_availability_zone,
        cache_nodes: each(sdk.cache_nodes, |node| CacheNode {
            cache_node_id: node.cache_node_id,
            customer_availability_zone: node.customer_availability_zone,
            endpoint: node.endpoint.map(endpoint),
        }),
        replication_group_id: sdk.replication_group_id,
        cache_subnet_group_name: sdk.cache_subnet_group_name,
        security_groups: each(sdk.security_groups, |group| CacheSecurityGroupMembership {
            security_group_id: group.security_group_id.map(Into::into),
            status: group.status,
        }),
        transit_encryption_enabled: sdk.transit_encryption_enabled,
        configuration_endpoint: sdk.configuration_endpoint.map(endpoint),
        tags: Vec::new(),
    }
}

/// Where a node or a replication group listens.
pub(super) fn endpoint(sdk: sdk::Endpoint) -> Endpoint {
    Endpoint { address: sdk.address, port: sdk.port }
}
