//! What the ends of a path are chosen from, as the lists show it, and the fuzzy search in them.

use std::sync::Arc;

use frizbee::{Config, Matcher};

use super::ends::{End, Node};
use super::subnets::HOLDS;
use super::widget::text::clean;
use super::world::Part;
use crate::model::{Kind, ResourceKey};
use crate::reach::service::{self, Service};

/// What the ends of a path are chosen from.
#[derive(Debug, Default)]
pub(crate) struct Choices {
    /// The internet first, then what it may come in by, then everything else.
    pub(crate) all: Vec<Choice>,
    /// What a search looks through, for each of them.
    lines: Vec<String>,
    /// Each with each of its ports.
    ports: Vec<(usize, Service)>,
    /// What a search looks through, for each of these.
    port_lines: Vec<String>,
}

/// One of them.
#[derive(Debug)]
pub(crate) struct Choice {
    /// Which.
    pub(crate) node: Node,
    /// What it is called.
    pub(crate) title: String,
    /// What it is, in words.
    pub(crate) what: &'static str,
    /// Its addresses.
    pub(crate) addresses: String,
    /// The environment it belongs to.
    pub(crate) environment: Option<usize>,
}

impl Choices {
    /// Those that a search found, with the environment of each.
    pub(crate) fn new(
        ends: &[Arc<End>],
        environment: impl Fn(&ResourceKey) -> Option<usize>,
        name: impl Fn(Option<usize>) -> String,
    ) -> Self {
        let internet = Choice {
            node: Node::Internet,
            title: "internet".to_owned(),
            what: "any host outside",
            addresses: String::new(),
            environment: None,
        };
        let is_door = |end: &&Arc<End>| end.key.kind == Kind::Instance && end.public().next().is_some();
        let (doors, others): (Vec<_>, Vec<_>) = ends.iter().partition(is_door);
        let mut choices = Self::default();
        choices.add(internet, &[Service::tcp(443)], "");
        for end in doors.into_iter().chain(others) {
            let choice = Choice {
                node: Node::End(Arc::clone(end)),
                title: clean(&end.title()),
                what: word(end.key.kind),
                addresses: addresses(end),
                environment: environment(&end.key),
            };
            let words = format!("{} {}", end.key.id, name(choice.environment));
            choices.add(choice, &end.services, &words);
        }
        choices
    }

    fn add(&mut self, choice: Choice, services: &[Service], words: &str) {
        let line = format!("{} {} {} {}", choice.title, clean(words), choice.what, choice.addresses);
        let index = self.all.len();
        for service in services {
            self.ports.push((index, *service));
            self.port_lines.push(format!("{line} {service}"));
        }
        self.lines.push(line);
        self.all.push(choice);
    }

    /// Those that a search finds, the best first; without one those of the part first.
    pub(crate) fn found(&self, query: &str, part: Part) -> Vec<usize> {
        self.ranked(query, &self.lines, |index| index, part)
    }

    /// The same, each with a port: its own ones, or the one that the search names.
    pub(crate) fn found_with_port(&self, query: &str, part: Part) -> Vec<(usize, Service)> {
        let (words, named) = split_service(query);
        if let Some(service) = named {
            return self.found(&words, part).into_iter().map(|index| (index, service)).collect();
        }
        let owner = |at: usize| self.ports.get(at).map_or(usize::MAX, |(index, _)| *index);
        let places = self.ranked(query, &self.port_lines, owner, part);
        places.into_iter().filter_map(|at| self.ports.get(at).copied()).collect()
    }

    fn ranked(&self, query: &str, lines: &[String], owner: impl Fn(usize) -> usize, part: Part) -> Vec<usize> {
        if query.trim().is_empty() {
            let near = |at: &usize| {
                let choice = self.all.get(owner(*at));
                choice.is_some_and(|choice| choice.node == Node::Internet || part.holds(choice.environment))
            };
            let (own, others): (Vec<usize>, Vec<usize>) = (0..lines.len()).partition(near);
            return own.into_iter().chain(others).collect();
        }
        let found = Matcher::from_query(query, &Config::default()).match_list(lines);
        found.into_iter().filter_map(|one| usize::try_from(one.index).ok()).collect()
    }

    /// Which of them is a resource.
    pub(crate) fn of(&self, key: &ResourceKey) -> Option<usize> {
        self.all.iter().position(|choice| matches!(&choice.node, Node::End(end) if end.key == *key))
    }
}

/// A search without the service it names: `:22`, `name:22`, `tcp/22`, `udp/53` or `icmp`.
fn split_service(query: &str) -> (String, Option<Service>) {
    let mut named = None;
    let words = query.split_whitespace().filter_map(|word| {
        let (rest, service) = service_of(word);
        named = service.or(named);
        (!rest.is_empty()).then_some(rest)
    });
    let words: Vec<&str> = words.collect();
    (words.join(" "), named)
}

fn service_of(word: &str) -> (&str, Option<Service>) {
    let port = |text: &str| text.parse::<u16>().ok();
    if word == "icmp" {
        return ("", Some(Service::echo(true)));
    }
    if let Some((protocol, text)) = word.split_once('/')
        && let (Ok(Some(protocol @ (service::TCP | service::UDP))), Some(port)) =
            (service::protocol_number(protocol), port(text))
    {
        return ("", Some(Service { protocol, port }));
    }
    match word.rsplit_once(':') {
        // An IPv6 address has colons as well.
        Some((rest, text)) if !rest.contains(':') => port(text).map_or((word, None), |p| (rest, Some(Service::tcp(p)))),
        _ => (word, None),
    }
}

/// What a resource is, in words.
fn word(kind: Kind) -> &'static str {
    let held = HOLDS.iter().find(|(kinds, _)| kinds.contains(&kind)).map(|(_, [one, ..])| *one);
    held.unwrap_or(match kind {
        Kind::NetworkInterface => "interface",
        other => other.name(),
    })
}

fn addresses(end: &End) -> String {
    let derived = if end.derived { "derived " } else { "" };
    let stands_for_others = |address| end.prefixes.iter().any(|prefix| prefix.contains(address));
    let own = end.addresses.iter().filter(|(private, _)| !stands_for_others(private));
    let all = own.map(|(private, public)| match public {
        Some(public) if public != private => format!("{private} = {public}"),
        _ => private.to_string(),
    });
    let all = all.chain(end.prefixes.iter().map(ToString::to_string));
    format!("{derived}{}", all.collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_may_name_a_service() {
        let split = |query: &str| {
            let (words, service) = split_service(query);
            (words, service.map(|service| service.to_string()))
        };
        assert_eq!(split("bastion:22"), ("bastion".to_owned(), Some("tcp/22".to_owned())));
        assert_eq!(split("prod db :5432"), ("prod db".to_owned(), Some("tcp/5432".to_owned())));
        assert_eq!(split("dns udp/53"), ("dns".to_owned(), Some("udp/53".to_owned())));
        assert_eq!(split("app icmp"), ("app".to_owned(), Some("icmp type 8 code 0".to_owned())));
        assert_eq!(split("2001:db8::22"), ("2001:db8::22".to_owned(), None));
        assert_eq!(split("app:99999"), ("app:99999".to_owned(), None));
    }
}
