//! The resource policy of a bucket or search domain, statement by statement: who is allowed what, and under which
//! conditions. It is what the policy's text says, not what IAM would decide for a given caller.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::FactContext;
use super::context::{Place, own};
use crate::model::resource::{Bucket, Domain};
use crate::model::{Gap, GapReason, Resource};

/// A policy; null when there is none.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ResourcePolicy {
    /// Statements that allow anyone something, with no condition that narrows who.
    pub(super) open: Vec<Statement>,
    /// Statements that allow anyone something under a condition.
    pub(super) conditional: Vec<Statement>,
    /// Whether everything is refused to requests without TLS.
    pub(super) denies_clear_text: bool,
}

/// A statement.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Statement {
    /// Its field in the policy.
    pub(super) field: String,
    /// The actions it is about.
    pub(super) actions: Vec<String>,
    /// The keys of its conditions.
    pub(super) conditions: Vec<String>,
}

pub(super) fn compute(
    _context: &FactContext<'_>,
    at: &Place<'_>,
    resource: &dyn Resource,
) -> Result<Option<ResourcePolicy>, Vec<Gap>> {
    let (text, action) = if let Some(domain) = resource.as_any().downcast_ref::<Domain>() {
        (domain.access_policies.as_deref().filter(|text| !text.is_empty()), "es:DescribeDomains")
    } else {
        (own::<Bucket>(resource)?.policy.as_deref(), "s3:GetBucketPolicy")
    };
    let Some(text) = text else {
        return at
            .shard
            .missing(action, Some(resource.id()))
            .map_or(Ok(None), |gap| Err(vec![gap.about(resource.id())]));
    };
    parse(text).map(Some).ok_or_else(|| {
        let gap = Gap::new(action, GapReason::Malformed, "the policy is not a policy document");
        vec![gap.about(resource.id())]
    })
}

fn parse(text: &str) -> Option<ResourcePolicy> {
    let document: Value = serde_json::from_str(text).ok()?;
    let mut policy = ResourcePolicy::default();
    for (index, statement) in list(document.get("Statement")?).into_iter().enumerate() {
        let conditions = conditions(statement);
        // To allow all but some is to allow strangers.
        let all_but = statement.get("NotPrincipal").is_some() && statement.get("Effect")?.as_str()? == "Allow";
        if !all_but && !is_anyone(statement.get("Principal")) {
            continue;
        }
        match statement.get("Effect")?.as_str()? {
            "Deny" => policy.denies_clear_text |= denies_clear_text(statement, &conditions),
            "Allow" => {
                let list = if conditions.is_empty() { &mut policy.open } else { &mut policy.conditional };
                list.push(Statement {
                    field: format!("Statement[{index}]"),
                    actions: texts(statement.get("Action").or_else(|| statement.get("NotAction"))?),
                    conditions,
                });
            }
            _ => return None,
        }
    }
    Some(policy)
}

/// IAM writes one thing, or a list of them.
fn list(value: &Value) -> Vec<&Value> {
    value.as_array().map_or_else(|| vec![value], |items| items.iter().collect())
}

fn texts(value: &Value) -> Vec<String> {
    list(value).into_iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn is_anyone(principal: Option<&Value>) -> bool {
    let star = |value: &Value| list(value).into_iter().any(|text| text.as_str() == Some("*"));
    principal.is_some_and(|principal| star(principal) || principal.get("AWS").is_some_and(star))
}

/// The keys of all conditions, in lower case, as IAM compares them.
fn conditions(statement: &Value) -> Vec<String> {
    let operators = statement.get("Condition").and_then(Value::as_object).into_iter().flat_map(|map| map.values());
    let keys = operators.filter_map(Value::as_object).flat_map(|keys| keys.keys());
    keys.map(|key| key.to_ascii_lowercase()).collect()
}

/// Whether a statement is about a whole bucket: itself and every object in it.
fn whole_bucket(statement: &Value) -> bool {
    let named = statement.get("Resource").map(texts).unwrap_or_default();
    let all = |name: &String| name == "*" || (name.ends_with('*') && !name.contains('/'));
    named.iter().any(all) || named.iter().any(|name| !name.contains('/') && named.contains(&format!("{name}/*")))
}

/// Deny to anyone, of everything in the whole bucket, when `aws:SecureTransport` is false and nothing else is asked.
fn denies_clear_text(statement: &Value, conditions: &[String]) -> bool {
    let everything =
        |field: &str| statement.get(field).is_some_and(|v| texts(v).iter().any(|t| t == "*" || t == "s3:*"));
    let condition = statement.get("Condition");
    let bool_operator = condition.and_then(|c| c.get("Bool").or_else(|| c.get("BoolIfExists")));
    let value = bool_operator.and_then(Value::as_object).and_then(|keys| {
        keys.iter().find(|(key, _)| key.eq_ignore_ascii_case("aws:SecureTransport")).map(|(_, value)| value)
    });
    let is_false = |value: &Value| *value == Value::Bool(false) || value.as_str() == Some("false");
    conditions == ["aws:securetransport"]
        && everything("Action")
        && whole_bucket(statement)
        && value.is_some_and(|value| list(value).into_iter().all(is_false))
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn anyone_is_a_star_in_either_spelling() {
        let open = |principal: &str| {
            let text = format!(
                r#"{{"Statement": {{"Effect": "Allow", "Principal": {principal}, "Action": "s3:GetObject"}}}}"#
            );
            parse(&text).unwrap().open.len()
        };
        assert_eq!(open(r#""*""#), 1);
        assert_eq!(open(r#"{"AWS": "*"}"#), 1);
        assert_eq!(open(r#"{"AWS": ["arn:aws:iam::111122223333:root", "*"]}"#), 1);
        assert_eq!(open(r#"{"AWS": "arn:aws:iam::111122223333:root"}"#), 0);
        assert_eq!(open(r#"{"Service": "cloudfront.amazonaws.com"}"#), 0);
    }

    #[test]
    fn all_but_one_are_strangers_when_allowed() {
        let policy = |effect: &str| {
            let one = r#""NotPrincipal": {"AWS": "arn:aws:iam::111122223333:root"}"#;
            parse(&format!(r#"{{"Statement": {{"Effect": "{effect}", {one}, "Action": "es:*"}}}}"#)).unwrap()
        };
        assert_eq!(policy("Allow").open.len(), 1);
        assert_eq!(policy("Deny").open.len(), 0);
    }

    #[test]
    fn clear_text_is_denied_only_by_a_denial_of_everything() {
        let denies = |action: &str, condition: &str| {
            let text = format!(
                r#"{{"Statement": [{{"Effect": "Deny", "Principal": "*", "Action": {action}, "Resource": "*", "Condition": {condition}}}]}}"#
            );
            parse(&text).unwrap().denies_clear_text
        };
        assert!(denies(r#""s3:*""#, r#"{"Bool": {"aws:SecureTransport": "false"}}"#));
        assert!(denies(r#""s3:*""#, r#"{"BoolIfExists": {"aws:SecureTransport": "false"}}"#));
        assert!(!denies(r#""s3:PutObject""#, r#"{"Bool": {"aws:SecureTransport": "false"}}"#));
        assert!(!denies(r#""s3:*""#, r#"{"Bool": {"aws:SecureTransport": "true"}}"#));
        assert!(!denies(
            r#""s3:*""#,
            r#"{"Bool": {"aws:SecureTransport": "false"}, "IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}"#
        ));
        let on = |resource: &str| {
            let condition = r#"{"Bool": {"aws:SecureTransport": "false"}}"#;
            let rest = format!(r#""Action": "s3:*", "Resource": {resource}, "Condition": {condition}"#);
            parse(&format!(r#"{{"Statement": [{{"Effect": "Deny", "Principal": "*", {rest}}}]}}"#))
                .unwrap()
                .denies_clear_text
        };
        assert!(on(r#"["arn:aws:s3:::b", "arn:aws:s3:::b/*"]"#));
        assert!(on(r#""arn:aws:s3:::b*""#));
        assert!(!on(r#""arn:aws:s3:::b""#), "its objects are still served");
        assert!(!on(r#"["arn:aws:s3:::b", "arn:aws:s3:::b/secret/*"]"#));
        assert_eq!(parse("not json"), None);
        assert_eq!(parse("{}"), None);
    }
}
