//! Alarms and their states.

use jiff::Timestamp;

/// An alarm as it is now.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Alarm {
    /// Its state; first, so that sorting puts the worst first.
    pub state: AlarmState,
    /// Its name.
    pub name: String,
    /// Why it is in that state.
    pub reason: String,
    /// Since when.
    pub since: Option<Timestamp>,
    /// The resources its metric's dimensions name.
    pub dimensions: Vec<(String, String)>,
}

/// An alarm's state, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AlarmState {
    /// It rings.
    Alarm,
    /// It has too little data to say.
    InsufficientData,
    /// All is well.
    Ok,
}
