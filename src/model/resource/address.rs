//! Elastic IP addresses.

use serde::{Deserialize, Serialize};

use crate::model::{Describe, Kind, Tag};

/// An Elastic IP address, as `ec2:DescribeAddresses` prints it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Address {
    /// The address.
    pub public_ip: String,
    /// Its id.
    pub allocation_id: Option<String>,
    /// The id of its association.
    pub association_id: Option<String>,
    /// `vpc`.
    pub domain: Option<String>,
    /// The instance it leads to.
    pub instance_id: Option<String>,
    /// The interface it leads to.
    pub network_interface_id: Option<String>,
    /// The private address it leads to.
    pub private_ip_address: Option<String>,
    /// Its tags.
    #[serde(default)]
    pub tags: Vec<Tag>,
}

impl Describe for Address {
    fn id(&self) -> &str {
        &self.public_ip
    }
    fn tags(&self) -> &[Tag] {
        &self.tags
    }
    fn parents(&self) -> Vec<(Kind, &str)> {
        self.instance_id
            .iter()
            .map(|id| (Kind::Instance, id.as_str()))
            .chain(self.network_interface_id.iter().map(|id| (Kind::NetworkInterface, id.as_str())))
            .collect()
    }
}
