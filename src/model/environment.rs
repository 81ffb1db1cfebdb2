//! Environments: named sets of selectors, and which resource belongs to which.
//!
//! Real accounts tag badly, so a resource is attributed by the first of: its own tags, its own name or DNS name,
//! its VPC, what it belongs to (cluster, load balancer), its account or Region. What belongs nowhere stays
//! unattributed and is counted, never dropped.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wildmatch::WildMatch;

use super::{AccountId, Estate, Kind, Region, Resource, ResourceKey, Shard, VpcId};

/// The word for what belongs to no environment.
pub const UNATTRIBUTED: &str = "unattributed";

/// How much an environment matters; rules may weigh the same fault differently.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Tier {
    /// What customers use.
    Production,
    /// The rehearsal of it.
    Staging,
    /// Where work happens.
    Dev,
    /// Anything else.
    #[default]
    Other,
}

impl Tier {
    /// The tier a name suggests.
    #[must_use]
    pub fn of_name(name: &str) -> Self {
        let name = name.to_ascii_lowercase();
        let is = |stems: &[&str]| stems.iter().any(|stem| name == *stem || name.starts_with(stem));
        if is(&["prod", "prd", "live"]) {
            Self::Production
        } else if is(&["stag", "stg", "preprod", "uat", "qa"]) {
            Self::Staging
        } else if is(&["dev", "test", "sandbox"]) {
            Self::Dev
        } else {
            Self::Other
        }
    }
}

/// A named set of selectors.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Environment {
    /// What its owners call it.
    pub name: String,
    /// How much it matters; guessed from the name when not given.
    #[serde(default)]
    pub tier: Option<Tier>,
    /// Tags that mark its resources.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<TagSelector>,
    /// Globs (`*`, `?`) over resource names and ids.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    /// Suffixes of the DNS names it answers to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dns_suffixes: Vec<String>,
    /// VPCs that are wholly its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<String>")]
    pub vpcs: Vec<VpcId>,
    /// Accounts that are wholly its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<String>")]
    pub accounts: Vec<AccountId>,
    /// Regions that are wholly its own (within `accounts`, when those are given).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<String>")]
    pub regions: Vec<Region>,
}

/// A tag key, whose case does not matter, with the values that mean this environment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TagSelector {
    /// The tag's key.
    pub key: String,
    /// Its values, compared without regard to case.
    pub values: Vec<String>,
}

impl Environment {
    /// How much it matters.
    #[must_use]
    pub fn tier(&self) -> Tier {
        self.tier.unwrap_or_else(|| Tier::of_name(&self.name))
    }

    /// What is assumed when nobody declared environments: the usual tag keys and values.
    #[must_use]
    pub fn usual() -> Vec<Self> {
        [
            ("production", &["production", "prod", "prd", "live"]),
            ("staging", &["staging", "stage", "stg", "preprod"]),
            ("dev", &["dev", "development", "develop", "test"]),
        ]
        .into_iter()
        .map(|(name, values)| {
            let values: Vec<String> = values.iter().map(|v| (*v).to_owned()).collect();
            let tags =
                ["environment", "env", "stage"].map(|key| TagSelector { key: key.into(), values: values.clone() });
            Self { name: name.to_owned(), tags: tags.into(), ..Self::default() }
        })
        .collect()
    }

    fn claims_by_tag(&self, resource: &dyn Resource) -> bool {
        let meant = |s: &TagSelector, value: &str| s.values.iter().any(|v| v.eq_ignore_ascii_case(value));
        resource
            .tags()
            .iter()
            .any(|tag| self.tags.iter().any(|s| s.key.eq_ignore_ascii_case(&tag.key) && meant(s, &tag.value)))
    }

    fn claims_by_name(&self, resource: &dyn Resource) -> bool {
        let mut names = vec![resource.id()];
        names.extend(resource.name());
        let globbed = |glob: &String| {
            let glob = WildMatch::new_case_insensitive(glob);
            names.iter().any(|name| glob.matches(name))
        };
        self.names.iter().any(globbed) || resource.dns_names().iter().any(|dns| self.claims_dns(dns))
    }

    fn claims_dns(&self, dns: &str) -> bool {
        let dns = dns.trim_end_matches('.').to_ascii_lowercase();
        self.dns_suffixes.iter().any(|suffix| {
            let suffix = suffix.trim_start_matches('.').to_ascii_lowercase();
            dns == suffix || dns.ends_with(&format!(".{suffix}"))
        })
    }

    fn claims_by_place(&self, shard: &Shard) -> bool {
        let place = &shard.provenance;
        let account = self.accounts.contains(&place.account);
        let region = self.regions.contains(&place.region);
        match (self.accounts.is_empty(), self.regions.is_empty()) {
            (true, true) => false,
            (false, true) => account,
            (true, false) => region,
            (false, false) => account && region,
        }
    }
}

/// Which resource belongs to which environment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attribution {
    of: BTreeMap<ResourceKey, String>,
    /// How many resources belong to no environment.
    pub unattributed: usize,
}

impl Attribution {
    /// Attributes every resource of `estate` to one of `environments`; where several claim one by the same means,
    /// the first declared wins.
    #[must_use]
    pub fn new(estate: &Estate, environments: &[Environment]) -> Self {
        let mut of = BTreeMap::new();
        for (shard, resource) in estate.resources() {
            if let Some(owner) = own(resource, environments) {
                of.insert(shard.key(resource), owner.name.clone());
            }
        }
        for (shard, resource) in estate.resources() {
            let key = shard.key(resource);
            if of.contains_key(&key) {
                continue;
            }
            if let Some(name) = inherited(shard, resource, &of, environments) {
                of.insert(key, name);
            }
        }
        let unattributed = estate.resources().count() - of.len();
        Self { of, unattributed }
    }

    /// The environment a resource belongs to.
    #[must_use]
    pub fn get(&self, key: &ResourceKey) -> Option<&str> {
        self.of.get(key).map(String::as_str)
    }

    /// How many resources belong to the environment of this name.
    #[must_use]
    pub fn count(&self, environment: &str) -> usize {
        self.of.values().filter(|name| *name == environment).count()
    }
}

/// Whether a resource without an environment may have one that could not be seen: its tags, its VPC or what it
/// belongs to were not read.
#[must_use]
pub fn undetermined(shard: &Shard, resource: &dyn Resource) -> bool {
    let unread = |action: &&str| action.contains("Tag") && shard.missing(action, Some(resource.id())).is_some();
    let absent = |kind: Kind, id: &str| shard.resources.find(kind, id).is_none() && shard.missing_kind(kind).is_some();
    resource.kind().actions().iter().any(unread)
        || resource.vpc_id().is_some_and(|vpc| absent(Kind::Vpc, vpc.as_str()))
        || resource.parents().iter().any(|(kind, id)| absent(*kind, id))
}

fn own<'e>(resource: &dyn Resource, environments: &'e [Environment]) -> Option<&'e Environment> {
    environments
        .iter()
        .find(|e| e.claims_by_tag(resource))
        .or_else(|| environments.iter().find(|e| e.claims_by_name(resource)))
}

/// The environment of the VPC, of what the resource belongs to, or of the whole account or Region.
fn inherited(
    shard: &Shard,
    resource: &dyn Resource,
    of: &BTreeMap<ResourceKey, String>,
    environments: &[Environment],
) -> Option<String> {
    let parents = resource.parents();
    let of_parent = parents.iter().find_map(|(kind, id)| {
        let parent = shard.resources.find(*kind, id)?;
        of.get(&shard.key(parent)).cloned()
    });
    let of_vpc = || {
        let vpc = resource.vpc_id()?;
        let declared = environments.iter().find(|e| e.vpcs.contains(vpc)).map(|e| e.name.clone());
        declared.or_else(|| of.get(&shard.key(shard.resources.find(Kind::Vpc, vpc.as_str())?)).cloned())
    };
    let of_place = || environments.iter().find(|e| e.claims_by_place(shard)).map(|e| e.name.clone());
    of_parent.or_else(of_vpc).or_else(of_place)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::resource::{EcsService, LoadBalancer, Subnet, Vpc};
    use crate::model::{Gap, GapReason, Tag};

    fn production() -> Vec<Environment> {
        vec![Environment {
            name: "production".into(),
            tags: vec![TagSelector { key: "environment".into(), values: vec!["production".into(), "ror-prod".into()] }],
            names: vec!["api-*".into()],
            dns_suffixes: vec!["example.org".into()],
            ..Environment::default()
        }]
    }

    fn tagged(id: &str, tags: &[(&str, &str)]) -> Vpc {
        let tags = tags.iter().map(|(key, value)| Tag::new(*key, *value)).collect();
        Vpc { vpc_id: id.into(), tags, ..Vpc::default() }
    }

    fn estate(fill: impl FnOnce(&mut Shard)) -> Estate {
        let mut estate = Estate::default();
        fill(estate.shard_mut(&"111122223333".into(), &"eu-west-1".into()));
        estate
    }

    fn attributed(estate: &Estate) -> Vec<&str> {
        let attribution = Attribution::new(estate, &production());
        let claimed = estate.resources().filter(|(shard, r)| attribution.get(&shard.key(*r)).is_some());
        claimed.map(|(_, resource)| resource.id()).collect()
    }

    #[test]
    fn tags_are_found_in_any_case_and_by_any_of_their_values() {
        let estate = estate(|shard| {
            shard.resources.vpcs.push(tagged("vpc-1", &[("Environment", "Production")]));
            shard.resources.vpcs.push(tagged("vpc-2", &[("environment", "ror-prod")]));
            shard.resources.vpcs.push(tagged("vpc-3", &[("Environment", "staging")]));
        });
        assert_eq!(attributed(&estate), ["vpc-1", "vpc-2"]);
        assert_eq!(Attribution::new(&estate, &production()).unattributed, 1);
    }

    #[test]
    fn names_and_dns_names_count_when_there_are_no_tags() {
        let service = |name: &str| EcsService {
            service_arn: name.into(),
            service_name: Some(name.into()),
            cluster_arn: "c".into(),
            ..EcsService::default()
        };
        let balancer = |dns: &str| LoadBalancer {
            load_balancer_arn: dns.into(),
            dns_name: Some(dns.into()),
            ..LoadBalancer::default()
        };
        let estate = estate(|shard| {
            shard.resources.ecs_services = vec![service("api-community"), service("reconcile")];
            shard.resources.load_balancers = vec![balancer("lb.example.org"), balancer("lb.notexample.org")];
        });
        assert_eq!(attributed(&estate), ["lb.example.org", "api-community"]);
    }

    #[test]
    fn a_vpc_passes_its_environment_on() {
        let subnet = |id: &str, vpc: &str| Subnet { subnet_id: id.into(), vpc_id: vpc.into(), ..Subnet::default() };
        let estate = estate(|shard| {
            shard.resources.vpcs.push(tagged("vpc-1", &[("environment", "production")]));
            shard.resources.subnets = vec![subnet("subnet-1", "vpc-1"), subnet("subnet-2", "vpc-2")];
        });
        assert_eq!(attributed(&estate), ["vpc-1", "subnet-1"]);
    }

    #[test]
    fn what_could_not_be_seen_leaves_the_environment_undetermined() {
        let balancer = LoadBalancer { load_balancer_arn: "lb".into(), ..LoadBalancer::default() };
        let mut shard = Shard::new("111122223333", "eu-west-1");
        shard.reads.extend(["ec2:DescribeVpcs", "elasticloadbalancing:DescribeTags"].map(str::to_owned));
        assert!(!undetermined(&shard, &balancer));
        let denied = Gap::new("elasticloadbalancing:DescribeTags", GapReason::AccessDenied, "no");
        shard.gaps.push(denied.about("another"));
        assert!(!undetermined(&shard, &balancer));
        shard.gaps.push(Gap::new("elasticloadbalancing:DescribeTags", GapReason::AccessDenied, "no").about("lb"));
        assert!(undetermined(&shard, &balancer));
        let subnet = Subnet { subnet_id: "s".into(), vpc_id: "vpc-1".into(), ..Subnet::default() };
        assert!(!undetermined(&shard, &subnet), "the VPC was looked for and is not there");
        shard.reads.remove("ec2:DescribeVpcs");
        assert!(undetermined(&shard, &subnet));
    }
}
