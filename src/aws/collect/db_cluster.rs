//! Reads Aurora and Multi-AZ DB clusters.

use aws_sdk_rds::types as sdk;

use super::db_instance::security_group;
use crate::aws::convert::{each, tags};
use crate::aws::reader::Reader;
use crate::model::resource::{DbCluster, DbClusterMember};

pub(super) async fn collect(reader: &Reader) -> Vec<DbCluster> {
    let clusters = reader
        .pages(
            "rds:DescribeDBClusters",
            |token| reader.clients.rds.describe_db_clusters().max_records(100).set_marker(token).send(),
            |page| (page.db_clusters.unwrap_or_default(), page.marker),
        )
        .await;
    clusters.into_iter().map(db_cluster).collect()
}

fn db_cluster(sdk: sdk::DbCluster) -> DbCluster {
    DbCluster {
        db_cluster_identifier: sdk.db_cluster_identifier.unwrap_or_default(),
        db_cluster_arn: sdk.db_cluster_arn,
        engine: sdk.engine,
        engine_version: sdk.engine_version,
        status: sdk.status,
        endpoint: sdk.endpoint,
        reader_endpoint: sdk.reader_endpoint,
        port: sdk.port,
        multi_az: sdk.multi_az,
        availability_zones: sdk.availability_zones.unwrap_or_default(),
        db_cluster_members: each(sdk.db_cluster_members, |member| DbClusterMember {
            db_instance_identifier: member.db_instance_identifier,
            is_cluster_writer: member.is_cluster_writer,
        }),
        db_subnet_group: sdk.db_subnet_group,
        vpc_security_groups: each(sdk.vpc_security_groups, security_group),
        publicly_accessible: sdk.publicly_accessible,
        storage_encrypted: sdk.storage_encrypted,
        backup_retention_period: sdk.backup_retention_period,
        enabled_cloudwatch_logs_exports: sdk.enabled_cloudwatch_logs_exports.unwrap_or_default(),
        tag_list: tags(sdk.tag_list),
    }
}
