//! Conditions of listener rules: whether one rule leaves anything for a later one.

use wildmatch::WildMatchPattern;

use super::set::{Addresses, parse_net};
use crate::model::resource::{ConditionValues, ListenerRule, RuleCondition};

/// Whether no request of these clients reaches `rule`, because every one is taken by a rule before it. Unsure is no:
/// a condition whose values are not kept, or are regular expressions, may match or not.
#[must_use]
pub fn is_hidden(rule: &ListenerRule, earlier: &[&ListenerRule], clients: &Addresses) -> bool {
    left(rule, earlier, clients).is_empty()
}

/// Those of the clients who may get to `rule`: whoever meets what it says of sources and is not taken, whatever is
/// asked for, by a rule before it.
#[must_use]
pub fn left(rule: &ListenerRule, earlier: &[&ListenerRule], clients: &Addresses) -> Addresses {
    let from = clients.and(&at_most(rule));
    atoms(rule).iter().fold(Addresses::default(), |all, atom| {
        let taking = earlier.iter().filter(|earlier| atom.is_covered_by(earlier));
        all.or(&taking.fold(from.clone(), |left, earlier| left.minus(&at_least(earlier))))
    })
}

/// Everybody who can ask a load balancer with this `IpAddressType`; without one, everybody.
#[must_use]
pub fn clients(addresses: Option<&str>) -> Addresses {
    if addresses == Some("ipv4") { Addresses::family(true) } else { Addresses::all() }
}

/// Those that surely meet what a rule says of sources.
pub(super) fn at_least(rule: &ListenerRule) -> Addresses {
    let sources = sources(rule).map(Addresses::parse);
    sources.fold(Addresses::all(), |all, these| all.and(&these))
}

/// Those that may meet it: ranges that are not known may be any.
pub(super) fn at_most(rule: &ListenerRule) -> Addresses {
    let known = sources(rule).filter(|values| !values.is_empty() && values.iter().all(|v| parse_net(v).is_some()));
    known.map(Addresses::parse).fold(Addresses::all(), |all, these| all.and(&these))
}

/// The values of each of a rule's conditions on the source, all of which must be met.
fn sources(rule: &ListenerRule) -> impl Iterator<Item = Vec<&str>> {
    rule.conditions.iter().filter(|condition| is_source(condition)).map(values)
}

fn is_source(condition: &RuleCondition) -> bool {
    condition.field.as_deref() == Some("source-ip")
}

/// One way for a rule to apply, sources aside: one value out of each of its conditions. Its conditions are met by this
/// atom or by another, so a rule is hidden when each of its atoms is.
#[derive(Debug, Clone, Default)]
struct Atom<'r> {
    values: Vec<(&'r str, &'r str)>,
}

/// More than AWS allows in one rule.
const MOST: usize = 10_000;

/// Every way for a rule to apply.
fn atoms(rule: &ListenerRule) -> Vec<Atom<'_>> {
    let mut all = vec![Atom::default()];
    for condition in rule.conditions.iter().filter(|condition| !is_source(condition)) {
        let field = condition.field.as_deref().unwrap_or_default();
        let values = values(condition);
        // A condition whose values are not known may be any: it narrows the rule, which hides nothing more.
        if values.is_empty() || all.len() * values.len() > MOST {
            continue;
        }
        all = all.iter().flat_map(|atom| values.iter().map(|value| atom.with(field, value))).collect();
    }
    all
}

impl<'r> Atom<'r> {
    fn with(&self, field: &'r str, value: &'r str) -> Self {
        Self { values: [self.values.as_slice(), &[(field, value)]].concat() }
    }

    /// Whether every request that meets this atom meets all conditions of `rule`, sources aside. Unsure is no.
    fn is_covered_by(&self, rule: &ListenerRule) -> bool {
        rule.conditions.iter().filter(|condition| !is_source(condition)).all(|condition| {
            let field = condition.field.as_deref().unwrap_or_default();
            let wanted = values(condition);
            let everything = match field {
                "host-header" => wanted.contains(&"*"),
                "path-pattern" => wanted.iter().any(|path| matches!(*path, "*" | "/*")),
                _ => false,
            };
            let meets = |(own, value): &(&str, &str)| *own == field && wanted.iter().any(|w| includes(field, w, value));
            everything || self.values.iter().any(meets)
        })
    }
}

/// The values of a condition that can be compared; none for headers and queries, whose values are not kept, and none
/// beside regular expressions, which are not understood.
fn values(condition: &RuleCondition) -> Vec<&str> {
    let comparable = matches!(
        condition.field.as_deref(),
        Some("host-header" | "path-pattern" | "source-ip" | "http-request-method")
    );
    if !comparable || !expressions(condition).is_empty() {
        return Vec::new();
    }
    let listed = config(condition).map(|config| config.values.as_slice()).filter(|values| !values.is_empty());
    listed.unwrap_or(&condition.values).iter().map(String::as_str).collect()
}

/// The regular expressions of a condition.
fn expressions(condition: &RuleCondition) -> Vec<&str> {
    let own = config(condition).into_iter().flat_map(|config| &config.regex_values);
    own.chain(&condition.regex_values).map(String::as_str).collect()
}

fn config(condition: &RuleCondition) -> Option<&ConditionValues> {
    match condition.field.as_deref()? {
        "host-header" => condition.host_header_config.as_ref(),
        "path-pattern" => condition.path_pattern_config.as_ref(),
        "source-ip" => condition.source_ip_config.as_ref(),
        "http-request-method" => condition.http_request_method_config.as_ref(),
        _ => None,
    }
}

/// Whether everything that `narrow` matches, `wide` matches too.
fn includes(field: &str, wide: &str, narrow: &str) -> bool {
    match field {
        "http-request-method" => wide == narrow,
        "host-header" => globs(&wide.to_ascii_lowercase(), &narrow.to_ascii_lowercase()),
        _ => globs(wide, narrow),
    }
}

/// Matching the narrow pattern as if it were text is exact when the wide one has no `?` facing its `*`.
fn globs(wide: &str, narrow: &str) -> bool {
    let risky = wide.contains('?') && narrow.contains('*');
    wide == narrow || (!risky && WildMatchPattern::<'*', '?'>::new(wide).matches(narrow))
}

/// The conditions of a rule for a reader.
#[must_use]
pub fn in_words(rule: &ListenerRule) -> String {
    let words: Vec<String> = rule.conditions.iter().map(of_condition).collect();
    if words.is_empty() { "always".to_owned() } else { words.join(" and ") }
}

fn of_condition(condition: &RuleCondition) -> String {
    let field = condition.field.as_deref().unwrap_or("an unknown condition");
    if let Some(header) = condition.http_header_config.as_ref().and_then(|config| config.http_header_name.as_deref()) {
        return format!("header {header}");
    }
    let values = values(condition);
    let name = match field {
        "host-header" => "host",
        "path-pattern" => "path",
        "source-ip" => "source",
        "http-request-method" => "method",
        other => other,
    };
    let expressions = expressions(condition);
    if !expressions.is_empty() {
        return format!("{name} matching {}", expressions.join(" or "));
    }
    if values.is_empty() { name.to_owned() } else { format!("{name} {}", values.join(" or ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(conditions: &serde_json::Value) -> ListenerRule {
        serde_json::from_value(serde_json::json!({"RuleArn": "r", "Conditions": conditions})).unwrap()
    }

    fn hides(earlier: &[ListenerRule], later: &ListenerRule) -> bool {
        is_hidden(later, &earlier.iter().collect::<Vec<_>>(), &Addresses::all())
    }

    #[test]
    fn a_rule_is_hidden_by_what_includes_it_and_by_nothing_else() {
        let host = |name: &str| rule(&serde_json::json!([{"Field": "host-header", "Values": [name]}]));
        let path =
            |name: &str| rule(&serde_json::json!([{"Field": "path-pattern", "PathPatternConfig": {"Values": [name]}}]));
        let header = rule(&serde_json::json!([{"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "X"}}]));
        let always = rule(&serde_json::json!([]));
        assert!(hides(&[host("api.dev.ror.org")], &host("API.dev.ror.org")));
        assert!(hides(&[host("*.ror.org")], &host("api.dev.ror.org")));
        assert!(!hides(&[host("api.dev.ror.org")], &host("*.ror.org")));
        assert!(hides(&[path("/a/*")], &path("/a/b/*")) && !hides(&[path("/a/*")], &path("/A/b")));
        assert!(!hides(&[path("/a?")], &path("/a*")));
        assert!(
            hides(std::slice::from_ref(&always), &path("/x"))
                && hides(&[path("/*")], &always)
                && !hides(std::slice::from_ref(&header), &always)
        );
        assert!(!hides(std::slice::from_ref(&header), &header), "the values of headers are not known");
        assert!(!hides(&[], &always));
    }

    #[test]
    fn several_rules_together_hide_what_none_hides_alone() {
        let host = |names: &[&str]| rule(&serde_json::json!([{"Field": "host-header", "Values": names}]));
        let both = host(&["a.org", "b.org"]);
        assert!(!hides(&[host(&["a.org"])], &both));
        assert!(hides(&[host(&["a.org"]), host(&["b.org", "c.org"])], &both));
        let narrow = rule(&serde_json::json!([
            {"Field": "host-header", "Values": ["a.org"]},
            {"Field": "source-ip", "SourceIpConfig": {"Values": ["10.0.0.0/16"]}}]));
        assert!(hides(&[host(&["a.org"])], &narrow) && !hides(&[narrow], &host(&["a.org"])));
    }
    fn from(ranges: &[&str]) -> ListenerRule {
        rule(&serde_json::json!([{"Field": "source-ip", "SourceIpConfig": {"Values": ranges}}]))
    }

    #[test]
    fn a_source_that_is_everybody_is_no_condition() {
        let always = rule(&serde_json::json!([]));
        assert!(hides(&[from(&["0.0.0.0/0", "::/0"])], &always));
        assert!(hides(&[from(&["0.0.0.0/1", "128.0.0.0/1", "::/1", "8000::/1"])], &always), "split");
        let halves = [from(&["0.0.0.0/1", "::/0"]), from(&["128.0.0.0/1"])];
        assert!(hides(&halves, &always), "over two rules");
        assert!(!hides(&halves[..1], &always));
        assert!(hides(std::slice::from_ref(&always), &from(&["0.0.0.0/0"])));
        assert!(hides(&[from(&["10.0.0.0/9", "10.128.0.0/9"])], &from(&["10.0.0.0/8"])));
        assert!(!hides(&[from(&["somebody"])], &from(&["somebody"])), "what is no range is not known");
        assert!(!hides(&[from(&[])], &always) && !hides(&[from(&["10.0.0.0/8"])], &from(&[])));
    }

    #[test]
    fn over_which_protocol_clients_come_decides_who_is_everybody() {
        let hidden = |addresses: Option<&str>, ranges: &[&str]| {
            is_hidden(&rule(&serde_json::json!([])), &[&from(ranges)], &clients(addresses))
        };
        assert!(hidden(Some("ipv4"), &["0.0.0.0/0"]));
        for addresses in [Some("dualstack"), Some("dualstack-without-public-ipv4"), None] {
            assert!(!hidden(addresses, &["0.0.0.0/0"]), "{addresses:?}: not those who come over IPv6");
            assert!(hidden(addresses, &["0.0.0.0/0", "::/0"]));
        }
    }

    #[test]
    fn what_is_not_understood_may_match_or_not() {
        let always = rule(&serde_json::json!([]));
        let one = |condition: serde_json::Value| rule(&serde_json::json!([condition]));
        let regex = one(
            serde_json::json!({"Field": "path-pattern", "Values": ["*"], "PathPatternConfig": {"RegexValues": ["^/a"]}}),
        );
        let bare = one(serde_json::json!({"Field": "host-header", "Values": ["*"], "RegexValues": [".*"]}));
        let query = one(
            serde_json::json!({"Field": "query-string", "Values": ["*"], "QueryStringConfig": {"Values": [{"Value": "*"}]}}),
        );
        let new = one(serde_json::json!({"Field": "phase-of-the-moon", "Values": ["*"]}));
        for unsure in [&regex, &bare, &query, &new] {
            assert!(!hides(std::slice::from_ref(unsure), &always), "{unsure:?}");
            assert!(!hides(std::slice::from_ref(unsure), unsure), "{unsure:?}");
            assert!(hides(std::slice::from_ref(&always), unsure), "{unsure:?}");
        }
        assert_eq!(in_words(&regex), "path matching ^/a");
        assert_eq!(in_words(&query), "query-string");
    }
}
