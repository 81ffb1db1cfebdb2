//! What AWS itself calls a resource in a security finding: its ARN and its type.

use crate::model::{Kind, ResourceKey};

/// The partition a Region is in.
pub(super) fn partition(region: &str) -> &'static str {
    if region.starts_with("cn-") {
        "aws-cn"
    } else if region.starts_with("us-gov-") {
        "aws-us-gov"
    } else {
        "aws"
    }
}

/// The resource's ARN; where it cannot be made of what is known, the key in the program's own words.
pub(super) fn arn(key: &ResourceKey) -> String {
    if key.id.starts_with("arn:") {
        return key.id.clone();
    }
    let (account, region) = (key.account.as_str(), key.region.as_str());
    let partition = partition(region);
    match place(key.kind) {
        Some((service, resource)) if !key.id.ends_with('*') => {
            let region = if key.region.is_global() { "" } else { region };
            let account = if matches!(key.kind, Kind::Bucket | Kind::HostedZone) { "" } else { account };
            format!("arn:{partition}:{service}:{region}:{account}:{resource}{}", key.id)
        }
        _ => format!("bartizan:{key}"),
    }
}

/// The service of a type's ARN and what stands before the id.
fn place(kind: Kind) -> Option<(&'static str, &'static str)> {
    Some(match kind {
        Kind::Vpc => ("ec2", "vpc/"),
        Kind::Subnet => ("ec2", "subnet/"),
        Kind::RouteTable => ("ec2", "route-table/"),
        Kind::InternetGateway => ("ec2", "internet-gateway/"),
        Kind::EgressOnlyInternetGateway => ("ec2", "egress-only-internet-gateway/"),
        Kind::NatGateway => ("ec2", "natgateway/"),
        Kind::NetworkAcl => ("ec2", "network-acl/"),
        Kind::SecurityGroup => ("ec2", "security-group/"),
        Kind::PrefixList => ("ec2", "prefix-list/"),
        Kind::NetworkInterface => ("ec2", "network-interface/"),
        Kind::Instance => ("ec2", "instance/"),
        Kind::VpcPeeringConnection => ("ec2", "vpc-peering-connection/"),
        Kind::VpcEndpoint => ("ec2", "vpc-endpoint/"),
        Kind::FlowLog => ("ec2", "vpc-flow-log/"),
        Kind::ClassicLoadBalancer => ("elasticloadbalancing", "loadbalancer/"),
        Kind::DbInstance => ("rds", "db:"),
        Kind::DbCluster => ("rds", "cluster:"),
        Kind::DbSubnetGroup => ("rds", "subgrp:"),
        Kind::CacheCluster => ("elasticache", "cluster:"),
        Kind::ReplicationGroup => ("elasticache", "replicationgroup:"),
        Kind::CacheSubnetGroup => ("elasticache", "subnetgroup:"),
        Kind::MetricAlarm => ("cloudwatch", "alarm:"),
        Kind::Domain => ("es", "domain/"),
        Kind::LogGroup => ("logs", "log-group:"),
        Kind::Distribution => ("cloudfront", "distribution/"),
        Kind::Bucket => ("s3", ""),
        Kind::HostedZone => ("route53", "hostedzone/"),
        _ => return None,
    })
}

/// The type in the AWS Security Finding Format; `Other` where that format has none.
pub(super) const fn asff(kind: Kind) -> &'static str {
    match kind {
        Kind::Vpc => "AwsEc2Vpc",
        Kind::Subnet => "AwsEc2Subnet",
        Kind::RouteTable => "AwsEc2RouteTable",
        Kind::NetworkAcl => "AwsEc2NetworkAcl",
        Kind::SecurityGroup => "AwsEc2SecurityGroup",
        Kind::NetworkInterface => "AwsEc2NetworkInterface",
        Kind::Instance => "AwsEc2Instance",
        Kind::Address => "AwsEc2Eip",
        Kind::VpcPeeringConnection => "AwsEc2VpcPeeringConnection",
        Kind::LoadBalancer => "AwsElbv2LoadBalancer",
        Kind::ClassicLoadBalancer => "AwsElbLoadBalancer",
        Kind::DbInstance => "AwsRdsDbInstance",
        Kind::DbCluster => "AwsRdsDbCluster",
        Kind::EcsCluster => "AwsEcsCluster",
        Kind::EcsService => "AwsEcsService",
        Kind::AutoScalingGroup => "AwsAutoScalingAutoScalingGroup",
        Kind::MetricAlarm => "AwsCloudWatchAlarm",
        Kind::Domain => "AwsOpenSearchServiceDomain",
        Kind::Distribution => "AwsCloudFrontDistribution",
        Kind::Bucket => "AwsS3Bucket",
        _ => "Other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Region;

    fn of(kind: Kind, region: &str, id: &str) -> String {
        arn(&ResourceKey { account: "111122223333".into(), region: Region::from(region), kind, id: id.to_owned() })
    }

    #[test]
    fn an_arn_is_aws_s_own() {
        let group = of(Kind::SecurityGroup, "eu-west-1", "sg-1");
        assert_eq!(group, "arn:aws:ec2:eu-west-1:111122223333:security-group/sg-1");
        assert_eq!(of(Kind::Bucket, "aws-global", "data"), "arn:aws:s3:::data");
        assert_eq!(of(Kind::Distribution, "aws-global", "E1"), "arn:aws:cloudfront::111122223333:distribution/E1");
        assert_eq!(of(Kind::DbInstance, "cn-north-1", "db"), "arn:aws-cn:rds:cn-north-1:111122223333:db:db");
        assert_eq!(of(Kind::EcsService, "eu-west-1", "arn:aws:ecs:x"), "arn:aws:ecs:x");
        assert_eq!(of(Kind::Vpc, "eu-west-1", "*"), "bartizan:111122223333/eu-west-1/Vpc/*");
    }
}
