//! Resource types: serde structs whose field names are the ones AWS's API and `aws` CLI print.
//!
//! To add one: a file here, a collector in `src/aws/collect/`, and a line in [`for_each_resource`]. The line gives
//! the type, its module (also the collector's), its field in [`Resources`], the name of its collection in AWS's
//! output, whether it is Regional or Global, and the IAM actions it is read with, the one that lists it first.

use std::any::Any;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Tag, VpcId};

/// Hands the table of resource types to the macro named, so that the model, the collectors and the dump reader
/// are generated from the same lines.
macro_rules! for_each_resource {
    ($callback:path) => {
        $callback! {
            Vpc vpc vpcs "Vpcs" Regional ["ec2:DescribeVpcs"];
            Subnet subnet subnets "Subnets" Regional ["ec2:DescribeSubnets"];
            RouteTable route_table route_tables "RouteTables" Regional ["ec2:DescribeRouteTables"];
            InternetGateway internet_gateway internet_gateways "InternetGateways" Regional ["ec2:DescribeInternetGateways"];
            EgressOnlyInternetGateway egress_only_internet_gateway egress_only_internet_gateways "EgressOnlyInternetGateways" Regional ["ec2:DescribeEgressOnlyInternetGateways"];
            NatGateway nat_gateway nat_gateways "NatGateways" Regional ["ec2:DescribeNatGateways"];
            NetworkAcl network_acl network_acls "NetworkAcls" Regional ["ec2:DescribeNetworkAcls"];
            SecurityGroup security_group security_groups "SecurityGroups" Regional ["ec2:DescribeSecurityGroups"];
            PrefixList prefix_list prefix_lists "PrefixLists" Regional ["ec2:DescribeManagedPrefixLists", "ec2:GetManagedPrefixListEntries"];
            NetworkInterface network_interface network_interfaces "NetworkInterfaces" Regional ["ec2:DescribeNetworkInterfaces"];
            Instance instance instances "Instances" Regional ["ec2:DescribeInstances"];
            Address address addresses "Addresses" Regional ["ec2:DescribeAddresses"];
            VpcPeeringConnection vpc_peering_connection vpc_peering_connections "VpcPeeringConnections" Regional ["ec2:DescribeVpcPeeringConnections"];
            VpcEndpoint vpc_endpoint vpc_endpoints "VpcEndpoints" Regional ["ec2:DescribeVpcEndpoints"];
            TransitGateway transit_gateway transit_gateways "TransitGateways" Regional ["ec2:DescribeTransitGateways"];
            TransitGatewayAttachment transit_gateway_attachment transit_gateway_attachments "TransitGatewayAttachments" Regional ["ec2:DescribeTransitGatewayAttachments"];
            TransitGatewayVpcAttachment transit_gateway_vpc_attachment transit_gateway_vpc_attachments "TransitGatewayVpcAttachments" Regional ["ec2:DescribeTransitGatewayVpcAttachments"];
            TransitGatewayRouteTable transit_gateway_route_table transit_gateway_route_tables "TransitGatewayRouteTables" Regional ["ec2:DescribeTransitGatewayRouteTables", "ec2:SearchTransitGatewayRoutes", "ec2:GetTransitGatewayRouteTablePropagations"];
            VpnGateway vpn_gateway vpn_gateways "VpnGateways" Regional ["ec2:DescribeVpnGateways"];
            VpnConnection vpn_connection vpn_connections "VpnConnections" Regional ["ec2:DescribeVpnConnections"];
            VpcBlockPublicAccessOptions vpc_block_public_access_options vpc_block_public_access_options "VpcBlockPublicAccessOptions" Regional ["ec2:DescribeVpcBlockPublicAccessOptions"];
            VpcBlockPublicAccessExclusion vpc_block_public_access_exclusion vpc_block_public_access_exclusions "VpcBlockPublicAccessExclusions" Regional ["ec2:DescribeVpcBlockPublicAccessExclusions"];
            VpcEndpointServiceConfiguration vpc_endpoint_service_configuration vpc_endpoint_service_configurations "ServiceConfigurations" Regional ["ec2:DescribeVpcEndpointServiceConfigurations", "ec2:DescribeVpcEndpointServicePermissions"];
            ClientVpnEndpoint client_vpn_endpoint client_vpn_endpoints "ClientVpnEndpoints" Regional ["ec2:DescribeClientVpnEndpoints", "ec2:DescribeClientVpnAuthorizationRules", "ec2:DescribeClientVpnTargetNetworks", "ec2:DescribeClientVpnRoutes"];
            FlowLog flow_log flow_logs "FlowLogs" Regional ["ec2:DescribeFlowLogs"];
            LoadBalancer load_balancer load_balancers "LoadBalancers" Regional ["elasticloadbalancing:DescribeLoadBalancers", "elasticloadbalancing:DescribeLoadBalancerAttributes", "elasticloadbalancing:DescribeTags"];
            Listener listener listeners "Listeners" Regional ["elasticloadbalancing:DescribeListeners"];
            ListenerRule listener_rule listener_rules "Rules" Regional ["elasticloadbalancing:DescribeRules"];
            TargetGroup target_group target_groups "TargetGroups" Regional ["elasticloadbalancing:DescribeTargetGroups", "elasticloadbalancing:DescribeTargetHealth", "elasticloadbalancing:DescribeTargetGroupAttributes", "elasticloadbalancing:DescribeTags"];
            ClassicLoadBalancer classic_load_balancer classic_load_balancers "LoadBalancerDescriptions" Regional ["elasticloadbalancing:DescribeLoadBalancers", "elasticloadbalancing:DescribeTags"];
            DbInstance db_instance db_instances "DBInstances" Regional ["rds:DescribeDBInstances"];
            DbCluster db_cluster db_clusters "DBClusters" Regional ["rds:DescribeDBClusters"];
            DbSubnetGroup db_subnet_group db_subnet_groups "DBSubnetGroups" Regional ["rds:DescribeDBSubnetGroups"];
            CacheCluster cache_cluster cache_clusters "CacheClusters" Regional ["elasticache:DescribeCacheClusters"];
            ReplicationGroup replication_group replication_groups "ReplicationGroups" Regional ["elasticache:DescribeReplicationGroups"];
            CacheSubnetGroup cache_subnet_group cache_subnet_groups "CacheSubnetGroups" Regional ["elasticache:DescribeCacheSubnetGroups"];
            EcsCluster ecs_cluster ecs_clusters "clusters" Regional ["ecs:ListClusters", "ecs:DescribeClusters"];
            EcsService ecs_service ecs_services "services" Regional ["ecs:ListServices", "ecs:DescribeServices"];
            AutoScalingGroup auto_scaling_group auto_scaling_groups "AutoScalingGroups" Regional ["autoscaling:DescribeAutoScalingGroups"];
            MetricAlarm metric_alarm metric_alarms "MetricAlarms" Regional ["cloudwatch:DescribeAlarms"];
            Domain domain domains "DomainStatusList" Regional ["es:ListDomainNames", "es:DescribeDomains", "es:ListTags"];
            Function function functions "Functions" Regional ["lambda:ListFunctions", "lambda:ListFunctionUrlConfigs"];
            VpcLink vpc_link vpc_links "VpcLinks" Regional ["apigateway:GetVpcLinks"];
            Api api apis "Apis" Regional ["apigateway:GetApis", "apigateway:GetRestApis", "apigateway:GetIntegrations", "apigateway:GetRoutes", "apigateway:GetResources"];
            LogGroup log_group log_groups "logGroups" Regional ["logs:DescribeLogGroups"];
            Distribution distribution distributions "Distributions" Global ["cloudfront:ListDistributions", "cloudfront:GetDistribution", "cloudfront:ListTagsForResource"];
            VpcOrigin vpc_origin vpc_origins "VpcOrigins" Global ["cloudfront:ListVpcOrigins", "cloudfront:GetVpcOrigin"];
            Bucket bucket buckets "Buckets" Global ["s3:ListAllMyBuckets", "s3:GetBucketPublicAccessBlock", "s3:GetBucketPolicyStatus", "s3:GetBucketPolicy", "s3:GetBucketAcl", "s3:GetBucketWebsite", "s3:GetBucketTagging"];
            HostedZone hosted_zone hosted_zones "HostedZones" Global ["route53:ListHostedZones", "route53:ListTagsForResources"];
        }
    };
}
#[cfg_attr(not(feature = "aws"), expect(unused_imports, reason = "the collectors are generated from it"))]
pub(crate) use for_each_resource;

/// What every resource type tells about itself.
pub trait Describe {
    /// The id or, where AWS gives none, the ARN or name: unique in its account and Region among its kind.
    fn id(&self) -> &str;

    /// What its owner calls it.
    fn name(&self) -> Option<&str> {
        Tag::find(self.tags(), "Name").filter(|name| !name.is_empty())
    }

    /// Its tags.
    fn tags(&self) -> &[Tag] {
        &[]
    }

    /// The VPC it is in.
    fn vpc_id(&self) -> Option<&VpcId> {
        None
    }

    /// The DNS names it answers to.
    fn dns_names(&self) -> Vec<&str> {
        Vec::new()
    }

    /// What it belongs to, nearest first; it inherits their environment when it has no mark of its own.
    fn parents(&self) -> Vec<(Kind, &str)> {
        Vec::new()
    }
}

/// Any resource, whatever its type.
pub trait Resource: Describe + fmt::Debug + Send + Sync {
    /// Its type.
    fn kind(&self) -> Kind;

    /// It in AWS's own JSON, without the fields that AWS did not give.
    fn json(&self) -> Value;

    /// It as its own type, for those who know which that is.
    fn as_any(&self) -> &dyn Any;
}

/// Whether a service keeps a resource per Region or for the whole account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Per Region.
    Regional,
    /// For the whole account.
    Global,
}

macro_rules! define {
    ($($Kind:ident $module:ident $field:ident $collection:literal $scope:ident [$($action:literal),+];)*) => {
        $(
            mod $module;
            pub use $module::*;
        )*

        /// The resource types.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Kind {
            $(
                #[doc = concat!("[`", stringify!($Kind), "`](super::resource::", stringify!($Kind), ")")]
                $Kind,
            )*
            /// An entry of a waivers file: nothing of AWS's and in no estate, but what a finding can be about.
            Waiver,
        }

        impl Kind {
            /// Every resource type of AWS's.
            pub const ALL: &[Self] = &[$(Self::$Kind),*];

            /// The type's name, such as `SecurityGroup`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$Kind => stringify!($Kind),)* Self::Waiver => "Waiver" }
            }

            /// What AWS calls a list of them in its output, such as `SecurityGroups`.
            #[must_use]
            pub const fn collection(self) -> &'static str {
                match self { $(Self::$Kind => $collection,)* Self::Waiver => "" }
            }

            /// Whether they are kept per Region.
            #[must_use]
            pub const fn scope(self) -> Scope {
                match self { $(Self::$Kind => Scope::$scope,)* Self::Waiver => Scope::Global }
            }

            /// The IAM actions that read them, the one that lists them first.
            #[must_use]
            pub const fn actions(self) -> &'static [&'static str] {
                match self { $(Self::$Kind => &[$($action),+],)* Self::Waiver => &[] }
            }
        }

        /// The resources of one account and Region, by type.
        #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
        pub struct Resources {
            $(
                #[doc = concat!("`", $collection, "`, as AWS lists them.")]
                #[serde(rename = $collection, default, skip_serializing_if = "Vec::is_empty")]
                pub $field: Vec<$Kind>,
            )*
        }

        impl Resources {
            /// Every resource, type by type in the order of the table.
            pub fn iter(&self) -> impl Iterator<Item = &dyn Resource> {
                Kind::ALL.iter().flat_map(|kind| self.of_kind(*kind))
            }

            /// Every resource of one type.
            #[must_use]
            pub fn of_kind(&self, kind: Kind) -> Vec<&dyn Resource> {
                match kind {
                    $(Kind::$Kind => self.$field.iter().map(|r| r as &dyn Resource).collect(),)*
                    Kind::Waiver => Vec::new(),
                }
            }

            /// The resource of a type with that id.
            #[must_use]
            pub fn find(&self, kind: Kind, id: &str) -> Option<&dyn Resource> {
                match kind {
                    $(Kind::$Kind => self.$field.iter().find(|r| r.id() == id).map(|r| r as &dyn Resource),)*
                    Kind::Waiver => None,
                }
            }

            /// How many there are of one type.
            #[must_use]
            pub fn count(&self, kind: Kind) -> usize {
                match kind { $(Kind::$Kind => self.$field.len(),)* Kind::Waiver => 0 }
            }

            /// Adds one resource of a type from AWS's JSON.
            ///
            /// # Errors
            /// When the JSON is not of that type's shape; the text says which field.
            pub fn push_json(&mut self, kind: Kind, json: Value) -> Result<(), serde_json::Error> {
                match kind {
                    $(Kind::$Kind => self.$field.push(serde_json::from_value(json)?),)*
                    Kind::Waiver => return Err(serde::de::Error::custom("a waiver is no resource of AWS's")),
                }
                Ok(())
            }

            /// Sorts every list by id, so that the order of AWS's answers does not matter. What came twice is kept once:
            /// a page may be given again, and a listing may shift while it is read.
            pub fn sort(&mut self) {
                $(
                    self.$field.sort_by(|a, b| a.id().cmp(b.id()));
                    self.$field.dedup_by(|a, b| a.id() == b.id());
                )*
            }
        }

        $(
            impl Resource for $Kind {
                fn kind(&self) -> Kind {
                    Kind::$Kind
                }
                fn json(&self) -> Value {
                    let mut value = serde_json::to_value(self).unwrap_or(Value::Null);
                    strip_nulls(&mut value);
                    value
                }
                fn as_any(&self) -> &dyn Any {
                    self
                }
            }
        )*
    };
}
for_each_resource!(define);

impl Kind {
    /// The IAM action that lists them.
    #[must_use]
    pub fn list_action(self) -> &'static str {
        self.actions().first().copied().unwrap_or_default()
    }

    /// The type of that name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Removes what AWS did not give: absent is not `null`, and neither is `false`.
fn strip_nulls(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, field| !field.is_null());
            fields.values_mut().for_each(strip_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(strip_nulls),
        _ => {}
    }
}
