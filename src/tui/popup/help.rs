//! Every key with what it does, from the action table.

use super::Piece;
use crate::tui::action::{Action, Scope};
use crate::tui::panel::PanelId;
use crate::tui::theme::Role;
use crate::tui::widget::text::column;

/// The width of the keys.
const KEYS: usize = 18;

/// The text of the help.
pub(super) fn lines() -> Vec<Vec<Piece>> {
    let mut lines = Vec::new();
    let everywhere = [("In every panel", Scope::Panels), ("Everywhere", Scope::Everywhere)];
    let panels = PanelId::ALL.iter().map(|panel| (panel.title(), Scope::Only(*panel)));
    for (title, scope) in everywhere.into_iter().chain(panels) {
        if !lines.is_empty() {
            lines.push(Vec::new());
        }
        lines.push(vec![(title.to_owned(), Role::Key)]);
        for action in Action::ALL.iter().filter(|action| action.scope() == scope) {
            let keys = column(&format!("  {}", action.keys().replace(' ', ", ")), KEYS, "");
            lines.push(vec![(keys, Role::Strong), (action.help().to_owned(), Role::Text)]);
        }
    }
    lines
}
