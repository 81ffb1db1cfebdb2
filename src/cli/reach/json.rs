//! Answers for programs, in the shape of AWS's network insights analyses (EC2 API, NetworkInsightsAnalysis).
//!
//! What AWS has no word for has keys of its own: `Verdict`, `Reply`, `Text`, `Note`, `Notes`, `Unread` and what was
//! asked. A path that is not taken is no path: what stops a packet is in `Explanations`.

use serde::Serialize;

use super::ask::Asked as Question;
use crate::reach::path::PortRange;
use crate::reach::service::{self, Service, describe, protocol_name};
use crate::reach::{Addresses, Answer, Explanation, PathComponent, Sender, Services, Unread, Verdict};

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Analyses<'a> {
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    demo: bool,
    network_insights_analyses: Vec<Analysis<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Analysis<'a> {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    network_path_found: Option<bool>,
    verdict: Verdict,
    #[serde(flatten)]
    asked: Asked,
    forward_path_components: &'a [PathComponent],
    return_path_components: &'a [PathComponent],
    explanations: &'a [Explanation],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    unread: &'a [Unread],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    notes: &'a [String],
}

/// What was asked.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Asked {
    source: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_ip: Option<String>,
    /// The hosts of the internet that get in.
    #[serde(skip_serializing_if = "Option::is_none")]
    source_cidrs: Option<Vec<String>>,
    destination: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    destination_ip: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    through: Option<String>,
    protocol: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    destination_port: Option<u16>,
    services: String,
}

/// The hops out and back that are really taken.
pub(super) fn taken(answer: &Answer) -> (&[PathComponent], &[PathComponent]) {
    let (forward, back) = (&answer.forward_path_components[..], &answer.return_path_components[..]);
    match answer.verdict {
        Verdict::Connects | Verdict::Gated => (forward, back),
        Verdict::Delivers => (forward, &[]),
        Verdict::Denied | Verdict::Unknown => (&[], &[]),
    }
}

/// The answers, as AWS's `describe-network-insights-analyses` prints them.
pub(super) fn analyses(answers: &[Question], demo: bool) -> String {
    let network_insights_analyses = answers.iter().map(analysis).collect();
    pretty(&Analyses { demo, network_insights_analyses })
}

/// JSON for people to read as well.
pub(super) fn pretty(value: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}

/// Hosts of the internet as CIDRs; all of a family as one.
pub(super) fn cidrs(sources: &Addresses) -> Vec<String> {
    let of_family = |v4: bool| {
        let family = Addresses::family(v4);
        if sources.covers(&Addresses::internet().and(&family)) {
            return vec![if v4 { "0.0.0.0/0" } else { "::/0" }.to_owned()];
        }
        sources.and(&family).nets().iter().map(ToString::to_string).collect()
    };
    [true, false].into_iter().flat_map(of_family).collect()
}

/// Ports of a protocol.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Ports {
    /// As AWS writes it; `-1` for every one.
    protocol: String,
    /// Absent where it has no ports.
    #[serde(skip_serializing_if = "Option::is_none")]
    port_range: Option<PortRange>,
}

/// Services by protocol.
pub(super) fn ports(services: &Services) -> Vec<Ports> {
    let of = |&(first, last): &(u32, u32)| {
        if (first, last) == service::whole(None) {
            return vec![Ports { protocol: "-1".to_owned(), port_range: None }];
        }
        let (from, to) = (Service::of(first), Service::of(last));
        let part = |protocol: u8| {
            let low = if protocol == from.protocol { from.port } else { 0 };
            let high = if protocol == to.protocol { to.port } else { u16::MAX };
            let ported = Service { protocol, port: 0 }.has_ports();
            let port_range = ported.then_some(PortRange { from: low, to: high });
            Ports { protocol: protocol_name(protocol), port_range }
        };
        (from.protocol..=to.protocol).map(part).collect()
    };
    services.ranges().iter().flat_map(of).collect()
}

fn analysis(question: &Question) -> Analysis<'_> {
    let answer = &question.answer;
    let unknown = answer.verdict == Verdict::Unknown;
    let found = matches!(answer.verdict, Verdict::Connects | Verdict::Gated);
    let (forward, back) = taken(answer);
    let missing = || answer.unread.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
    Analysis {
        status: if unknown { "failed" } else { "succeeded" },
        status_message: unknown.then(missing),
        network_path_found: (!unknown).then_some(found),
        verdict: answer.verdict,
        asked: asked(question),
        forward_path_components: forward,
        return_path_components: back,
        explanations: &answer.explanations,
        unread: &answer.unread,
        notes: &answer.notes,
    }
}

/// The protocol that services have in common, as AWS writes it; `-1` when they have several.
fn protocol(services: &Services) -> String {
    let ends = services.ranges().iter().flat_map(|(first, last)| [*first, *last]);
    let mut protocols: Vec<u8> = ends.map(|number| Service::of(number).protocol).collect();
    protocols.dedup();
    match protocols.as_slice() {
        [only] => protocol_name(*only),
        _ => "-1".to_owned(),
    }
}

fn asked(question: &Question) -> Asked {
    let number = question.service.number();
    let one = question.services == Services::range(number, number);
    let source = match &question.sender {
        Sender::Internet => "internet".to_owned(),
        Sender::Resource(id) | Sender::Beyond(id) => id.clone(),
    };
    Asked {
        source,
        source_ip: question.source.map(|source| source.to_string()),
        source_cidrs: question.admitted.as_ref().map(cidrs),
        destination: question.to.clone(),
        destination_ip: question.destination.map(|destination| destination.to_string()),
        through: question.through.as_ref().map(|balancer| balancer.id.clone()),
        protocol: protocol(&question.services),
        // Where every service was asked about, the port of the one that stands for them is no answer.
        destination_port: one.then_some(question.service).filter(|one| one.has_ports()).map(|one| one.port),
        services: describe(&question.services),
    }
}
