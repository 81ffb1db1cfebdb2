//! `bartizan reach scope`: an AWS Network Access Scope, judged offline: which paths it finds.

mod file;
mod find;
mod pool;

use std::net::IpAddr;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use self::find::Finder;
use super::exposed::not_judged;
use super::json::{self, Ports};
use super::tell;
use crate::cli::source::SourceArgs;
use crate::cli::{Exit, Failure, output};
use crate::model::Kind;
use crate::reach::{Network, Party, PathComponent, Verdict};
use crate::report::wrap::{BOLD, PLAIN, Page};

/// Flags of `bartizan reach scope`.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct ScopeArgs {
    /// The scope: MatchPaths and ExcludePaths, as AWS writes them
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Write JSON: each finding with the components of its path, as AWS's analyses have them
    #[arg(long)]
    json: bool,
}

const AFTER_HELP: &str = r#"A scope:
  {"MatchPaths": [{
     "Source": {"ResourceStatement": {"ResourceTypes": ["AWS::EC2::InternetGateway"]}},
     "Destination": {"PacketHeaderStatement": {"DestinationPorts": ["22", "3389"]}}}],
   "ExcludePaths": [{
     "Source": {"PacketHeaderStatement": {"SourceAddresses": ["203.0.113.0/24"]}}}]}

Every path that meets a condition of MatchPaths and none of ExcludePaths is a finding; there is no
limit to their number. Ends are internet gateways, network interfaces, instances, subnets, VPCs
and security groups; paths end at VPC endpoints as well. ThroughResources are NAT gateways,
peering connections, transit gateways with their attachments, VPC endpoints, and load balancers.
Refused, with their place in the file, are what cannot be judged here: resource groups, network
firewalls, endpoint services, VPN gateways and attachments as ends, and source ports other than
all that clients use.

Exit codes:
  0  nothing is found
  1  something is
  2  wrong usage or input
  3  nothing is found for certain, and not everything could be judged
  4  the account could not be reached, or it did not let us in"#;

/// A path found.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Finding {
    finding_id: String,
    verdict: Verdict,
    source: Side,
    destination: Side,
    services: String,
    ports: Vec<Ports>,
    /// The addresses on the internet that it is about.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    internet_cidrs: Vec<String>,
    finding_components: Vec<PathComponent>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unread: Vec<String>,
    #[serde(skip)]
    told: String,
}

/// One end of a path found.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Side {
    /// `internet`, or the resource.
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    interface_id: Option<String>,
    /// Its address as the packet is sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<IpAddr>,
}

impl Side {
    fn label(&self) -> String {
        let address = self.address.map(|address| format!(" {address}")).unwrap_or_default();
        format!("{}{address}", tell::call(&self.id, self.name.as_deref()))
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Findings {
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    demo: bool,
    analysis_findings: Vec<Finding>,
    not_judged: Vec<String>,
}

/// Tells what a scope finds.
pub(super) fn run(args: &ScopeArgs, source: &SourceArgs, paint: bool) -> Result<Exit, Failure> {
    let wrong = |what: String| Failure::usage(format!("{}: {what}", args.file.display()));
    let text = std::fs::read_to_string(&args.file).map_err(|error| wrong(error.to_string()))?;
    let estate = source.open(&source.config()?, args.json)?.estate;
    let scope = file::read(&text, &estate).map_err(wrong)?;
    let network = Network::new(&estate);
    let parties: Vec<Party<'_>> = network.parties().collect();
    let analysis_findings = Finder::new((&estate, &network), &parties, &scope).findings()?;
    let not_judged = not_judged(&estate, &[Kind::Subnet, Kind::NetworkInterface]);
    let findings = Findings { demo: estate.is_demo(), analysis_findings, not_judged };
    output::out(&if args.json { json::pretty(&findings) } else { page(&findings, paint) })?;
    let mut all = findings.analysis_findings.iter();
    Ok(if all.any(|finding| finding.verdict != Verdict::Unknown) {
        Exit::Findings
    } else if findings.analysis_findings.is_empty() && findings.not_judged.is_empty() {
        Exit::Clean
    } else {
        Exit::Incomplete
    })
}

fn page(findings: &Findings, paint: bool) -> String {
    let mut page = Page::new(paint);
    if findings.analysis_findings.is_empty() {
        page.line(&[(PLAIN, "The scope finds nothing.")]);
    }
    for (nth, one) in findings.analysis_findings.iter().enumerate() {
        if nth > 0 {
            page.line(&[]);
        }
        let text = format!("  {} -> {}  {}{}", one.source.label(), one.destination.label(), one.services, one.told);
        page.line(&[(tell::of_verdict(one.verdict), one.verdict.name()), (PLAIN, &text)]);
        page.folded(6, &format!("by {}", tell::short(&one.finding_components)));
        one.unread.iter().for_each(|unread| page.folded(6, &format!("not read: {unread}")));
    }
    if !findings.not_judged.is_empty() {
        page.line(&[]);
        page.line(&[(BOLD, "Not judged"), (PLAIN, ":")]);
        findings.not_judged.iter().for_each(|what| page.folded(2, what));
    }
    tell::demo(&mut page, findings.demo);
    page.finish()
}
