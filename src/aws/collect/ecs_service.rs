//! Reads the services of every ECS cluster with their tags.

use aws_sdk_ecs::types as sdk;
use futures_util::future::join_all;

use crate::aws::convert::{each, ids, tags, text};
use crate::aws::reader::Reader;
use crate::model::resource::{AwsVpcConfiguration, EcsService, NetworkConfiguration, ServiceLoadBalancer};

const LIST: &str = "ecs:ListServices";
const DESCRIBE: &str = "ecs:DescribeServices";

pub(super) async fn collect(reader: &Reader) -> Vec<EcsService> {
    let clusters = reader.ecs_clusters(LIST).await;
    let lists = clusters.iter().map(|cluster| services_of(reader, cluster.cluster_arn.as_str()));
    join_all(lists).await.into_iter().flatten().collect()
}

async fn services_of(reader: &Reader, cluster: &str) -> Vec<EcsService> {
    let ask = || reader.clients.ecs.list_services().cluster(cluster).max_results(100);
    let arns = reader
        .pages_about(
            LIST,
            cluster,
            |token| ask().set_next_token(token).send(),
            |page| (page.service_arns.unwrap_or_default(), page.next_token),
        )
        .await;
    let batches = arns.items.chunks(10).map(|batch| describe(reader, cluster, batch));
    join_all(batches).await.into_iter().flatten().collect()
}

async fn describe(reader: &Reader, cluster: &str, arns: &[String]) -> Vec<EcsService> {
    let ask = reader.clients.ecs.describe_services().cluster(cluster).set_services(Some(arns.to_vec()));
    let answer = reader.call_about(DESCRIBE, arns, ask.include(sdk::ServiceField::Tags).send()).await;
    let described = answer.map(|answer| each(answer.services, ecs_service));
    reader.all_listed(DESCRIBE, arns, described, |arn| EcsService {
        service_arn: arn.into(),
        cluster_arn: cluster.into(),
        ..Default::default()
    })
}

fn ecs_service(sdk: sdk::Service) -> EcsService {
    EcsService {
        service_arn: sdk.service_arn.unwrap_or_default().into(),
        service_name: sdk.service_name,
        cluster_arn: sdk.cluster_arn.unwrap_or_default().into(),
        status: sdk.status,
        desired_count: Some(sdk.desired_count),
        running_count: Some(sdk.running_count),
        pending_count: Some(sdk.pending_count),
        launch_type: text(sdk.launch_type),
        scheduling_strategy: text(sdk.scheduling_strategy),
        task_definition: sdk.task_definition,
        load_balancers: each(sdk.load_balancers, |group| ServiceLoadBalancer {
            target_group_arn: group.target_group_arn.map(Into::into),
            container_name: group.container_name,
            container_port: group.container_port,
        }),
        network_configuration: sdk
            .network_configuration
            .map(|network| NetworkConfiguration { awsvpc_configuration: network.awsvpc_configuration.map(interfaces) }),
        tags: tags(sdk.tags),
    }
}

fn interfaces(sdk: sdk::AwsVpcConfiguration) -> AwsVpcConfiguration {
    AwsVpcConfiguration {
        subnets: ids(Some(sdk.subnets)),
        security_groups: ids(sdk.security_groups),
        assign_public_ip: text(sdk.assign_public_ip),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::fake::Fake;

    fn answer(request: &str) -> (u16, String) {
        let body = if request.contains(".ListClusters ") {
            r#"{"clusterArns": ["arn:c"]}"#.to_owned()
        } else if request.contains(".DescribeClusters ") {
            r#"{"clusters": [], "failures": [{"arn": "arn:c", "reason": "MISSING"}]}"#.to_owned()
        } else if request.contains(".ListServices ") {
            let arns: Vec<_> = (0..12).map(|n| format!("\"arn:s{n}\"")).collect();
            format!(r#"{{"serviceArns": [{}]}}"#, arns.join(","))
        } else if request.contains("arn:s0") {
            let services: Vec<_> =
                (0..9).map(|n| format!(r#"{{"serviceArn": "arn:s{n}", "desiredCount": 2}}"#)).collect();
            format!(r#"{{"services": [{}]}}"#, services.join(","))
        } else {
            return (400, r#"{"__type": "AccessDeniedException", "message": "no"}"#.to_owned());
        };
        (200, body)
    }

    #[tokio::test]
    async fn what_was_listed_stays_even_when_it_cannot_be_described() {
        let fake = Fake::new(answer);
        let services = collect(&fake.reader).await;
        assert_eq!((services.len(), fake.asked(".DescribeServices ")), (12, 2));
        assert_eq!(services.iter().filter(|service| service.desired_count == Some(2)).count(), 9);
        assert!(services[9..].iter().all(|service| service.cluster_arn == "arn:c" && service.status.is_none()));
        let (_, gaps) = fake.finish("");
        let about: Vec<_> = gaps.iter().map(|gap| gap.resource.as_deref().unwrap()).collect();
        assert_eq!(about, ["arn:c", "arn:s10", "arn:s11", "arn:s9"]);
    }
}
