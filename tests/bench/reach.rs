//! How long reachability takes, by size: `cargo bench --no-default-features --bench reach -- [INTERFACES ...]`.
//!
//! CPU time of one thread. `build` is from a parsed estate to a compiled network, `internet` is the whole internet
//! exposure, `chains` what can be taken over from there, `one group` the same exposure after one security group
//! changed. `parse` reads the same organisation from an AWS CLI dump, which is what a user waits for as well.

#![expect(clippy::print_stdout, clippy::unwrap_used, clippy::indexing_slicing, clippy::cast_precision_loss)]

mod organisation;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use bartizan::model::{Estate, Kind};
use bartizan::reach::{Mode, Network};
use organisation::{Size, organisation};

fn main() {
    if std::env::args().any(|argument| argument == "--once") {
        return once();
    }
    if let Some(folder) = std::env::args().skip_while(|argument| argument != "--dump").nth(1) {
        return dump(&organisation(Size::of(asked())), folder.as_ref());
    }
    if std::env::args().any(|argument| argument == "--alone") {
        return measure(Size::of(asked()));
    }
    let sizes: Vec<usize> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let sizes = if sizes.is_empty() { vec![1_000, 10_000, 100_000, 1_000_000] } else { sizes };
    println!(
        "interfaces   groups    rules   VPCs   parse ms   build ms   internet ms   chains ms   together   ns/interface   one group ms      MB   reached   chained"
    );
    for interfaces in sizes {
        // A process of its own for each, so that none takes over the memory of the one before.
        let own = std::env::current_exe().unwrap();
        Command::new(own).args(["--alone", &interfaces.to_string()]).status().unwrap();
    }
}

/// Each part once and nothing else, for counting instructions (`tests/bench/instructions.py`).
fn once() {
    let estate = organisation(Size::of(asked()));
    let network = Network::new(&estate);
    let exposures = network.exposures();
    println!("{} links", network.chain_from_internet(&exposures, Mode::Any).links.len());
}

/// The first number among the arguments.
fn asked() -> usize {
    std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(1_000)
}

fn measure(size: Size) {
    let estate = organisation(size);
    let rules: usize = estate.shards[0].resources.security_groups.iter().map(|g| g.ip_permissions.len() + 1).sum();
    // Forgets the highest mark so far.
    let _ = fs::write("/proc/self/clear_refs", "5");
    let before = resident("VmRSS:");
    let start = cpu();
    let network = Network::new(&estate);
    let built = cpu();
    let exposures = network.exposures();
    let exposed = cpu();
    let chain = network.chain_from_internet(&exposures, Mode::Any).links;
    let chained = cpu();
    let memory = resident("VmHWM:").saturating_sub(before) / 1024;
    let reached =
        exposures.addresses().iter().filter(|e| exposures.reach(e).is_some_and(|r| !r.connects.is_empty())).count();
    let links = chain.len();
    drop((network, chain, exposures));
    let one = one_group(&estate);
    let parse = (size.interfaces <= 100_000).then(|| parsing(&estate));
    let together = chained.saturating_sub(start);
    println!(
        "{:10} {:8} {rules:8} {:6} {:>10} {:10.1} {:13.1} {:11.1} {:10.1} {:14.0} {:>14} {memory:7} {reached:9} {links:9}",
        size.interfaces,
        size.groups,
        size.vpcs,
        parse.map_or_else(|| "-".to_owned(), |parse| format!("{:.0}", milliseconds(parse))),
        milliseconds(built.saturating_sub(start)),
        milliseconds(exposed.saturating_sub(built)),
        milliseconds(chained.saturating_sub(exposed)),
        milliseconds(together),
        together.as_secs_f64() * 1e9 / size.interfaces as f64,
        one,
    );
}

/// The exposure again after one group was opened to everybody, and closed again, many times over.
fn one_group(estate: &Estate) -> String {
    const TIMES: u32 = 100;
    let before = &estate.shards[0].resources.security_groups[0];
    let mut after = before.clone();
    after.ip_permissions[0].ip_ranges =
        vec![bartizan::model::resource::IpRange { cidr_ip: Some("0.0.0.0/0".to_owned()), description: None }];
    let mut network = Network::new(estate);
    let mut exposures = network.exposures();
    let start = cpu();
    for time in 0..TIMES {
        network.replace_group(if time % 2 == 0 { &after } else { before }, &mut exposures);
    }
    format!("{:.3}", milliseconds(cpu().saturating_sub(start) / TIMES))
}

/// Reading the organisation from files as the AWS CLI writes them.
fn parsing(estate: &Estate) -> Duration {
    let directory = tempfile::tempdir().unwrap();
    dump(estate, directory.path());
    let start = cpu();
    let read = bartizan::source::cli_dump::open(directory.path()).unwrap();
    let taken = cpu().saturating_sub(start);
    let interfaces: usize = read.shards.iter().map(|shard| shard.resources.network_interfaces.len()).sum();
    assert_eq!(interfaces, estate.shards[0].resources.network_interfaces.len());
    taken
}

/// Writes it as the AWS CLI would: `-- 10000 --dump DIR`, for whatever else is to be measured on it.
fn dump(estate: &Estate, directory: &Path) {
    for kind in Kind::ALL {
        let resources: Vec<_> = estate.shards[0].resources.of_kind(*kind).iter().map(|r| r.json()).collect();
        if !resources.is_empty() {
            let json = serde_json::json!({ kind.collection(): resources });
            fs::write(directory.join(format!("{}.json", kind.collection())), json.to_string()).unwrap();
        }
    }
}

/// The CPU time that this thread has used, which is all of the process.
fn cpu() -> Duration {
    // The kernel counts when it switches between threads, else only every few milliseconds.
    std::thread::yield_now();
    let used = fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    Duration::from_nanos(used.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or(0))
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

/// Memory in kB, as the kernel tells.
fn resident(field: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    line.and_then(|line| line.split_whitespace().next()).and_then(|number| number.parse().ok()).unwrap_or(0)
}
