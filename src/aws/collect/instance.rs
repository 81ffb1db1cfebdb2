//! EC2 instances. User data is another call, and is never made.

use aws_sdk_ec2::types as sdk;

use super::security_group::identifier;
use crate::aws::convert::{tags, text, time};
use crate::aws::reader::Reader;
use crate::model::resource::{
    IamInstanceProfile, Instance, InstanceState, Ipv4PrefixSpecification, Ipv6PrefixSpecification, MetadataOptions,
    Monitoring, NetworkInterface, NetworkInterfaceAssociation, NetworkInterfaceAttachment, NetworkInterfaceIpv6Address,
    NetworkInterfacePrivateIpAddress, Placement,
};

pub(super) async fn collect(reader: &Reader) -> Vec<Instance> {
    let reservations = reader
        .pages(
            "ec2:DescribeInstances",
            |token| reader.clients.ec2.describe_instances().max_results(1000).set_next_token(token).send(),
            |page| (page.reservations.unwrap_or_default(), page.next_token),
        )
        .await;
    reservations.into_iter().filter_map(|reservation| reservation.instances).flatten().map(instance).collect()
}

fn instance(instance: sdk::Instance) -> Instance {
    Instance {
        instance_id: instance.instance_id.unwrap_or_default().into(),
        image_id: instance.image_id,
        instance_type: text(instance.instance_type),
        key_name: instance.key_name,
        launch_time: time(instance.launch_time),
        state: instance.state.map(|state| InstanceState { code: state.code, name: text(state.name) }),
        placement: instance.placement.map(|placement| Placement { availability_zone: placement.availability_zone }),
        vpc_id: instance.vpc_id.map(Into::into),
        subnet_id: instance.subnet_id.map(Into::into),
        private_ip_address: instance.private_ip_address,
        public_ip_address: instance.public_ip_address,
        public_dns_name: instance.public_dns_name,
        ipv6_address: instance.ipv6_address,
        security_groups: instance.security_groups.into_iter().flatten().map(identifier).collect(),
        network_interfaces: instance.network_interfaces.into_iter().flatten().map(interface).collect(),
        metadata_options: instance.metadata_options.map(metadata_options),
        monitoring: instance.monitoring.map(|monitoring| Monitoring { state: text(monitoring.state) }),
        iam_instance_profile: instance.iam_instance_profile.map(|profile| IamInstanceProfile { arn: profile.arn }),
        tags: tags(instance.tags),
    }
}

fn metadata_options(options: sdk::InstanceMetadataOptionsResponse) -> MetadataOptions {
    MetadataOptions {
        http_tokens: text(options.http_tokens),
        http_endpoint: text(options.http_endpoint),
        http_put_response_hop_limit: options.http_put_response_hop_limit,
    }
}

/// The instance's own view of an interface, which knows less than the interface's.
fn interface(interface: sdk::InstanceNetworkInterface) -> NetworkInterface {
    NetworkInterface {
        network_interface_id: interface.network_interface_id.unwrap_or_default().into(),
        vpc_id: interface.vpc_id.map(Into::into),
        subnet_id: interface.subnet_id.map(Into::into),
        interface_type: interface.interface_type,
        description: interface.description,
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
        ..NetworkInterface::default()
    }
}

fn private_address(address: sdk::InstancePrivateIpAddress) -> NetworkInterfacePrivateIpAddress {
    NetworkInterfacePrivateIpAddress {
        private_ip_address: address.private_ip_address,
        primary: address.primary,
        association: address.association.map(association),
    }
}

fn ipv6_address(address: sdk::InstanceIpv6Address) -> NetworkInterfaceIpv6Address {
    NetworkInterfaceIpv6Address { ipv6_address: address.ipv6_address }
}

fn ipv4_prefix(prefix: sdk::InstanceIpv4Prefix) -> Ipv4PrefixSpecification {
    Ipv4PrefixSpecification { ipv4_prefix: prefix.ipv4_prefix }
}

fn ipv6_prefix(prefix: sdk::InstanceIpv6Prefix) -> Ipv6PrefixSpecification {
    Ipv6PrefixSpecification { ipv6_prefix: prefix.ipv6_prefix }
}

fn association(association: sdk::InstanceNetworkInterfaceAssociation) -> NetworkInterfaceAssociation {
    NetworkInterfaceAssociation {
        public_ip: association.public_ip,
        public_dns_name: association.public_dns_name,
        ip_owner_id: association.ip_owner_id,
        allocation_id: None,
    }
}

fn attachment(attachment: sdk::InstanceNetworkInterfaceAttachment) -> NetworkInterfaceAttachment {
    NetworkInterfaceAttachment {
        attachment_id: attachment.attachment_id,
        device_index: attachment.device_index,
        status: text(attachment.status),
        ..NetworkInterfaceAttachment::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::fake::{Fake, ec2};

    const RESERVATION: &str = "<reservationSet><item><instancesSet><item><instanceId>i-1</instanceId>\
        <networkInterfaceSet><item><networkInterfaceId>eni-1</networkInterfaceId>\
        <ipv4PrefixSet><item><ipv4Prefix>10.0.1.16/28</ipv4Prefix></item></ipv4PrefixSet>\
        <ipv6PrefixSet><item><ipv6Prefix>2600:1f00:0:1:5::/80</ipv6Prefix></item></ipv6PrefixSet>\
        </item></networkInterfaceSet></item></instancesSet></item></reservationSet>";

    #[tokio::test]
    async fn delegated_prefixes_of_interfaces_are_read() {
        let fake = Fake::new(|request| ec2(request, |_| RESERVATION));
        let instances = collect(&fake.reader).await;
        let interfaces = instances.iter().flat_map(|instance| &instance.network_interfaces);
        let prefixes: Vec<_> = interfaces.flat_map(NetworkInterface::prefixes).collect();
        assert_eq!(prefixes, ["10.0.1.16/28", "2600:1f00:0:1:5::/80"]);
    }
}
