//! Reads the listeners of every load balancer.

use aws_sdk_elasticloadbalancingv2::types as sdk;
use futures_util::future::join_all;

use crate::aws::convert::{each, text};
use crate::aws::reader::Reader;
use crate::model::resource::{
    Action, AuthenticateConfig, Certificate, FixedResponseConfig, ForwardConfig, Listener, MutualAuthentication,
    RedirectConfig, TargetGroupTuple,
};

const ACTION: &str = "elasticloadbalancing:DescribeListeners";

pub(super) async fn collect(reader: &Reader) -> Vec<Listener> {
    let balancers = reader.load_balancers(ACTION).await;
    let lists = balancers.iter().map(|balancer| listeners_of(reader, balancer.load_balancer_arn.as_str()));
    join_all(lists).await.into_iter().flatten().collect()
}

async fn listeners_of(reader: &Reader, balancer: &str) -> Vec<Listener> {
    let ask = || reader.clients.elbv2.describe_listeners().load_balancer_arn(balancer).page_size(400);
    let listing = reader
        .pages_about(
            ACTION,
            balancer,
            |token| ask().set_marker(token).send(),
            |page| (page.listeners.unwrap_or_default(), page.next_marker),
        )
        .await;
    listing.items.into_iter().map(listener).collect()
}

fn listener(sdk: sdk::Listener) -> Listener {
    Listener {
        listener_arn: sdk.listener_arn.unwrap_or_default().into(),
        load_balancer_arn: sdk.load_balancer_arn.unwrap_or_default().into(),
        port: sdk.port,
        protocol: text(sdk.protocol),
        ssl_policy: sdk.ssl_policy,
        certificates: each(sdk.certificates, |c| Certificate { certificate_arn: c.certificate_arn }),
        mutual_authentication: sdk
            .mutual_authentication
            .map(|mutual| MutualAuthentication { mode: mutual.mode, trust_store_arn: mutual.trust_store_arn }),
        default_actions: each(sdk.default_actions, action),
    }
}

/// What a listener or rule does; client secrets of an OIDC action are never kept.
pub(super) fn action(sdk: sdk::Action) -> Action {
    Action {
        r#type: text(sdk.r#type),
        order: sdk.order,
        target_group_arn: sdk.target_group_arn.map(Into::into),
        forward_config: sdk.forward_config.map(forward),
        redirect_config: sdk.redirect_config.map(redirect),
        fixed_response_config: sdk
            .fixed_response_config
            .map(|fixed| FixedResponseConfig { status_code: fixed.status_code, content_type: fixed.content_type }),
        authenticate_oidc_config: sdk
            .authenticate_oidc_config
            .map(|login| AuthenticateConfig { on_unauthenticated_request: text(login.on_unauthenticated_request) }),
        authenticate_cognito_config: sdk
            .authenticate_cognito_config
            .map(|login| AuthenticateConfig { on_unauthenticated_request: text(login.on_unauthenticated_request) }),
    }
}

fn forward(sdk: sdk::ForwardActionConfig) -> ForwardConfig {
    let target_groups = each(sdk.target_groups, |group| TargetGroupTuple {
        target_group_arn: group.target_group_arn.map(Into::into),
        weight: group.weight,
    });
    ForwardConfig { target_groups }
}

fn redirect(sdk: sdk::RedirectActionConfig) -> RedirectConfig {
    RedirectConfig {
        protocol: sdk.protocol,
        port: sdk.port,
        host: sdk.host,
        path: sdk.path,
        query: sdk.query,
        status_code: text(sdk.status_code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::fake::{Fake, answered, denied};

    #[tokio::test]
    async fn listeners_of_balancers_that_are_not_known_are_not_known_either() {
        let fake = Fake::new(|_| denied());
        assert!(collect(&fake.reader).await.is_empty());
        assert_eq!(fake.asked("DescribeListeners"), 0);
        let (read, gaps) = fake.finish(ACTION);
        assert!(!read && gaps.iter().any(|gap| gap.action == ACTION && gap.resource.is_none()), "{gaps:?}");
    }

    #[tokio::test]
    async fn without_balancers_there_are_no_listeners_and_that_is_known() {
        let fake = Fake::new(|request| answered(request, "<LoadBalancers/>"));
        assert!(collect(&fake.reader).await.is_empty());
        assert_eq!(fake.finish(ACTION), (true, Vec::new()));
    }

    #[test]
    fn a_forward_keeps_the_weight_of_each_target_group() {
        let group = |arn: &str, weight| sdk::TargetGroupTuple::builder().target_group_arn(arn).weight(weight).build();
        let groups = sdk::ForwardActionConfig::builder().target_groups(group("a", 0)).target_groups(group("b", 9));
        let forward = sdk::Action::builder().r#type(sdk::ActionTypeEnum::Forward).forward_config(groups.build());
        let groups = action(forward.build()).forward_config.unwrap().target_groups;
        assert_eq!(groups.iter().map(|group| group.weight).collect::<Vec<_>>(), [Some(0), Some(9)]);
    }

    #[test]
    fn whether_clients_show_a_certificate_is_kept() {
        let verify = sdk::MutualAuthenticationAttributes::builder().mode("verify").trust_store_arn("arn:store").build();
        let kept = listener(sdk::Listener::builder().mutual_authentication(verify).build());
        let expected =
            MutualAuthentication { mode: Some("verify".to_owned()), trust_store_arn: Some("arn:store".to_owned()) };
        assert_eq!(kept.mutual_authentication, Some(expected));
        assert_eq!(listener(sdk::Listener::builder().build()).mutual_authentication, None);
    }

    #[test]
    fn the_client_secret_of_a_sign_in_is_not_kept() {
        let sign_in = sdk::AuthenticateOidcActionConfig::builder().client_secret("hush").build();
        let kept = action(sdk::Action::builder().authenticate_oidc_config(sign_in).build());
        assert!(!serde_json::to_string(&kept).unwrap().contains("hush"));
        let open = sdk::AuthenticateOidcActionConfig::builder()
            .on_unauthenticated_request(sdk::AuthenticateOidcActionConditionalBehaviorEnum::Allow);
        let kept = action(sdk::Action::builder().authenticate_oidc_config(open.build()).build());
        assert_eq!(kept.authenticate_oidc_config.unwrap().on_unauthenticated_request.as_deref(), Some("allow"));
    }
}
