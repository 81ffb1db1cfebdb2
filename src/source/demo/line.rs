//! Log lines from templates: `{name}` becomes a word, a number, a code, an address or the event's time.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use jiff::{Timestamp, tz::TimeZone};
use serde::Deserialize;

use super::chance::Chance;

/// The letters and digits that `#` stands for: those of ROR ids (no `i`, `l`, `o`, `u`).
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// The hexadecimal digits that `x` stands for; the first ten are what `9` stands for.
const HEX: &[u8; 16] = b"0123456789abcdef";
/// Words may hold placeholders themselves, this deep.
const DEPTH: u8 = 3;

/// What log lines are made of.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wording {
    /// How many days of lines can be read.
    pub(super) kept_days: i64,
    /// How long after its time an event can be read.
    pub(super) arrival: Vec<Arrival>,
    /// The event's time, by format.
    pub(super) times: BTreeMap<String, String>,
    /// Addresses out of networks.
    pub(super) addresses: BTreeMap<String, Vec<Network>>,
    /// Ids and hashes, by pattern.
    pub(super) codes: BTreeMap<String, String>,
    /// Numbers out of ranges.
    pub(super) numbers: BTreeMap<String, Number>,
    /// Words with their weights; they may hold placeholders.
    pub(super) words: BTreeMap<String, Vec<(f64, String)>>,
}

/// A share of the events, and how late they can be read.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Arrival {
    /// Their share.
    pub(super) share: f64,
    /// The least delay, in milliseconds.
    pub(super) from: u32,
    /// The greatest delay, in milliseconds.
    pub(super) to: u32,
}

/// A range of numbers.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Number {
    /// The number of the same event that this is a share of.
    #[serde(default)]
    pub(super) of: Option<String>,
    /// The least.
    pub(super) from: f64,
    /// The greatest.
    pub(super) to: f64,
    /// Above 1, small numbers are drawn more often.
    pub(super) skew: f64,
    /// Digits after the point.
    #[serde(default)]
    pub(super) places: usize,
}

/// An IPv4 network such as `192.0.2.0/24`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Network {
    first: u32,
    size: u32,
}

impl TryFrom<String> for Network {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let network = text.split_once('/').and_then(|(address, bits)| {
            let bits: u32 = bits.parse().ok().filter(|bits| (1..=30).contains(bits))?;
            let address: Ipv4Addr = address.parse().ok()?;
            Some(Self { first: address.to_bits(), size: 1 << (32 - bits) })
        });
        network.ok_or_else(|| format!("`{text}` is no IPv4 network of 2 to 31 bits"))
    }
}

impl Number {
    fn draw(&self, chance: Chance) -> f64 {
        (self.to - self.from).mul_add(chance.share().powf(self.skew), self.from)
    }
}

impl Wording {
    /// `template` with every placeholder filled for the event that `chance` stands for.
    pub(super) fn fill(&self, template: &str, time: Timestamp, chance: Chance) -> String {
        self.expand(template, time, chance, DEPTH)
    }

    fn expand(&self, template: &str, time: Timestamp, chance: Chance, depth: u8) -> String {
        let mut line = String::with_capacity(template.len() * 2);
        for piece in pieces(template) {
            match piece {
                Piece::Text(text) => line.push_str(text),
                Piece::Name(name) => line.push_str(&self.value(name, time, chance, depth)),
            }
        }
        line
    }

    fn value(&self, name: &str, time: Timestamp, event: Chance, depth: u8) -> String {
        let chance = event.named(name);
        if let Some(format) = self.times.get(name) {
            return time.to_zoned(TimeZone::UTC).strftime(format).to_string();
        }
        if let Some(networks) = self.addresses.get(name) {
            return address(networks, chance);
        }
        if let Some(pattern) = self.codes.get(name) {
            return code(pattern, chance);
        }
        if let Some(number) = self.numbers.get(name) {
            let whole = number.of.as_ref().and_then(|of| Some(self.numbers.get(of)?.draw(event.named(of))));
            return format!("{:.*}", number.places, number.draw(chance) * whole.unwrap_or(1.0));
        }
        match self.words.get(name).and_then(|words| pick(words, chance.share())) {
            Some(word) if depth > 0 => self.expand(word, time, event, depth - 1),
            Some(word) => word.to_owned(),
            None => format!("{{{name}}}"),
        }
    }

    /// Whether every placeholder of a line is known.
    pub(super) fn check(&self, place: &str, line: &str) -> Result<(), String> {
        let known = |name: &str| {
            let Self { times, addresses, codes, numbers, words, .. } = self;
            times.contains_key(name)
                || addresses.contains_key(name)
                || codes.contains_key(name)
                || numbers.contains_key(name)
                || words.contains_key(name)
        };
        let unknown = pieces(line).into_iter().find_map(|piece| match piece {
            Piece::Name(name) if !known(name) => Some(name),
            _ => None,
        });
        unknown.map_or(Ok(()), |name| Err(format!("{place}: placeholder `{{{name}}}` is not under `logs`")))
    }

    /// Whether everything that the words and numbers refer to is known.
    pub(super) fn check_words(&self) -> Result<(), String> {
        let unknown =
            self.numbers.iter().find(|(_, number)| number.of.as_ref().is_some_and(|of| !self.numbers.contains_key(of)));
        if let Some((name, _)) = unknown {
            return Err(format!("number `{name}`: what it is a share `of` is not under `logs.numbers`"));
        }
        let all = self.words.iter().flat_map(|(name, words)| words.iter().map(move |(_, word)| (name, word)));
        all.into_iter().try_for_each(|(name, word)| self.check(&format!("word `{name}`"), word))
    }

    /// How many milliseconds after its time an event can be read.
    pub(super) fn delay(&self, chance: Chance) -> i64 {
        let mut left = chance.share();
        let arrival = self.arrival.iter().find(|arrival| {
            left -= arrival.share;
            left < 0.0
        });
        let Some(arrival) = arrival.or(self.arrival.last()) else { return 0 };
        let range = u64::from(arrival.to.saturating_sub(arrival.from)) + 1;
        i64::from(arrival.from) + i64::try_from(chance.named("delay").below(range)).unwrap_or_default()
    }
}

/// The entry at a share of the total weight.
fn pick(words: &[(f64, String)], share: f64) -> Option<&str> {
    let total: f64 = words.iter().map(|(weight, _)| weight).sum();
    let mut left = share * total;
    let found = words.iter().find(|(weight, _)| {
        left -= weight;
        left < 0.0
    });
    found.or(words.last()).map(|(_, word)| word.as_str())
}

fn address(networks: &[Network], chance: Chance) -> String {
    let count = u64::try_from(networks.len()).unwrap_or_default();
    let index = usize::try_from(chance.below(count)).unwrap_or_default();
    let Some(network) = networks.get(index) else { return String::new() };
    // Neither the network's own address nor its broadcast address.
    let host = chance.named("host").below(u64::from(network.size) - 2) + 1;
    Ipv4Addr::from_bits(network.first + u32::try_from(host).unwrap_or_default()).to_string()
}

fn code(pattern: &str, chance: Chance) -> String {
    let digit = |digits: &[u8], at: i64| {
        let count = u64::try_from(digits.len()).unwrap_or_default();
        let index = usize::try_from(chance.at(at).below(count)).unwrap_or_default();
        digits.get(index).copied().map_or('0', char::from)
    };
    let letter = |(at, letter): (i64, char)| match letter {
        '#' => digit(ALPHABET, at),
        'x' => digit(HEX, at),
        '9' => digit(HEX.split_at(10).0, at),
        other => other,
    };
    (0..).zip(pattern.chars()).map(letter).collect()
}

/// A part of a template.
enum Piece<'a> {
    Text(&'a str),
    Name(&'a str),
}

/// The parts of a template; braces around anything but lower-case letters are text.
fn pieces(template: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        match after.split_once('}') {
            Some((name, tail)) if !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase()) => {
                pieces.extend([Piece::Text(before), Piece::Name(name)]);
                rest = tail;
            }
            _ => {
                pieces.extend([Piece::Text(before), Piece::Text("{")]);
                rest = after;
            }
        }
    }
    pieces.push(Piece::Text(rest));
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wording() -> Wording {
        toml::from_str(
            r#"
            kept_days = 1
            arrival = [{ share = 0.9, from = 100, to = 200 }, { share = 0.1, from = 5000, to = 6000 }]
            times = { clock = "%H:%M:%S%.3f" }
            addresses = { ip = ["192.0.2.0/30"] }
            codes = { ror = "0######99" }
            numbers = { ms = { from = 10, to = 20, skew = 1 }, part = { of = "ms", from = 0.5, to = 0.5, skew = 1, places = 1 } }
            words = { path = [[1, "/o/{ror}"], [0, "/never"]] }
            "#,
        )
        .expect("the wording parses")
    }

    fn fill(template: &str, n: i64) -> String {
        let time = "2026-11-16T06:30:01.25Z".parse().expect("a time");
        wording().fill(template, time, Chance::new(3).at(n))
    }

    #[test]
    fn every_kind_of_placeholder_is_filled() {
        for n in 0..200 {
            let line = fill("{clock} {ip} {ms} {part} {path}", n);
            let words: Vec<&str> = line.split(' ').collect();
            let [clock, ip, ms, part, path] = words[..] else { panic!("{line}") };
            assert_eq!(clock, "06:30:01.250");
            assert!(["192.0.2.1", "192.0.2.2"].contains(&ip), "{ip}");
            let (ms, part): (f64, f64) = (ms.parse().expect("a number"), part.parse().expect("a number"));
            assert!((10.0..=20.0).contains(&ms) && (ms / 2.0 - part).abs() < 0.5, "{line}");
            let id = path.strip_prefix("/o/0").expect("a word with a code in it");
            assert!(id.len() == 8 && id.chars().skip(6).all(|c| c.is_ascii_digit()), "{line}");
        }
    }

    #[test]
    fn one_event_says_the_same_thing_twice() {
        let line = fill("{ror} {ror} {path}", 1);
        let id = line.split(' ').next().expect("an id");
        assert_eq!(line, format!("{id} {id} /o/{id}"));
        assert_ne!(fill("{ror}", 1), fill("{ror}", 2));
    }

    #[test]
    fn other_braces_are_text() {
        assert_eq!(fill(r#"{"a":{}} {proxy+} {"#, 1), r#"{"a":{}} {proxy+} {"#);
    }

    #[test]
    fn unknown_placeholders_are_named() {
        let error = wording().check("log group `x`", "{ms} {nothing}").expect_err("`nothing` is unknown");
        assert_eq!(error, "log group `x`: placeholder `{nothing}` is not under `logs`");
    }

    #[test]
    fn most_events_arrive_at_once_and_some_late() {
        let delays: Vec<i64> = (0..2000).map(|n| wording().delay(Chance::new(3).at(n))).collect();
        assert!(delays.iter().all(|d| (100..=200).contains(d) || (5000..=6000).contains(d)));
        let late = delays.iter().filter(|d| **d > 200).count();
        assert!((120..280).contains(&late), "{late}");
    }
}
