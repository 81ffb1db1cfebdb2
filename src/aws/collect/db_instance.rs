//! Reads RDS instances.

use aws_sdk_rds::types as sdk;

use super::db_subnet_group::db_subnet_group;
use crate::aws::convert::{each, tags};
use crate::aws::reader::Reader;
use crate::model::resource::{DbInstance, Endpoint, VpcSecurityGroupMembership};

pub(super) async fn collect(reader: &Reader) -> Vec<DbInstance> {
    let instances = reader
        .pages(
            "rds:DescribeDBInstances",
            |token| reader.clients.rds.describe_db_instances().max_records(100).set_marker(token).send(),
            |page| (page.db_instances.unwrap_or_default(), page.marker),
        )
        .await;
    instances.into_iter().map(db_instance).collect()
}

fn db_instance(sdk: sdk::DbInstance) -> DbInstance {
    DbInstance {
        db_instance_identifier: sdk.db_instance_identifier.unwrap_or_default(),
        db_instance_arn: sdk.db_instance_arn,
        db_instance_class: sdk.db_instance_class,
        engine: sdk.engine,
        engine_version: sdk.engine_version,
        db_instance_status: sdk.db_instance_status,
        endpoint: sdk.endpoint.map(|endpoint| Endpoint { address: endpoint.address, port: endpoint.port }),
        allocated_storage: sdk.allocated_storage,
        availability_zone: sdk.availability_zone,
        secondary_availability_zone: sdk.secondary_availability_zone,
        multi_az: sdk.multi_az,
        publicly_accessible: sdk.publicly_accessible,
        storage_encrypted: sdk.storage_encrypted,
        backup_retention_period: sdk.backup_retention_period,
        db_cluster_identifier: sdk.db_cluster_identifier,
        db_subnet_group: sdk.db_subnet_group.map(db_subnet_group),
        vpc_security_groups: each(sdk.vpc_security_groups, security_group),
        enabled_cloudwatch_logs_exports: sdk.enabled_cloudwatch_logs_exports.unwrap_or_default(),
        tag_list: tags(sdk.tag_list),
    }
}

/// A security group of a database, whether an instance or a cluster.
pub(super) fn security_group(sdk: sdk::VpcSecurityGroupMembership) -> VpcSecurityGroupMembership {
    VpcSecurityGroupMembership { vpc_security_group_id: sdk.vpc_security_group_id.map(Into::into), status: sdk.status }
}
