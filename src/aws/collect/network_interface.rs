//! Network interfaces.

use aws_sdk_ec2::types as sdk;

use super::security_group::identifier;
use crate::aws::convert::{tags, text};
use crate::aws::reader::Reader;
use crate::model::resource::{
    Ipv4PrefixSpecification, Ipv6PrefixSpecification, NetworkInterface, NetworkInterfaceAssociation,
    NetworkInterfaceAttachment, NetworkInterfaceIpv6Address, NetworkInterfacePrivateIpAddress,
};

pub(super) async fn collect(reader: &Reader) -> Vec<NetworkInterface> {
    let interfaces = reader
        .pages(
            "ec2:DescribeNetworkInterfaces",
            |token| reader.clients.ec2.describe_network_interfaces().max_results(1000).set_next_token(token).send(),
            |page| (page.network_interfaces.unwrap_or_default(), page.next_token),
        )
        .await;
    interfaces.into_iter().map(network_interface).collect()
}

fn network_interface(interface: sdk::NetworkInterface) -> NetworkInterface {
    NetworkInterface {
        network_interface_id: interface.network_interface_id.unwrap_or_default().into(),
        vpc_id: interface.vpc_id.map(Into::into),
        subnet_id: interface.subnet_id.map(Into::into),
        availability_zone: interface.availability_zone,
        interface_type: text(interface.interface_type),
        description: interface.description,
        requester_id: interface.requester_id,
        requester_managed: interface.requester_managed,
        source_dest_check: interface.source_dest_check,
        status: text(interface.status),
        private_ip_address: interface.private_ip_address,
        private_ip_addresses: interface.private_ip_addresses.into_iter().flatten().map(private_address).collect(),
        ipv6_addresses: interface.ipv6_addresses.into_iter().flatten().map(ipv6_address).collect(),
        ipv4_prefixes: interface.ipv4_prefixes.into_iter().flatten().map(ipv4_prefix).collect(),
        ipv6_prefixes: interface.ipv6_prefixes.into_iter().flatten().map(ipv6_prefix).collect(),
        association: interface.association.map(association),
        attachment: interface.attachment.map(attachment),
        groups: interface.groups.into_iter().flatten().map(identifier).collect(),
        tag_set: tags(interface.tag_set),
    }
}

fn private_address(address: sdk::NetworkInterfacePrivateIpAddress) -> NetworkInterfacePrivateIpAddress {
    NetworkInterfacePrivateIpAddress {
        private_ip_address: address.private_ip_address,
        primary: address.primary,
        association: address.association.map(association),
    }
}

fn ipv6_address(address: sdk::NetworkInterfaceIpv6Address) -> NetworkInterfaceIpv6Address {
    NetworkInterfaceIpv6Address { ipv6_address: address.ipv6_address }
}

fn ipv4_prefix(prefix: sdk::Ipv4PrefixSpecification) -> Ipv4PrefixSpecification {
    Ipv4PrefixSpecification { ipv4_prefix: prefix.ipv4_prefix }
}

fn ipv6_prefix(prefix: sdk::Ipv6PrefixSpecification) -> Ipv6PrefixSpecification {
    Ipv6PrefixSpecification { ipv6_prefix: prefix.ipv6_prefix }
}

fn association(association: sdk::NetworkInterfaceAssociation) -> NetworkInterfaceAssociation {
    NetworkInterfaceAssociation {
        public_ip: association.public_ip,
        public_dns_name: association.public_dns_name,
        ip_owner_id: association.ip_owner_id,
        allocation_id: association.allocation_id,
    }
}

fn attachment(attachment: sdk::NetworkInterfaceAttachment) -> NetworkInterfaceAttachment {
    NetworkInterfaceAttachment {
        attachment_id: attachment.attachment_id,
        instance_id: attachment.instance_id,
        instance_owner_id: attachment.instance_owner_id,
        device_index: attachment.device_index,
        status: text(attachment.status),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::fake::{Fake, ec2};

    const INTERFACE: &str = "<networkInterfaceSet><item><networkInterfaceId>eni-1</networkInterfaceId>\
        <ipv4PrefixSet><item><ipv4Prefix>10.0.1.16/28</ipv4Prefix></item></ipv4PrefixSet>\
        <ipv6PrefixSet><item><ipv6Prefix>2600:1f00:0:1:5::/80</ipv6Prefix></item></ipv6PrefixSet>\
        </item></networkInterfaceSet>";

    #[tokio::test]
    async fn delegated_prefixes_are_read() {
        let fake = Fake::new(|request| ec2(request, |_| INTERFACE));
        let interfaces = collect(&fake.reader).await;
        let prefixes: Vec<_> = interfaces.iter().flat_map(NetworkInterface::prefixes).collect();
        assert_eq!(prefixes, ["10.0.1.16/28", "2600:1f00:0:1:5::/80"]);
    }
}
