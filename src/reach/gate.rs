//! Gates: what is asked for above the network before a request gets on - a certificate, a header, a login, an authorizer.
//! And the rules of a listener, by which a load balancer sends a request on or answers it itself.
//!
//! Host, path, method and query are what any client may send: rules that ask for them are open. So is the default.
//! A client's address is no gate: it is decided by comparing sets.
//!
//! Source: Application Load Balancers guide, "Listener rules", "Condition types", "Authenticate users", "Mutual
//! authentication with TLS".

use std::collections::BTreeMap;
use std::fmt;

use super::condition;
use super::path::Unread;
use super::set::Addresses;
use crate::model::resource::{Action, Listener, ListenerRule, RuleCondition};
use crate::model::{Describe, Kind, Shard};

/// What a request needs besides a connection.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gate {
    /// A certificate of the client's that the load balancer's trust store vouches for.
    ClientCertificate,
    /// A header of this name with a value that is not known here.
    Header(String),
    /// A login with an identity provider.
    Login,
    /// A token that the load balancer checks.
    Token,
    /// A request signed with credentials of AWS IAM.
    Signed,
    /// What an authorizer of API Gateway asks for.
    Authorizer,
    /// A key of API Gateway.
    ApiKey,
    /// What a resource policy asks for, which is not looked into.
    Policy,
    /// A login to a Client VPN endpoint, as a member of one of these groups if there are any.
    ClientVpn(Vec<String>),
}

impl fmt::Display for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ClientCertificate => f.write_str("with a client certificate that the load balancer trusts"),
            Self::Header(name) => write!(f, "needs the header {name}"),
            Self::Login => f.write_str("after logging in"),
            Self::Token => f.write_str("with a valid token"),
            Self::Signed => f.write_str("signed with credentials of AWS IAM"),
            Self::Authorizer => f.write_str("if the authorizer agrees"),
            Self::ApiKey => f.write_str("with an API key"),
            Self::Policy => f.write_str("if its resource policy agrees"),
            Self::ClientVpn(groups) if groups.is_empty() => f.write_str("after logging in to the Client VPN"),
            Self::ClientVpn(groups) => {
                write!(f, "after logging in to the Client VPN as a member of {}", groups.join(" or "))
            }
        }
    }
}

/// Why a listener forwards to a target group: a rule by its place, with what it asks for, or the default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Deciding {
    Rule { priority: Option<u32>, conditions: Vec<String> },
    Default,
}

impl fmt::Display for Deciding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Rule { priority, conditions } = self else { return f.write_str("by the default action") };
        match priority {
            Some(priority) => write!(f, "by rule {priority}")?,
            None => f.write_str("by a rule whose place was not read")?,
        }
        if conditions.is_empty() { Ok(()) } else { write!(f, ": {}", conditions.join(", ")) }
    }
}

/// A target group that a listener forwards to, and for whom.
#[derive(Debug, Clone)]
pub(super) struct Forward<'e> {
    pub(super) group: &'e str,
    /// What of the listener decides so; `None` where it was not read, or there is no choice.
    pub(super) rule: Option<Deciding>,
    /// The clients whose requests may get there.
    pub(super) sources: Addresses,
    /// All that such a request needs, in order.
    pub(super) gates: Vec<Gate>,
    /// Why it is not known whether such a request gets there.
    pub(super) unread: Vec<Unread>,
}

/// The rules of a shard by their listener.
pub(super) fn rules_by_listener(shard: &Shard) -> BTreeMap<String, Vec<&ListenerRule>> {
    let mut all: BTreeMap<String, Vec<&ListenerRule>> = BTreeMap::new();
    for rule in &shard.resources.listener_rules {
        all.entry(rule.listener().as_str().to_owned()).or_default().push(rule);
    }
    all
}

/// Where a listener forwards requests of some clients to. The first rule that matches decides, so a rule behind one
/// that takes everything it would take forwards nothing.
pub(super) fn forwards<'e>(
    shard: &'e Shard,
    listener: &'e Listener,
    rules: &[&'e ListenerRule],
    clients: &Addresses,
) -> Vec<Forward<'e>> {
    let http = listener.protocol.as_deref().is_some_and(|protocol| protocol.starts_with("HTTP"));
    let gap = http.then(|| shard.missing(Kind::ListenerRule.list_action(), Some(listener.id()))).flatten();
    let unread: Vec<Unread> =
        gap.map(|gap| Unread::of(format!("the rules of the listener {}", listener.id()), &gap)).into_iter().collect();
    let (shown, unclear) = handshake(listener);
    let mut found = Vec::new();
    let mut earlier: Vec<&ListenerRule> = Vec::new();
    for (placed, rule) in in_order(rules) {
        let before: &[&ListenerRule] = if placed { &earlier } else { &[] };
        let sources = condition::left(rule, before, clients);
        let (gates, mut doubts) = asked(rule);
        if !placed {
            let what = format!("which requests the rule {} takes", rule.id());
            doubts.push(Unread::never(what, "its place among the rules was not read"));
        }
        let decides = Deciding::Rule { priority: place(rule), conditions: conditions(rule) };
        forward(&mut found, (&rule.actions, Some(decides)), (sources, gates, doubts));
        if placed {
            earlier.push(rule);
        }
    }
    let sources = condition::left(&ListenerRule::default(), &earlier, clients);
    let decides = Some(Deciding::Default).filter(|_| http && unread.is_empty());
    forward(&mut found, (&listener.default_actions, decides), (sources, Vec::new(), unread.clone()));
    if !unread.is_empty() {
        // Any group of the balancer may be behind a rule that was not read.
        let mine = shard.resources.target_groups.iter().filter(|group| {
            group.load_balancer_arns.contains(&listener.load_balancer_arn)
                && !found.iter().any(|forward| forward.group == group.id())
        });
        let others: Vec<Forward<'e>> = mine
            .map(|group| Forward {
                group: group.id(),
                rule: None,
                sources: clients.clone(),
                gates: Vec::new(),
                unread: unread.clone(),
            })
            .collect();
        found.extend(others);
    }
    for forward in &mut found {
        forward.gates.splice(0..0, shown.iter().cloned());
        forward.unread.extend(unclear.iter().cloned());
    }
    found
}

/// What a listener asks of every client before it reads a request, and what of that is not understood. A certificate
/// that is passed through is looked at by nobody on the way.
fn handshake(listener: &Listener) -> (Option<Gate>, Option<Unread>) {
    match listener.mutual_authentication.as_ref().and_then(|mutual| mutual.mode.as_deref()) {
        None | Some("off" | "passthrough") => (None, None),
        Some("verify") => (Some(Gate::ClientCertificate), None),
        Some(other) => {
            let what = format!("whether clients show a certificate to the listener {}", listener.id());
            (None, Some(Unread::never(what, format!("mutual TLS of mode {other} is not modelled"))))
        }
    }
}

/// The rules but the default in the order in which they are tried, each with whether its place is known.
fn in_order<'e>(rules: &[&'e ListenerRule]) -> Vec<(bool, &'e ListenerRule)> {
    let other = |rule: &&&ListenerRule| rule.is_default != Some(true) && rule.priority.as_deref() != Some("default");
    let mut all: Vec<(Option<u32>, &ListenerRule)> =
        rules.iter().filter(other).map(|rule| (place(rule), *rule)).collect();
    all.sort_by_key(|(priority, rule)| (priority.unwrap_or(u32::MAX), rule.id()));
    all.into_iter().map(|(priority, rule)| (priority.is_some(), rule)).collect()
}

/// The place of a rule among the others.
fn place(rule: &ListenerRule) -> Option<u32> {
    rule.priority.as_deref().and_then(|text| text.parse().ok())
}

/// The conditions of a rule, in words.
fn conditions(rule: &ListenerRule) -> Vec<String> {
    let told = |condition: &RuleCondition| {
        let configs = [
            &condition.host_header_config,
            &condition.path_pattern_config,
            &condition.source_ip_config,
            &condition.http_request_method_config,
        ];
        let own = configs.into_iter().flatten().flat_map(|config| config.values.iter().chain(&config.regex_values));
        let mut values: Vec<&str> =
            condition.values.iter().chain(&condition.regex_values).chain(own).map(String::as_str).collect();
        values.dedup();
        let header = condition.http_header_config.as_ref().and_then(|config| config.http_header_name.as_deref());
        let values = header.map_or_else(|| values.join(" or "), str::to_owned);
        format!("{} {values}", condition.field.as_deref().unwrap_or("a condition")).trim_end().to_owned()
    };
    rule.conditions.iter().map(told).collect()
}

/// What a rule asks for that a client may not have, and what of it is not understood.
fn asked(rule: &ListenerRule) -> (Vec<Gate>, Vec<Unread>) {
    let (mut gates, mut doubts) = (Vec::new(), Vec::new());
    for condition in &rule.conditions {
        match condition.field.as_deref() {
            Some("host-header" | "path-pattern" | "http-request-method" | "query-string" | "source-ip") => {}
            Some("http-header") => {
                let name = condition.http_header_config.as_ref().and_then(|config| config.http_header_name.as_deref());
                gates.push(Gate::Header(name.unwrap_or("of a name that was not read").to_owned()));
            }
            other => {
                let what = format!("which requests the rule {} takes", rule.id());
                let field = other.unwrap_or("no field");
                doubts.push(Unread::never(what, format!("a condition on {field} is not modelled")));
            }
        }
    }
    if condition::at_least(rule) != condition::at_most(rule) {
        let what = format!("whose requests the rule {} takes", rule.id());
        doubts.push(Unread::never(what, "the addresses of its condition on the source were not read"));
    }
    (gates, doubts)
}

/// Follows a list of actions to the target groups it ends at.
fn forward<'e>(
    found: &mut Vec<Forward<'e>>,
    (actions, rule): (&'e [Action], Option<Deciding>),
    (sources, mut gates, unread): (Addresses, Vec<Gate>, Vec<Unread>),
) {
    if sources.is_empty() {
        return;
    }
    let mut ordered: Vec<&Action> = actions.iter().collect();
    ordered.sort_by_key(|action| action.order.unwrap_or(i32::MAX));
    for action in ordered {
        match action.r#type.as_deref() {
            // One that lets in whoever has not logged in keeps nobody out.
            Some("authenticate-oidc" | "authenticate-cognito") if lets_anyone_in(action) => {}
            Some("authenticate-oidc" | "authenticate-cognito") => gates.push(Gate::Login),
            Some("jwt-validation") => gates.push(Gate::Token),
            _ => {
                let (sources, gates, unread) = (&sources, &gates, &unread);
                found.extend(forwarded(action).map(|group| Forward {
                    group,
                    rule: rule.clone(),
                    sources: sources.clone(),
                    gates: gates.clone(),
                    unread: unread.clone(),
                }));
            }
        }
    }
}

fn lets_anyone_in(action: &Action) -> bool {
    let configs = [&action.authenticate_oidc_config, &action.authenticate_cognito_config];
    let answers = configs.into_iter().flatten().filter_map(|config| config.on_unauthenticated_request.as_deref());
    answers.into_iter().any(|answer| answer == "allow")
}

/// The target groups that an action forwards to. Among several, one without weight gets nothing.
fn forwarded(action: &Action) -> impl Iterator<Item = &str> {
    let listed = action.forward_config.as_ref().map(|forward| forward.target_groups.as_slice()).unwrap_or_default();
    let weighty = listed.iter().any(|group| group.weight != Some(0));
    let several = listed.iter().filter(move |group| !weighty || group.weight != Some(0));
    let several = several.filter_map(|group| group.target_group_arn.as_ref());
    several.chain(action.target_group_arn.as_ref().filter(|_| listed.is_empty())).map(crate::model::Arn::as_str)
}
