//! The answer to one question, written down: the verdict, what stops it or is not known, and the path with the reply
//! beside it, or below where there is no room.

use crate::reach::words;
use crate::reach::{Answer, Approach, Component, Explanation, PathComponent, Verdict};
use crate::tui::ends::{Node, Traced};
use crate::tui::theme::{Glyphs, Role};
use crate::tui::verdict::short_id;
use crate::tui::widget::text::{clean, column, fit, width, wrap};
use crate::tui::world::World;

/// A piece of a line: what it says and its role.
pub(super) type Piece = (String, Role);

/// From this width on, the reply stands beside the path.
const BESIDE: usize = 96;
/// Other ways that are named.
const MOST_WAYS: usize = 12;

/// What an end is called, with its environment where it has one.
pub(super) fn title(node: &Node, world: &World) -> String {
    match node {
        Node::Internet => "internet".to_owned(),
        Node::End(end) => {
            let environment = world.environment_of(&end.key).map(|of| world.environment_name(Some(of)));
            let title = clean(&end.title());
            environment.map_or_else(|| title.clone(), |environment| format!("{title} ({environment})"))
        }
    }
}

/// Writes an answer.
pub(super) fn write(traced: &Traced, world: &World, columns: usize, glyphs: &Glyphs) -> Vec<Vec<Piece>> {
    let mut page = Page { columns, glyphs, lines: Vec::new() };
    let Some(best) = traced.ways.first() else { return page.lines };
    let answer = &best.answer;
    page.verdict(traced, best, world);
    page.stops(answer);
    page.unread(answer);
    for note in &answer.notes {
        page.text("", &format!("note: {note}"), Role::Dim);
    }
    page.paths(traced, answer, world);
    page.others(traced);
    page.lines
}

/// Lines being written.
struct Page<'g> {
    columns: usize,
    glyphs: &'g Glyphs,
    lines: Vec<Vec<Piece>>,
}

impl Page<'_> {
    fn section(&mut self, title: &str) {
        self.lines.push(Vec::new());
        self.lines.push(vec![(title.to_owned(), Role::Key)]);
    }

    fn text(&mut self, indent: &str, text: &str, role: Role) {
        for line in wrap(&clean(text), self.columns.saturating_sub(indent.len())) {
            self.lines.push(vec![(format!("{indent}{line}"), role)]);
        }
    }

    fn verdict(&mut self, traced: &Traced, best: &Approach, world: &World) {
        let (sign, role) = look_of(best.answer.verdict, self.glyphs);
        let badge = format!("{sign} {}  ", best.answer.verdict.name().to_uppercase());
        let meaning = meaning(best.answer.verdict);
        self.lines.push(vec![(badge, role), (meaning.to_owned(), Role::Text)]);
        let query = &traced.query;
        let host = traced.host.as_ref().map(|(host, _)| format!(" {host}")).unwrap_or_default();
        let to = best.to.map(|to| format!(" {to}")).unwrap_or_default();
        let through = best
            .through
            .as_ref()
            .map(|through| format!(", through {} on {}", through.name.as_deref().unwrap_or(&through.id), best.service));
        let (from, end) = (title(&query.from, world), title(&query.to, world));
        let text = format!("{from}{host} to {end}{to} {}{}", query.service, through.unwrap_or_default());
        self.text("", &text, Role::Strong);
        if let Some((_, ranges)) = &traced.host {
            let text = format!("not every host of the internet fares like this; those of {} do", few(ranges));
            self.text("", &text, Role::Dim);
        }
    }

    /// The settings that all have to change.
    fn stops(&mut self, answer: &Answer) {
        let several = answer.explanations.len() > 1;
        match (answer.verdict, answer.explanations.is_empty()) {
            (_, true) => return,
            (Verdict::Delivers, _) => self.section("WHAT STOPS THE REPLY"),
            _ if several => self.section("WHAT STOPS IT: ALL OF THESE HAVE TO CHANGE"),
            _ => self.section("WHAT STOPS IT"),
        }
        for why in &answer.explanations {
            let reply = if why.reply { " (the reply)" } else { "" };
            self.lines.push(vec![
                (format!("  {} ", stop_sign(self.glyphs)), Role::Fail),
                (clean(&why.explanation_code), Role::Strong),
                (reply.to_owned(), Role::Dim),
            ]);
            self.text("    ", &why.text, Role::Text);
        }
    }

    fn unread(&mut self, answer: &Answer) {
        if answer.unread.is_empty() {
            return;
        }
        self.section("WHAT WAS NOT READ, AND DECIDES");
        for unread in &answer.unread {
            self.text("  ", &unread.to_string(), Role::Unknown);
            if let Some(action) = &unread.action {
                self.text(
                    "    ",
                    &format!("allow {action} to whoever reads the account, and read it again"),
                    Role::Text,
                );
            }
        }
    }

    /// The other ways to the same, in a line each.
    fn others(&mut self, traced: &Traced) {
        let others = traced.ways.get(1..).unwrap_or_default();
        if others.is_empty() {
            return;
        }
        self.section("OTHER WAYS");
        for way in others.iter().take(MOST_WAYS) {
            let (sign, role) = look_of(way.answer.verdict, self.glyphs);
            let to = way.to.map_or_else(|| "an address that is not known".to_owned(), |to| to.to_string());
            let through = way.through.as_ref().map(|through| {
                let name = through.name.as_deref().unwrap_or(&through.id);
                format!(" through {name}")
            });
            let why = way.answer.explanations.first().map(|why| format!(": {}", why.explanation_code));
            let text = format!("{to} {}{}{}", way.service, through.unwrap_or_default(), why.unwrap_or_default());
            let verdict = format!("  {sign} {:9}", way.answer.verdict.name());
            let room = self.columns.saturating_sub(width(&verdict));
            let text = fit(&clean(&text), room, self.glyphs.ellipsis);
            self.lines.push(vec![(verdict, role), (text, Role::Text)]);
        }
        if others.len() > MOST_WAYS {
            self.text("  ", &format!("and {} more", others.len() - MOST_WAYS), Role::Dim);
        }
    }

    /// The hops out, and those of the reply where one comes.
    fn paths(&mut self, traced: &Traced, answer: &Answer, world: &World) {
        let (mut out, mut back) = (answer.forward_path_components.clone(), answer.return_path_components.clone());
        for hop in out.iter_mut().chain(&mut back) {
            name_parts(hop, world);
        }
        if traced.query.from == Node::Internet && !out.is_empty() {
            let host = traced.host.as_ref().map(|(host, _)| host.to_string());
            let internet = PathComponent::new(Component { id: "internet".to_owned(), name: host });
            out.insert(0, internet.clone());
            if !back.is_empty() {
                back.push(internet);
            }
        }
        let arrives = answer.verdict != Verdict::Denied;
        let title = if arrives { "THE WAY THERE" } else { "THE WAY THERE, IF NOTHING STOPPED IT" };
        let replied = matches!(answer.verdict, Verdict::Connects | Verdict::Gated);
        let (forward, reply): (Vec<_>, Vec<_>) = answer.explanations.iter().partition(|why| !why.reply);
        let title_back = if replied { "THE REPLY" } else { "THE REPLY, IF NOTHING STOPPED IT" };
        // A reply that nothing asks for is none.
        let back: &[PathComponent] = if arrives { &back } else { &[] };
        if out.is_empty() && back.is_empty() {
            return;
        }
        self.lines.push(Vec::new());
        if back.is_empty() || self.columns < BESIDE {
            self.lines.extend(self.column(title, (&out, &forward), self.columns));
            if !back.is_empty() {
                self.lines.push(Vec::new());
                self.lines.extend(self.column(title_back, (back, &reply), self.columns));
            }
            return;
        }
        let half = self.columns / 2;
        let left = self.column(title, (&out, &forward), half - 2);
        let right = self.column(title_back, (back, &reply), self.columns - half);
        for row in 0..left.len().max(right.len()) {
            let mut line = left.get(row).cloned().unwrap_or_default();
            let used: usize = line.iter().map(|(text, _)| width(text)).sum();
            line.push((column("", half.saturating_sub(used), ""), Role::Text));
            line.extend(right.get(row).cloned().unwrap_or_default());
            self.lines.push(line);
        }
    }

    /// Hops below each other, each with what stops the packet there.
    fn column(
        &self,
        title: &str,
        (hops, stops): (&[PathComponent], &[&Explanation]),
        columns: usize,
    ) -> Vec<Vec<Piece>> {
        let mut lines = vec![vec![(title.to_owned(), Role::Key)]];
        let [dot, ..] = self.glyphs.alarm;
        for (at, hop) in hops.iter().enumerate() {
            let last = at + 1 == hops.len();
            let bar = if last { " " } else { self.glyphs.wall };
            let name = clean(&hop.component.name.clone().unwrap_or_else(|| short(&hop.component.id)));
            let mut facts = vec![words::kind(&hop.component.id).to_owned()];
            if hop.component.name.is_some() {
                facts.push(clean(&short(&hop.component.id)));
            }
            let facts = facts.into_iter().filter(|fact| !fact.is_empty()).collect::<Vec<_>>().join(" ");
            let name = fit(&name, columns.saturating_sub(2), self.glyphs.ellipsis);
            let room = columns.saturating_sub(4 + width(&name));
            lines.push(vec![
                (format!("{dot} "), Role::Key),
                (name, Role::Strong),
                (format!("  {}", fit(&facts, room, self.glyphs.ellipsis)), Role::Dim),
            ]);
            let stopped = stops.iter().filter(|why| stops_at(why, hop));
            let stopped =
                stopped.map(|why| (format!("{} {}", stop_sign(self.glyphs), why.explanation_code), Role::Fail));
            for (text, role) in said(hop).into_iter().chain(stopped) {
                for line in wrap(&clean(&text), columns.saturating_sub(4)) {
                    lines.push(vec![(format!("{bar}   "), Role::Rule), (line, role)]);
                }
            }
        }
        lines
    }
}

/// Whether a hop is where something stops the packet.
fn stops_at(why: &Explanation, hop: &PathComponent) -> bool {
    let is = |part: &Option<Component>, id: &str| part.as_ref().is_some_and(|part| part.id == id);
    match &why.acl {
        Some(acl) => {
            acl.id == hop.component.id && hop.subnet.as_ref().is_some_and(|subnet| is(&why.subnet, &subnet.id))
        }
        None => is(&why.component, &hop.component.id),
    }
}

/// A listener is called by what it listens on, a subnet by its name.
fn name_parts(hop: &mut PathComponent, world: &World) {
    if let Some(listener) = &mut hop.elastic_load_balancer_listener {
        let mut all = world.estate.shards.iter().flat_map(|shard| &shard.resources.listeners);
        let known = all.find(|known| known.listener_arn == *listener.id);
        let port = known.and_then(|known| Some((known.protocol.as_deref()?, known.port?)));
        listener.id =
            port.map_or_else(|| short(&listener.id), |(protocol, port)| format!("listener {protocol} {port}"));
    }
    if let Some(subnet) = &mut hop.subnet {
        let known = world.subnets.rows.iter().find(|row| row.key.id == subnet.id);
        subnet.name = known.and_then(|row| row.name.clone());
    }
}

/// What decides at a hop, where it is, and what it does to the packet.
fn said(hop: &PathComponent) -> Vec<Piece> {
    let mut said = Vec::new();
    said.extend(words::decision(hop, named).map(|text| (text, Role::Text)));
    said.extend(words::place(hop, named).map(|text| (text, Role::Dim)));
    said.extend(hop.outbound_header.as_ref().and_then(words::change).map(|text| (text, Role::Dim)));
    said.extend(hop.note.clone().map(|text| (text, Role::Unknown)));
    said
}

/// A component by its id and, where it has one, its name.
fn named(component: &Component) -> String {
    match &component.name {
        Some(name) => format!("{} ({name})", short(&component.id)),
        None => short(&component.id),
    }
}

/// An ARN without what every ARN of an account has in common.
fn short(id: &str) -> String {
    short_id(id).to_owned()
}

fn few(ranges: &[String]) -> String {
    let shown: Vec<&str> = ranges.iter().take(4).map(String::as_str).collect();
    let more = ranges.len().saturating_sub(shown.len());
    let more = if more > 0 { format!(" and {more} more ranges") } else { String::new() };
    format!("{}{more}", shown.join(", "))
}

fn stop_sign(glyphs: &Glyphs) -> &'static str {
    let [fail, ..] = glyphs.status;
    fail
}

/// The sign and the role of a verdict on reachability.
fn look_of(verdict: Verdict, glyphs: &Glyphs) -> (&'static str, Role) {
    let [no, unknown, yes, partly, _] = glyphs.status;
    match verdict {
        Verdict::Connects => (yes, Role::Pass),
        Verdict::Gated | Verdict::Delivers => (partly, Role::Medium),
        Verdict::Unknown => (unknown, Role::Unknown),
        Verdict::Denied => (no, Role::Fail),
    }
}

/// What a verdict means.
const fn meaning(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Connects => "a connection can be made",
        Verdict::Gated => "a connection can be made; a condition above the network decides on it",
        Verdict::Delivers => "packets arrive, but no reply comes back",
        Verdict::Unknown => "something that was not read decides",
        Verdict::Denied => "nothing arrives",
    }
}
