//! The clients of one account and Region, one per service, which share their pace.

use std::sync::Arc;

use aws_config::SdkConfig;

use super::limit::Limits;
use super::watch::Watch;
use crate::model::{AccountId, Region};

macro_rules! clients {
    ($($(#[$doc:meta])* $field:ident $sdk:ident $service:literal;)*) => {
        /// The clients of one account and Region.
        #[derive(Debug, Clone)]
        pub struct Clients {
            config: SdkConfig,
            account: AccountId,
            limits: Arc<Limits>,
            $($(#[$doc])* pub $field: $sdk::Client,)*
            /// S3
            pub s3: aws_sdk_s3::Client,
        }

        impl Clients {
            /// Clients for an account in a Region. Retries are counted apart from those of any other account,
            /// Region and service, so that one which throttles does not use up the retries of the rest.
            pub(super) fn new(config: &SdkConfig, account: &AccountId, region: &Region) -> Self {
                let region = aws_config::Region::new(region.as_str().to_owned());
                let config = config.to_builder().region(region.clone()).build();
                let limits = Arc::new(Limits::default());
                $(
                    let service = $sdk::config::Builder::from(&config)
                        .retry_partition($sdk::config::retry::RetryPartition::new(format!("{account}/{region}/{}", $service)))
                        .interceptor(Watch { service: $service, limits: Arc::clone(&limits) })
                        .build();
                    let $field = $sdk::Client::from_conf(service);
                )*
                let s3 = s3(&config, account, &limits);
                Self { config, account: account.clone(), limits, $($field,)* s3 }
            }
        }
    };
}
clients! {
    /// API Gateway, version 1: REST APIs
    apigateway aws_sdk_apigateway "apigateway";
    /// API Gateway, version 2: HTTP and WebSocket APIs
    apigatewayv2 aws_sdk_apigatewayv2 "apigateway";
    /// EC2 Auto Scaling
    autoscaling aws_sdk_autoscaling "autoscaling";
    /// CloudFront
    cloudfront aws_sdk_cloudfront "cloudfront";
    /// CloudWatch
    cloudwatch aws_sdk_cloudwatch "cloudwatch";
    /// EC2, with VPC
    ec2 aws_sdk_ec2 "ec2";
    /// ECS
    ecs aws_sdk_ecs "ecs";
    /// ElastiCache
    elasticache aws_sdk_elasticache "elasticache";
    /// Classic load balancers
    elb aws_sdk_elasticloadbalancing "elasticloadbalancing";
    /// Application, network and gateway load balancers
    elbv2 aws_sdk_elasticloadbalancingv2 "elasticloadbalancing";
    /// Lambda
    lambda aws_sdk_lambda "lambda";
    /// CloudWatch Logs
    logs aws_sdk_cloudwatchlogs "logs";
    /// OpenSearch, with Elasticsearch
    opensearch aws_sdk_opensearch "es";
    /// RDS
    rds aws_sdk_rds "rds";
    /// Route 53
    route53 aws_sdk_route53 "route53";
}

impl Clients {
    /// S3 in another Region: a bucket answers only there.
    pub fn s3_in(&self, region: &Region) -> aws_sdk_s3::Client {
        let region = aws_config::Region::new(region.as_str().to_owned());
        s3(&self.config.to_builder().region(region).build(), &self.account, &self.limits)
    }

    /// The pace that every client here keeps.
    pub(super) fn limits(&self) -> &Limits {
        &self.limits
    }
}

fn s3(config: &SdkConfig, account: &AccountId, limits: &Arc<Limits>) -> aws_sdk_s3::Client {
    let region = config.region().map(ToString::to_string).unwrap_or_default();
    let partition = aws_sdk_s3::config::retry::RetryPartition::new(format!("{account}/{region}/s3"));
    let service = aws_sdk_s3::config::Builder::from(config)
        .retry_partition(partition)
        .interceptor(Watch { service: "s3", limits: Arc::clone(limits) })
        // An emulator's host name has no subdomain per bucket.
        .force_path_style(config.endpoint_url().is_some())
        .build();
    aws_sdk_s3::Client::from_conf(service)
}
