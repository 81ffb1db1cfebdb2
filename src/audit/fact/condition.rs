//! Conditions of listener rules: whether one rule leaves anything for a later one.

use wildmatch::WildMatchPattern;

use super::address;
use crate::model::resource::{ListenerRule, RuleCondition};

/// One way for a rule to apply: one value out of each of its conditions. Its conditions are met by this atom or by
/// another, so a rule is hidden when each of its atoms is.
#[derive(Debug, Clone, Default)]
pub(super) struct Atom<'r> {
    values: Vec<(&'r str, &'r str)>,
}

/// More than AWS allows in one rule.
const MOST: usize = 10_000;

/// Every way for a rule to apply.
pub(super) fn atoms(rule: &ListenerRule) -> Vec<Atom<'_>> {
    let mut all = vec![Atom::default()];
    for condition in &rule.conditions {
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

    /// Whether every request that meets this atom meets all conditions of `rule`. Unsure is no.
    pub(super) fn is_covered_by(&self, rule: &ListenerRule) -> bool {
        rule.conditions.iter().all(|condition| {
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

/// The values of a condition that can be compared; none for headers and queries, whose values are not kept.
fn values(condition: &RuleCondition) -> Vec<&str> {
    let config = match condition.field.as_deref() {
        Some("host-header") => condition.host_header_config.as_ref(),
        Some("path-pattern") => condition.path_pattern_config.as_ref(),
        Some("source-ip") => condition.source_ip_config.as_ref(),
        Some("http-request-method") => condition.http_request_method_config.as_ref(),
        _ => return Vec::new(),
    };
    let listed = config.map(|config| config.values.as_slice()).filter(|values| !values.is_empty());
    listed.unwrap_or(&condition.values).iter().map(String::as_str).collect()
}

/// Whether everything that `narrow` matches, `wide` matches too.
fn includes(field: &str, wide: &str, narrow: &str) -> bool {
    match field {
        "source-ip" => match (address::parse(wide), address::parse(narrow)) {
            (Some(wide), Some(narrow)) => wide.contains(&narrow),
            _ => false,
        },
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
pub(super) fn in_words(rule: &ListenerRule) -> String {
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
    if values.is_empty() { name.to_owned() } else { format!("{name} {}", values.join(" or ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(conditions: &serde_json::Value) -> ListenerRule {
        serde_json::from_value(serde_json::json!({"RuleArn": "r", "Conditions": conditions})).unwrap()
    }

    fn hides(earlier: &[ListenerRule], later: &ListenerRule) -> bool {
        atoms(later).iter().all(|atom| earlier.iter().any(|rule| atom.is_covered_by(rule)))
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
}
