//! What changed between two estates: resources added, removed and changed, and what cannot be told because it was
//! read in one of them only.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

use super::{AccountId, Estate, Kind, Region, Resource, ResourceKey, Shard};

/// What changed between two estates.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Difference {
    /// What is there now and was seen not to be there then.
    pub added: BTreeMap<ResourceKey, Option<String>>,
    /// What was there then and is seen not to be there now.
    pub removed: BTreeMap<ResourceKey, Option<String>>,
    /// What is in both and differs.
    pub changed: BTreeMap<ResourceKey, Vec<Change>>,
    /// What cannot be told, and why.
    pub unseen: BTreeSet<Unseen>,
}

/// A field that changed. Of a list, what left it and what came; its order does not matter.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// The field, as AWS names it: `Placement.AvailabilityZone`.
    pub field: String,
    /// What it was; absent when it was not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub was: Option<Value>,
    /// What it is; absent when it is not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is: Option<Value>,
}

/// Resources of a type in a place that cannot be compared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Unseen {
    /// The account.
    pub account: AccountId,
    /// The Region.
    pub region: Region,
    /// The type.
    pub kind: Kind,
    /// Whether it is the earlier estate that lacks it.
    pub earlier: bool,
    /// What was not read, and why.
    pub why: String,
}

/// Lists whose order means something.
const ORDERED: [&str; 1] = ["CacheBehaviors"];

impl Difference {
    /// Compares two estates.
    #[must_use]
    pub fn new(earlier: &Estate, now: &Estate) -> Self {
        let mut difference = Self::default();
        let places = |estate: &Estate| -> BTreeSet<(AccountId, Region)> {
            let places = estate.shards.iter().map(|shard| &shard.provenance);
            places.map(|place| (place.account.clone(), place.region.clone())).collect()
        };
        for (account, region) in places(earlier).union(&places(now)) {
            let nothing = Shard::new(account.clone(), region.clone());
            let then = earlier.shard(account, region).unwrap_or(&nothing);
            let today = now.shard(account, region).unwrap_or(&nothing);
            for kind in Kind::ALL.iter().copied().filter(|kind| nothing.holds(*kind)) {
                difference.of_kind(kind, then, today);
            }
        }
        difference
    }

    /// Whether nothing differs and everything could be compared.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn of_kind(&mut self, kind: Kind, then: &Shard, now: &Shard) {
        let lacks = [then, now].map(|shard| lack(kind, shard));
        if lacks.iter().all(Option::is_some) {
            // Neither tells anything; that is the audits' to say.
            if then.resources.count(kind) + now.resources.count(kind) == 0 {
                return;
            }
        }
        let [then_lacks, now_lacks] = lacks;
        for (earlier, lack) in [(true, &then_lacks), (false, &now_lacks)] {
            if let Some(why) = lack {
                let place = &now.provenance;
                let (account, region, why) = (place.account.clone(), place.region.clone(), why.clone());
                self.unseen.insert(Unseen { account, region, kind, earlier, why });
            }
        }
        for resource in now.resources.of_kind(kind) {
            match then.resources.find(kind, resource.id()) {
                Some(was) => self.compare((then, was), (now, resource)),
                None if then_lacks.is_none() => {
                    self.added.insert(now.key(resource), resource.name().map(str::to_owned));
                }
                None => {}
            }
        }
        let gone = then.resources.of_kind(kind).into_iter();
        for resource in gone.filter(|resource| now.resources.find(kind, resource.id()).is_none()) {
            if now_lacks.is_none() {
                self.removed.insert(then.key(resource), resource.name().map(str::to_owned));
            }
        }
    }

    fn compare(&mut self, (then, was): (&Shard, &dyn Resource), (now, is): (&Shard, &dyn Resource)) {
        let mut changes = Vec::new();
        walk("", Some(&was.json()), Some(&is.json()), &mut changes);
        // A field that was not read is not a field that was taken away.
        for (earlier, shard) in [(true, then), (false, now)] {
            let mut details = is.kind().actions().iter().skip(1);
            let missing = details.find_map(|action| shard.missing(action, Some(is.id())));
            let Some(gap) = missing else { continue };
            changes.retain(|change| if earlier { change.was.is_some() } else { change.is.is_some() });
            let place = &now.provenance;
            let (account, region) = (place.account.clone(), place.region.clone());
            let why = format!("details of some: {}: {}", gap.action, gap.reason);
            self.unseen.insert(Unseen { account, region, kind: is.kind(), earlier, why });
        }
        if !changes.is_empty() {
            self.changed.insert(now.key(is), changes);
        }
    }
}

/// Why a shard cannot tell which resources of a kind there are.
fn lack(kind: Kind, shard: &Shard) -> Option<String> {
    shard.missing(kind.list_action(), None).map(|gap| format!("{}: {}", gap.action, gap.reason))
}

fn walk(field: &str, was: Option<&Value>, is: Option<&Value>, changes: &mut Vec<Change>) {
    if was == is {
        return;
    }
    match (was, is) {
        (Some(Value::Object(was)), Some(Value::Object(is))) => {
            let names: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
            for name in names {
                let below = if field.is_empty() { name.clone() } else { format!("{field}.{name}") };
                walk(&below, was.get(name), is.get(name), changes);
            }
        }
        (Some(Value::Array(was)), Some(Value::Array(is))) if !ORDERED.iter().any(|list| field.ends_with(list)) => {
            let (left, came) = (without(was, is), without(is, was));
            let list = |values: Vec<Value>| (!values.is_empty()).then_some(Value::Array(values));
            let (was, is) = (list(left), list(came));
            if was.is_some() || is.is_some() {
                changes.push(Change { field: field.to_owned(), was, is });
            }
        }
        _ => changes.push(Change { field: field.to_owned(), was: was.cloned(), is: is.cloned() }),
    }
}

/// The values of one list that another does not hold, each as often as it lacks it.
fn without(one: &[Value], other: &[Value]) -> Vec<Value> {
    let mut held: BTreeMap<String, usize> = BTreeMap::new();
    for value in other {
        *held.entry(value.to_string()).or_default() += 1;
    }
    let lacking = one.iter().filter(|value| match held.get_mut(&value.to_string()) {
        Some(count) if *count > 0 => {
            *count -= 1;
            false
        }
        _ => true,
    });
    lacking.cloned().collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::resource::{LoadBalancer, SecurityGroup};
    use crate::model::{Gap, GapReason, Tag};

    fn estate(change: impl FnOnce(&mut Shard)) -> Estate {
        let mut estate = Estate::default();
        let shard = estate.shard_mut(&"111122223333".into(), &"eu-west-1".into());
        shard.reads.extend(Kind::SecurityGroup.actions().iter().map(|action| (*action).to_owned()));
        shard.reads.extend(Kind::LoadBalancer.actions().iter().map(|action| (*action).to_owned()));
        let group = |id: &str, name: &str| SecurityGroup {
            group_id: id.into(),
            group_name: Some(name.into()),
            tags: vec![Tag::new("a", "1"), Tag::new("b", "2")],
            ..SecurityGroup::default()
        };
        shard.resources.security_groups = vec![group("sg-1", "web"), group("sg-2", "db")];
        let balancer =
            LoadBalancer { load_balancer_arn: "lb".into(), dns_name: Some("x".into()), ..LoadBalancer::default() };
        shard.resources.load_balancers = vec![balancer];
        change(shard);
        estate
    }

    fn ids(of: &BTreeMap<ResourceKey, Option<String>>) -> Vec<&str> {
        of.keys().map(|key| key.id.as_str()).collect()
    }

    #[test]
    fn the_same_in_another_order_is_no_difference() {
        let other = estate(|shard| {
            shard.resources.security_groups.reverse();
            shard.resources.security_groups[0].tags.reverse();
        });
        assert!(Difference::new(&estate(|_| {}), &other).is_empty());
    }

    #[test]
    fn what_came_left_and_changed_is_told_field_by_field() {
        let now = estate(|shard| {
            let groups = &mut shard.resources.security_groups;
            groups[1].group_id = "sg-3".into();
            groups[0].group_name = Some("front".into());
            groups[0].description = Some("new".into());
            groups[0].tags[1].value = "3".into();
        });
        let difference = Difference::new(&estate(|_| {}), &now);
        assert_eq!((ids(&difference.added), ids(&difference.removed)), (vec!["sg-3"], vec!["sg-2"]));
        let changes = difference.changed.values().next().expect("one");
        let told: Vec<Value> = changes.iter().map(|change| serde_json::to_value(change).expect("JSON")).collect();
        assert_eq!(
            told,
            [
                json!({"field": "Description", "is": "new"}),
                json!({"field": "GroupName", "was": "web", "is": "front"}),
                json!({"field": "Tags", "was": [{"Key": "b", "Value": "2"}], "is": [{"Key": "b", "Value": "3"}]}),
            ]
        );
        assert!(difference.unseen.is_empty());
    }

    #[test]
    fn what_was_read_in_one_only_is_neither_gone_nor_new() {
        let denied = || {
            estate(|shard| {
                shard.resources.security_groups.clear();
                shard.gaps.push(Gap::new("ec2:DescribeSecurityGroups", GapReason::AccessDenied, "no"));
            })
        };
        for (then, now, earlier) in [(estate(|_| {}), denied(), false), (denied(), estate(|_| {}), true)] {
            let difference = Difference::new(&then, &now);
            assert!(difference.added.is_empty() && difference.removed.is_empty());
            let unseen = difference.unseen.first().expect("one");
            assert_eq!((unseen.kind, unseen.earlier), (Kind::SecurityGroup, earlier));
            assert_eq!(unseen.why, "ec2:DescribeSecurityGroups: access denied");
        }
        let difference = Difference::new(&estate(|_| {}), &Estate::default());
        assert!(difference.removed.is_empty(), "a Region that was not read is not an empty one");
        assert_eq!(difference.unseen.len(), 3, "{:?}", difference.unseen);
    }

    #[test]
    fn an_unread_detail_is_not_a_change() {
        let unread = estate(|shard| {
            let balancer = &mut shard.resources.load_balancers[0];
            (balancer.dns_name, balancer.tags) = (Some("y".into()), vec![Tag::new("a", "1")]);
            let gap = Gap::new("elasticloadbalancing:DescribeTags", GapReason::AccessDenied, "no");
            shard.gaps.push(gap.about("lb"));
        });
        let difference = Difference::new(&unread, &estate(|_| {}));
        let fields: Vec<_> = difference.changed.values().flatten().map(|change| change.field.as_str()).collect();
        assert_eq!(fields, ["DNSName", "Tags"]);
        let difference = Difference::new(&estate(|_| {}), &unread);
        let fields: Vec<_> = difference.changed.values().flatten().map(|change| change.field.as_str()).collect();
        assert_eq!(fields, ["DNSName", "Tags"], "what was read in spite of it is compared");
        let bare = estate(|shard| {
            shard.resources.load_balancers[0].dns_name = None;
            shard.gaps.push(Gap::new("elasticloadbalancing:DescribeTags", GapReason::AccessDenied, "no").about("lb"));
        });
        let difference = Difference::new(&estate(|_| {}), &bare);
        assert!(difference.changed.is_empty(), "{:?}", difference.changed);
        assert!(difference.unseen.iter().any(|unseen| unseen.why.contains("DescribeTags")));
    }
}
