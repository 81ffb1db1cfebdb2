//! Endpoint services of this account with who may use them, where there is a load balancer that one can stand on.

use aws_sdk_ec2::types as sdk;
use futures_util::future::join_all;

use super::elbv2;
use crate::aws::convert::{ids, tags, text};
use crate::aws::reader::Reader;
use crate::model::Kind;
use crate::model::resource::{AllowedPrincipal, VpcEndpointServiceConfiguration};

const LIST: &str = "ec2:DescribeVpcEndpointServiceConfigurations";
const PERMISSIONS: &str = "ec2:DescribeVpcEndpointServicePermissions";

pub(super) async fn collect(reader: &Reader) -> Vec<VpcEndpointServiceConfiguration> {
    if !possible(reader).await {
        return reader.none(LIST);
    }
    let ask = || reader.clients.ec2.describe_vpc_endpoint_service_configurations().max_results(1000);
    let services = reader
        .pages(
            LIST,
            |token| ask().set_next_token(token).send(),
            |page| (page.service_configurations.unwrap_or_default(), page.next_token),
        )
        .await;
    let mut services: Vec<_> = services.into_iter().map(service).collect();
    join_all(services.iter_mut().map(|service| async {
        service.allowed_principals = allowed(reader, &service.service_id).await;
    }))
    .await;
    services
}

/// A service stands on Network or Gateway Load Balancers of this account, which cannot be deleted under it.
async fn possible(reader: &Reader) -> bool {
    let balancers = elbv2::balancers(reader).await;
    balancers.iter().any(|balancer| balancer.r#type.as_deref() != Some("application"))
        || reader.unknown(Kind::LoadBalancer)
}

async fn allowed(reader: &Reader, service: &str) -> Option<Vec<AllowedPrincipal>> {
    let ask = || reader.clients.ec2.describe_vpc_endpoint_service_permissions().service_id(service).max_results(1000);
    let listing = reader
        .pages_about(
            PERMISSIONS,
            service,
            |token| ask().set_next_token(token).send(),
            |page| (page.allowed_principals.unwrap_or_default(), page.next_token),
        )
        .await;
    listing.complete.then(|| listing.items.into_iter().map(principal).collect())
}

fn principal(allowed: sdk::AllowedPrincipal) -> AllowedPrincipal {
    AllowedPrincipal { principal_type: text(allowed.principal_type), principal: allowed.principal }
}

fn service(service: sdk::ServiceConfiguration) -> VpcEndpointServiceConfiguration {
    VpcEndpointServiceConfiguration {
        service_id: service.service_id.unwrap_or_default(),
        service_name: service.service_name,
        service_state: text(service.service_state),
        acceptance_required: service.acceptance_required,
        network_load_balancer_arns: ids(service.network_load_balancer_arns),
        gateway_load_balancer_arns: ids(service.gateway_load_balancer_arns),
        allowed_principals: None,
        tags: tags(service.tags),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::fake::{Answer, Fake, answered, denied, ec2};
    use crate::model::GapReason;

    fn with(request: &str, balancers: &str) -> (u16, String) {
        if request.contains("Action=DescribeLoadBalancers&") {
            return answered(request, balancers);
        }
        ec2(request, |action| match action {
            "DescribeVpcEndpointServiceConfigurations" => {
                "<serviceConfigurationSet><item><serviceId>vpce-svc-1</serviceId></item></serviceConfigurationSet>"
            }
            "DescribeVpcEndpointServicePermissions" => "",
            _ => "<none/>",
        })
    }

    #[tokio::test]
    async fn only_balancers_that_can_be_offered_are_a_reason_to_ask() {
        let answers: [(Answer, usize); 4] = [
            (|request| with(request, "<LoadBalancers/>"), 0),
            (|request| with(request, "<LoadBalancers><member><Type>application</Type></member></LoadBalancers>"), 0),
            (|request| with(request, "<LoadBalancers><member><Type>network</Type></member></LoadBalancers>"), 1),
            (|request| if request.contains("=DescribeLoadBalancers&") { denied() } else { with(request, "") }, 1),
        ];
        for (answer, times) in answers {
            let fake = Fake::new(answer);
            let services = collect(&fake.reader).await;
            assert_eq!((services.len(), fake.asked("DescribeVpcEndpointServiceConfigurations")), (times, times));
            assert!(services.iter().all(|service| service.allowed_principals.is_none()));
            let (read, gaps) = fake.finish(LIST);
            assert!(read);
            let refused = gaps.iter().filter(|gap| gap.action == PERMISSIONS && gap.reason == GapReason::AccessDenied);
            assert_eq!(refused.count(), times);
        }
    }
}
