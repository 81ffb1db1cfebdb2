//! The panels, one file each. To add one: a file here and a line in `panels!`; its keys go into `actions!`.

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::action::Action;
use super::ends::{Found, Search};
use super::message::{Effect, Question, Reply};
use super::popup::Purpose;
use super::theme::Theme;
use super::widget::Input;
use super::world::{Selected, World};

macro_rules! panels {
    ($($Name:ident $module:ident $title:literal;)*) => {
        $(mod $module;)*

        /// Names a panel.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) enum PanelId {
            $(
                #[doc = $title]
                $Name,
            )*
        }

        impl PanelId {
            /// All of them, in the order of their numbers.
            pub(crate) const ALL: &[Self] = &[$(Self::$Name),*];

            /// What it is called.
            pub(crate) const fn title(self) -> &'static str {
                match self { $(Self::$Name => $title),* }
            }

            /// What it is called where there is little room.
            pub(crate) const fn short_title(self) -> &'static str {
                match self {
                    Self::Environments => "Envs",
                    other => other.title(),
                }
            }
        }

        /// Every panel's own state.
        #[derive(Debug, Default)]
        pub(crate) struct Panels {
            $(
                #[doc = $title]
                pub(crate) $module: $module::$Name,
            )*
        }

        impl Panels {
            /// A panel.
            pub(crate) fn get(&self, id: PanelId) -> &dyn Panel {
                match id { $(PanelId::$Name => &self.$module),* }
            }

            /// A panel, to change it.
            pub(crate) fn get_mut(&mut self, id: PanelId) -> &mut dyn Panel {
                match id { $(PanelId::$Name => &mut self.$module),* }
            }
        }
    };
}

pub(crate) use logs::groups;

panels! {
    Environments environments "Environments";
    Alarms alarms "Alarms";
    Findings findings "Findings";
    Detail detail "Detail";
    Metrics metrics "Metrics";
    Logs logs "Logs";
    Map map "Map";
    Reach reach "Reach";
    History history "History";
}

/// What every panel can do. Only `draw` and `facts` look; only the others change it.
pub(crate) trait Panel: std::fmt::Debug {
    /// Facts for its heading: about what it shows, and how much of it.
    fn facts(&self, world: &World) -> (String, String);

    /// Draws its content.
    fn draw(&self, view: &View<'_>, area: Rect, buf: &mut Buffer);

    /// Does what a key asked for.
    fn act(&mut self, action: Action, turn: &mut Turn<'_>);

    /// Another part of the estate, or another finding, was selected: before it, `before` was.
    fn selected(&mut self, _before: Selected, _turn: &mut Turn<'_>) {}

    /// The filter, when it has one.
    fn input(&mut self) -> Option<&mut Input> {
        None
    }

    /// The filter changed.
    fn filtered(&mut self, _turn: &mut Turn<'_>) {}

    /// Asks for what is due; called after every message, with `visible` telling whether it is on the screen.
    fn ask(&mut self, _visible: bool, _turn: &mut Turn<'_>) {}

    /// Asks anew for what it has.
    fn refresh(&mut self) {}

    /// When it wants to ask next.
    fn due(&self, _visible: bool, _world: &World) -> Option<Timestamp> {
        None
    }

    /// Takes what a search found, if it was its own.
    fn found(&mut self, _ask: u64, _found: &Found, _turn: &mut Turn<'_>) {}

    /// Takes an answer, if the question was its own.
    fn hear(&mut self, _ask: u64, _reply: &Reply, _turn: &mut Turn<'_>) {}
}

/// What a panel draws with.
#[derive(Debug)]
pub(crate) struct View<'a> {
    /// What is to be seen.
    pub(crate) world: &'a World,
    /// How it looks.
    pub(crate) theme: &'a Theme,
    /// Whether keys go here.
    pub(crate) focused: bool,
}

/// What a panel may change when it is its turn.
#[derive(Debug)]
pub(crate) struct Turn<'a> {
    /// What all panels look at.
    pub(crate) world: &'a mut World,
    /// Where its content is drawn; empty when it is not shown.
    pub(crate) area: Rect,
    /// What is to be done outside.
    pub(crate) effects: Vec<Effect>,
    /// Where the focus should go.
    pub(crate) go: Option<Go>,
}

/// Where the focus should go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Go {
    /// To a panel.
    Panel(PanelId),
    /// To the popup in which a log group is chosen.
    LogGroups,
    /// To the popup in which an end of a path is chosen.
    Ends(Purpose),
    /// To the path that the selected finding is about.
    Path,
}

impl Turn<'_> {
    /// Asks the telemetry; returns the question's number.
    pub(crate) fn question(&mut self, question: Question) -> u64 {
        self.world.asked += 1;
        self.effects.push(Effect::Ask(self.world.asked, question));
        self.world.asked
    }

    /// Searches the network; returns the search's number.
    pub(crate) fn search(&mut self, search: Search) -> u64 {
        self.world.asked += 1;
        self.effects.push(Effect::Find(self.world.asked, search));
        self.world.asked
    }

    /// Says that something visible changed.
    pub(crate) fn draw(&mut self) {
        self.effects.push(Effect::Draw);
    }
}
