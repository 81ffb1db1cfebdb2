//! What an HTTP listener does with a request in clear text: rule by rule in the order the load balancer tries them.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::FactContext;
use super::context::{Place, own};
use crate::audit::Evidence;
use crate::model::resource::{Action, Listener, ListenerRule};
use crate::model::{Describe, Gap, GapReason, Kind, Resource};
use crate::reach::condition;

/// How a listener treats clear text; null when no clear text can reach it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListenerClearText {
    /// `internet-facing` or `internal`.
    pub(super) scheme: String,
    /// The load balancer's name.
    pub(super) load_balancer: String,
    /// Rules that serve a request in clear text, or send it elsewhere in clear text.
    pub(super) serves: Vec<ClearRule>,
    /// Rules that would, and that no request reaches, because earlier ones match everything they match.
    pub(super) shadowed: Vec<ClearRule>,
}

/// A rule that leaves a request in clear text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ClearRule {
    /// Its place, or `default`.
    pub(super) priority: String,
    /// When it applies, in words.
    pub(super) when: String,
    /// `forwards`, or `redirects to HTTP`.
    pub(super) does: String,
    /// The action.
    pub(super) evidence: Vec<Evidence>,
}

pub(super) fn compute(
    _context: &FactContext<'_>,
    at: &Place<'_>,
    resource: &dyn Resource,
) -> Result<Option<ListenerClearText>, Vec<Gap>> {
    let listener = own::<Listener>(resource)?;
    match (listener.protocol.as_deref(), listener.port) {
        (Some("HTTP"), _) => {}
        (Some("TCP" | "TCP_UDP"), Some(80 | 8080)) => {
            let detail = "the load balancer passes bytes on: whether they are TLS is not in AWS's answers";
            let gap = Gap::new(Kind::Listener.list_action(), GapReason::NotInSource, detail);
            return Err(vec![gap.about(listener.id())]);
        }
        (Some(_), _) => return Ok(None),
        (None, _) => return Err(vec![at.absent(Kind::Listener, listener.id())]),
    }
    let balancer = at.get(&at.load_balancers, Kind::LoadBalancer, listener.load_balancer_arn.as_str())?;
    let mut found = ListenerClearText {
        scheme: balancer.scheme.clone().unwrap_or_default(),
        load_balancer: balancer.name().unwrap_or_else(|| balancer.id()).to_owned(),
        serves: Vec::new(),
        shadowed: Vec::new(),
    };
    let clients = condition::clients(balancer.ip_address_type.as_deref());
    let mut earlier: Vec<&ListenerRule> = Vec::new();
    for rule in rules(at, listener)? {
        if let Some(clear) = of_rule(at, rule)? {
            let hidden = condition::is_hidden(rule, &earlier, &clients);
            if hidden { &mut found.shadowed } else { &mut found.serves }.push(clear);
        }
        earlier.push(rule);
    }
    let subject = (Kind::Listener, listener.id());
    if let Some(clear) = of_actions(at, &listener.default_actions, ("DefaultActions", None), subject)? {
        let hidden = condition::is_hidden(&ListenerRule::default(), &earlier, &clients);
        let clear = ClearRule { priority: "default".to_owned(), when: "no rule matches".to_owned(), ..clear };
        if hidden { &mut found.shadowed } else { &mut found.serves }.push(clear);
    }
    Ok(Some(found))
}

/// The rules of a listener in the order they are tried, the default aside.
fn rules<'e>(at: &Place<'e>, listener: &Listener) -> Result<Vec<&'e ListenerRule>, Vec<Gap>> {
    if let Some(gap) = at.shard.missing(Kind::ListenerRule.list_action(), Some(listener.id())) {
        return Err(vec![gap.about(listener.id())]);
    }
    let all = at.rules_of_listener.get(listener.id()).map(Vec::as_slice).unwrap_or_default();
    let mut rules = Vec::new();
    for rule in all.iter().copied().filter(|rule| rule.is_default != Some(true)) {
        match rule.priority.as_deref() {
            Some("default") => {}
            text => match text.and_then(|text| text.parse::<u32>().ok()) {
                Some(priority) => rules.push((priority, rule)),
                None => return Err(vec![at.absent(Kind::ListenerRule, rule.id())]),
            },
        }
    }
    rules.sort_by_key(|(priority, _)| *priority);
    Ok(rules.into_iter().map(|(_, rule)| rule).collect())
}

fn of_rule(at: &Place<'_>, rule: &ListenerRule) -> Result<Option<ClearRule>, Vec<Gap>> {
    let clear = of_actions(at, &rule.actions, ("Actions", Some(rule.id())), (Kind::ListenerRule, rule.id()))?;
    let priority = rule.priority.clone().unwrap_or_default();
    Ok(clear.map(|clear| ClearRule { priority, when: condition::in_words(rule), ..clear }))
}

/// What a list of actions does in clear text. Authentication needs HTTPS, so what follows it is judged alone.
fn of_actions(
    at: &Place<'_>,
    actions: &[Action],
    (field, resource): (&str, Option<&str>),
    (kind, id): (Kind, &str),
) -> Result<Option<ClearRule>, Vec<Gap>> {
    for (index, action) in actions.iter().enumerate() {
        let (does, field, value) = match action.r#type.as_deref() {
            Some("forward") => ("forwards", format!("{field}[{index}].Type"), json!(targets(action))),
            Some("redirect") => {
                let protocol = action.redirect_config.as_ref().and_then(|config| config.protocol.as_deref());
                if protocol == Some("HTTPS") {
                    return Ok(None);
                }
                ("redirects to HTTP", format!("{field}[{index}].RedirectConfig.Protocol"), json!(protocol))
            }
            Some("fixed-response") => return Ok(None),
            Some("authenticate-oidc" | "authenticate-cognito" | "jwt-validation") => continue,
            _ => break,
        };
        let evidence = vec![Evidence { resource: resource.map(str::to_owned), field, value }];
        let (priority, when) = (String::new(), String::new());
        return Ok(Some(ClearRule { priority, when, does: does.to_owned(), evidence }));
    }
    let gap = Gap::new(kind.list_action(), GapReason::NotInSource, "it does not say what is done with a request");
    Err(vec![at.shard.missing_kind(kind).unwrap_or(gap).about(id)])
}

/// `forward to ...`: the target groups that get requests. Among several, a weight of 0 gets none.
fn targets(action: &Action) -> String {
    let listed = action.forward_config.as_ref().map(|config| config.target_groups.as_slice()).unwrap_or_default();
    let several = listed.len() > 1;
    let served = listed.iter().filter(|group| !several || group.weight != Some(0));
    let mut arns: Vec<&str> = served.filter_map(|group| Some(group.target_group_arn.as_ref()?.as_str())).collect();
    if listed.is_empty() {
        arns.extend(action.target_group_arn.as_ref().map(AsRef::<str>::as_ref));
    }
    let name = |arn: &str| arn.split_once(":targetgroup/").map_or(arn, |(_, name)| name).to_owned();
    let names: Vec<String> = arns.into_iter().map(name).collect();
    // Several that all weigh nothing: AWS does not say what happens, so it counts as forwarding.
    if names.is_empty() { "forward".to_owned() } else { format!("forward to {}", names.join(", ")) }
}
