//! VPC origins of CloudFront, where a distribution names one: others serve nobody.

use aws_sdk_cloudfront::types as sdk;
use futures_util::future::join_all;

use super::distribution;
use crate::aws::convert::text;
use crate::aws::reader::Reader;
use crate::model::Kind;
use crate::model::resource::{Distribution, VpcOrigin, VpcOriginEndpointConfig};

const LIST: &str = "cloudfront:ListVpcOrigins";
const GET: &str = "cloudfront:GetVpcOrigin";

pub(super) async fn collect(reader: &Reader) -> Vec<VpcOrigin> {
    let distributions = reader.lists.distributions.get_or_init(|| distribution::collect(reader)).await;
    if !reader.unknown(Kind::Distribution) && !distributions.iter().any(may_name_one) {
        return reader.none(LIST);
    }
    let found = reader
        .pages(
            LIST,
            |token| reader.clients.cloudfront.list_vpc_origins().max_items(100).set_marker(token).send(),
            |page| page.vpc_origin_list.map(page_of).unwrap_or_default(),
        )
        .await;
    join_all(found.into_iter().map(|summary| with_details(reader, summary))).await
}

/// Whether a distribution fetches from a VPC origin, as far as is known.
fn may_name_one(distribution: &Distribution) -> bool {
    let Some(config) = &distribution.distribution_config else { return true };
    config.origins.iter().flat_map(|origins| &origins.items).any(|origin| origin.vpc_origin_config.is_some())
}

fn page_of(list: sdk::VpcOriginList) -> (Vec<sdk::VpcOriginSummary>, Option<String>) {
    (list.items.unwrap_or_default(), list.next_marker.filter(|_| list.is_truncated))
}

async fn with_details(reader: &Reader, summary: sdk::VpcOriginSummary) -> VpcOrigin {
    let ask = reader.clients.cloudfront.get_vpc_origin().id(&summary.id).send();
    let answer = reader.call(GET, Some(&summary.id), ask).await;
    let config = answer.and_then(|answer| answer.vpc_origin?.vpc_origin_endpoint_config);
    VpcOrigin {
        id: summary.id,
        arn: Some(summary.arn),
        status: Some(summary.status),
        vpc_origin_endpoint_config: config.map(|config| VpcOriginEndpointConfig {
            name: Some(config.name),
            arn: Some(config.arn.into()),
            http_port: Some(config.http_port),
            https_port: Some(config.https_port),
            origin_protocol_policy: text(Some(config.origin_protocol_policy)),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::resource::{DistributionConfig, Items, Origin, VpcOriginConfig};

    #[test]
    fn a_distribution_that_is_not_known_may_name_any_origin() {
        let with = |origin: Origin| {
            let origins = Some(Items { items: vec![origin] });
            let config = DistributionConfig { origins, ..Default::default() };
            may_name_one(&Distribution { distribution_config: Some(config), ..Default::default() })
        };
        assert!(may_name_one(&Distribution::default()));
        assert!(!with(Origin::default()));
        assert!(with(Origin { vpc_origin_config: Some(VpcOriginConfig::default()), ..Default::default() }));
    }
}
