//! Whom the security groups of an interface let in at most: for those who look for pairs and would not ask about each.

use super::network::{Holder, Network, at};
use super::set::{Addresses, Boxes, Services};

/// Who may get past the security groups of an interface. Nobody else does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Admitted<'e> {
    /// From these addresses.
    pub addresses: Addresses,
    /// Whoever carries one of these groups.
    pub groups: Vec<&'e str>,
    /// Everybody: nothing filters there, or what does was not read.
    pub all: bool,
}

/// The same, service by service.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Admissions<'e> {
    by_address: Boxes,
    by_group: Vec<(Services, &'e str)>,
    all: bool,
}

impl<'e> Admissions<'e> {
    /// Whom they let in by some services, or by any.
    #[must_use]
    pub fn of(&self, services: Option<&Services>) -> Admitted<'e> {
        let by_address =
            services.map_or_else(|| self.by_address.clone(), |services| self.by_address.with_services(services));
        let named = self.by_group.iter().filter(|(own, _)| services.is_none_or(|services| services.meets(own)));
        Admitted { addresses: by_address.addresses(), groups: named.map(|(_, group)| *group).collect(), all: self.all }
    }
}

impl<'e> Network<'e> {
    /// Whom the security groups of an interface let in.
    #[must_use]
    pub fn admitted(&self, interface: &str) -> Option<Admissions<'e>> {
        let id = self.interface_named(interface)?;
        let node = at(&self.interfaces, id)?;
        let mut found = Admissions::default();
        let groups = self.groups_of(node);
        let bare = matches!(node.holder, Holder::UnknownBalancer) && groups.is_empty();
        found.all = bare || self.balancer_of(id).is_some_and(|balancer| balancer.open);
        for group in groups.iter().filter_map(|group| at(&self.groups, *group)) {
            let gate = group.group.gates.first();
            found.all |= group.resource.is_none() || gate.is_none_or(|gate| !gate.unread.is_empty());
            let Some(gate) = gate else { continue };
            found.by_address = found.by_address.or(&gate.by_address);
            let named = gate.by_group.iter().filter_map(|(services, group)| {
                Some((Services::range(services.0, services.1), at(&self.groups, *group)?.id))
            });
            found.by_group.extend(named);
        }
        Some(found)
    }
}
