//! Recorded flows: what an independent, established network-analysis engine said of estates in `tests/estates/`.

use std::path::{Path, PathBuf};

use bartizan::model::Estate;
use bartizan::source;
use serde::Deserialize;

use crate::simulator::{Packet, Protocol, Source};

/// The six real snapshots.
pub(crate) const SNAPSHOTS: [&str; 6] =
    ["load-balancer", "nat-gateway", "public-private-subnet", "transit-gateway", "vpc-endpoint-gateway", "vpc-peering"];

/// The ten random worlds.
pub(crate) fn worlds() -> impl Iterator<Item = String> {
    (1..=10).map(|world| format!("w{world:02}"))
}

/// One flow and what the other engine said of it.
#[derive(Debug, Clone)]
pub(crate) struct Flow {
    pub(crate) packet: Packet,
    /// Whether a connection comes about.
    pub(crate) connects: bool,
    /// The destination has a public address, but its replies are re-sourced by a NAT gateway.
    pub(crate) asymmetric_nat_return: bool,
}

/// A line of either recording.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    src: String,
    src_ip: String,
    dst_ip: String,
    proto: String,
    dst_port: Option<u16>,
    verdict: Option<String>,
    #[serde(default, rename = "asymmetric_nat_return")]
    asymmetric_nat_return: bool,
    traces: Option<Vec<Trace>>,
}

#[derive(Deserialize)]
struct Trace {
    disp: String,
    #[serde(default)]
    rev: Vec<Reverse>,
}

#[derive(Deserialize)]
struct Reverse {
    disp: String,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/estates")
}

/// A random world and every flow of it.
pub(crate) fn world(name: &str) -> (Estate, Vec<Flow>) {
    let flows = lines(&format!("reach-worlds/{name}.verdicts.jsonl.zst")).into_iter().map(|line| {
        let connects = matches!(line.verdict.as_deref(), Some("acc" | "exit"));
        flow(&line, connects)
    });
    (open(&format!("reach-worlds/{name}")), flows.collect())
}

/// A real snapshot and every flow of it.
pub(crate) fn snapshot(name: &str) -> (Estate, Vec<Flow>) {
    let flows = lines(&format!("aws-cli/{name}.flows.jsonl.zst")).into_iter().map(|line| {
        let connects = line.traces.iter().flatten().any(|trace| {
            let back = |disp: &str| trace.rev.iter().any(|reverse| reverse.disp == disp);
            match trace.disp.as_str() {
                "ACCEPTED" => back("ACCEPTED") || back("EXITS_NETWORK"),
                "EXITS_NETWORK" => back("ACCEPTED"),
                _ => false,
            }
        });
        flow(&line, connects)
    });
    (open(&format!("aws-cli/{name}")), flows.collect())
}

fn open(path: &str) -> Estate {
    source::from_path(&folder().join(path)).expect("a dump").estate
}

fn lines(path: &str) -> Vec<Line> {
    let packed = std::fs::read(folder().join(path)).expect("a recording");
    let text = String::from_utf8(zstd::decode_all(packed.as_slice()).expect("zstd")).expect("text");
    let about_the_run = |line: &&str| !line.starts_with("{\"meta");
    text.lines().filter(about_the_run).map(|line| serde_json::from_str(line).expect("a flow")).collect()
}

fn flow(line: &Line, connects: bool) -> Flow {
    let source = match line.src.as_str() {
        "internet" => Source::Internet,
        instance => Source::Instance(instance.to_owned()),
    };
    let protocol = match line.proto.as_str() {
        "TCP" => Protocol::Tcp,
        "UDP" => Protocol::Udp,
        other => {
            assert_eq!(other, "ICMP", "a protocol that is known");
            Protocol::Icmp
        }
    };
    let packet = Packet {
        source,
        from: line.src_ip.parse().expect("an address"),
        to: line.dst_ip.parse().expect("an address"),
        protocol,
        port: line.dst_port.unwrap_or_default(),
        source_port: None,
    };
    Flow { packet, connects, asymmetric_nat_return: line.asymmetric_nat_return }
}
