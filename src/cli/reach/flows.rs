//! `bartizan reach test`: a verdict for every flow of a file, and, where flows say what they expect, a test of it.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::de::{DeserializeOwned, Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::end::Places;
use super::{ask, json, path, tell};
use crate::cli::source::SourceArgs;
use crate::cli::{Exit, Failure, output};
use crate::model::text::sanitise;
use crate::reach::{Answer, Network, Packet, Sender, Verdict};

/// Flags of `bartizan reach test`.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct FlowsArgs {
    /// The flows, one JSON object per line; `-` is standard input
    #[arg(long, value_name = "FILE")]
    flows: PathBuf,
    /// Write the hops and what stops a flow as well: `forward`, `return` and `explanations`
    #[arg(long)]
    paths: bool,
}

const AFTER_HELP: &str = r#"A flow:
  {"src": "i-0a1b2c3d", "dstIp": "10.0.7.9", "proto": "TCP", "dstPort": 5432, "expect": "connects"}

  src      an instance or interface by its id or Name tag, `internet`, or the VPN or peering
           connection of a network beyond the estate
  srcIp    its address; may be left out unless src is `internet`
  dstIp    the address that the packet is sent to
  proto    TCP, UDP, ICMP in any case, or a number
  dstPort  a number, or null where the protocol has none
  srcPort  optional: a number
  expect   optional: connects, delivers, denied, gated or unknown

Other keys are kept as they are. Lines that are blank, or have `meta` or `meta2` and no `src`, are
skipped. Writes every flow with its `verdict`, in the order of the file. Where a flow has
`expect`, the file is a test: what differs goes to standard error, with the reason.

Exit codes:
  0  every expectation holds, or there is none
  1  an expectation does not hold
  2  wrong usage, or a bad line; the verdicts of the lines before it are written
  3  a verdict is unknown that is expected to be another
  4  the account could not be reached, or it did not let us in"#;

/// A line's keys with their values as they are written, in order.
struct Object<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Object<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Keys;
        impl<'de> Visitor<'de> for Keys {
            type Value = Vec<(String, &'de RawValue)>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut keys = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    keys.push(entry);
                }
                Ok(keys)
            }
        }
        deserializer.deserialize_map(Keys).map(Object)
    }
}

impl<'a> Object<'a> {
    fn has(&self, key: &str) -> bool {
        self.0.iter().any(|(known, _)| known == key)
    }

    /// The value of a key; absent and null are the same.
    fn get<T: DeserializeOwned>(&self, key: &str, expected: &str) -> Result<Option<T>, String> {
        let Some((_, value)) = self.0.iter().rev().find(|(known, _)| known == key) else { return Ok(None) };
        serde_json::from_str(value.get())
            .map_err(|_| format!("`{key}` is {}, and should be {expected}", shown(value.get())))
    }

    fn need<T: DeserializeOwned>(&self, key: &str, expected: &str) -> Result<T, String> {
        self.get(key, expected)?.ok_or_else(|| format!("there is no `{key}`, which should be {expected}"))
    }

    /// Sets a key, where it is or at the end.
    fn set(&mut self, key: &str, value: &'a RawValue) {
        match self.0.iter_mut().find(|(known, _)| known == key) {
            Some((_, old)) => *old = value,
            None => self.0.push((key.to_owned(), value)),
        }
    }

    fn write(&self) -> String {
        let mut text = String::from("{");
        for (nth, (key, value)) in self.0.iter().enumerate() {
            let key = serde_json::to_string(key).unwrap_or_default();
            text.extend([if nth == 0 { "" } else { ", " }, key.as_str(), ": ", value.get()]);
        }
        text.push('}');
        text
    }
}

/// A value as an error shows it.
fn shown(text: &str) -> String {
    let short: String = text.chars().take(40).collect();
    format!("`{}{}`", sanitise(&short), if short.len() < text.len() { "..." } else { "" })
}

/// A protocol by name or number.
#[derive(Deserialize)]
#[serde(untagged)]
enum Protocol {
    Number(u8),
    Name(String),
}

/// A flow as it is judged.
struct Flow {
    packet: Packet,
    from: String,
    expect: Option<Verdict>,
}

/// Judges flows against one network.
struct Judge<'n, 'e> {
    network: &'n Network<'e>,
    /// What can be named; built when something is.
    places: Option<Places<'e>>,
    /// What names mean.
    names: BTreeMap<String, Sender>,
    paths: bool,
}

/// How the expectations turned out.
#[derive(Default)]
struct Score {
    held: usize,
    broken: usize,
    unknown: usize,
}

/// Judges the flows of a file.
pub(super) fn run(args: &FlowsArgs, source: &SourceArgs) -> Result<Exit, Failure> {
    let name =
        if args.flows == Path::new("-") { "standard input".to_owned() } else { args.flows.display().to_string() };
    let mut lines = open(&args.flows)?;
    let estate = source.open(&source.config()?, true)?.estate;
    let network = Network::new(&estate);
    let mut judge = Judge { network: &network, places: None, names: BTreeMap::new(), paths: args.paths };
    let (mut out, mut score, mut read) = (output::Lines::begin(), Score::default(), true);
    let (mut text, mut number) = (String::new(), 0_usize);
    let outcome = loop {
        text.clear();
        number += 1;
        let told = match lines.read_line(&mut text) {
            Ok(0) => break Ok(()),
            Ok(_) => judge.line(&text),
            Err(error) => Err(format!("cannot be read: {error}")),
        };
        match told {
            Ok(None) => {}
            Ok(Some((flow, answer, line))) => {
                read = read && out.line(&line)?;
                score.count(&flow, &answer, (&name, number));
            }
            Err(what) => break Err(Failure::usage(format!("{name}:{number}: {what}"))),
        }
    };
    // What was judged before a bad line is not lost.
    out.flush()?;
    outcome?;
    Ok(score.exit())
}

fn open(path: &Path) -> Result<Box<dyn BufRead>, Failure> {
    if path == Path::new("-") {
        return Ok(Box::new(io::stdin().lock()));
    }
    let file = File::open(path).map_err(|error| Failure::usage(format!("{}: {error}", path.display())))?;
    Ok(Box::new(BufReader::new(file)))
}

impl Judge<'_, '_> {
    /// The verdict for a line; nothing for one that holds no flow.
    fn line(&mut self, text: &str) -> Result<Option<(Flow, Answer, String)>, String> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(None);
        }
        let mut object: Object<'_> = serde_json::from_str(text)
            .map_err(|error| format!("{error}: a line is one JSON object; `bartizan reach test --help` shows one"))?;
        if !object.has("src") && (object.has("meta") || object.has("meta2")) {
            return Ok(None);
        }
        let flow = self.flow(&object)?;
        let answer = ask::answer(self.network, &flow.packet).map_err(|failure| failure.message)?;
        let verdict = raw(&answer.verdict)?;
        object.set("verdict", &verdict);
        let mut paths = Vec::new();
        if self.paths {
            let (forward, back) = json::taken(&answer);
            paths.extend([("forward", raw(&forward)?), ("return", raw(&back)?)]);
            paths.push(("explanations", raw(&answer.explanations)?));
        }
        for (key, value) in &paths {
            object.set(key, value);
        }
        let line = object.write();
        Ok(Some((flow, answer, line)))
    }

    fn flow(&mut self, object: &Object<'_>) -> Result<Flow, String> {
        let from: String = object.need("src", "the id of an instance or interface, or `internet`")?;
        let source: Option<IpAddr> = object.get("srcIp", "an address")?;
        let destination: IpAddr = object.need("dstIp", "an address")?;
        let protocol = match object.need("proto", "TCP, UDP, ICMP or a number from 0 to 255")? {
            Protocol::Number(number) => number,
            Protocol::Name(name) => path::protocol(&name).map_err(|what| format!("`proto`: {what}"))?,
        };
        let port: Option<u16> = object.get("dstPort", "a port, which is 0 to 65535, or null")?;
        let service =
            path::service(protocol, port, destination.is_ipv4()).map_err(|what| format!("`dstPort`: {what}"))?;
        let source_port: Option<u16> = object.get("srcPort", "a port, which is 0 to 65535")?;
        let expect = object.get("expect", "connects, delivers, denied, gated or unknown")?;
        let sender = self.sender(&from)?;
        if sender == Sender::Internet && source.is_none() {
            return Err("a flow from the internet needs `srcIp`, the address that it comes from".to_owned());
        }
        if source.is_some_and(|source| source.is_ipv4() != destination.is_ipv4()) {
            return Err("`srcIp` and `dstIp` are of different families: write both as IPv4 or both as IPv6".to_owned());
        }
        Ok(Flow { packet: Packet { sender, source, destination, service, source_port }, from, expect })
    }

    /// The sender that a text means.
    fn sender(&mut self, text: &str) -> Result<Sender, String> {
        if text == "internet" {
            return Ok(Sender::Internet);
        }
        // Nearly always an id: then nothing is searched for.
        if ["i-", "eni-"].iter().any(|kind| text.starts_with(kind)) && self.network.knows(text) {
            return Ok(Sender::Resource(text.to_owned()));
        }
        if let Some(known) = self.names.get(text) {
            return Ok(known.clone());
        }
        let places = self.places.get_or_insert_with(|| Places::of(self.network));
        let end = places.sender(text).map_err(|failure| format!("`src`: {}", failure.message))?;
        let sender = end.sender();
        self.names.insert(text.to_owned(), sender.clone());
        Ok(sender)
    }
}

fn raw(value: &impl Serialize) -> Result<Box<RawValue>, String> {
    serde_json::value::to_raw_value(value).map_err(|error| error.to_string())
}

impl Score {
    /// Counts a verdict and says what differs from what was expected.
    fn count(&mut self, flow: &Flow, answer: &Answer, (file, number): (&str, usize)) {
        let Some(expected) = flow.expect else { return };
        if answer.verdict == expected {
            self.held += 1;
            return;
        }
        if answer.verdict == Verdict::Unknown {
            self.unknown += 1;
        } else {
            self.broken += 1;
        }
        let packet = &flow.packet;
        let source = packet.source.map(|source| format!(" {source}")).unwrap_or_default();
        let told = format!("{file}:{number}: {}{source} -> {}  {}", flow.from, packet.destination, packet.service);
        output::err(&sanitise(&told));
        output::err(&format!("  expected  {expected}"));
        output::err(&format!("  got       {}", answer.verdict));
        for why in &answer.explanations {
            output::err(&format!("  because   {}", tell::reason(why)));
        }
        for unread in &answer.unread {
            output::err(&format!("  unread    {}", sanitise(&unread.to_string())));
        }
        let (forward, back) = json::taken(answer);
        for (label, hops) in [("forward", forward), ("return", back)] {
            if !hops.is_empty() {
                output::err(&format!("  {label:8}  {}", tell::short(hops)));
            }
        }
    }

    fn exit(&self) -> Exit {
        let failed = self.broken + self.unknown;
        if failed + self.held > 0 {
            output::err(&format!("{} of {} expectations hold", self.held, self.held + failed));
        }
        if self.broken > 0 {
            Exit::Findings
        } else if self.unknown > 0 {
            Exit::Incomplete
        } else {
            Exit::Clean
        }
    }
}
