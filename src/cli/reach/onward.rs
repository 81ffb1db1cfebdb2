//! What a function that is reached goes on to: it is called, and opens connections of its own by its interfaces in a VPC.

use serde::Serialize;

use super::tell;
use crate::cli::Failure;
use crate::reach::service::describe;
use crate::reach::{Mode, Network};
use crate::report::wrap::Page;

/// What a function can open connections to.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Onward {
    from_interface_id: String,
    resource_type: String,
    resource_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    services: String,
    /// Whether only if what was not read says so.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    perhaps: bool,
}

/// So much of it is told in text.
const TOLD: usize = 8;

/// The first step of the chain from each interface of a function.
pub(super) fn of(network: &Network<'_>, function: &str) -> Result<Vec<Onward>, Failure> {
    let mut found = Vec::new();
    for interface in network.function_interfaces(function) {
        let chain = network.blast(interface, Mode::Login).map_err(|error| Failure::usage(error.to_string()))?;
        let next = chain.links.iter().map(|link| (link, false)).chain(chain.perhaps.iter().map(|link| (link, true)));
        let next = next.filter(|(link, _)| link.depth == 1 && link.gates.is_empty());
        found.extend(next.filter_map(|(link, perhaps)| {
            let party = network.linked_party(link)?;
            Some(Onward {
                from_interface_id: interface.to_owned(),
                resource_type: party.kind.to_string(),
                resource_id: party.id.to_owned(),
                name: party.name.map(str::to_owned),
                services: describe(&link.services),
                perhaps,
            })
        }));
    }
    found.sort();
    found.dedup();
    Ok(found)
}

/// The same for people, by interface.
pub(super) fn tell(page: &mut Page, onward: &[Onward]) {
    for next in onward.chunk_by(|one, other| one.from_interface_id == other.from_interface_id) {
        let Some(from) = next.first().map(|one| &one.from_interface_id) else { continue };
        let call = |to: &Onward| {
            let perhaps = if to.perhaps { "perhaps " } else { "" };
            format!("{perhaps}{} {}", tell::call(&to.resource_id, to.name.as_deref()), to.services)
        };
        let told: Vec<String> = next.iter().take(TOLD).map(call).collect();
        page.folded(6, &format!("goes on by {from} to {}", told.join("; ")));
        if next.len() > TOLD {
            page.folded(8, &format!("and {} more: bartizan reach blast {from}", next.len() - TOLD));
        }
    }
}
