//! The reachability engine against the packet simulator, over random worlds. They share neither code nor ideas, so
//! where they agree both are right or both misread AWS; where they do not, the smallest world that shows it is told.

use std::collections::BTreeMap;
use std::ops::Range;
use std::thread;

use bartizan::model::Estate;
use bartizan::reach::{self, Network, Sender, Service};

use crate::simulator::{self, Packet, Protocol, Source, simulate};
use crate::worlds;

/// One packet, as the engine is asked about it.
fn question(packet: &Packet) -> reach::Packet {
    let sender = match &packet.source {
        Source::Internet => Sender::Internet,
        Source::Interface(id) | Source::Instance(id) => Sender::Resource(id.clone()),
        Source::Beyond(id) => Sender::Beyond(id.clone()),
    };
    let service = match packet.protocol {
        Protocol::Tcp => Service::tcp(packet.port),
        Protocol::Udp => Service::udp(packet.port),
        Protocol::Icmp => Service::echo(packet.to.is_ipv4()),
        Protocol::Other(protocol) => Service { protocol, port: 0 },
    };
    let (source, source_port) = (Some(packet.from), packet.source_port);
    reach::Packet { sender, source, destination: packet.to, service, source_port }
}

/// What both say of a packet.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Said {
    simulator: simulator::Verdict,
    because: String,
    /// Nothing when it refuses the question.
    engine: Option<reach::Verdict>,
    reason: String,
}

/// What both say, when they do not say the same. A sender that is not there sends nothing.
fn disagreement(estate: &Estate, network: &Network<'_>, packet: &Packet) -> Option<Said> {
    let simulated = simulate(estate, packet);
    let (engine, reason) = match network.answer(&question(packet)) {
        Ok(answer) => {
            let because = answer.explanations.iter().map(|each| each.text.clone());
            let unread = answer.unread.iter().map(ToString::to_string);
            let said: Vec<_> = because.chain(unread).chain(answer.notes.iter().cloned()).collect();
            (Some(answer.verdict), said.join("; "))
        }
        Err(error) => (None, error.to_string()),
    };
    let zone = reason.contains("what comes from no zone");
    let same = match simulated.verdict {
        // By which zone it enters, only AWS knows: where that matters it is unknown, and perhaps where it does not.
        _ if simulated.why == simulator::beyond::UNTOLD => engine == Some(reach::Verdict::Unknown),
        _ if zone && engine == Some(reach::Verdict::Unknown) => true,
        simulator::Verdict::Denied => matches!(engine, None | Some(reach::Verdict::Denied)),
        simulator::Verdict::Delivers => engine == Some(reach::Verdict::Delivers),
        simulator::Verdict::Connects => engine == Some(reach::Verdict::Connects),
    };
    (!same).then_some(Said { simulator: simulated.verdict, because: simulated.why, engine, reason })
}

/// Without ids and addresses.
fn plain(text: &str) -> String {
    let words = text.split(' ').filter(|word| !word.contains(|c: char| c.is_ascii_digit()));
    words.collect::<Vec<_>>().join(" ")
}

/// Disagreements of one kind: how often, and the first.
#[derive(Debug, Clone)]
struct Found {
    count: usize,
    seed: u64,
    packet: Packet,
}

/// Every disagreement of one world, by what both say without the ids.
fn disagreements_of(seed: u64, size: usize, packets: usize) -> BTreeMap<Said, Found> {
    let estate = worlds::random(seed, size);
    let network = Network::new(&estate);
    let mut found: BTreeMap<Said, Found> = BTreeMap::new();
    for packet in worlds::packets(&estate, seed, packets) {
        if let Some(said) = disagreement(&estate, &network, &packet) {
            let said = Said { because: plain(&said.because), reason: plain(&said.reason), ..said };
            found.entry(said).or_insert(Found { count: 0, seed, packet }).count += 1;
        }
    }
    found
}

/// Compares a range of worlds on every core there is.
fn disagreements(seeds: Range<u64>, size: usize, packets: usize) -> BTreeMap<Said, Found> {
    let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    thread::scope(|scope| {
        let workers: Vec<_> = (0..cores)
            .map(|core| {
                let mine = seeds.clone().skip(core).step_by(cores);
                scope.spawn(move || mine.map(|seed| disagreements_of(seed, size, packets)).collect::<Vec<_>>())
            })
            .collect();
        let mut all: BTreeMap<Said, Found> = BTreeMap::new();
        for (said, found) in workers.into_iter().flat_map(|worker| worker.join().expect("a worker")).flatten() {
            let earlier = all.entry(said).or_insert(Found { count: 0, ..found.clone() });
            earlier.count += found.count;
        }
        all
    })
}

/// A counter-example that a person can read.
fn smallest(found: &Found, size: usize) -> String {
    let estate = worlds::random(found.seed, size);
    let kind = |estate: &Estate, packet: &Packet| {
        let said = disagreement(estate, &Network::new(estate), packet)?;
        Some((said.simulator, plain(&said.because), said.engine, plain(&said.reason)))
    };
    let whole = kind(&estate, &found.packet);
    let (small, packet) =
        worlds::shrink(&estate, &found.packet, |estate, packet| whole.is_some() && kind(estate, packet) == whole);
    let said = disagreement(&small, &Network::new(&small), &packet);
    format!("{} like this; world {}: {said:#?}\n{}", found.count, found.seed, worlds::tell(&small, &packet))
}

fn assert_agreement(seeds: Range<u64>, size: usize, packets: usize) {
    let mut found: Vec<_> = disagreements(seeds, size, packets).into_iter().collect();
    found.sort_by_key(|(_, found)| std::cmp::Reverse(found.count));
    let kinds: Vec<_> = found.iter().map(|(said, found)| format!("{} times {said:?}", found.count)).collect();
    let examples: Vec<_> = found.iter().take(16).map(|(_, found)| smallest(found, size)).collect();
    assert!(kinds.is_empty(), "{} kinds of disagreement\n{}\n{}", kinds.len(), kinds.join("\n"), examples.join("\n"));
}

#[test]
fn engine_and_simulator_agree_on_small_worlds() {
    assert_agreement(0..60, 3, 400);
}

/// A million packets over a thousand worlds: `just soak`.
#[test]
#[ignore = "takes minutes"]
fn soak_engine_and_simulator_agree() {
    assert_agreement(1_000..2_000, 5, 1_000);
}
