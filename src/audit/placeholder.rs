//! Placeholders in what a rule tells a reader to type: `{id}` and its like stand for the resource a finding is about.
//! Words in capitals are the reader's to choose, and stay.

use std::collections::BTreeMap;

use crate::model::{Estate, Kind, Resource, ResourceKey};

/// Every placeholder and what it stands for.
pub const PLACEHOLDERS: [(&str, &str); 6] = [
    ("id", "the resource's id or, where AWS gives none, its ARN or name"),
    ("name", "the resource's name"),
    ("region", "its Region"),
    ("account", "its account"),
    ("vpc", "its VPC"),
    ("cluster", "the name of its ECS cluster"),
];

/// What placeholders stand for in one finding.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Placeholders(BTreeMap<&'static str, String>);

impl Placeholders {
    /// Those of one resource of an estate; none of one that is not there, such as a listing that was not read.
    #[must_use]
    pub fn of(estate: &Estate, key: &ResourceKey) -> Self {
        estate.resource(key).map(|resource| Self::of_resource(resource, key)).unwrap_or_default()
    }

    /// Those of one resource.
    #[must_use]
    pub fn of_resource(resource: &dyn Resource, key: &ResourceKey) -> Self {
        let cluster = resource.parents().into_iter().find(|(kind, _)| *kind == Kind::EcsCluster);
        let cluster = cluster.map(|(_, arn)| arn.rsplit('/').next().unwrap_or(arn));
        let region = Some(key.region.as_str()).filter(|_| !key.region.is_global());
        let all = [
            ("id", Some(resource.id())),
            ("name", resource.name()),
            ("region", region),
            ("account", Some(key.account.as_str())),
            ("vpc", resource.vpc_id().map(AsRef::as_ref)),
            ("cluster", cluster),
        ];
        let told = all.into_iter().filter_map(|(name, value)| Some((name, value.filter(|v| is_plain(v))?.to_owned())));
        Self(told.collect())
    }

    /// The text with what its placeholders stand for; one that stands for nothing here becomes a word in capitals.
    #[must_use]
    pub fn fill(&self, text: &str) -> String {
        let (mut filled, mut done) = (String::new(), 0);
        for (at, name) in named(text).filter(|(_, name)| is_known(name)) {
            filled.push_str(text.get(done..at).unwrap_or_default());
            filled.push_str(&self.0.get(name).cloned().unwrap_or_else(|| name.to_ascii_uppercase()));
            done = at + name.len() + 2;
        }
        filled.push_str(text.get(done..).unwrap_or_default());
        filled
    }
}

/// The placeholders of a text that stand for nothing.
pub(super) fn unknown(text: &str) -> Vec<&str> {
    named(text).map(|(_, name)| name).filter(|name| !is_known(name)).collect()
}

/// The words of a text that look as placeholders do when they stand for nothing.
pub(super) fn spelt_out(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.filter(|word| matches!(*word, "ID" | "NAME" | "REGION" | "ACCOUNT"))
}

fn is_known(name: &str) -> bool {
    PLACEHOLDERS.iter().any(|(known, _)| *known == name)
}

/// Every `{word}` of a text with its place; `${word}` is the shell's or Terraform's.
fn named(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.match_indices('{').filter_map(|(at, _)| {
        let (name, _) = text.get(at + 1..)?.split_once('}')?;
        let word = !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c == '_');
        (word && !text.get(..at)?.ends_with('$')).then_some((at, name))
    })
}

/// Whether a value may stand in a command as it is: strangers choose names, and a shell would run what is in them.
fn is_plain(value: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@+=,".contains(c);
    value.chars().all(plain) && value.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '/')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(resource: serde_json::Value, kind: Kind, text: &str) -> String {
        let mut estate = Estate::default();
        let (account, region) = ("111122223333".into(), "eu-west-1".into());
        let shard = estate.shard_mut(&account, &region);
        shard.resources.push_json(kind, resource).unwrap();
        let id = shard.resources.of_kind(kind)[0].id().to_owned();
        Placeholders::of(&estate, &ResourceKey { account, region, kind, id }).fill(text)
    }

    #[test]
    fn what_a_placeholder_stands_for_takes_its_place() {
        let group = serde_json::json!({"GroupId": "sg-1", "GroupName": "web", "VpcId": "vpc-1"});
        let text =
            "aws x --region {region} --id {id} --name {name} --vpc {vpc} --account {account} --cluster {cluster} GROUP";
        let told =
            "aws x --region eu-west-1 --id sg-1 --name web --vpc vpc-1 --account 111122223333 --cluster CLUSTER GROUP";
        assert_eq!(filled(group, Kind::SecurityGroup, text), told);
        let arn = "arn:aws:ecs:eu-west-1:111122223333:service/main/api";
        let service =
            serde_json::json!({"serviceArn": arn, "clusterArn": "arn:aws:ecs:eu-west-1:111122223333:cluster/main"});
        assert_eq!(filled(service, Kind::EcsService, "{cluster}, {id}"), format!("main, {arn}"));
        assert_eq!(Placeholders::default().fill("{id}-reader of {name}"), "ID-reader of NAME");
    }

    #[test]
    fn what_is_no_placeholder_stays() {
        let text = r#"tags = { a = "${id}" } {"id": {}} {ID} {id {"#;
        assert_eq!(Placeholders::default().fill(text), text);
        assert_eq!(unknown("{id} {resource_id} ${name} {x}"), ["resource_id", "x"]);
    }

    #[test]
    fn a_name_that_a_shell_would_run_is_not_put_into_a_command() {
        for name in ["$(reboot)", "a b", "x;y", "'", "-rf", "a\nb", "`x`", ""] {
            let vpc = serde_json::json!({"VpcId": "vpc-1", "Tags": [{"Key": "Name", "Value": name}]});
            assert_eq!(filled(vpc, Kind::Vpc, "aws x {id} {name}"), "aws x vpc-1 NAME", "{name:?}");
        }
    }
}
