//! What each format of a report costs: `cargo bench --no-default-features --features parquet --bench exports --
//! [FINDINGS ...]`.
//!
//! CPU time of one thread, wall time, size, and the most memory that rendering needed besides the audit itself. One in
//! four findings fails, one in ten cannot be decided; each is about a resource of its own.

#![expect(clippy::print_stdout, clippy::unwrap_used, clippy::cast_precision_loss, clippy::disallowed_methods)]

use std::fs;
use std::time::{Duration, Instant};

use bartizan::audit::{Audit, Evidence, Finding, Fingerprint, Pack, RuleMeta, Severity, Status, Subject};
use bartizan::model::resource::SecurityGroup;
use bartizan::model::{Estate, Gap, GapReason, Kind, ResourceKey};
use bartizan::report::{Format, Report};
use jiff::Timestamp;

const ACCOUNT: &str = "111122223333";
const REGION: &str = "eu-west-1";

fn main() {
    let sizes: Vec<usize> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let sizes = if sizes.is_empty() { vec![1_000, 10_000, 100_000] } else { sizes };
    println!("findings  format       CPU ms   wall ms       bytes   bytes/finding      MB");
    for findings in sizes {
        measure(findings);
    }
}

fn measure(findings: usize) {
    let packs = Pack::embedded().unwrap();
    let (estate, audit) = audit(findings, &packs);
    let report = Report {
        audit: &audit,
        estate: &estate,
        packs: &packs,
        environments: &[],
        only: None,
        comparison: None,
        trend: None,
        fail_on: Severity::High,
        at: Timestamp::from_second(1_700_000_000).unwrap(),
        paint: false,
        again: " --demo",
    };
    for format in Format::ALL {
        // Forgets the highest mark so far.
        let _ = fs::write("/proc/self/clear_refs", "5");
        let before = resident("VmRSS:");
        let (start, begun) = (cpu(), Instant::now());
        let bytes = format.render(&report).len();
        let (used, wall) = (cpu().saturating_sub(start), begun.elapsed());
        let memory = resident("VmHWM:").saturating_sub(before) / 1024;
        println!(
            "{findings:8}  {:10} {:8.0} {:9.0} {bytes:11} {:15.0} {memory:7}",
            format.word(),
            used.as_secs_f64() * 1e3,
            wall.as_secs_f64() * 1e3,
            bytes as f64 / findings as f64,
        );
    }
}

/// Findings of every rule about security groups, each about a group of its own.
fn audit(findings: usize, packs: &[Pack]) -> (Estate, Audit) {
    let rules = packs.iter().flat_map(|pack| &pack.rules).map(|rule| &rule.meta);
    let rules: Vec<&RuleMeta> = rules.filter(|meta| meta.resource == Kind::SecurityGroup).collect();
    let mut estate = Estate::default();
    let shard = estate.shard_mut(&ACCOUNT.into(), &REGION.into());
    let mut audit = Audit::default();
    for (n, rule) in (0..findings).zip(rules.iter().cycle()) {
        let mixed = (n as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let id = format!("sg-0{mixed:016x}");
        let group = SecurityGroup { group_id: id.as_str().into(), ..SecurityGroup::default() };
        shard.resources.security_groups.push(group);
        audit.findings.push(finding(rule, id, n));
    }
    (estate, audit)
}

fn finding(rule: &RuleMeta, id: String, n: usize) -> Finding {
    let key = ResourceKey { account: ACCOUNT.into(), region: REGION.into(), kind: Kind::SecurityGroup, id };
    let gap = || Gap::new("ec2:DescribeNetworkInterfaces", GapReason::AccessDenied, "not authorized");
    let status = match n {
        _ if n.is_multiple_of(4) => Status::Fail,
        _ if n % 10 == 1 => Status::Unknown { missing: vec![gap()], reason: "not read".into() },
        _ => Status::Pass,
    };
    let field = "IpPermissions[0].IpRanges[0].CidrIp".to_owned();
    Finding {
        id: Fingerprint::new(&rule.id, &key).id(),
        rule: rule.id.clone(),
        pack: rule.pack.clone(),
        title: rule.title.clone(),
        severity: rule.severity,
        status,
        subject: Subject { key, name: Some(format!("group {n}")) },
        environment: Some("production".into()),
        owner: Some("platform".into()),
        message: "port 22 is open to the whole internet; users of the group: 1, with a public address: 1".into(),
        evidence: vec![Evidence { resource: None, field, value: "0.0.0.0/0".into() }],
    }
}

/// The CPU time that this thread has used, which is all of the process.
fn cpu() -> Duration {
    let used = fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    Duration::from_nanos(used.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or(0))
}

/// Memory in kB, as the kernel tells.
fn resident(field: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    line.and_then(|line| line.split_whitespace().next()).and_then(|number| number.parse().ok()).unwrap_or(0)
}
