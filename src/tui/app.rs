//! The state of the dashboard, and what a message does to it.

use crossterm::event::{KeyEvent, KeyEventKind};
use jiff::Timestamp;
use ratatui::layout::Rect;

use super::Start;
use super::action::Action;
use super::ends::Found;
use super::key::Key;
use super::layout::{Places, Wish, places};
use super::message::{Effect, Event, Message, Reply};
use super::panel::{Go, Panel, PanelId, Panels, Turn};
use super::popup::{Ends, Groups, Outcome, Popup, Purpose};
use super::widget::{Scroll, Typed};
use super::world::{About, Selected, World};

/// The state of the dashboard.
#[derive(Debug)]
pub struct App {
    /// What all panels look at.
    pub(super) world: World,
    /// Every panel's own state.
    pub(super) panels: Panels,
    /// The panel that has the keys.
    pub(super) focus: PanelId,
    /// Whether it has the whole screen.
    pub(super) zoomed: bool,
    /// What is open above the panels.
    pub(super) popup: Option<Popup>,
    /// The size of the terminal.
    pub(super) screen: Rect,
    theme: usize,
    themes: usize,
}

/// Does what a message says and gives what is to be done outside.
pub fn update(app: &mut App, message: Message) -> Vec<Effect> {
    app.world.now = message.at;
    let mut effects = match message.event {
        Event::Key(event) if event.kind == KeyEventKind::Release => Vec::new(),
        Event::Key(event) => app.press(event),
        Event::Resize { columns, rows } => {
            app.screen = Rect::new(0, 0, columns, rows);
            vec![Effect::Draw]
        }
        Event::Tick => Vec::new(),
        Event::Resumed => vec![Effect::DrawAnew],
        Event::Found { ask, found } => app.found(ask, &found),
        Event::Answer { ask, reply, budget } => {
            let dearer = app.world.budget.is_none_or(|known| known != budget);
            app.world.budget = Some(budget);
            let mut effects = app.hear(ask, &reply);
            // Money is shown to the fraction of a cent, calls to the call: a follower alone changes them all the
            // time, and that by itself is not worth a drawing.
            if dearer && !matches!(reply, Reply::Logs(_)) {
                effects.push(Effect::Draw);
            }
            effects
        }
    };
    effects.extend(app.ask_what_is_due());
    effects
}

impl App {
    /// The state at the start, with `themes` themes to switch between, of which `theme` is the first.
    #[must_use]
    pub fn new(start: Start, now: Timestamp, (columns, rows): (u16, u16), (theme, themes): (usize, usize)) -> Self {
        let world = World::new(start, now);
        let mut app = Self {
            world,
            panels: Panels::default(),
            focus: PanelId::Environments,
            zoomed: false,
            popup: None,
            screen: Rect::new(0, 0, columns, rows),
            theme,
            themes,
        };
        let nothing = app.world.selected;
        app.tell_selected(nothing);
        app
    }

    /// Which theme is chosen.
    #[must_use]
    pub const fn theme(&self) -> usize {
        self.theme
    }

    /// The time of the latest message.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        self.world.now
    }

    /// When a [`Event::Tick`] is wanted: before that, nothing happens by itself.
    #[must_use]
    pub fn wake(&self) -> Option<Timestamp> {
        let places = self.places();
        let due = |id: &PanelId| self.panels.get(*id).due(places.of(*id).is_some(), &self.world);
        PanelId::ALL.iter().filter_map(due).min()
    }

    /// Where everything is on the screen.
    pub(super) fn places(&self) -> Places {
        let parts = self.world.environments.len() + 2;
        places(self.screen, Wish { focus: self.focus, zoomed: self.zoomed, about: self.world.selected.about, parts })
    }

    fn press(&mut self, event: KeyEvent) -> Vec<Effect> {
        let key = Key::of(event);
        if Some(key) == Key::parse("ctrl-c") {
            return vec![Effect::Quit];
        }
        if self.popup.is_some() {
            return self.press_in_popup(key);
        }
        if let Some(input) = self.panels.get_mut(self.focus).input().filter(|input| input.active) {
            let typed = input.press(key);
            let mut effects = vec![Effect::Draw];
            if typed == Typed::Changed {
                effects.extend(self.turn(self.focus, |panel, turn| panel.filtered(turn)));
            }
            return effects;
        }
        match Action::of(key, Some(self.focus)) {
            Some(action) => self.act(action),
            None => Vec::new(),
        }
    }

    fn press_in_popup(&mut self, key: Key) -> Vec<Effect> {
        let Some(popup) = &mut self.popup else { return Vec::new() };
        let outcome = match (popup.press(key, &self.world, self.screen), Action::of(key, None)) {
            (Some(outcome), _) => outcome,
            (None, Some(Action::Quit)) => Outcome::Closed,
            (None, Some(action @ (Action::NextTheme | Action::Redraw | Action::Suspend))) => return self.act(action),
            (None, Some(action)) => popup.act(action, &self.world, self.screen),
            (None, None) => return Vec::new(),
        };
        match outcome {
            Outcome::Open => {}
            Outcome::Closed => self.popup = None,
            Outcome::Chosen(group) => {
                self.popup = None;
                self.panels.logs.follow(group, self.world.now);
            }
            Outcome::End(index, service) => {
                let more = self.panels.reach.choose(index, service, &self.world);
                self.popup = more.then(|| Popup::Ends(Ends::new(Purpose::Destination)));
            }
        }
        vec![Effect::Draw]
    }

    fn act(&mut self, action: Action) -> Vec<Effect> {
        let mut effects = vec![Effect::Draw];
        match action {
            Action::Quit => return vec![Effect::Quit],
            Action::Suspend => return vec![Effect::Suspend],
            Action::Redraw => return vec![Effect::DrawAnew],
            Action::NextTheme => self.theme = (self.theme + 1) % self.themes.max(1),
            Action::Help => self.popup = Some(Popup::Help(Scroll::default())),
            Action::Coverage => self.popup = Some(Popup::Gaps(Scroll::default())),
            Action::Zoom => self.zoomed = !self.zoomed,
            Action::Back if self.zoomed => self.zoomed = false,
            Action::NextPanel => self.focus_on(self.neighbour(1)),
            Action::PreviousPanel => self.focus_on(self.neighbour(PanelId::ALL.len() - 1)),
            Action::NextEnvironment => effects.extend(self.turn(PanelId::Environments, |p, t| p.act(Action::Down, t))),
            Action::PreviousEnvironment => {
                effects.extend(self.turn(PanelId::Environments, |p, t| p.act(Action::Up, t)));
            }
            Action::NextFinding => effects.extend(self.turn(self.listing(), |p, t| p.act(Action::Down, t))),
            Action::PreviousFinding => effects.extend(self.turn(self.listing(), |p, t| p.act(Action::Up, t))),
            Action::Refresh => {
                for id in PanelId::ALL {
                    self.panels.get_mut(*id).refresh();
                }
            }
            other => match other.panel() {
                Some(panel) => self.focus_on(panel),
                None => effects.extend(self.turn(self.focus, |panel, turn| panel.act(other, turn))),
            },
        }
        effects
    }

    /// Gives a panel the keys. The detail is about what it is read with.
    fn focus_on(&mut self, panel: PanelId) {
        self.focus = panel;
        let before = self.world.selected;
        match panel {
            PanelId::Detail => {}
            PanelId::Map => self.world.selected.about = About::Subnet,
            _ => self.world.selected.about = About::Finding,
        }
        if self.world.selected != before {
            self.tell_selected(before);
        }
    }

    /// The panel that lists what the detail is about.
    fn listing(&self) -> PanelId {
        match self.world.selected.about {
            About::Finding => PanelId::Findings,
            About::Subnet => PanelId::Map,
        }
    }

    fn neighbour(&self, steps: usize) -> PanelId {
        let at = PanelId::ALL.iter().position(|id| *id == self.focus).unwrap_or_default();
        PanelId::ALL.get((at + steps) % PanelId::ALL.len()).copied().unwrap_or(self.focus)
    }

    fn hear(&mut self, ask: u64, reply: &Reply) -> Vec<Effect> {
        let mut effects = Vec::new();
        for id in PanelId::ALL {
            effects.extend(self.turn(*id, |panel, turn| panel.hear(ask, reply, turn)));
        }
        effects
    }

    fn found(&mut self, ask: u64, found: &Found) -> Vec<Effect> {
        let mut effects = Vec::new();
        for id in PanelId::ALL {
            effects.extend(self.turn(*id, |panel, turn| panel.found(ask, found, turn)));
        }
        effects
    }

    fn ask_what_is_due(&mut self) -> Vec<Effect> {
        let places = self.places();
        let mut effects = Vec::new();
        for id in PanelId::ALL {
            let visible = places.of(*id).is_some();
            effects.extend(self.turn(*id, |panel, turn| panel.ask(visible, turn)));
        }
        effects
    }

    /// Gives a panel its turn, and does what it wants to happen elsewhere.
    fn turn(&mut self, id: PanelId, take: impl FnOnce(&mut dyn Panel, &mut Turn<'_>)) -> Vec<Effect> {
        let area = self.places().content(id).unwrap_or_default();
        let before = self.world.selected;
        let mut turn = Turn { world: &mut self.world, area, effects: Vec::new(), go: None };
        take(self.panels.get_mut(id), &mut turn);
        let Turn { effects, go, .. } = turn;
        match go {
            Some(Go::Panel(panel)) => self.focus_on(panel),
            Some(Go::Ends(purpose)) => self.popup = Some(Popup::Ends(Ends::new(purpose))),
            Some(Go::Path) => {
                self.panels.reach.follow(&self.world);
                self.focus_on(PanelId::Reach);
            }
            Some(Go::LogGroups) => self.popup = Some(Popup::Groups(Groups::default())),
            None => {}
        }
        if self.world.selected != before {
            self.tell_selected(before);
        }
        effects
    }

    /// Tells every panel what is selected; the findings answer a new part with a new finding, so the panels after
    /// them hear of both at once.
    fn tell_selected(&mut self, before: Selected) {
        for id in PanelId::ALL {
            let mut turn = Turn { world: &mut self.world, area: Rect::default(), effects: Vec::new(), go: None };
            self.panels.get_mut(*id).selected(before, &mut turn);
        }
    }
}
