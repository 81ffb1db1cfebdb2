//! Reads the rules of the listeners that can have any: those of Application Load Balancers.

use aws_sdk_elasticloadbalancingv2::types as sdk;
use futures_util::future::join_all;

use super::listener::action;
use crate::aws::convert::each;
use crate::aws::reader::Reader;
use crate::model::Arn;
use crate::model::resource::{ConditionValues, HttpHeaderConfig, Listener, ListenerRule, RuleCondition};

const ACTION: &str = "elasticloadbalancing:DescribeRules";

pub(super) async fn collect(reader: &Reader) -> Vec<ListenerRule> {
    let listeners: Vec<_> = reader.listeners(ACTION).await.iter().filter(|listener| has_rules(listener)).collect();
    if listeners.is_empty() {
        reader.answered(ACTION);
    }
    let lists = listeners.iter().map(|listener| rules_of(reader, &listener.listener_arn));
    join_all(lists).await.into_iter().flatten().collect()
}

/// Only Application Load Balancers speak HTTP, and only their listeners have rules; AWS refuses to list those of
/// another.
fn has_rules(listener: &Listener) -> bool {
    listener.protocol.as_deref().is_some_and(|protocol| protocol.starts_with("HTTP"))
}

async fn rules_of(reader: &Reader, listener: &Arn) -> Vec<ListenerRule> {
    let ask = || reader.clients.elbv2.describe_rules().listener_arn(listener.as_str()).page_size(400);
    let listing = reader
        .pages_about(
            ACTION,
            listener.as_str(),
            |token| ask().set_marker(token).send(),
            |page| (page.rules.unwrap_or_default(), page.next_marker),
        )
        .await;
    listing.items.into_iter().map(|sdk| rule(listener, sdk)).collect()
}

fn rule(listener: &Arn, sdk: sdk::Rule) -> ListenerRule {
    ListenerRule {
        rule_arn: sdk.rule_arn.unwrap_or_default().into(),
        listener_arn: Some(listener.clone()),
        priority: sdk.priority,
        is_default: sdk.is_default,
        conditions: each(sdk.conditions, condition),
        actions: each(sdk.actions, action),
    }
}

/// The values of a header condition may be secrets shared with CloudFront: only the header's name is kept.
fn condition(sdk: sdk::RuleCondition) -> RuleCondition {
    let secret = sdk.http_header_config.is_some() || sdk.field.as_deref() == Some("http-header");
    RuleCondition {
        field: sdk.field,
        values: sdk.values.filter(|_| !secret).unwrap_or_default(),
        regex_values: sdk.regex_values.filter(|_| !secret).unwrap_or_default(),
        host_header_config: sdk.host_header_config.map(|c| values(c.values, c.regex_values)),
        path_pattern_config: sdk.path_pattern_config.map(|c| values(c.values, c.regex_values)),
        source_ip_config: sdk.source_ip_config.map(|c| values(c.values, None)),
        http_request_method_config: sdk.http_request_method_config.map(|c| values(c.values, None)),
        http_header_config: sdk
            .http_header_config
            .map(|header| HttpHeaderConfig { http_header_name: header.http_header_name }),
    }
}

fn values(list: Option<Vec<String>>, regex: Option<Vec<String>>) -> ConditionValues {
    ConditionValues { values: list.unwrap_or_default(), regex_values: regex.unwrap_or_default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::fake::{Fake, answered, denied};
    use crate::model::{GapReason, Resources, Shard};

    fn answer(request: &str) -> (u16, String) {
        let body = if request.contains("Action=DescribeLoadBalancers&") {
            "<LoadBalancers><member><LoadBalancerArn>arn:lb</LoadBalancerArn></member></LoadBalancers>"
        } else if request.contains("Action=DescribeListeners&") {
            "<Listeners><member><ListenerArn>arn:web</ListenerArn><Protocol>HTTPS</Protocol></member>\
             <member><ListenerArn>arn:ssh</ListenerArn><Protocol>TCP</Protocol></member></Listeners>"
        } else {
            "<Rules><member><RuleArn>arn:rule</RuleArn><Priority>default</Priority></member></Rules>"
        };
        answered(request, body)
    }

    #[tokio::test]
    async fn only_http_listeners_are_asked_for_rules_and_each_rule_knows_its_own() {
        let fake = Fake::new(answer);
        let rules = collect(&fake.reader).await;
        assert_eq!((fake.asked("DescribeListeners"), fake.asked("DescribeRules")), (1, 1));
        assert_eq!(rules.len(), 1);
        assert_eq!(rules[0].listener_arn.as_ref().unwrap(), &"arn:web");
        assert_eq!(fake.finish(ACTION), (true, Vec::new()));
    }

    #[tokio::test]
    async fn rules_of_listeners_that_are_not_known_are_not_known_either() {
        let fake = Fake::new(|request| match request {
            listeners if listeners.contains("Action=DescribeListeners&") => denied(),
            other => answer(other),
        });
        assert!(collect(&fake.reader).await.is_empty());
        let (read, gaps) = fake.finish(ACTION);
        assert!(!read);
        let about: Vec<_> = gaps.iter().map(|gap| (gap.action.as_str(), gap.resource.as_deref())).collect();
        assert_eq!(about, [("elasticloadbalancing:DescribeListeners", Some("arn:lb")), (ACTION, Some("arn:lb"))]);
    }

    #[tokio::test]
    async fn one_balancer_whose_listeners_are_not_known_hides_the_rules_of_no_other() {
        let fake = Fake::new(|request| match request {
            two if two.contains("Action=DescribeLoadBalancers&") => {
                let balancer = |arn: &str| format!("<member><LoadBalancerArn>{arn}</LoadBalancerArn></member>");
                let both = format!("<LoadBalancers>{}{}</LoadBalancers>", balancer("arn:lb"), balancer("arn:shut"));
                answered(two, &both)
            }
            shut if shut.contains("Action=DescribeListeners&") && shut.contains("arn%3Ashut") => denied(),
            other => answer(other),
        });
        assert_eq!(collect(&fake.reader).await.len(), 1);
        let (reads, gaps) = fake.reader.finish(&[], &Resources::default());
        assert!(!reads.contains(ACTION), "{reads:?}");
        let shard = Shard { reads, gaps, ..Shard::default() };
        assert!(shard.missing(ACTION, Some("arn:shut")).is_some_and(|gap| gap.reason == GapReason::AccessDenied));
        assert_eq!(shard.missing(ACTION, Some("arn:web")), None);
    }

    #[test]
    fn the_values_of_a_header_are_never_kept() {
        let header = sdk::HttpHeaderConditionConfig::builder().http_header_name("x-origin-key").values("hush").build();
        let secret = sdk::RuleCondition::builder().field("http-header").values("hush").http_header_config(header);
        let path = sdk::RuleCondition::builder().field("path-pattern").values("/admin/*");
        let regex = sdk::PathPatternConditionConfig::builder().regex_values("^/api/").build();
        let regex = sdk::RuleCondition::builder().field("path-pattern").path_pattern_config(regex);
        let given = sdk::Rule::builder().conditions(secret.build()).conditions(path.build()).conditions(regex.build());
        let given = given.build();
        let kept = rule(&Arn::from("arn:web"), given).conditions;
        assert!(!serde_json::to_string(&kept).unwrap().contains("hush"));
        assert_eq!(kept[0].http_header_config.as_ref().unwrap().http_header_name.as_deref(), Some("x-origin-key"));
        assert_eq!(kept[1].values, ["/admin/*"]);
        assert_eq!(
            kept[2].path_pattern_config.as_ref().unwrap().regex_values,
            ["^/api/"],
            "it is no path to compare with"
        );
    }
}
