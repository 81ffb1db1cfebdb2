//! OpenSearch and Elasticsearch domains.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::{Describe, SecurityGroupId, SubnetId, Tag, VpcId};

/// A domain, as `es:DescribeDomains` prints it, with its tags.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Domain {
    /// Its name.
    pub domain_name: String,
    /// Its ARN.
    #[serde(rename = "ARN")]
    pub arn: Option<String>,
    /// `OpenSearch_2.11`, `Elasticsearch_7.10`; the older API says `7.10`.
    #[serde(alias = "ElasticsearchVersion")]
    pub engine_version: Option<String>,
    /// The DNS name of a domain open to the internet.
    pub endpoint: Option<String>,
    /// The DNS names of a domain in a VPC, under `vpc`.
    #[serde(default)]
    pub endpoints: BTreeMap<String, String>,
    /// Whether a change is under way.
    pub processing: Option<bool>,
    /// Its nodes.
    #[serde(alias = "ElasticsearchClusterConfig")]
    pub cluster_config: Option<ClusterConfig>,
    /// Where it is in a VPC; absent when it is open to the internet.
    #[serde(rename = "VPCOptions")]
    pub vpc_options: Option<DomainVpcOptions>,
    /// How it is spoken to.
    pub domain_endpoint_options: Option<DomainEndpointOptions>,
    /// Whether its storage is encrypted.
    pub encryption_at_rest_options: Option<EncryptionAtRestOptions>,
    /// Whether its nodes speak TLS with each other.
    pub node_to_node_encryption_options: Option<NodeToNodeEncryptionOptions>,
    /// The logs it publishes, by type, such as `AUDIT_LOGS`.
    #[serde(default)]
    pub log_publishing_options: BTreeMap<String, LogPublishingOption>,
    /// Who may use it: a policy as JSON text; empty is none.
    pub access_policies: Option<String>,
    /// Its tags, as `es:ListTags` tells them.
    #[serde(default)]
    pub tags: Vec<Tag>,
}

/// The nodes of a domain.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ClusterConfig {
    /// The type of its data nodes.
    pub instance_type: Option<String>,
    /// How many data nodes it has.
    pub instance_count: Option<i32>,
    /// Whether it has nodes that do nothing but lead.
    pub dedicated_master_enabled: Option<bool>,
    /// Whether its nodes are spread over zones.
    pub zone_awareness_enabled: Option<bool>,
    /// Over how many.
    pub zone_awareness_config: Option<ZoneAwarenessConfig>,
}

/// Over how many zones nodes are spread.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ZoneAwarenessConfig {
    /// 2 or 3.
    pub availability_zone_count: Option<i32>,
}

/// Where a domain is in a VPC.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DomainVpcOptions {
    /// The VPC.
    #[serde(rename = "VPCId")]
    pub vpc_id: Option<VpcId>,
    /// Its subnets.
    #[serde(default)]
    pub subnet_ids: Vec<SubnetId>,
    /// Its zones.
    #[serde(default)]
    pub availability_zones: Vec<String>,
    /// Its security groups.
    #[serde(default)]
    pub security_group_ids: Vec<SecurityGroupId>,
}

/// How a domain is spoken to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DomainEndpointOptions {
    /// Whether plain HTTP is redirected to HTTPS.
    #[serde(rename = "EnforceHTTPS")]
    pub enforce_https: Option<bool>,
    /// Its TLS floor, such as `Policy-Min-TLS-1-2-2019-07`.
    #[serde(rename = "TLSSecurityPolicy")]
    pub tls_security_policy: Option<String>,
    /// Its owner's own DNS name for it.
    pub custom_endpoint: Option<String>,
}

/// Whether storage is encrypted.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct EncryptionAtRestOptions {
    /// Whether it is.
    pub enabled: Option<bool>,
    /// With which key.
    pub kms_key_id: Option<String>,
}

/// Whether nodes speak TLS with each other.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct NodeToNodeEncryptionOptions {
    /// Whether they do.
    pub enabled: Option<bool>,
}

/// Where one type of log goes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct LogPublishingOption {
    /// The log group.
    pub cloud_watch_logs_log_group_arn: Option<String>,
    /// Whether it is published.
    pub enabled: Option<bool>,
}

impl Describe for Domain {
    fn id(&self) -> &str {
        &self.domain_name
    }
    fn name(&self) -> Option<&str> {
        Some(&self.domain_name)
    }
    fn tags(&self) -> &[Tag] {
        &self.tags
    }
    fn vpc_id(&self) -> Option<&VpcId> {
        self.vpc_options.as_ref()?.vpc_id.as_ref()
    }
    fn dns_names(&self) -> Vec<&str> {
        let own = self.domain_endpoint_options.as_ref().and_then(|options| options.custom_endpoint.as_ref());
        self.endpoint.iter().chain(self.endpoints.values()).chain(own).map(String::as_str).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_generations_of_the_api_are_read() {
        let json = r#"{"DomainName": "logs", "ElasticsearchVersion": "7.10",
            "ElasticsearchClusterConfig": {"InstanceCount": 2, "ZoneAwarenessEnabled": true},
            "VPCOptions": {"VPCId": "vpc-1", "SubnetIds": ["subnet-1"]},
            "Endpoints": {"vpc": "vpc-logs.eu-west-1.es.amazonaws.com"},
            "DomainEndpointOptions": {"EnforceHTTPS": true, "TLSSecurityPolicy": "Policy-Min-TLS-1-2-2019-07"},
            "LogPublishingOptions": {"AUDIT_LOGS": {"CloudWatchLogsLogGroupArn": "arn:aws:logs:::a", "Enabled": true}}}"#;
        let old: Domain = serde_json::from_str(json).unwrap();
        let json = json.replace("ElasticsearchVersion", "EngineVersion").replace("ElasticsearchCluster", "Cluster");
        let new: Domain = serde_json::from_str(&json).unwrap();
        assert_eq!(old, new);
        assert_eq!(old.engine_version.as_deref(), Some("7.10"));
        assert_eq!(old.vpc_id().unwrap(), "vpc-1");
        assert_eq!(old.dns_names(), ["vpc-logs.eu-west-1.es.amazonaws.com"]);
        assert_eq!(old.log_publishing_options["AUDIT_LOGS"].enabled, Some(true));
        let written = serde_json::to_value(&old).unwrap();
        assert!(written.get("EngineVersion").is_some() && written.get("VPCOptions").is_some());
    }
}
