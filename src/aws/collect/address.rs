//! Elastic IP addresses.

use aws_sdk_ec2::types as sdk;

use crate::aws::convert::{tags, text};
use crate::aws::reader::Reader;
use crate::model::resource::Address;

pub(super) async fn collect(reader: &Reader) -> Vec<Address> {
    // The one listing here that AWS does not page.
    let answer = reader.call("ec2:DescribeAddresses", None, reader.clients.ec2.describe_addresses().send()).await;
    answer.and_then(|answer| answer.addresses).into_iter().flatten().map(address).collect()
}

fn address(address: sdk::Address) -> Address {
    Address {
        public_ip: address.public_ip.or(address.carrier_ip).unwrap_or_default(),
        allocation_id: address.allocation_id,
        association_id: address.association_id,
        domain: text(address.domain),
        instance_id: address.instance_id.filter(|id| !id.is_empty()),
        network_interface_id: address.network_interface_id,
        private_ip_address: address.private_ip_address,
        tags: tags(address.tags),
    }
}
