//! `bartizan reach SOURCE DEST[:PORT]`: whether a connection can be made, by which path, or what stops it.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::net::IpAddr;

use clap::Args;

use super::ask::{self, Asked, Asker};
use super::end::{self, End, Places};
use super::{exit, json, tell};
use crate::cli::source::SourceArgs;
use crate::cli::{Exit, Failure, output};
use crate::reach::service::{self, Service};
use crate::reach::{Network, Services, Verdict};
use crate::report::wrap::{BOLD, PLAIN, Page};

/// Flags of `bartizan reach SOURCE DEST[:PORT]`.
#[derive(Debug, Args)]
pub(super) struct PathArgs {
    /// Who opens the connection: `internet`, `internet:ADDRESS`, an instance or interface id, a Name tag, an address;
    /// a network behind a VPN (`vpn-ID`, `cgw-ID`) or in a peer's VPC that is not read (`pcx-ID`); or everything in a
    /// VPC, subnet, security group or CIDR
    #[arg(value_name = "SOURCE", required = true)]
    source: Option<String>,
    /// To what: the same, a load balancer by name or ARN, a database; without a port, to every service that gets there
    #[arg(value_name = "DEST[:PORT]", required = true)]
    destination: Option<String>,
    /// By which protocol: tcp, udp, icmp or its number [default: tcp with a port, any without]
    #[arg(long, value_name = "PROTOCOL", value_parser = protocol)]
    proto: Option<u8>,
    /// From which of the source's addresses [default: its primary one; from the internet: anyone's]
    #[arg(long, value_name = "ADDRESS")]
    source_address: Option<IpAddr>,
    /// Write the answers as JSON, in the shape of AWS's network insights analyses
    #[arg(long)]
    json: bool,
}

impl PathArgs {
    /// Whether any of them is given.
    pub(super) const fn is_used(&self) -> bool {
        self.source.is_some() || self.destination.is_some() || self.source_address.is_some() || self.json
    }
}

/// A protocol that packets have: `-1` is none.
pub(super) fn protocol(text: &str) -> Result<u8, String> {
    service::protocol_number(text)
        .ok()
        .flatten()
        .ok_or_else(|| format!("`{text}` is no protocol: it is tcp, udp, icmp, icmpv6 or a number from 0 to 255"))
}

/// The service that a protocol and port make.
pub(super) fn service(protocol: u8, port: Option<u16>, v4: bool) -> Result<Service, String> {
    match (protocol, port) {
        (service::ICMP | service::ICMPV6, None) => Ok(Service::echo(v4)),
        (service::TCP | service::UDP, Some(port)) => Ok(Service { protocol, port }),
        (service::TCP | service::UDP, None) => Err(format!("{} needs a port", service::protocol_name(protocol))),
        (_, None) => Ok(Service { protocol, port: 0 }),
        (_, Some(_)) => Err(format!("protocol {} has no ports", service::protocol_name(protocol))),
    }
}

/// Answers.
pub(super) fn run(args: &PathArgs, source: &SourceArgs, paint: bool) -> Result<Exit, Failure> {
    let (Some(from), Some(to)) = (&args.source, &args.destination) else {
        return Err(Failure::usage("name a source and a destination"));
    };
    let (to, port) = end::split_port(to)?;
    let asked_for = asked_for(args.proto, port).map_err(Failure::usage)?;
    let estate = source.open(&source.config()?, args.json)?.estate;
    let network = Network::new(&estate);
    let places = Places::of(&network);
    let to = places.destination(to)?;
    let mut answers = Vec::new();
    let many = places.members(&network, from)?;
    let sources = many.as_ref().map_or_else(|| places.source(from).map(|one| vec![one]), |many| Ok(many.clone()))?;
    for from in sources.into_iter().filter(|from| from.label() != to.label()) {
        let source = source_address(args, &from)?;
        let asker = Asker { network: &network, estate: &estate, from, to: to.clone(), source };
        let found = asked_for.map_or_else(|| asker.services(args.proto), |service| asker.service(service))?;
        let empty = found.is_empty();
        answers.extend(found);
        answers.extend(empty.then(|| nothing(&asker, asked_for)));
    }
    let demo = estate.is_demo();
    let text = match many {
        _ if args.json => json::analyses(&answers, demo),
        Some(_) => list(&mut answers, from, demo, paint),
        None => page(&answers, demo, paint),
    };
    output::out(&text)?;
    let best = answers.iter().map(|asked| asked.answer.verdict).max();
    Ok(exit(best.unwrap_or(Verdict::Denied)))
}

/// The answers for many sources, a line each: those that get through first.
fn list(answers: &mut [Asked], from: &str, demo: bool, paint: bool) -> String {
    let mut page = Page::new(paint);
    answers.sort_by_key(|asked| Reverse(asked.answer.verdict));
    let senders = |of: &[Asked]| of.iter().map(|asked| (&asked.from, &asked.sender)).collect::<BTreeSet<_>>().len();
    let getting = answers.iter().filter(|asked| exit(asked.answer.verdict) == Exit::Clean);
    let getting: BTreeSet<_> = getting.map(|asked| (&asked.from, &asked.sender)).collect();
    let heading = format!("{} of {} in {from} connect", getting.len(), senders(answers));
    page.line(&[(BOLD, &heading), (PLAIN, "; name one of them for its path")]);
    for asked in answers.iter() {
        tell::title(&mut page, asked);
    }
    tell::demo(&mut page, demo);
    page.finish()
}

/// The one service asked for; none when it is every one.
fn asked_for(protocol: Option<u8>, port: Option<u16>) -> Result<Option<Service>, String> {
    match (protocol, port) {
        (None | Some(service::TCP | service::UDP), None) => Ok(None),
        (protocol, port) => service(protocol.unwrap_or(service::TCP), port, true).map(Some),
    }
}

/// The source address, when one was named.
fn source_address(args: &PathArgs, from: &End<'_>) -> Result<Option<IpAddr>, Failure> {
    let named = from.address();
    if let (Some(named), Some(other)) = (named, args.source_address.filter(|other| Some(*other) != named)) {
        return Err(Failure::usage(format!("--source-address {other}: the source is {named} already")));
    }
    Ok(args.source_address.or(named))
}

/// The answer where there is nothing to ask about, or nothing gets through.
fn nothing(asker: &Asker<'_, '_>, asked_for: Option<Service>) -> Asked {
    let why = match asked_for {
        Some(_) => "the source and the destination have no addresses of one family",
        None => "no service gets there; name a port (`DEST:443`) to see what stops it",
    };
    Asked {
        from: asker.from.label(),
        sender: asker.from.sender(),
        source: asker.source,
        to: asker.to.label(),
        destination: asker.to.address(),
        through: None,
        service: asked_for.unwrap_or(Service { protocol: 0, port: 0 }),
        services: asked_for
            .map_or(Services::range(0, service::LAST), |one| Services::range(one.number(), one.number())),
        admitted: None,
        answer: ask::denied(why),
    }
}

fn page(answers: &[Asked], demo: bool, paint: bool) -> String {
    let (mut page, mut told) = (Page::new(paint), BTreeSet::new());
    for (nth, asked) in answers.iter().enumerate() {
        if nth > 0 {
            page.line(&[]);
        }
        // Further addresses of one thing often have the very same path.
        let again = !told.insert((asked.answer.verdict, tell::route(&asked.answer)));
        tell::answer(&mut page, asked, again);
    }
    tell::demo(&mut page, demo);
    page.finish()
}
