//! Listeners of load balancers.

use serde::{Deserialize, Serialize};

use crate::model::{Arn, Describe, Kind};

/// A listener, as `elasticloadbalancing:DescribeListeners` prints it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Listener {
    /// Its ARN.
    pub listener_arn: Arn,
    /// Its load balancer.
    pub load_balancer_arn: Arn,
    /// The port it listens on.
    pub port: Option<i32>,
    /// `HTTP`, `HTTPS`, `TCP`, `TLS`, `UDP`, `TCP_UDP`, `GENEVE`, `QUIC` or `TCP_QUIC`.
    pub protocol: Option<String>,
    /// Its security policy, when it terminates TLS.
    pub ssl_policy: Option<String>,
    /// Its certificates.
    #[serde(default)]
    pub certificates: Vec<Certificate>,
    /// Whether clients show a certificate.
    pub mutual_authentication: Option<MutualAuthentication>,
    /// What it does when no rule matches.
    #[serde(default)]
    pub default_actions: Vec<Action>,
}

/// Whether clients show a certificate to a listener, and who looks at it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct MutualAuthentication {
    /// `off`, `passthrough` (targets are handed it, unchecked) or `verify`: who shows none of the trust store is turned
    /// away.
    pub mode: Option<String>,
    /// The trust store that it is held against.
    pub trust_store_arn: Option<String>,
}

/// A certificate of a listener.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Certificate {
    /// Its ARN.
    pub certificate_arn: Option<String>,
}

/// What a listener or rule does with a request.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Action {
    /// `forward`, `redirect`, `fixed-response`, `authenticate-oidc`, `authenticate-cognito` or `jwt-validation`.
    pub r#type: Option<String>,
    /// Its place among the actions.
    pub order: Option<i32>,
    /// The target group, when it forwards to one.
    pub target_group_arn: Option<Arn>,
    /// The target groups, when it forwards to several.
    pub forward_config: Option<ForwardConfig>,
    /// Where it redirects to.
    pub redirect_config: Option<RedirectConfig>,
    /// What it answers.
    pub fixed_response_config: Option<FixedResponseConfig>,
    /// How it has somebody log in by OpenID Connect; its client secret is never kept.
    pub authenticate_oidc_config: Option<AuthenticateConfig>,
    /// How it has somebody log in by Cognito.
    pub authenticate_cognito_config: Option<AuthenticateConfig>,
}

/// How somebody logs in.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AuthenticateConfig {
    /// What becomes of whoever has not logged in: `authenticate` (the default), `deny`, or `allow`.
    pub on_unauthenticated_request: Option<String>,
}

/// The target groups of a forward.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ForwardConfig {
    /// Each with its weight.
    #[serde(default)]
    pub target_groups: Vec<TargetGroupTuple>,
}

/// A target group and its weight.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TargetGroupTuple {
    /// The target group.
    pub target_group_arn: Option<Arn>,
    /// Its weight; 0 gets nothing.
    pub weight: Option<i32>,
}

/// Where a redirect leads.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RedirectConfig {
    /// `HTTP`, `HTTPS` or `#{protocol}`, the request's own.
    pub protocol: Option<String>,
    /// A port or `#{port}`.
    pub port: Option<String>,
    /// A host or `#{host}`.
    pub host: Option<String>,
    /// A path.
    pub path: Option<String>,
    /// A query.
    pub query: Option<String>,
    /// `HTTP_301` or `HTTP_302`.
    pub status_code: Option<String>,
}

/// A fixed answer.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct FixedResponseConfig {
    /// Its status.
    pub status_code: Option<String>,
    /// Its content type.
    pub content_type: Option<String>,
}

impl Describe for Listener {
    fn id(&self) -> &str {
        self.listener_arn.as_str()
    }
    fn parents(&self) -> Vec<(Kind, &str)> {
        vec![(Kind::LoadBalancer, self.load_balancer_arn.as_str())]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whether_clients_show_a_certificate_is_read_and_older_snapshots_do_without() {
        let json = r#"{"ListenerArn": "arn:l", "LoadBalancerArn": "arn:lb", "MutualAuthentication":
            {"Mode": "verify", "TrustStoreArn": "arn:store", "IgnoreClientCertificateExpiry": false}}"#;
        let listener: Listener = serde_json::from_str(json).unwrap();
        let again: Listener = serde_json::from_str(&serde_json::to_string(&listener).unwrap()).unwrap();
        assert_eq!(again, listener);
        assert_eq!(listener.mutual_authentication.unwrap().mode.as_deref(), Some("verify"));
        let older = r#"{"ListenerArn": "arn:l", "LoadBalancerArn": "arn:lb", "Port": 443}"#;
        assert_eq!(serde_json::from_str::<Listener>(older).unwrap().mutual_authentication, None);
    }
}
