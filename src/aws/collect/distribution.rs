//! Reads CloudFront distributions with their configuration and tags.

use aws_sdk_cloudfront::types as sdk;
use futures_util::future::{join, join_all};

use crate::aws::convert::{each, tags, text};
use crate::aws::reader::Reader;
use crate::model::Tag;
use crate::model::resource::{
    CacheBehavior, CustomOriginConfig, Distribution, DistributionConfig, Items, LoggingConfig, Origin,
    OriginCustomHeader, S3OriginConfig, ViewerCertificate, VpcOriginConfig,
};

pub(super) async fn collect(reader: &Reader) -> Vec<Distribution> {
    let found = reader
        .pages(
            "cloudfront:ListDistributions",
            |token| reader.clients.cloudfront.list_distributions().max_items(100).set_marker(token).send(),
            |page| page.distribution_list.map(page_of).unwrap_or_default(),
        )
        .await;
    join_all(found.into_iter().map(|summary| with_details(reader, distribution(summary)))).await
}

fn page_of(list: sdk::DistributionList) -> (Vec<sdk::DistributionSummary>, Option<String>) {
    (list.items.unwrap_or_default(), list.next_marker.filter(|_| list.is_truncated))
}

async fn with_details(reader: &Reader, mut distribution: Distribution) -> Distribution {
    let config = config_of(reader, &distribution.id);
    let arn = distribution.arn.as_deref().unwrap_or_default();
    let (config, tags) = join(config, tags_of(reader, &distribution.id, arn)).await;
    distribution.distribution_config = config;
    distribution.tags = tags;
    distribution
}

async fn config_of(reader: &Reader, id: &str) -> Option<DistributionConfig> {
    let ask = reader.clients.cloudfront.get_distribution().id(id).send();
    let answer = reader.call("cloudfront:GetDistribution", Some(id), ask).await?;
    answer.distribution?.distribution_config.map(config)
}

async fn tags_of(reader: &Reader, id: &str, arn: &str) -> Vec<Tag> {
    let ask = reader.clients.cloudfront.list_tags_for_resource().resource(arn).send();
    let answer = reader.call("cloudfront:ListTagsForResource", Some(id), ask).await;
    tags(answer.and_then(|answer| answer.tags).and_then(|list| list.items))
}

fn distribution(sdk: sdk::DistributionSummary) -> Distribution {
    Distribution {
        id: sdk.id,
        arn: Some(sdk.arn),
        status: Some(sdk.status),
        domain_name: Some(sdk.domain_name),
        distribution_config: None,
        tags: Vec::new(),
    }
}

fn config(sdk: sdk::DistributionConfig) -> DistributionConfig {
    DistributionConfig {
        comment: Some(sdk.comment),
        enabled: Some(sdk.enabled),
        aliases: sdk.aliases.map(|aliases| items(aliases.items, |alias| alias)),
        origins: sdk.origins.map(|origins| items(Some(origins.items), origin)),
        default_cache_behavior: sdk.default_cache_behavior.map(|behavior| CacheBehavior {
            path_pattern: None,
            target_origin_id: Some(behavior.target_origin_id),
            viewer_protocol_policy: text(Some(behavior.viewer_protocol_policy)),
        }),
        cache_behaviors: sdk.cache_behaviors.map(|behaviors| items(behaviors.items, behavior)),
        viewer_certificate: sdk.viewer_certificate.map(|certificate| ViewerCertificate {
            cloud_front_default_certificate: certificate.cloud_front_default_certificate,
            acm_certificate_arn: certificate.acm_certificate_arn,
            minimum_protocol_version: text(certificate.minimum_protocol_version),
            ssl_support_method: text(certificate.ssl_support_method),
        }),
        logging: sdk.logging.map(|logging| LoggingConfig {
            enabled: Some(logging.enabled),
            bucket: Some(logging.bucket),
            prefix: Some(logging.prefix),
        }),
        web_acl_id: sdk.web_acl_id,
        price_class: text(sdk.price_class),
    }
}

/// The values of custom headers are shared secrets: only the headers' names are kept.
fn origin(sdk: sdk::Origin) -> Origin {
    Origin {
        id: sdk.id,
        domain_name: Some(sdk.domain_name),
        origin_access_control_id: sdk.origin_access_control_id,
        s3_origin_config: sdk
            .s3_origin_config
            .map(|s3| S3OriginConfig { origin_access_identity: Some(s3.origin_access_identity) }),
        custom_origin_config: sdk.custom_origin_config.map(custom_origin),
        vpc_origin_config: sdk.vpc_origin_config.map(|vpc| VpcOriginConfig { vpc_origin_id: Some(vpc.vpc_origin_id) }),
        custom_headers: sdk
            .custom_headers
            .map(|headers| items(headers.items, |header| OriginCustomHeader { header_name: Some(header.header_name) })),
    }
}

fn custom_origin(sdk: sdk::CustomOriginConfig) -> CustomOriginConfig {
    CustomOriginConfig {
        http_port: Some(sdk.http_port),
        https_port: Some(sdk.https_port),
        origin_protocol_policy: text(Some(sdk.origin_protocol_policy)),
        origin_ssl_protocols: sdk
            .origin_ssl_protocols
            .map(|protocols| items(Some(protocols.items), |protocol| protocol.as_str().to_owned())),
    }
}

fn behavior(sdk: sdk::CacheBehavior) -> CacheBehavior {
    CacheBehavior {
        path_pattern: Some(sdk.path_pattern),
        target_origin_id: Some(sdk.target_origin_id),
        viewer_protocol_policy: text(Some(sdk.viewer_protocol_policy)),
    }
}

fn items<A, B>(list: Option<Vec<A>>, convert: impl FnMut(A) -> B) -> Items<B> {
    Items { items: each(list, convert) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::fake::{Fake, denied};

    fn answer(request: &str) -> (u16, String) {
        if request.contains("/tagging") {
            return denied();
        }
        let summary = "<Id>E1</Id><ARN>arn:e1</ARN><Status>Deployed</Status><DomainName>d1.net</DomainName>";
        let origin = "<Origin><Id>web</Id><DomainName>web.example.com</DomainName><CustomHeaders><Quantity>1</Quantity>\
                      <Items><OriginCustomHeader><HeaderName>x-key</HeaderName><HeaderValue>hush</HeaderValue>\
                      </OriginCustomHeader></Items></CustomHeaders></Origin>";
        let config = format!(
            "<DistributionConfig><Enabled>true</Enabled><Origins><Quantity>1</Quantity><Items>{origin}</Items></Origins>\
             <Aliases><Quantity>1</Quantity><Items><CNAME>www.example.com</CNAME></Items></Aliases>\
             <DefaultCacheBehavior><ViewerProtocolPolicy>allow-all</ViewerProtocolPolicy></DefaultCacheBehavior>\
             </DistributionConfig>"
        );
        let body = if request.contains("/distribution/E1") {
            format!("<Distribution>{summary}{config}</Distribution>")
        } else {
            let items = format!("<Items><DistributionSummary>{summary}</DistributionSummary></Items>");
            format!("<DistributionList><IsTruncated>false</IsTruncated>{items}</DistributionList>")
        };
        (200, body)
    }

    #[tokio::test]
    async fn a_configuration_is_read_without_the_values_of_its_headers() {
        let fake = Fake::new(answer);
        let distributions = collect(&fake.reader).await;
        assert!(!serde_json::to_string(&distributions).unwrap().contains("hush"));
        let config = distributions[0].distribution_config.as_ref().unwrap();
        let headers = config.origins.as_ref().unwrap().items[0].custom_headers.as_ref().unwrap();
        assert_eq!(headers.items[0].header_name.as_deref(), Some("x-key"));
        assert_eq!(config.aliases.as_ref().unwrap().items, ["www.example.com"]);
        let behavior = config.default_cache_behavior.as_ref().unwrap();
        assert_eq!(behavior.viewer_protocol_policy.as_deref(), Some("allow-all"));
        let (_, gaps) = fake.finish("");
        assert_eq!(gaps.len(), 1);
        assert_eq!(gaps[0].resource.as_deref(), Some("E1"), "its id, not its ARN");
    }
}
