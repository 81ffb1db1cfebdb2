//! Reads Classic Load Balancers with their tags.

use std::collections::BTreeMap;

use aws_sdk_elasticloadbalancing::types as sdk;
use futures_util::future::join_all;

use super::elbv2::TAGGED_AT_ONCE;
use crate::aws::convert::{each, ids, tags};
use crate::aws::reader::Reader;
use crate::model::resource::{ClassicInstance, ClassicListener, ClassicLoadBalancer, ListenerDescription};
use crate::model::{Gap, GapReason, Tag};

const LIST: &str = "elasticloadbalancing:DescribeLoadBalancers";

pub(super) async fn collect(reader: &Reader) -> Vec<ClassicLoadBalancer> {
    let found = reader
        .pages(
            LIST,
            |token| async {
                let page = reader.clients.elb.describe_load_balancers().page_size(400).set_marker(token).send().await;
                if page.is_err() {
                    // Version 2 has the same action: tell which of them it was.
                    reader.gap(Gap::new(LIST, GapReason::Incomplete, "Classic Load Balancers could not be listed"));
                }
                page
            },
            |page| (page.load_balancer_descriptions.unwrap_or_default(), page.next_marker),
        )
        .await;
    let mut balancers: Vec<_> = found.into_iter().map(classic_load_balancer).collect();
    let names: Vec<String> = balancers.iter().map(|balancer| balancer.load_balancer_name.clone()).collect();
    let mut tags = tags_of(reader, &names).await;
    for balancer in &mut balancers {
        balancer.tags = tags.remove(&balancer.load_balancer_name).unwrap_or_default();
    }
    balancers
}

async fn tags_of(reader: &Reader, names: &[String]) -> BTreeMap<String, Vec<Tag>> {
    let batches = names.chunks(TAGGED_AT_ONCE).map(|batch| async move {
        let ask = reader.clients.elb.describe_tags().set_load_balancer_names(Some(batch.to_vec())).send();
        let answer = reader.call_about("elasticloadbalancing:DescribeTags", batch, ask).await;
        answer.and_then(|answer| answer.tag_descriptions).unwrap_or_default()
    });
    let descriptions = join_all(batches).await.into_iter().flatten();
    descriptions.map(|of| (of.load_balancer_name.unwrap_or_default(), tags(of.tags))).collect()
}

fn classic_load_balancer(sdk: sdk::LoadBalancerDescription) -> ClassicLoadBalancer {
    ClassicLoadBalancer {
        load_balancer_name: sdk.load_balancer_name.unwrap_or_default(),
        dns_name: sdk.dns_name,
        scheme: sdk.scheme,
        vpc_id: sdk.vpc_id.map(Into::into),
        availability_zones: sdk.availability_zones.unwrap_or_default(),
        subnets: ids(sdk.subnets),
        security_groups: ids(sdk.security_groups),
        listener_descriptions: each(sdk.listener_descriptions, |description| ListenerDescription {
            listener: description.listener.map(listener),
            policy_names: description.policy_names.unwrap_or_default(),
        }),
        instances: each(sdk.instances, |instance| ClassicInstance { instance_id: instance.instance_id }),
        tags: Vec::new(),
    }
}

fn listener(sdk: sdk::Listener) -> ClassicListener {
    ClassicListener {
        protocol: Some(sdk.protocol),
        load_balancer_port: Some(sdk.load_balancer_port),
        instance_protocol: sdk.instance_protocol,
        instance_port: Some(sdk.instance_port),
        ssl_certificate_id: sdk.ssl_certificate_id,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::fake::{Fake, denied};

    #[tokio::test]
    async fn a_refusal_tells_which_version_of_the_service_it_is_about() {
        let fake = Fake::new(|_| denied());
        assert!(collect(&fake.reader).await.is_empty());
        let (read, gaps) = fake.finish(LIST);
        assert!(!read);
        assert!(gaps.iter().all(|gap| gap.action == LIST && gap.resource.is_none()));
        assert!(gaps.iter().any(|gap| gap.detail.contains("Classic")), "{gaps:?}");
    }
}
