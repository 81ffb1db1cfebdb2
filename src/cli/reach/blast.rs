//! `bartizan reach blast`: what somebody who holds a resource reaches next, and from there.

use std::collections::{BTreeMap, BTreeSet};

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::end::Places;
use super::exposed::not_judged;
use super::json::{self, Ports};
use super::tell;
use crate::cli::source::SourceArgs;
use crate::cli::{Exit, Failure, output};
use crate::model::resource::Instance;
use crate::model::{Describe, Estate, Kind, Tag};
use crate::reach::blast::LOGIN_PORTS;
use crate::reach::service::describe;
use crate::reach::{Chain, Exposures, Link, Mode, Network, Sender, Service, Services, Unread};
use crate::report::wrap::{BOLD, DIM, PLAIN, Page};

/// Flags of `bartizan reach blast`.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct BlastArgs {
    /// Who is held: an instance, interface or load balancer by id or name, or `internet` [default: each bastion]
    #[arg(value_name = "SOURCE")]
    source: Option<String>,
    /// How to move on
    #[arg(long, value_name = "MODE", value_enum, default_value_t = Way::Login)]
    mode: Way,
    /// Write JSON
    #[arg(long)]
    json: bool,
}

/// How to move on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Way {
    /// From what can be logged in to: SSH, RDP, WinRM
    Login,
    /// From everything that is reached by any port
    Any,
}

const AFTER_HELP: &str = "\
What is reached for certain, as a tree: every resource stands where it is reached first, with the
services that reach it, inside or over the internet. What asks for more than a connection - a
login, a secret header - is told as gated, not counted, and nothing is reached from there. What
was not read opens nothing: what it may open is told apart, with what to read. A bastion is an
instance whose Name, Role or Purpose tag says bastion or jump, or that the internet can log in to.

Exit codes:
  0  it is told
  2  wrong usage or input
  3  something that decides was not read: more may be reached
  4  the account could not be reached, or it did not let us in";

/// Words that bastions are called by.
const NAMES: [&str; 2] = ["bastion", "jump"];

/// Under one parent so many are told in text.
const TOLD: usize = 20;

/// What one source reaches.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Blast {
    source: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    reached: Vec<Reached>,
    /// What is reached only if what was not read says so; where from is not told.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    perhaps: Vec<Reached>,
    /// What was not read, and decides.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unread: Vec<Unread>,
}

/// Something that is reached.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Reached {
    resource_type: String,
    resource_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    interface_id: String,
    vpc: String,
    services: String,
    ports: Vec<Ports>,
    /// How many steps it is away.
    depth: usize,
    /// From what, by its place in this list; absent for the first step.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<usize>,
    /// The interface that the connection is opened from.
    #[serde(skip_serializing_if = "Option::is_none")]
    from_interface_id: Option<String>,
    /// Whether it is moved on from.
    moves_on: bool,
    /// What is asked for besides a connection; then it is told, and not reached.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    gates: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Blasts {
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    demo: bool,
    mode: &'static str,
    blasts: Vec<Blast>,
    not_judged: Vec<String>,
}

/// Tells what is reached.
pub(super) fn run(args: &BlastArgs, source: &SourceArgs, paint: bool) -> Result<Exit, Failure> {
    let estate = source.open(&source.config()?, args.json)?.estate;
    let network = Network::new(&estate);
    let places = Places::of(&network);
    let mode = if args.mode == Way::Login { Mode::Login } else { Mode::Any };
    let (mut blasts, mut from_internet) = (Vec::new(), false);
    if let Some(text) = &args.source {
        let end = places.source(text)?;
        let chain = match end.sender() {
            Sender::Internet if end.address().is_some() => {
                let message = "one address of the internet reaches what `internet` reaches, or less: write `internet`";
                return Err(Failure::usage(message));
            }
            Sender::Internet => {
                from_internet = true;
                network.chain_from_internet(&network.exposures(), mode)
            }
            Sender::Beyond(id) => {
                let message = format!("a chain begins in the estate or at `internet`; ask from `{id}` for one path");
                return Err(Failure::usage(message));
            }
            Sender::Resource(id) => network.blast(&id, mode).map_err(|error| Failure::usage(error.to_string()))?,
        };
        blasts.push(blast(&network, end.label(), None, &chain));
    } else {
        for instance in bastions(&network, &estate) {
            let id = instance.instance_id.as_str();
            let chain = network.blast(id, mode).map_err(|error| Failure::usage(error.to_string()))?;
            blasts.push(blast(&network, id.to_owned(), instance.name(), &chain));
        }
    }
    let kinds = [Kind::Subnet, Kind::NetworkInterface, Kind::SecurityGroup, Kind::NetworkAcl, Kind::RouteTable];
    let word = if mode == Mode::Login { "login" } else { "any" };
    let mut not_read = not_judged(&estate, &kinds);
    if from_internet {
        not_read.extend(network.doors_unread().iter().map(ToString::to_string));
    }
    let blasts = Blasts { demo: estate.is_demo(), mode: word, blasts, not_judged: not_read };
    output::out(&if args.json { json::pretty(&blasts) } else { page(&blasts, paint) })?;
    let whole = blasts.not_judged.is_empty() && blasts.blasts.iter().all(|one| one.unread.is_empty());
    Ok(if whole { Exit::Clean } else { Exit::Incomplete })
}

/// The instances that are called so, and those that the internet can log in to.
fn bastions<'e>(network: &Network<'e>, estate: &'e Estate) -> Vec<&'e Instance> {
    let entered = logins(network, &network.exposures());
    let called = |instance: &Instance| {
        let tags = ["Name", "Role", "Purpose"].into_iter().filter_map(|key| Tag::find(&instance.tags, key));
        tags.map(str::to_lowercase).any(|value| NAMES.iter().any(|name| value.contains(name)))
    };
    let all = estate.shards.iter().flat_map(|shard| &shard.resources.instances);
    all.filter(|instance| network.knows(instance.instance_id.as_str()))
        .filter(|instance| called(instance) || entered.contains(instance.instance_id.as_str()))
        .collect()
}

/// The instances that the internet can log in to.
fn logins<'e>(network: &Network<'e>, exposures: &Exposures) -> BTreeSet<&'e str> {
    let login = |services: &Services| LOGIN_PORTS.iter().any(|port| services.contains(Service::tcp(*port).number()));
    let open = exposures
        .addresses()
        .iter()
        .filter(|exposure| exposures.reach(exposure).is_some_and(|reach| login(&reach.connects.services())));
    let parties = open.filter_map(|exposure| network.exposed_party(exposure));
    parties.filter(|party| party.kind == Kind::Instance).map(|party| party.id).collect()
}

fn blast(network: &Network<'_>, source: String, name: Option<&str>, chain: &Chain) -> Blast {
    let begins = |link: &Link| link.depth == 0 && link.services.is_empty();
    // Where the chain begins is no part of what it reaches: places are counted without it.
    let offset = usize::from(chain.links.first().is_some_and(begins));
    let reached = |links: &[Link], from: bool| {
        let reached = links.iter().filter_map(|link| {
            let party = network.linked_party(link)?;
            Some(Reached {
                resource_type: party.kind.to_string(),
                resource_id: party.id.to_owned(),
                name: party.name.map(str::to_owned),
                interface_id: party.interface.to_owned(),
                vpc: party.vpc.to_owned(),
                services: describe(&link.services),
                ports: json::ports(&link.services),
                depth: link.depth + 1 - offset,
                from: link.from.filter(|_| from).and_then(|from| from.checked_sub(offset)),
                from_interface_id: network.sending_party(link).map(|party| party.interface.to_owned()),
                moves_on: link.held,
                gates: link.gates.iter().map(ToString::to_string).collect(),
            })
        });
        reached.collect()
    };
    Blast {
        source,
        name: name.map(str::to_owned),
        reached: reached(chain.links.get(offset..).unwrap_or_default(), true),
        perhaps: reached(&chain.perhaps, false),
        unread: chain.unread.clone(),
    }
}

fn page(blasts: &Blasts, paint: bool) -> String {
    let mut page = Page::new(paint);
    if blasts.blasts.is_empty() {
        let text = "There is no bastion here: no instance is called so, and the internet can log in to none. Name a \
                    resource: bartizan reach blast SOURCE.";
        page.folded(0, text);
    }
    for (nth, one) in blasts.blasts.iter().enumerate() {
        if nth > 0 {
            page.line(&[]);
        }
        let by = if blasts.mode == "login" { "moving on by login" } else { "moving on by any port" };
        let count = |gated: bool| {
            let those = one.reached.iter().filter(|reached| reached.gates.is_empty() != gated);
            those.map(|reached| (reached.resource_id.as_str(), reached.vpc.as_str())).collect::<BTreeSet<_>>().len()
        };
        let gated = match count(true) {
            0 => String::new(),
            more => format!("; {more} more if it passes a gate"),
        };
        let summary = format!("  reaches {} resources, {by}{gated}", count(false));
        page.line(&[(BOLD, &tell::call(&one.source, one.name.as_deref())), (DIM, &summary)]);
        let children = children(&one.reached);
        branches(&mut page, &one.reached, &children);
        perhaps(&mut page, one);
    }
    if !blasts.not_judged.is_empty() {
        page.line(&[]);
        page.line(&[(BOLD, "Not read; more may be reached"), (PLAIN, ":")]);
        blasts.not_judged.iter().for_each(|what| page.folded(2, what));
    }
    tell::demo(&mut page, blasts.demo);
    page.finish()
}

/// What may be reached besides, and what would tell.
fn perhaps(page: &mut Page, blast: &Blast) {
    if blast.unread.is_empty() {
        return;
    }
    if !blast.perhaps.is_empty() {
        page.line(&[(BOLD, "Reached perhaps, if what was not read says so"), (PLAIN, ":")]);
        branches(page, &blast.perhaps, &children(&blast.perhaps));
    }
    page.line(&[(BOLD, "Not read, and decides"), (PLAIN, ":")]);
    blast.unread.iter().for_each(|what| page.folded(2, &tell::unread(what)));
}

/// What hangs below what. The interfaces of one resource that are reached alike hang there once.
fn children(reached: &[Reached]) -> BTreeMap<Option<usize>, Vec<usize>> {
    let mut children: BTreeMap<Option<usize>, Vec<usize>> = BTreeMap::new();
    let mut first: BTreeMap<(Option<usize>, &str, &str, &str), usize> = BTreeMap::new();
    let mut stands_for: Vec<usize> = Vec::with_capacity(reached.len());
    for (index, one) in reached.iter().enumerate() {
        let from = one.from.and_then(|from| stands_for.get(from).copied());
        let place = *first.entry((from, &one.resource_id, &one.vpc, &one.services)).or_insert(index);
        stands_for.push(place);
        if place == index {
            children.entry(from).or_default().push(index);
        }
    }
    children
}

/// The tree below a source. It can be as deep as there are hosts, so it is walked without recursion.
fn branches(page: &mut Page, reached: &[Reached], children: &BTreeMap<Option<usize>, Vec<usize>>) {
    let below = |parent: Option<usize>| children.get(&parent).map_or(&[][..], Vec::as_slice);
    let mut open = vec![(below(None), 0_usize)];
    while let Some((siblings, next)) = open.last_mut() {
        let Some(index) = siblings.get(*next).copied() else {
            open.pop();
            continue;
        };
        let (nth, count) = (*next, siblings.len());
        *next += 1;
        let mut stem: String =
            open.iter().take(open.len() - 1).map(|(all, next)| if *next < all.len() { "│  " } else { "   " }).collect();
        if nth == TOLD {
            stem.push_str("└─ ");
            page.line(&[(DIM, &stem), (PLAIN, &format!("and {} more; --json tells them all", count - TOLD))]);
            open.pop();
            continue;
        }
        stem.push_str(if nth + 1 < count { "├─ " } else { "└─ " });
        let Some(one) = reached.get(index) else { continue };
        let name = tell::call(&one.resource_id, one.name.as_deref());
        let what = format!("  {}  ", one.resource_type);
        let gates = if one.gates.is_empty() { String::new() } else { format!("  gated: {}", one.gates.join(", ")) };
        page.line(&[(DIM, &stem), (PLAIN, &name), (DIM, &what), (PLAIN, &one.services), (DIM, &gates)]);
        open.push((below(Some(index)), 0));
    }
}
