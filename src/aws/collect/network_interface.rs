//! Network interfaces.

use aws_sdk_ec2::types as sdk;

use super::security_group::identifier;
use crate::aws::convert::{tags, text};
use crate::aws::reader::Reader;
use crate::model::resource::{
    NetworkInterface, NetworkInterfaceAssociation, NetworkInterfaceAttachment, NetworkInterfaceIpv6Address,
    NetworkInterfacePrivateIpAddress,
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
