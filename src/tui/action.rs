//! Every action with its keys and its help, one line each. The keymap, the help popup, the hints in the status line
//! and the documentation are made from this table.

use super::key::Key;
use super::panel::PanelId;

/// Where an action's keys work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Scope {
    /// In every panel and popup.
    Everywhere,
    /// In every panel, not in popups.
    Panels,
    /// In one panel only, where it wins over the wider scopes.
    Only(PanelId),
}

use Scope::{Everywhere, Only, Panels};

macro_rules! actions {
    ($($name:ident $keys:literal $scope:expr, $help:literal $(hint $hint:literal)?;)*) => {
        /// What a key can do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) enum Action {
            $(
                #[doc = $help]
                $name,
            )*
        }

        impl Action {
            /// All of them, in the order of the table.
            pub(crate) const ALL: &[Self] = &[$(Self::$name),*];

            /// Its keys, separated by spaces.
            pub(crate) const fn keys(self) -> &'static str {
                match self { $(Self::$name => $keys),* }
            }

            /// Where its keys work.
            pub(crate) const fn scope(self) -> Scope {
                match self { $(Self::$name => $scope),* }
            }

            /// What it does, in words.
            pub(crate) const fn help(self) -> &'static str {
                match self { $(Self::$name => $help),* }
            }

            /// The word the status line shows for it; most actions are left to the help popup.
            pub(crate) const fn hint(self) -> Option<&'static str> {
                match self { $(Self::$name => actions!(@hint $($hint)?)),* }
            }
        }
    };
    (@hint $hint:literal) => { Some($hint) };
    (@hint) => { None };
}

actions! {
    Down             "j down"        Everywhere, "next row, or scroll down";
    Up               "k up"          Everywhere, "previous row, or scroll up";
    PageDown         "pgdn ctrl-f"   Everywhere, "a page down";
    PageUp           "pgup ctrl-b"   Everywhere, "a page up";
    Top              "g home"        Everywhere, "to the first row";
    Bottom           "G end"         Everywhere, "to the last row";
    Back             "esc"           Everywhere, "close, leave the zoom, or clear the filter";

    CycleAlarms      "s"             Only(PanelId::Alarms), "show every alarm, or only those that are not OK" hint "all/not OK";
    OpenAlarm        "enter"         Only(PanelId::Alarms), "show the metrics the alarm is about" hint "metrics";
    OpenEnvironment  "enter"         Only(PanelId::Environments), "show the environment's findings" hint "findings";
    Filter           "/"             Only(PanelId::Findings), "filter the findings: words, `!word` to exclude" hint "filter";
    Sort             "s"             Only(PanelId::Findings), "sort by the next column" hint "sort";
    Reverse          "S"             Only(PanelId::Findings), "reverse the order";
    ShowAll          "a"             Only(PanelId::Findings), "show every verdict, or only what needs a look" hint "all/open";
    OpenFinding      "enter"         Only(PanelId::Findings), "read the finding: what, why, evidence, how to fix" hint "detail";
    OpenPath         "o"             Only(PanelId::Findings), "the paths from the internet to what it is about" hint "path";
    OpenThisPath     "o"             Only(PanelId::Detail), "the paths from the internet to what it is about" hint "path";
    NextFinding      "n"             Only(PanelId::Detail), "the next finding, or subnet" hint "next";
    PreviousFinding  "p"             Only(PanelId::Detail), "the previous finding, or subnet" hint "previous";
    NextMetric       "l right"       Only(PanelId::Metrics), "the next chart";
    PreviousMetric   "h left"        Only(PanelId::Metrics), "the previous chart";
    OpenMetric       "enter"         Only(PanelId::Metrics), "show one chart alone, or all of them" hint "one/all";
    LongerWindow     "]"             Only(PanelId::Metrics), "a longer time window" hint "longer";
    ShorterWindow    "["             Only(PanelId::Metrics), "a shorter time window" hint "shorter";
    NextZone         "l right"       Only(PanelId::Map), "the subnet in the next zone";
    PreviousZone     "h left"        Only(PanelId::Map), "the subnet in the previous zone";
    FilterMap        "/"             Only(PanelId::Map), "filter the subnets: a name, an id, a range, a class" hint "filter";
    OpenPathsInto    "o"             Only(PanelId::Map), "the paths from the internet to what is in the subnet" hint "path";
    OpenSubnet       "enter"         Only(PanelId::Map), "read the subnet: its class and why, what is in it" hint "detail";
    ChooseDestination "enter d"      Only(PanelId::Reach), "choose what the connection is opened to" hint "to";
    ChooseSource     "s"             Only(PanelId::Reach), "choose who opens the connection" hint "from";
    SwapEnds         "x"             Only(PanelId::Reach), "ask for the other direction" hint "swap";
    NextPath         "n"             Only(PanelId::Reach), "the next path, where a finding is about several" hint "next";
    PreviousPath     "p"             Only(PanelId::Reach), "the previous path";
    OpenLate         "enter"         Only(PanelId::History), "read the finding that has been open for long" hint "detail";
    ChooseGroup      "enter o"       Only(PanelId::Logs), "choose the log group to follow" hint "log group";
    Follow           "f space"       Only(PanelId::Logs), "follow the newest lines, or pause" hint "follow/pause";
    FilterLogs       "/"             Only(PanelId::Logs), "show only lines with these words, `!word` to exclude" hint "filter";
    Wrap             "w"             Only(PanelId::Logs), "wrap long lines" hint "wrap";

    NextPanel        "tab"           Panels,     "to the next panel" hint "panel";
    PreviousPanel    "shift-tab"     Panels,     "to the previous panel";
    Panel1           "1"             Panels,     "to the environments";
    Panel2           "2"             Panels,     "to the alarms";
    Panel3           "3"             Panels,     "to the findings";
    Panel4           "4"             Panels,     "to the detail of the finding or subnet";
    Panel5           "5"             Panels,     "to the metrics";
    Panel6           "6"             Panels,     "to the logs";
    Panel7           "7"             Panels,     "to the map of the subnets";
    Panel8           "8"             Panels,     "to the paths: who can open a connection to what";
    Panel9           "9"             Panels,     "to the history: what is open over time, and for how long";
    NextEnvironment  "e"             Panels,     "to the next environment, from any panel" hint "environment";
    PreviousEnvironment "E"          Panels,     "to the previous environment";
    Zoom             "z"             Panels,     "give the panel the whole screen" hint "zoom";
    Refresh          "r"             Panels,     "ask for metrics, logs and alarms now";

    Coverage         "c"             Everywhere, "what could not be read, and the permission it needs";
    NextTheme        "t"             Everywhere, "switch the theme";
    Redraw           "ctrl-l"        Everywhere, "draw the screen anew";
    Suspend          "ctrl-z"        Everywhere, "go to the background; `fg` comes back";
    Help             "? f1"          Everywhere, "this help" hint "help";
    Quit             "q ctrl-c"      Everywhere, "quit" hint "quit";
}

impl Action {
    /// The action a key means when `focus` has it, or when a popup has it (`None`).
    pub(crate) fn of(key: Key, focus: Option<PanelId>) -> Option<Self> {
        let bound = |scope: Scope| {
            Self::ALL.iter().copied().find(|action| action.scope() == scope && action.parsed_keys().any(|k| k == key))
        };
        let own = focus.and_then(|panel| bound(Only(panel)));
        own.or_else(|| focus.and_then(|_| bound(Panels))).or_else(|| bound(Everywhere))
    }

    /// Its keys.
    pub(crate) fn parsed_keys(self) -> impl Iterator<Item = Key> {
        self.keys().split(' ').filter_map(Key::parse)
    }

    /// Its first key, as hints show it.
    pub(crate) fn first_key(self) -> &'static str {
        self.keys().split(' ').next().unwrap_or_default()
    }

    /// The panel a number key goes to.
    pub(crate) fn panel(self) -> Option<PanelId> {
        let numbers = [
            Self::Panel1,
            Self::Panel2,
            Self::Panel3,
            Self::Panel4,
            Self::Panel5,
            Self::Panel6,
            Self::Panel7,
            Self::Panel8,
            Self::Panel9,
        ];
        let index = numbers.iter().position(|action| *action == self)?;
        PanelId::ALL.get(index).copied()
    }
}

/// Every action's keys and help, by scope: what the documentation prints.
pub fn keys() -> impl Iterator<Item = (&'static str, String, &'static str)> {
    Action::ALL.iter().map(|action| {
        let scope = match action.scope() {
            Everywhere => "everywhere",
            Panels => "panels",
            Only(panel) => panel.title(),
        };
        (scope, action.keys().replace(' ', ", "), action.help())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_of_the_table_can_be_pressed() {
        for action in Action::ALL {
            let written = action.keys().split(' ').count();
            assert_eq!(action.parsed_keys().count(), written, "{action:?}: {}", action.keys());
        }
    }

    #[test]
    fn no_key_means_two_things_in_one_place() {
        let focuses = PanelId::ALL.iter().copied().map(Some).chain([None]);
        for focus in focuses {
            for action in Action::ALL {
                let reachable = match action.scope() {
                    Everywhere => true,
                    Panels => focus.is_some(),
                    Only(panel) => focus == Some(panel),
                };
                let keys = action.parsed_keys().filter(|_| reachable);
                keys.for_each(|key| assert_eq!(Action::of(key, focus), Some(*action), "{key} in {focus:?}"));
            }
        }
    }

    #[test]
    fn every_panel_has_its_number() {
        for (index, panel) in PanelId::ALL.iter().enumerate() {
            let key = Key::parse(&(index + 1).to_string());
            let action = key.and_then(|key| Action::of(key, Some(PanelId::Logs)));
            assert_eq!(action.and_then(Action::panel), Some(*panel));
        }
    }

    #[test]
    fn help_is_short_enough_for_eighty_columns() {
        for action in Action::ALL {
            assert!(action.help().len() <= 58, "{action:?}");
        }
    }
}
