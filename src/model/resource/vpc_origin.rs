//! VPC origins of CloudFront.

use serde::{Deserialize, Serialize};

use crate::model::{Arn, Describe, Kind};

/// A private load balancer or instance that distributions fetch from, as `cloudfront:GetVpcOrigin` prints it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct VpcOrigin {
    /// Its id, by which distributions name it.
    pub id: String,
    /// Its ARN.
    pub arn: Option<String>,
    /// `Deploying`, `Deployed`, `Failed` and so on.
    pub status: Option<String>,
    /// What is behind it; absent when it could not be read.
    pub vpc_origin_endpoint_config: Option<VpcOriginEndpointConfig>,
}

/// What is behind a VPC origin.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct VpcOriginEndpointConfig {
    /// What its owner calls it.
    pub name: Option<String>,
    /// The load balancer or instance.
    pub arn: Option<Arn>,
    /// The port for HTTP.
    #[serde(rename = "HTTPPort")]
    pub http_port: Option<i32>,
    /// The port for HTTPS.
    #[serde(rename = "HTTPSPort")]
    pub https_port: Option<i32>,
    /// `http-only`, `match-viewer` or `https-only`.
    pub origin_protocol_policy: Option<String>,
}

impl Describe for VpcOrigin {
    fn id(&self) -> &str {
        &self.id
    }
    fn name(&self) -> Option<&str> {
        self.vpc_origin_endpoint_config.as_ref()?.name.as_deref()
    }
    fn parents(&self) -> Vec<(Kind, &str)> {
        let arn = self.vpc_origin_endpoint_config.as_ref().and_then(|config| config.arn.as_ref()).map(Arn::as_str);
        let parent = |arn: &'_ str| match arn.rsplit_once(":instance/") {
            Some(_) => Kind::Instance,
            None => Kind::LoadBalancer,
        };
        arn.map(|arn| (parent(arn), arn.rsplit_once(":instance/").map_or(arn, |(_, id)| id))).into_iter().collect()
    }
}
