//! One subnet in full: its class and the routes that decide it, what is in it, its interfaces, and what was found
//! about any of these.

use std::collections::BTreeSet;

use super::Page;
use crate::audit::fact::{Class, SubnetClass};
use crate::model::ResourceKey;
use crate::model::resource::{NetworkInterface, Subnet};
use crate::tui::look;
use crate::tui::subnets::{HOLDS, SubnetRow, class_word};
use crate::tui::theme::{Glyphs, Role};
use crate::tui::widget::text::{clean, fit, width};
use crate::tui::world::World;

/// Writes the selected subnet.
pub(super) fn write(page: &mut Page, world: &World, glyphs: &Glyphs) {
    let (Some(subnet), Some(index)) = (world.subnet(), world.selected.subnet) else { return };
    let class = subnet.known_class();
    page.lines.push(vec![
        (format!("{}  ", class_word(class)), look::class_role(class)),
        (format!("{}  ", subnet.title()), Role::Strong),
        (subnet.ranges.join("  "), Role::Text),
    ]);
    page.text("", meaning(class), Role::Text);
    let vpc = world.subnets.vpc_of(index);
    let title = vpc.map(|vpc| vpc.title.clone()).unwrap_or_default();
    let (key, zone) = (&subnet.key, &subnet.zone);
    page.text("", &format!("{} in {zone}, {} {}, VPC {title}", key.id, key.account, key.region), Role::Dim);
    page.text("", &format!("environment: {}", world.environment_name(subnet.environment)), Role::Dim);
    residents(page, subnet, world);
    match &subnet.class {
        Ok(class) => routes(page, class),
        Err(gaps) => {
            page.section("WHY ITS CLASS IS NOT KNOWN");
            page.missing(gaps);
        }
    }
    findings(page, subnet, world, glyphs);
    interfaces(page, subnet, world);
    if let Some(vpc) = vpc.filter(|vpc| !vpc.unread.is_empty()) {
        page.section("THERE MAY BE MORE: NOT READ");
        page.missing(&vpc.unread);
    }
}

/// What a class means, in a sentence.
const fn meaning(class: Option<Class>) -> &'static str {
    match class {
        Some(Class::Public) => "Its route table sends the internet to an internet gateway: in and out.",
        Some(Class::PartlyPublic) => "Its route table sends a part of the internet to an internet gateway: in and out.",
        Some(Class::Egress) => "Private: out to the internet through a NAT or egress-only gateway, not in.",
        Some(Class::Other) => "Private: to other networks (peering, transit gateway, VPN, an appliance).",
        Some(Class::Isolated) => "Nothing leaves the VPC, gateway endpoints aside.",
        None => "Where its route table leads is not known: it may be public.",
    }
}

fn residents(page: &mut Page, subnet: &SubnetRow, world: &World) {
    page.section("WHAT IS IN IT");
    if subnet.residents.is_empty() {
        page.text("  ", "nothing that was read", Role::Dim);
    }
    for resident in &subnet.residents {
        let noun = HOLDS.get(resident.what).map_or("", |(_, [one, ..])| one);
        let id = clean(&resident.key.id);
        // An ARN says little that the name does not.
        let id = if id == resident.name || id.starts_with("arn:") { String::new() } else { format!(" ({id})") };
        let doubt = if resident.certain { "" } else { ", here or in another subnet of its group" };
        let environment = world.environment_name(resident.environment);
        page.text("  ", &format!("{noun} {}{id}, {environment}{doubt}", resident.name), Role::Text);
    }
}

/// The routes that decide the class.
fn routes(page: &mut Page, class: &SubnetClass) {
    page.section("WHY IT IS OF ITS CLASS");
    let by_default = if class.implicit_main { ", the VPC's main one: the subnet has none of its own" } else { "" };
    page.text("  ", &format!("route table {}{by_default}", class.route_table), Role::Text);
    for (family, of) in [("IPv4", class.ipv4.as_ref()), ("IPv6", class.ipv6.as_ref())] {
        let Some(of) = of else { continue };
        let word = class_word(Some(of.class)).to_lowercase();
        page.text("  ", &format!("{family}: {word}"), Role::Text);
        for evidence in &of.evidence {
            page.evidence(evidence);
        }
        if of.evidence.is_empty() {
            page.text("    ", "no route leads out of the VPC", Role::Dim);
        }
    }
}

/// What needs a look about the subnet or what is in it.
fn findings(page: &mut Page, subnet: &SubnetRow, world: &World, glyphs: &Glyphs) {
    let inside = subnet.residents.iter().map(|resident| &resident.key);
    let keys: BTreeSet<&ResourceKey> = inside.chain([&subnet.key]).collect();
    let rows = world.audit.findings.iter().zip(&world.verdicts.rows);
    let mut open: Vec<_> = rows
        .filter(|(finding, row)| row.verdict.is_open() && keys.contains(&finding.subject.key))
        .map(|(_, row)| row)
        .collect();
    open.sort_by_key(|row| (row.verdict, std::cmp::Reverse(row.severity)));
    if open.is_empty() {
        return;
    }
    page.section("OPEN FINDINGS ABOUT IT AND WHAT IS IN IT");
    for row in open {
        let (sign, verdict) = look::verdict_words(row.verdict, glyphs);
        let severity = look::severity_glyph(row.severity, glyphs);
        let verdict = format!("  {sign} {verdict}  ");
        let severity = format!("{severity} {}  ", look::severity_word(row.severity));
        let room = page.columns.saturating_sub(width(&verdict) + width(&severity));
        page.lines.push(vec![
            (verdict, look::verdict_role(row.verdict)),
            (severity, look::severity_role(row.severity)),
            (fit(&format!("{} of {}", row.rule, row.subject), room, glyphs.ellipsis), Role::Text),
        ]);
    }
}

/// Every network interface with its addresses.
fn interfaces(page: &mut Page, subnet: &SubnetRow, world: &World) {
    let key = &subnet.key;
    let Some(shard) = world.estate.shard(&key.account, &key.region) else { return };
    page.section("INTERFACES");
    if let Some(own) = shard.resources.find(key.kind, &key.id).and_then(|own| own.as_any().downcast_ref::<Subnet>()) {
        let launch = match own.map_public_ip_on_launch {
            Some(true) => "an instance launched here gets a public IPv4 address unless it says otherwise",
            Some(false) => "an instance launched here gets no public IPv4 address unless it asks for one",
            None => "whether an instance launched here gets a public IPv4 address is not known",
        };
        page.text("  ", launch, Role::Dim);
    }
    for interface in subnet.interfaces.iter().filter_map(|index| shard.resources.network_interfaces.get(*index)) {
        page.text("  ", &line(interface), Role::Text);
    }
}

fn line(interface: &NetworkInterface) -> String {
    let private = interface.private_ip_address.as_deref().unwrap_or("no IPv4 address");
    let associations = interface.private_ip_addresses.iter().filter_map(|address| address.association.as_ref());
    let mut public: Vec<&str> =
        interface.association.iter().chain(associations).filter_map(|a| a.public_ip.as_deref()).collect();
    public.sort_unstable();
    public.dedup();
    let public = if public.is_empty() { String::new() } else { format!(", public {}", public.join(" ")) };
    let ipv6 = interface.ipv6_addresses.iter().filter_map(|address| address.ipv6_address.as_deref());
    let ipv6: Vec<_> = ipv6.chain(interface.prefixes()).map(|address| format!(", {address}")).collect();
    let ipv6 = ipv6.concat();
    let instance = interface.attachment.as_ref().and_then(|a| a.instance_id.as_deref());
    let what = instance.or(interface.description.as_deref()).filter(|text| !text.is_empty());
    format!("{private}{public}{ipv6}  {}  {}", interface.network_interface_id, what.unwrap_or("no description"))
}
