//! The dashboard: the only module that names ratatui and crossterm.
//!
//! State changes only in [`update`], which takes a message and gives effects; [`draw`] only looks. Time is part of
//! every message and nothing here waits for the network, so a recorded list of messages replays any screen.
//!
//! | file | does |
//! |---|---|
//! | `action.rs` | every key with its help, one line each: keymap, help popup and hints are made from it |
//! | `app.rs` | the state, and what a message does to it |
//! | `message.rs` | what comes in, what is asked for |
//! | `world.rs`, `verdict.rs`, `alarms.rs`, `subnets.rs`, `past.rs` | what all panels look at |
//! | `panel/` | one file per panel |
//! | `popup/` | what opens above the panels |
//! | `widget/` | charts, lists, text in columns |
//! | `look.rs`, `theme/` | how states look |
//! | `layout.rs`, `screen.rs` | where everything goes, and its drawing |
//! | `ends.rs`, `choices.rs` | the ends of paths, how a path is found, what is chosen from |
//! | `run.rs`, `ask.rs`, `finder.rs`, `terminal.rs` | the loop, the questions under way, the terminal: the only parts that act |

mod action;
mod alarms;
mod app;
mod ask;
#[cfg(test)]
mod behaviour;
mod choices;
mod ends;
mod finder;
#[cfg(test)]
mod fixture;
mod key;
mod layout;
mod look;
mod message;
mod panel;
mod past;
mod popup;
mod rule;
mod run;
mod screen;
#[cfg(test)]
mod screens;
#[cfg(test)]
mod stage;
mod subnets;
mod terminal;
mod theme;
mod verdict;
mod widget;
mod world;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::audit::Audit;
use crate::model::{Environment, Estate};
use crate::telemetry::Telemetry;

pub use action::keys;
pub use app::{App, update};
pub use ends::{End, Found, Node, Query, Search, Traced};
pub use message::{Effect, Event, Message, Question, Reply};
pub use past::Past;
pub use rule::RuleText;
pub use run::{TuiError, run};
pub use screen::draw;
pub use theme::{Abilities, Colours, Theme, ThemeError};

/// What the dashboard begins with.
#[derive(Debug, Clone)]
pub struct Start {
    /// What was read, and what could not be.
    pub estate: Arc<Estate>,
    /// The environments, as they were declared or assumed.
    pub environments: Vec<Environment>,
    /// The verdicts.
    pub audit: Arc<Audit>,
    /// What each rule says about itself, by its id.
    pub rules: BTreeMap<String, RuleText>,
    /// Metrics, logs and alarms; a snapshot and a dump have none.
    pub telemetry: Option<Arc<dyn Telemetry>>,
    /// What a history tells of the accounts.
    pub past: Past,
    /// Where the estate came from, in the user's words: a profile, a path, a demo's title.
    pub source_label: String,
    /// The theme to begin with; the first one when not given.
    pub theme: Option<String>,
    /// What the terminal can show.
    pub abilities: Abilities,
    /// Tells the time.
    pub now: fn() -> Timestamp,
}
