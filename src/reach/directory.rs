//! Who has which name and which address. Each list is made when something first asks: what the internet reaches, and
//! what can be taken over from there, is mostly found without.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::filter::Index;
use super::network::{Holder, Id, Interface, Network, id};
use super::set::{Addresses, is_v4};
use crate::model::Kind;

/// The lists made so far.
#[derive(Debug, Default)]
pub(super) struct Directory<'e> {
    names: OnceLock<Names<'e>>,
    /// Ids of interfaces, and of the resources that have them, to interfaces.
    owned: OnceLock<BTreeMap<&'e str, Vec<Id>>>,
    /// (VPC, private address) to interface.
    private: OnceLock<Index<(Id, u128)>>,
    /// Public address to interface and private address.
    public: OnceLock<Index<u128, (Id, u128)>>,
}

/// Ids of AWS to interfaces.
#[derive(Debug, Default)]
struct Names<'e> {
    interface: Index<&'e str>,
    instance: Index<&'e str>,
}

impl<'e> Names<'e> {
    fn learn(&mut self, node: Id, interface: &Interface<'e>) {
        // A NAT gateway that was listed without its interface goes by the gateway's id, which is no interface's.
        if interface.resource.is_some() || !matches!(interface.holder, Holder::Silent(_)) {
            self.interface.insert(interface.id, node);
        }
        let attachment = interface.resource.and_then(|resource| resource.attachment.as_ref());
        let primary = attachment.is_none_or(|attachment| attachment.device_index.unwrap_or(0) == 0);
        let named = match interface.holder {
            Holder::Instance(instance) => Some(instance.instance_id.as_str()),
            // The attachment names the instance also where instances could not be listed.
            _ => attachment.and_then(|attachment| attachment.instance_id.as_deref()),
        };
        if let Some(name) = named.filter(|_| primary) {
            self.instance.insert(name, node);
        }
    }
}

fn learn_private(all: &mut Index<(Id, u128)>, node: Id, interface: &Interface<'_>) {
    for &(private, _) in &interface.addresses {
        all.insert((interface.vpc, private), node);
    }
}

fn learn_public(all: &mut Index<u128, (Id, u128)>, node: Id, interface: &Interface<'_>) {
    for &(private, public) in &interface.addresses {
        let public = public.or((!is_v4(private)).then_some(private));
        if let Some(public) = public.filter(|public| Addresses::internet().contains(*public)) {
            all.insert(public, (node, private));
        }
    }
}

impl<'e> Network<'e> {
    /// Adds an interface.
    pub(super) fn add(&mut self, interface: Interface<'e>) -> Id {
        let node = id(self.interfaces.len());
        if let Some(names) = self.directory.names.get_mut() {
            names.learn(node, &interface);
        }
        if let Some(private) = self.directory.private.get_mut() {
            learn_private(private, node, &interface);
        }
        self.directory.public.take();
        self.directory.owned.take();
        self.interfaces.push(interface);
        node
    }

    /// Says which resource has an interface that was listed.
    pub(super) fn manage(&mut self, interface: Id, holder: Holder<'e>) {
        let Some(node) = self.interfaces.get_mut(interface as usize) else { return };
        node.holder = holder;
        if let (Holder::Managed(_, name), Some(names)) = (holder, self.directory.names.get_mut()) {
            names.interface.insert(name, interface);
        }
    }

    fn names(&self) -> &Names<'e> {
        self.directory.names.get_or_init(|| {
            let mut names = Names::default();
            names.interface.reserve(self.interfaces.len());
            for (index, interface) in self.interfaces.iter().enumerate() {
                names.learn(id(index), interface);
            }
            for (index, interface) in self.interfaces.iter().enumerate() {
                // An instance goes by its primary interface.
                if let Holder::Managed(kind, name) = interface.holder
                    && kind != Kind::Instance
                {
                    names.interface.insert(name, id(index));
                }
            }
            names
        })
    }

    /// The interface with an id, or of a resource.
    pub(super) fn interface_named(&self, name: &str) -> Option<Id> {
        self.names().interface.get(name)
    }

    /// The interfaces that an interface's own id names, or that of a resource that has some.
    pub(super) fn owned(&self, name: &str) -> &[Id] {
        let all = self.directory.owned.get_or_init(|| {
            let mut all: BTreeMap<&str, Vec<Id>> = BTreeMap::new();
            for (index, interface) in self.interfaces.iter().enumerate() {
                all.entry(interface.id).or_default().push(id(index));
                let owner = match interface.holder {
                    Holder::Instance(instance) => instance.instance_id.as_str(),
                    Holder::Managed(_, resource) | Holder::Derived(_, resource) => resource,
                    _ => continue,
                };
                if owner != interface.id {
                    all.entry(owner).or_default().push(id(index));
                }
            }
            all
        });
        all.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    /// The primary interface of an instance.
    pub(super) fn instance_named(&self, name: &str) -> Option<Id> {
        self.names().instance.get(name)
    }

    /// The other interfaces of the instance that an interface is of, where there are some.
    pub(super) fn siblings(&self) -> BTreeMap<Id, Vec<Id>> {
        let mut hosts: BTreeMap<&str, Vec<Id>> = BTreeMap::new();
        for (index, interface) in self.interfaces.iter().enumerate() {
            let attachment = interface.resource.and_then(|resource| resource.attachment.as_ref());
            let further = attachment.filter(|attachment| attachment.device_index.unwrap_or(0) != 0);
            if let Some(instance) = further.and_then(|attachment| attachment.instance_id.as_deref()) {
                hosts.entry(instance).or_default().push(id(index));
            }
        }
        let mut siblings = BTreeMap::new();
        for (instance, mut all) in hosts {
            all.extend(self.instance_named(instance));
            for &one in &all {
                siblings.insert(one, all.iter().copied().filter(|other| *other != one).collect());
            }
        }
        siblings
    }

    /// The interface that has an address in a VPC.
    pub(super) fn interface_at(&self, vpc: Id, address: u128) -> Option<Id> {
        let all = self.directory.private.get_or_init(|| {
            let mut all = Index::default();
            all.reserve(self.interfaces.len());
            for (index, interface) in self.interfaces.iter().enumerate() {
                learn_private(&mut all, id(index), interface);
            }
            all
        });
        all.get(&(vpc, address)).or_else(|| self.delegate_at(Some(vpc), address))
    }

    /// The interface that has a public address, and the private one behind that. An IPv6 address is its own public one.
    pub(super) fn public_at(&self, address: u128) -> Option<(Id, u128)> {
        let all = self.directory.public.get_or_init(|| {
            let mut all = Index::default();
            for (index, interface) in self.interfaces.iter().enumerate() {
                learn_public(&mut all, id(index), interface);
            }
            all
        });
        all.get(&address).or_else(|| self.delegate_at(None, address).map(|interface| (interface, address)))
    }
}
