//! Reads cache subnet groups.

use aws_sdk_elasticache::types as sdk;

use crate::aws::convert::each;
use crate::aws::reader::Reader;
use crate::model::resource::{CacheAvailabilityZone, CacheSubnet, CacheSubnetGroup};

pub(super) async fn collect(reader: &Reader) -> Vec<CacheSubnetGroup> {
    let groups = reader
        .pages(
            "elasticache:DescribeCacheSubnetGroups",
            |token| reader.clients.elasticache.describe_cache_subnet_groups().max_records(100).set_marker(token).send(),
            |page| (page.cache_subnet_groups.unwrap_or_default(), page.marker),
        )
        .await;
    groups.into_iter().map(cache_subnet_group).collect()
}

fn cache_subnet_group(sdk: sdk::CacheSubnetGroup) -> CacheSubnetGroup {
    CacheSubnetGroup {
        cache_subnet_group_name: sdk.cache_subnet_group_name.unwrap_or_default(),
        vpc_id: sdk.vpc_id.map(Into::into),
        subnets: each(sdk.subnets, |subnet| CacheSubnet {
            subnet_identifier: subnet.subnet_identifier.map(Into::into),
            subnet_availability_zone: subnet
                .subnet_availability_zone
                .map(|zone| CacheAvailabilityZone { name: zone.name }),
        }),
    }
}
