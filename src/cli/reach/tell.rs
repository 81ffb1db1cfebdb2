//! Answers for people: the verdict first, then what decided, hop by hop, or what stops it.

use anstyle::{AnsiColor, Style};
use ipnet::IpNet;

use super::ask::Asked;
use crate::model::text::sanitise;
use crate::reach::service::describe;
use crate::reach::{Addresses, Answer, Component, Explanation, PathComponent, Sender, Unread, Verdict, words};
use crate::report::wrap::{BOLD, DIM, PLAIN, Page, UNKNOWN};

/// The colour of a verdict.
pub(super) const fn of_verdict(verdict: Verdict) -> Style {
    match verdict {
        Verdict::Connects => AnsiColor::Green.on_default().bold(),
        Verdict::Gated | Verdict::Delivers => AnsiColor::Yellow.on_default().bold(),
        Verdict::Denied => AnsiColor::Red.on_default().bold(),
        Verdict::Unknown => UNKNOWN,
    }
}

/// How wide a column of components may become.
const COLUMN: usize = 44;

/// Appends an answer. One that is like an answer told before is not told again in full.
pub(super) fn answer(page: &mut Page, asked: &Asked, again: bool) {
    let answer = &asked.answer;
    title(page, asked);
    if let Some(sources) = &asked.admitted {
        let told = match asked.sender {
            Sender::Beyond(_) => cidrs(&sources.nets()),
            _ => everyone(sources),
        };
        page.folded(2, &format!("from {told}"));
    }
    if again {
        page.line(&[(PLAIN, "  the same way as above")]);
        return;
    }
    for note in &answer.notes {
        page.folded(2, &format!("note: {note}"));
    }
    blocks(page, answer);
    if answer.verdict == Verdict::Unknown {
        heading(page, "What was not read, and decides");
        answer.unread.iter().for_each(|what| page.folded(2, &unread(what)));
    }
    let arrives = answer.verdict != Verdict::Denied;
    hops(page, if arrives { "Forward" } else { "Forward, if nothing stopped it" }, &answer.forward_path_components);
    // A reply that nothing asked for is no answer.
    if arrives {
        let back = matches!(answer.verdict, Verdict::Connects | Verdict::Gated);
        hops(page, if back { "Return" } else { "Return, if nothing stopped it" }, &answer.return_path_components);
    }
}

/// What was not read, and what to allow.
pub(super) fn unread(what: &Unread) -> String {
    let call = what.action.as_ref().map(|action| format!(" (allow {action})")).unwrap_or_default();
    format!("{what}{call}")
}

fn heading(page: &mut Page, text: &str) {
    page.line(&[]);
    page.line(&[(BOLD, text), (PLAIN, ":")]);
}

/// Says that an estate is made up.
pub(super) fn demo(page: &mut Page, demo: bool) {
    if demo {
        page.line(&[]);
        page.line(&[(PLAIN, "DEMO: this estate is made up; its accounts do not exist.")]);
    }
}

/// Hosts of the internet: `everyone`, `everyone but` a few, or as CIDRs.
pub(super) fn everyone(sources: &Addresses) -> String {
    let of_family = |v4: bool| {
        let family = Addresses::family(v4);
        let (here, all) = (sources.and(&family), Addresses::internet().and(&family));
        if here.is_empty() {
            return None;
        }
        let (inside, outside) = (here.nets(), all.minus(&here).nets());
        Some(match outside.as_slice() {
            [] => "everyone".to_owned(),
            few if few.len() < inside.len() => format!("everyone but {}", cidrs(few)),
            _ => cidrs(&inside),
        })
    };
    let mut told: Vec<String> = [true, false].into_iter().filter_map(of_family).collect();
    told.dedup();
    told.join(", ")
}

/// So many CIDRs are told.
const CIDRS: usize = 8;

fn cidrs(nets: &[IpNet]) -> String {
    let mut told: Vec<String> = nets.iter().take(CIDRS).map(ToString::to_string).collect();
    if nets.len() > CIDRS {
        told.push(format!("and {} more ranges", nets.len() - CIDRS));
    }
    told.join(", ")
}

/// What makes two answers the same but for addresses.
pub(super) fn route(answer: &Answer) -> Vec<String> {
    let hops = answer.forward_path_components.iter().chain(&answer.return_path_components);
    let hops = hops.map(|hop| format!("{}{}", hop.component.id, what(hop)));
    let blocks = answer.explanations.iter().map(|why| format!("{}{:?}", why.explanation_code, why.component));
    hops.chain(blocks).collect()
}

/// Appends the verdict and what was asked.
pub(super) fn title(page: &mut Page, asked: &Asked) {
    let from = asked.source.map_or_else(|| asked.from.clone(), |source| format!("{} {source}", asked.from));
    let to = match asked.destination.map(|destination| destination.to_string()) {
        Some(destination) if destination == asked.to => destination,
        Some(destination) => format!("{} {destination}", asked.to),
        None if asked.answer.forward_path_components.is_empty() => asked.to.clone(),
        None => format!("{}, a public address that is not known", asked.to),
    };
    let to = match &asked.through {
        Some(balancer) => {
            let by = balancer.name.as_deref().unwrap_or(&balancer.id);
            let door = asked.destination.map(|destination| format!(" {destination}")).unwrap_or_default();
            format!("{} through {by}{door}", asked.to)
        }
        None => to,
    };
    let text = format!("{from} -> {to}  {}", describe(&asked.services));
    let verdict = asked.answer.verdict;
    page.line(&[(of_verdict(verdict), &verdict.name().to_uppercase()), (PLAIN, "  "), (PLAIN, &text)]);
}

fn blocks(page: &mut Page, answer: &Answer) {
    let blocks = &answer.explanations;
    if blocks.is_empty() {
        return;
    }
    let text = match (answer.verdict, blocks.len()) {
        (Verdict::Delivers, _) => "What stops the reply",
        (_, 1) => "What stops it",
        _ => "What stops it; all of these have to change",
    };
    heading(page, text);
    for why in blocks {
        let reply = if why.reply { " (the reply)" } else { "" };
        page.line(&[(PLAIN, "  "), (BOLD, &why.explanation_code), (PLAIN, reply)]);
        page.folded(6, &why.text);
    }
}

/// The same in one line.
pub(super) fn reason(why: &Explanation) -> String {
    let reply = if why.reply { ", the reply" } else { "" };
    sanitise(&format!("{}{reply}: {}", why.explanation_code, why.text))
}

fn hops(page: &mut Page, text: &str, hops: &[PathComponent]) {
    if hops.is_empty() {
        return;
    }
    heading(page, text);
    let names: Vec<String> = hops.iter().map(|hop| sanitise(&named(&hop.component))).collect();
    let widest = names.iter().map(|name| name.chars().count()).filter(|width| *width <= COLUMN).max().unwrap_or(0);
    for (hop, name) in hops.iter().zip(&names) {
        let (number, name) = (format!("  {:>2}  ", hop.sequence_number), format!("{name:widest$}  "));
        page.line(&[(DIM, &number), (PLAIN, &name), (PLAIN, &what(hop))]);
    }
}

/// A component by id and name; of an ARN what is not the same for all of an account.
fn named(component: &Component) -> String {
    match &component.name {
        Some(name) => format!("{} ({name})", short_id(&component.id)),
        None => short_id(&component.id).to_owned(),
    }
}

/// A resource as people know it. An interface has only a description, which many share.
pub(super) fn call(id: &str, name: Option<&str>) -> String {
    let id = short_id(id);
    match name.map(short_id) {
        Some(name) if name == id => id.to_owned(),
        Some(name) if id.starts_with("eni-") => format!("{id} ({name})"),
        Some(name) => format!("{name} ({id})"),
        None => id.to_owned(),
    }
}

/// An id; of a load balancer's or listener's ARN the part that tells it from others.
pub(super) fn short_id(id: &str) -> &str {
    let last = id.strip_prefix("arn:").and_then(|arn| arn.rsplit(':').next()).unwrap_or(id);
    last.strip_prefix("loadbalancer/").unwrap_or(last)
}

/// What a hop does, and what decides there.
pub(super) fn what(hop: &PathComponent) -> String {
    let called = |component: &Component| named(component).replace("listener/", "listener ");
    let header = hop.outbound_header.as_ref().and_then(words::change);
    let parts = [words::decision(hop, called), words::place(hop, named), header, hop.note.clone()];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// A path as one line of components.
pub(super) fn short(hops: &[PathComponent]) -> String {
    let mut ids: Vec<&str> = hops.iter().map(|hop| short_id(&hop.component.id)).collect();
    ids.dedup();
    sanitise(&ids.join(" > "))
}
