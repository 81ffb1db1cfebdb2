//! Whether one thing can open a connection to another: the path hop by hop with what decides at each, what stops it,
//! or what is not known.

mod page;

use std::collections::BTreeSet;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::{Go, Panel, PanelId, Turn, View};
use crate::audit::Finding;
use crate::model::{Describe, Kind, ResourceKey};
use crate::reach::Service;
use crate::tui::action::Action;
use crate::tui::choices::Choices;
use crate::tui::ends::{Found, Node, Query, Search, Traced};
use crate::tui::look;
use crate::tui::popup::Purpose;
use crate::tui::subnets::SubnetRow;
use crate::tui::theme::{Glyphs, Role};
use crate::tui::widget::text::clean;
use crate::tui::widget::{Scroll, number::cells, scroll_bar};
use crate::tui::world::{About, World};

/// The paths asked for.
#[derive(Debug, Default)]
pub(crate) struct Reach {
    from: Option<Node>,
    to: Option<(Node, Service)>,
    /// Whose paths are wanted, as long as the ends are not known.
    subject: Option<Subject>,
    /// What is to be searched next.
    wanted: Option<Vec<Query>>,
    listing: Option<u64>,
    under_way: Option<u64>,
    /// The answers, those that get furthest first.
    found: Vec<Traced>,
    /// Which of them is shown.
    at: usize,
    /// Why there is no answer.
    trouble: Option<String>,
    scroll: Scroll,
    /// The panel that led here.
    back: Option<PanelId>,
}

/// What paths are wanted to.
#[derive(Debug)]
struct Subject {
    key: ResourceKey,
    /// The ports it is about; none for all of them.
    ports: BTreeSet<u16>,
    /// It in words.
    called: String,
}

/// Paths that one finding leads to, at most.
const MOST: usize = 64;

impl Reach {
    /// Takes the end that was chosen; tells whether the other one is still to be chosen.
    pub(crate) fn choose(&mut self, index: usize, service: Option<Service>, world: &World) -> bool {
        let Some(choice) = world.choices.as_ref().and_then(|choices| choices.all.get(index)) else { return false };
        match service {
            Some(service) => self.to = Some((choice.node.clone(), service)),
            None => self.from = Some(choice.node.clone()),
        }
        self.back = None;
        self.ask_again();
        self.to.is_none()
    }

    /// Shows the paths to what the selected finding is about, or to what is in the selected subnet, as soon as the
    /// ends are known.
    pub(crate) fn follow(&mut self, world: &World) {
        self.forget();
        (self.from, self.to) = (None, None);
        (self.subject, self.back) = match world.selected.about {
            About::Finding => (world.finding().map(Subject::of_finding), Some(PanelId::Findings)),
            About::Subnet => (world.subnet().map(Subject::of_subnet), Some(PanelId::Map)),
        };
        self.resolve(world);
    }

    fn forget(&mut self) {
        (self.found, self.at, self.trouble, self.under_way) = (Vec::new(), 0, None, None);
        self.scroll = Scroll::default();
    }

    fn ask_again(&mut self) {
        self.forget();
        let (Some(from), Some((to, service))) = (&self.from, &self.to) else { return };
        self.wanted = Some(vec![Query { from: from.clone(), to: to.clone(), service: *service }]);
    }

    fn resolve(&mut self, world: &World) {
        let Some(choices) = &world.choices else { return };
        let Some(subject) = self.subject.take() else { return };
        let queries = queries(&subject, choices, world);
        if queries.is_empty() {
            self.trouble = Some(format!("{}: nothing with an address", subject.called));
            return;
        }
        self.from = Some(Node::Internet);
        self.to = queries.first().map(|query| (query.to.clone(), query.service));
        self.wanted = Some(queries);
    }

    fn shown(&self) -> Option<&Traced> {
        self.found.get(self.at)
    }

    fn move_to(&mut self, forward: bool) {
        let last = self.found.len().saturating_sub(1);
        self.at = if forward { (self.at + 1).min(last) } else { self.at.saturating_sub(1) };
        self.scroll = Scroll::default();
        if let Some(query) = self.shown().map(|traced| traced.query.clone()) {
            self.to = Some((query.to, query.service));
        }
    }

    fn swap(&mut self) {
        let (Some(from), Some((to, service))) = (self.from.clone(), self.to.clone()) else { return };
        self.from = Some(to);
        // What is asked of the other end is one of its own ports.
        let own = match &from {
            Node::End(end) => end.services.first().copied(),
            Node::Internet => Some(Service::tcp(443)),
        };
        self.to = Some((from, own.unwrap_or(service)));
        self.ask_again();
    }
}

impl Subject {
    fn of_finding(finding: &Finding) -> Self {
        let key = finding.subject.key.clone();
        let named = finding.evidence.iter().filter(|evidence| evidence.field.ends_with("Port"));
        let ports = named.filter_map(|evidence| u16::try_from(evidence.value.as_u64()?).ok()).collect();
        let called = clean(&format!("`{}` is about {} {}", finding.rule, key.kind, key.id));
        Self { key, ports, called }
    }

    fn of_subnet(subnet: &SubnetRow) -> Self {
        let called = format!("subnet {} holds", subnet.title());
        Self { key: subnet.key.clone(), ports: BTreeSet::new(), called }
    }
}

/// The paths to something: from the internet to each resource it stands for, on the ports it names or all of them.
fn queries(subject: &Subject, choices: &Choices, world: &World) -> Vec<Query> {
    let ends = ends(&subject.key, choices, world);
    let ports = &subject.ports;
    let mut queries = Vec::new();
    for choice in ends.iter().filter_map(|index| choices.all.get(*index)) {
        let Node::End(end) = &choice.node else { continue };
        let about = |service: &&Service| ports.contains(&service.port);
        let some = end.services.iter().any(|service| about(&service));
        let services = end.services.iter().filter(|service| !some || about(service));
        queries.extend(services.map(|service| Query {
            from: Node::Internet,
            to: choice.node.clone(),
            service: *service,
        }));
    }
    queries.truncate(MOST);
    queries
}

/// What has an address of what a finding is about: itself, the load balancer of a listener, the users of a group,
/// what is in a subnet.
fn ends(key: &ResourceKey, choices: &Choices, world: &World) -> Vec<usize> {
    let shard = world.estate.shard(&key.account, &key.region);
    let sibling = |kind: Kind, id: &str| ResourceKey { kind, id: id.to_owned(), ..key.clone() };
    let resources = shard.map(|shard| &shard.resources);
    match key.kind {
        Kind::SecurityGroup => {
            let uses = |node: &Node| match node {
                Node::End(end) => {
                    let here = (&end.key.account, &end.key.region) == (&key.account, &key.region);
                    here && end.groups.contains(&key.id)
                }
                Node::Internet => false,
            };
            let all = choices.all.iter().enumerate();
            all.filter(|(_, choice)| uses(&choice.node)).map(|(index, _)| index).collect()
        }
        Kind::Listener => {
            let listeners = resources.into_iter().flat_map(|resources| &resources.listeners);
            let own = listeners.filter(|listener| listener.id() == key.id);
            own.filter_map(|l| choices.of(&sibling(Kind::LoadBalancer, l.load_balancer_arn.as_str()))).collect()
        }
        Kind::Subnet => {
            let row = world.subnets.rows.iter().find(|row| row.key == *key);
            row.into_iter().flat_map(|row| &row.residents).filter_map(|one| choices.of(&one.key)).collect()
        }
        _ => choices.of(key).into_iter().collect(),
    }
}

impl Panel for Reach {
    fn facts(&self, world: &World) -> (String, String) {
        let name = |node: &Node| page::title(node, world);
        let left = match (&self.from, &self.to) {
            (None, None) => String::new(),
            (Some(from), None) => format!("from {}", name(from)),
            (None, Some((to, service))) => format!("to {} {service}", name(to)),
            (Some(from), Some((to, service))) => format!("{} to {} {service}", name(from), name(to)),
        };
        let right = match self.found.len() {
            _ if self.under_way.is_some() => "searching".to_owned(),
            0 | 1 => String::new(),
            count => format!("{} of {count}", self.at + 1),
        };
        (left, right)
    }

    fn act(&mut self, action: Action, turn: &mut Turn<'_>) {
        match action {
            Action::ChooseSource => turn.go = Some(Go::Ends(Purpose::Source)),
            Action::ChooseDestination => turn.go = Some(Go::Ends(Purpose::Destination)),
            Action::SwapEnds => self.swap(),
            Action::NextPath => self.move_to(true),
            Action::PreviousPath => self.move_to(false),
            Action::Back => turn.go = self.back.map(Go::Panel),
            other => {
                let lines = self.lines(turn.world, turn.area.width, Glyphs::plain()).len();
                self.scroll.act(other, lines, usize::from(turn.area.height));
            }
        }
    }

    fn ask(&mut self, visible: bool, turn: &mut Turn<'_>) {
        let idle = turn.world.choices.is_none() && self.listing.is_none() && self.trouble.is_none();
        if idle && (visible || self.subject.is_some()) {
            self.listing = Some(turn.search(Search::Ends));
        }
        if let Some(queries) = self.wanted.take() {
            self.under_way = Some(turn.search(Search::Paths(queries)));
        }
    }

    fn refresh(&mut self) {
        self.ask_again();
    }

    fn found(&mut self, ask: u64, found: &Found, turn: &mut Turn<'_>) {
        match found {
            Found::Ends(ends) if self.listing == Some(ask) => {
                self.listing = None;
                let world = &turn.world;
                let of = |key: &ResourceKey| world.environment_of(key);
                let choices = Choices::new(ends, of, |environment| world.environment_name(environment));
                turn.world.choices = Some(choices);
                self.resolve(turn.world);
            }
            Found::Paths(paths) if self.under_way == Some(ask) => {
                self.under_way = None;
                self.found.clone_from(paths);
                self.at = 0;
                self.to = self.shown().map(|traced| (traced.query.to.clone(), traced.query.service));
            }
            Found::Failed(message) if [self.listing, self.under_way].contains(&Some(ask)) => {
                (self.listing, self.under_way) = (None, None);
                self.trouble = Some(clean(&format!("the search broke: {message}; r tries again")));
            }
            _ => return,
        }
        turn.draw();
    }

    fn draw(&self, view: &View<'_>, area: Rect, buf: &mut Buffer) {
        let lines = self.lines(view.world, area.width, view.theme.glyphs());
        if lines.is_empty() {
            look::message(&self.nothing(view.world), Role::Dim, view.theme, area, buf);
            return;
        }
        let range = self.scroll.shown(lines.len(), usize::from(area.height));
        for (row, pieces) in lines.iter().skip(range.start).take(range.len()).enumerate() {
            let styled = |(text, role): &page::Piece| Span::styled(text.clone(), view.theme.style(*role));
            let spans: Vec<_> = pieces.iter().map(styled).collect();
            buf.set_line(area.x + 1, area.y + cells(row), &Line::from(spans), area.width.saturating_sub(2));
        }
        scroll_bar(&range, lines.len(), view.theme, area, buf);
    }
}

impl Reach {
    fn lines(&self, world: &World, columns: u16, glyphs: &Glyphs) -> Vec<Vec<page::Piece>> {
        let Some(traced) = self.shown() else { return Vec::new() };
        page::write(traced, world, usize::from(columns.saturating_sub(3)), glyphs)
    }

    fn nothing(&self, world: &World) -> Vec<String> {
        let keys = [Action::ChooseSource, Action::ChooseDestination, Action::OpenPath].map(Action::first_key);
        let [source, destination, path] = keys;
        let how = format!(
            "{source} chooses who opens a connection, {destination} what to; {path} on a finding asks whether the \
             internet reaches what it is about"
        );
        match &self.trouble {
            Some(trouble) => vec![trouble.clone(), how],
            None if self.under_way.is_some() || world.choices.is_none() => {
                vec!["looking through the network ...".to_owned()]
            }
            None => vec![how],
        }
    }
}
