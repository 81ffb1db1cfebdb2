//! What load balancers and target groups share: one call tells the tags of both.

use std::collections::BTreeMap;

use futures_util::future::{join, join_all};
use tokio::sync::OnceCell;

use super::{load_balancer, target_group};
use crate::aws::convert::tags;
use crate::aws::reader::Reader;
use crate::model::resource::{LoadBalancer, TargetGroup};
use crate::model::{Arn, Tag};

/// The most that `DescribeTags` takes, of either version.
pub(super) const TAGGED_AT_ONCE: usize = 20;

/// Both listings without their details, and the tags of all.
#[derive(Debug, Default)]
pub(super) struct Shared {
    balancers: OnceCell<Vec<LoadBalancer>>,
    groups: OnceCell<Vec<TargetGroup>>,
    tags: OnceCell<BTreeMap<Arn, Vec<Tag>>>,
}

/// Load balancers without their details.
pub(super) async fn balancers(reader: &Reader) -> &[LoadBalancer] {
    reader.lists.elbv2.balancers.get_or_init(|| load_balancer::list(reader)).await
}

/// Target groups without their details.
pub(super) async fn groups(reader: &Reader) -> &[TargetGroup] {
    reader.lists.elbv2.groups.get_or_init(|| target_group::list(reader)).await
}

/// The tags of load balancers and target groups.
pub(super) async fn tags_of_all(reader: &Reader) -> &BTreeMap<Arn, Vec<Tag>> {
    reader.lists.elbv2.tags.get_or_init(|| read_tags(reader)).await
}

async fn read_tags(reader: &Reader) -> BTreeMap<Arn, Vec<Tag>> {
    let (balancers, groups) = join(balancers(reader), groups(reader)).await;
    let balancers = balancers.iter().map(|balancer| balancer.load_balancer_arn.clone());
    let arns: Vec<Arn> = balancers.chain(groups.iter().map(|group| group.target_group_arn.clone())).collect();
    let batches = arns.chunks(TAGGED_AT_ONCE).map(|batch| async move {
        let names = batch.iter().map(ToString::to_string).collect();
        let ask = reader.clients.elbv2.describe_tags().set_resource_arns(Some(names)).send();
        let answer = reader.call_about("elasticloadbalancing:DescribeTags", batch, ask).await;
        answer.and_then(|answer| answer.tag_descriptions).unwrap_or_default()
    });
    let descriptions = join_all(batches).await.into_iter().flatten();
    descriptions.map(|of| (of.resource_arn.unwrap_or_default().into(), tags(of.tags))).collect()
}
