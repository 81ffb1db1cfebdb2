//! Reads DB subnet groups.

use aws_sdk_rds::types as sdk;

use crate::aws::convert::each;
use crate::aws::reader::Reader;
use crate::model::resource::{DbAvailabilityZone, DbSubnet, DbSubnetGroup};

pub(super) async fn collect(reader: &Reader) -> Vec<DbSubnetGroup> {
    let groups = reader
        .pages(
            "rds:DescribeDBSubnetGroups",
            |token| reader.clients.rds.describe_db_subnet_groups().max_records(100).set_marker(token).send(),
            |page| (page.db_subnet_groups.unwrap_or_default(), page.marker),
        )
        .await;
    groups.into_iter().map(db_subnet_group).collect()
}

/// A subnet group, on its own or inside the instance that uses it.
pub(super) fn db_subnet_group(sdk: sdk::DbSubnetGroup) -> DbSubnetGroup {
    DbSubnetGroup {
        db_subnet_group_name: sdk.db_subnet_group_name.unwrap_or_default(),
        vpc_id: sdk.vpc_id.map(Into::into),
        subnets: each(sdk.subnets, |subnet| DbSubnet {
            subnet_identifier: subnet.subnet_identifier.map(Into::into),
            subnet_availability_zone: subnet
                .subnet_availability_zone
                .map(|zone| DbAvailabilityZone { name: zone.name }),
            subnet_status: subnet.subnet_status,
        }),
    }
}
