//! Reads OpenSearch and Elasticsearch domains with their tags.

use aws_sdk_opensearch::types as sdk;
use futures_util::future::join_all;

use crate::aws::convert::{ids, tags, text};
use crate::aws::reader::Reader;
use crate::model::resource::{
    ClusterConfig, Domain, DomainEndpointOptions, DomainVpcOptions, EncryptionAtRestOptions, LogPublishingOption,
    NodeToNodeEncryptionOptions, ZoneAwarenessConfig,
};
use crate::model::{Gap, GapReason, Tag};

const DESCRIBE: &str = "es:DescribeDomains";
const TAGS: &str = "es:ListTags";

pub(super) async fn collect(reader: &Reader) -> Vec<Domain> {
    let ask = reader.clients.opensearch.list_domain_names().send();
    let answer = reader.call("es:ListDomainNames", None, ask).await;
    let infos = answer.and_then(|answer| answer.domain_names).unwrap_or_default();
    let names: Vec<String> = infos.into_iter().filter_map(|info| info.domain_name).collect();
    let described = join_all(names.chunks(5).map(|batch| describe(reader, batch))).await;
    join_all(described.into_iter().flatten().map(|domain| with_tags(reader, domain))).await
}

async fn describe(reader: &Reader, names: &[String]) -> Vec<Domain> {
    let ask = reader.clients.opensearch.describe_domains().set_domain_names(Some(names.to_vec())).send();
    let answer = reader.call_about(DESCRIBE, names, ask).await;
    let described = answer.map(|answer| answer.domain_status_list.into_iter().map(domain).collect());
    reader.all_listed(DESCRIBE, names, described, |name| Domain { domain_name: name.into(), ..Default::default() })
}

async fn with_tags(reader: &Reader, domain: Domain) -> Domain {
    let tags = tags_of(reader, &domain).await;
    Domain { tags, ..domain }
}

async fn tags_of(reader: &Reader, domain: &Domain) -> Vec<Tag> {
    let Some(arn) = &domain.arn else {
        reader.gap(Gap::new(TAGS, GapReason::Incomplete, "its ARN is not known").about(&domain.domain_name));
        return Vec::new();
    };
    let ask = reader.clients.opensearch.list_tags().arn(arn).send();
    let answer = reader.call(TAGS, Some(&domain.domain_name), ask).await;
    tags(answer.and_then(|answer| answer.tag_list))
}

fn domain(sdk: sdk::DomainStatus) -> Domain {
    Domain {
        domain_name: sdk.domain_name,
        arn: Some(sdk.arn),
        engine_version: sdk.engine_version,
        endpoint: sdk.endpoint,
        endpoints: sdk.endpoints.into_iter().flatten().collect(),
        processing: sdk.processing,
        cluster_config: sdk.cluster_config.map(cluster),
        vpc_options: sdk.vpc_options.map(vpc),
        domain_endpoint_options: sdk.domain_endpoint_options.map(|options| DomainEndpointOptions {
            enforce_https: options.enforce_https,
            tls_security_policy: text(options.tls_security_policy),
            custom_endpoint: options.custom_endpoint,
        }),
        encryption_at_rest_options: sdk
            .encryption_at_rest_options
            .map(|options| EncryptionAtRestOptions { enabled: options.enabled, kms_key_id: options.kms_key_id }),
        node_to_node_encryption_options: sdk
            .node_to_node_encryption_options
            .map(|options| NodeToNodeEncryptionOptions { enabled: options.enabled }),
        log_publishing_options: sdk.log_publishing_options.into_iter().flatten().map(log).collect(),
        access_policies: sdk.access_policies,
        tags: Vec::new(),
    }
}

fn cluster(sdk: sdk::ClusterConfig) -> ClusterConfig {
    ClusterConfig {
        instance_type: text(sdk.instance_type),
        instance_count: sdk.instance_count,
        dedicated_master_enabled: sdk.dedicated_master_enabled,
        zone_awareness_enabled: sdk.zone_awareness_enabled,
        zone_awareness_config: sdk
            .zone_awareness_config
            .map(|config| ZoneAwarenessConfig { availability_zone_count: config.availability_zone_count }),
    }
}

fn vpc(sdk: sdk::VpcDerivedInfo) -> DomainVpcOptions {
    DomainVpcOptions {
        vpc_id: sdk.vpc_id.map(Into::into),
        subnet_ids: ids(sdk.subnet_ids),
        availability_zones: sdk.availability_zones.unwrap_or_default(),
        security_group_ids: ids(sdk.security_group_ids),
    }
}

fn log((kind, option): (sdk::LogType, sdk::LogPublishingOption)) -> (String, LogPublishingOption) {
    let option = LogPublishingOption {
        cloud_watch_logs_log_group_arn: option.cloud_watch_logs_log_group_arn,
        enabled: option.enabled,
    };
    (kind.as_str().to_owned(), option)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::fake::Fake;

    fn answer(request: &str) -> (u16, String) {
        let body = if request.contains("/tags") {
            r#"{"TagList": [{"Key": "env", "Value": "prod"}]}"#.to_owned()
        } else if request.contains("domain-info") {
            let domain = r#"{"DomainName": "d0", "DomainId": "1/d0", "ARN": "arn:d0",
                "ClusterConfig": {"InstanceCount": 2}, "Endpoints": {"vpc": "vpc-d0.es.amazonaws.com"},
                "VPCOptions": {"VPCId": "vpc-1", "SubnetIds": ["subnet-1"]},
                "LogPublishingOptions": {"AUDIT_LOGS": {"Enabled": true}}}"#;
            format!(r#"{{"DomainStatusList": [{}]}}"#, if request.contains("d0") { domain } else { "" })
        } else {
            let names: Vec<_> = (0..6).map(|n| format!(r#"{{"DomainName": "d{n}"}}"#)).collect();
            format!(r#"{{"DomainNames": [{}]}}"#, names.join(","))
        };
        (200, body)
    }

    #[tokio::test]
    async fn domains_are_described_five_at_a_time_and_none_is_lost() {
        let fake = Fake::new(answer);
        let domains = collect(&fake.reader).await;
        assert_eq!((domains.len(), fake.asked("domain-info"), fake.asked("/tags")), (6, 2, 1));
        let vpc = domains[0].vpc_options.as_ref().unwrap();
        assert_eq!((vpc.vpc_id.as_ref().unwrap().as_str(), vpc.subnet_ids.len()), ("vpc-1", 1));
        assert_eq!(domains[0].endpoints["vpc"], "vpc-d0.es.amazonaws.com");
        assert_eq!(domains[0].log_publishing_options["AUDIT_LOGS"].enabled, Some(true));
        assert_eq!(Tag::find(&domains[0].tags, "env"), Some("prod"));
        let (_, gaps) = fake.finish("");
        assert_eq!(gaps.iter().filter(|gap| gap.action == DESCRIBE && gap.resource.is_some()).count(), 5);
        assert_eq!(gaps.iter().filter(|gap| gap.action == TAGS && gap.resource.is_some()).count(), 5);
    }
}
