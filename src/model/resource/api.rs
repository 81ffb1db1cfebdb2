//! APIs of API Gateway.

use serde::{Deserialize, Serialize};

use crate::model::tag::map;
use crate::model::{Describe, Kind, Tag};

/// An HTTP, WebSocket or REST API in the words of version 2 of API Gateway's API, with where its requests go. A method
/// of a REST API is a route here, and its integration has the method's name.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Api {
    /// Its id.
    pub api_id: String,
    /// Its name.
    pub name: Option<String>,
    /// `HTTP`, `WEBSOCKET` or `REST`.
    pub protocol_type: Option<String>,
    /// `REGIONAL`, `EDGE` or `PRIVATE`, of a REST API; the others are Regional.
    #[serde(default)]
    pub endpoint_types: Vec<String>,
    /// Whether it answers only to names of its owner's.
    pub disable_execute_api_endpoint: Option<bool>,
    /// The policy of a REST API, which may admit some callers only.
    pub policy: Option<String>,
    /// Where requests go; absent when not all could be read.
    pub integrations: Option<Vec<ApiIntegration>>,
    /// Which requests there are; absent when not all could be read.
    pub routes: Option<Vec<ApiRoute>>,
    /// Its tags.
    #[serde(default, with = "map")]
    pub tags: Vec<Tag>,
}

/// Where requests go.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ApiIntegration {
    /// Its id, by which routes name it.
    pub integration_id: String,
    /// `HTTP_PROXY`, `AWS_PROXY`, `MOCK` and so on.
    pub integration_type: Option<String>,
    /// `INTERNET` or `VPC_LINK`.
    pub connection_type: Option<String>,
    /// The VPC link.
    pub connection_id: Option<String>,
    /// A URL, or the ARN of a listener or function.
    pub integration_uri: Option<String>,
    /// The load balancer behind a VPC link of version 2, in a REST API.
    pub integration_target: Option<String>,
}

/// A request and who may make it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ApiRoute {
    /// Its method and path, or `$default`.
    pub route_key: Option<String>,
    /// `integrations/` and the integration's id.
    pub target: Option<String>,
    /// `NONE` for everybody, `AWS_IAM`, `CUSTOM`, `JWT` or `COGNITO_USER_POOLS`.
    pub authorization_type: Option<String>,
    /// Whether it needs an API key.
    pub api_key_required: Option<bool>,
}

impl Describe for Api {
    fn id(&self) -> &str {
        &self.api_id
    }
    fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }
    fn tags(&self) -> &[Tag] {
        &self.tags
    }
    fn parents(&self) -> Vec<(Kind, &str)> {
        let integrations = self.integrations.iter().flatten();
        let links = integrations.filter(|to| to.connection_type.as_deref() == Some("VPC_LINK"));
        links.filter_map(|to| Some((Kind::VpcLink, to.connection_id.as_deref()?))).collect()
    }
}
