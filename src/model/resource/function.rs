//! Lambda functions.

use serde::{Deserialize, Serialize};

use crate::model::{Arn, Describe, SecurityGroupId, SubnetId, VpcId};

/// A function, as `lambda:ListFunctions` prints it, without its environment: that may hold secrets.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Function {
    /// Its ARN.
    pub function_arn: Arn,
    /// Its name.
    pub function_name: Option<String>,
    /// The VPC its calls go out by; without one it has no interface in any.
    pub vpc_config: Option<FunctionVpcConfig>,
    /// Its URLs, as `lambda:ListFunctionUrlConfigs` tells them; absent when not all could be read, and for a function
    /// outside VPCs, which leads into none.
    pub function_url_configs: Option<Vec<FunctionUrlConfig>>,
}

/// The VPC of a function.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct FunctionVpcConfig {
    /// The VPC.
    pub vpc_id: Option<VpcId>,
    /// The subnets.
    #[serde(default)]
    pub subnet_ids: Vec<SubnetId>,
    /// The security groups.
    #[serde(default)]
    pub security_group_ids: Vec<SecurityGroupId>,
    /// Whether it speaks IPv6 in subnets that do.
    pub ipv6_allowed_for_dual_stack: Option<bool>,
}

/// A URL that calls a function.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct FunctionUrlConfig {
    /// The URL.
    pub function_url: Option<String>,
    /// The function or its alias.
    pub function_arn: Option<Arn>,
    /// `AWS_IAM`, or `NONE` for everybody whom the function's policy admits.
    pub auth_type: Option<String>,
}

impl Describe for Function {
    fn id(&self) -> &str {
        self.function_arn.as_str()
    }
    fn name(&self) -> Option<&str> {
        self.function_name.as_deref()
    }
    fn vpc_id(&self) -> Option<&VpcId> {
        // AWS writes an empty id where there is none.
        self.vpc_config.as_ref()?.vpc_id.as_ref().filter(|vpc| !vpc.as_str().is_empty())
    }
}
