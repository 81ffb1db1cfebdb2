//! Network ACLs.

use aws_sdk_ec2::types as sdk;

use crate::aws::convert::{tags, text};
use crate::aws::reader::Reader;
use crate::model::resource::{IcmpTypeCode, NetworkAcl, NetworkAclAssociation, NetworkAclEntry, PortRange};

pub(super) async fn collect(reader: &Reader) -> Vec<NetworkAcl> {
    let acls = reader
        .pages(
            "ec2:DescribeNetworkAcls",
            |token| reader.clients.ec2.describe_network_acls().max_results(1000).set_next_token(token).send(),
            |page| (page.network_acls.unwrap_or_default(), page.next_token),
        )
        .await;
    acls.into_iter().map(network_acl).collect()
}

fn network_acl(acl: sdk::NetworkAcl) -> NetworkAcl {
    NetworkAcl {
        network_acl_id: acl.network_acl_id.unwrap_or_default().into(),
        vpc_id: acl.vpc_id.map(Into::into),
        is_default: acl.is_default,
        associations: acl.associations.into_iter().flatten().map(association).collect(),
        entries: acl.entries.into_iter().flatten().map(entry).collect(),
        owner_id: acl.owner_id,
        tags: tags(acl.tags),
    }
}

fn association(association: sdk::NetworkAclAssociation) -> NetworkAclAssociation {
    NetworkAclAssociation {
        network_acl_association_id: association.network_acl_association_id,
        network_acl_id: association.network_acl_id.map(Into::into),
        subnet_id: association.subnet_id.map(Into::into),
    }
}

fn entry(entry: sdk::NetworkAclEntry) -> NetworkAclEntry {
    NetworkAclEntry {
        rule_number: entry.rule_number,
        egress: entry.egress,
        protocol: entry.protocol,
        rule_action: text(entry.rule_action),
        cidr_block: entry.cidr_block,
        ipv6_cidr_block: entry.ipv6_cidr_block,
        port_range: entry.port_range.map(|range| PortRange { from: range.from, to: range.to }),
        icmp_type_code: entry.icmp_type_code.map(|icmp| IcmpTypeCode { code: icmp.code, r#type: icmp.r#type }),
    }
}
