//! Rules of Application Load Balancer listeners.

use serde::{Deserialize, Serialize};

use super::Action;
use crate::model::{Arn, Describe, Kind};

/// A rule, as `elasticloadbalancing:DescribeRules` prints it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListenerRule {
    /// Its ARN.
    pub rule_arn: Arn,
    /// Its listener: the one that was asked about, or told from the rule's own ARN.
    pub listener_arn: Option<Arn>,
    /// Its place: the lowest number that matches decides; `default` is last.
    pub priority: Option<String>,
    /// Whether it is the listener's default.
    pub is_default: Option<bool>,
    /// When it applies: all of them must hold.
    #[serde(default)]
    pub conditions: Vec<RuleCondition>,
    /// What it does.
    #[serde(default)]
    pub actions: Vec<Action>,
}

/// One condition.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RuleCondition {
    /// `host-header`, `path-pattern`, `http-header`, `http-request-method`, `query-string` or `source-ip`.
    pub field: Option<String>,
    /// What it is compared with, in the old form.
    #[serde(default)]
    pub values: Vec<String>,
    /// Regular expressions it is compared with instead, in the short form.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regex_values: Vec<String>,
    /// What a host header is compared with.
    pub host_header_config: Option<ConditionValues>,
    /// What a path is compared with.
    pub path_pattern_config: Option<ConditionValues>,
    /// The ranges a source is compared with.
    pub source_ip_config: Option<ConditionValues>,
    /// The methods.
    pub http_request_method_config: Option<ConditionValues>,
    /// The header and its values.
    pub http_header_config: Option<HttpHeaderConfig>,
}

/// The values of a condition; one of them must match.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ConditionValues {
    /// The values.
    #[serde(default)]
    pub values: Vec<String>,
    /// Regular expressions instead of values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regex_values: Vec<String>,
}

/// A header condition. The values may be secrets: they are never kept.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct HttpHeaderConfig {
    /// The header's name.
    pub http_header_name: Option<String>,
}

impl ListenerRule {
    /// Its listener, told from the ARN when AWS's answer does not carry it.
    #[must_use]
    pub fn listener(&self) -> Arn {
        self.listener_arn.clone().unwrap_or_else(|| {
            let arn = self.rule_arn.as_str().replacen(":listener-rule/", ":listener/", 1);
            Arn::from(arn.rsplit_once('/').map_or(arn.as_str(), |(listener, _)| listener))
        })
    }
}

impl Describe for ListenerRule {
    fn id(&self) -> &str {
        self.rule_arn.as_str()
    }
    fn parents(&self) -> Vec<(Kind, &str)> {
        self.listener_arn.iter().map(|arn| (Kind::Listener, arn.as_str())).collect()
    }
}
