//! Reads ECS clusters with their settings and tags.

use aws_sdk_ecs::types as sdk;
use futures_util::future::join_all;

use crate::aws::convert::{each, tags, text};
use crate::aws::reader::Reader;
use crate::model::resource::{ClusterSetting, EcsCluster};

const DESCRIBE: &str = "ecs:DescribeClusters";

pub(super) async fn collect(reader: &Reader) -> Vec<EcsCluster> {
    let arns = reader
        .pages(
            "ecs:ListClusters",
            |token| reader.clients.ecs.list_clusters().max_results(100).set_next_token(token).send(),
            |page| (page.cluster_arns.unwrap_or_default(), page.next_token),
        )
        .await;
    join_all(arns.chunks(100).map(|batch| describe(reader, batch))).await.into_iter().flatten().collect()
}

async fn describe(reader: &Reader, arns: &[String]) -> Vec<EcsCluster> {
    let ask = reader.clients.ecs.describe_clusters().set_clusters(Some(arns.to_vec()));
    let ask = ask.include(sdk::ClusterField::Settings).include(sdk::ClusterField::Tags).send();
    let answer = reader.call_about(DESCRIBE, arns, ask).await;
    let described = answer.map(|answer| each(answer.clusters, ecs_cluster));
    reader.all_listed(DESCRIBE, arns, described, |arn| EcsCluster { cluster_arn: arn.into(), ..Default::default() })
}

fn ecs_cluster(sdk: sdk::Cluster) -> EcsCluster {
    EcsCluster {
        cluster_arn: sdk.cluster_arn.unwrap_or_default().into(),
        cluster_name: sdk.cluster_name,
        status: sdk.status,
        running_tasks_count: Some(sdk.running_tasks_count),
        active_services_count: Some(sdk.active_services_count),
        settings: each(sdk.settings, |s| ClusterSetting { name: text(s.name), value: s.value }),
        tags: tags(sdk.tags),
    }
}
