//! Identifiers as types, so that a subnet's id cannot be passed where a VPC's is meant.

use std::borrow::Borrow;
use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The identifier as AWS writes it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }
        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }
        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                self.0 == other
            }
        }
        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                self.0 == *other
            }
        }
    )*};
}

ids! {
    /// A twelve-digit AWS account id.
    AccountId;
    /// A Region's code (`eu-west-1`), or [`Region::GLOBAL`] for services that have none.
    Region;
    /// `vpc-...`
    VpcId;
    /// `subnet-...`
    SubnetId;
    /// `rtb-...`
    RouteTableId;
    /// `igw-...`
    InternetGatewayId;
    /// `eigw-...`
    EgressOnlyInternetGatewayId;
    /// `nat-...`
    NatGatewayId;
    /// `acl-...`
    NetworkAclId;
    /// `sg-...`
    SecurityGroupId;
    /// `pl-...`
    PrefixListId;
    /// `eni-...`
    NetworkInterfaceId;
    /// `i-...`
    InstanceId;
    /// `pcx-...`
    VpcPeeringConnectionId;
    /// `tgw-...`
    TransitGatewayId;
    /// `tgw-attach-...`
    TransitGatewayAttachmentId;
    /// `tgw-rtb-...`
    TransitGatewayRouteTableId;
    /// `vgw-...`
    VpnGatewayId;
    /// `vpn-...`
    VpnConnectionId;
    /// `vpce-...`
    VpcEndpointId;
    /// An Amazon Resource Name.
    Arn;
}

impl Region {
    /// Where services without a Region (CloudFront, Route 53, the list of S3 buckets) are kept.
    pub const GLOBAL: &'static str = "aws-global";

    /// Whether a Region can have this name: names become part of host names.
    #[must_use]
    pub fn is_name(name: &str) -> bool {
        let letters = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        letters && name.len() <= 32 && name.starts_with(|c: char| c.is_ascii_lowercase())
    }

    /// The pseudo-Region of global services.
    #[must_use]
    pub fn global() -> Self {
        Self::from(Self::GLOBAL)
    }

    /// Whether this is the pseudo-Region of global services.
    #[must_use]
    pub fn is_global(&self) -> bool {
        self.as_str() == Self::GLOBAL
    }
}
