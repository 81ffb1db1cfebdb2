//! Finding many resources of an estate by their keys: [`Estate::resource`] looks through a whole listing each time.

use std::collections::BTreeMap;

use super::{Estate, Kind, Resource, ResourceKey};

/// The resources of an estate by their keys.
#[derive(Debug, Clone, Default)]
pub struct Index<'e>(BTreeMap<(&'e str, &'e str, Kind, &'e str), &'e dyn Resource>);

impl<'e> Index<'e> {
    /// Goes through an estate once.
    #[must_use]
    pub fn new(estate: &'e Estate) -> Self {
        let mut index = BTreeMap::new();
        for (shard, resource) in estate.resources() {
            let place = &shard.provenance;
            let key = (place.account.as_str(), place.region.as_str(), resource.kind(), resource.id());
            // Of two with one id, the first, as everywhere.
            index.entry(key).or_insert(resource);
        }
        Self(index)
    }

    /// The resource a key names.
    #[must_use]
    pub fn get(&self, key: &ResourceKey) -> Option<&'e dyn Resource> {
        self.0.get(&(key.account.as_str(), key.region.as_str(), key.kind, key.id.as_str())).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::resource::Vpc;

    #[test]
    fn it_finds_what_the_estate_finds() {
        let mut estate = Estate::default();
        for region in ["eu-west-1", "us-east-1"] {
            let shard = estate.shard_mut(&"111122223333".into(), &region.into());
            let vpc = |id: &str, cidr: &str| Vpc { vpc_id: id.into(), cidr_block: Some(cidr.into()), ..Vpc::default() };
            shard.resources.vpcs = vec![vpc("vpc-2", region), vpc("vpc-1", region), vpc("vpc-2", "again")];
        }
        let index = Index::new(&estate);
        for (region, kind, id) in [
            ("eu-west-1", Kind::Vpc, "vpc-2"),
            ("us-east-1", Kind::Vpc, "vpc-1"),
            ("us-east-1", Kind::Vpc, "vpc-3"),
            ("us-east-1", Kind::Subnet, "vpc-1"),
            ("us-west-1", Kind::Vpc, "vpc-1"),
        ] {
            let key = ResourceKey { account: "111122223333".into(), region: region.into(), kind, id: id.to_owned() };
            let json = |found: Option<&dyn Resource>| found.map(Resource::json);
            assert_eq!(json(index.get(&key)), json(estate.resource(&key)), "{key}");
        }
    }
}
