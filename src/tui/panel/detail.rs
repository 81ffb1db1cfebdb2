//! One thing in full: a finding with its evidence and how to fix it, or a subnet with what is in it.

mod finding;
mod subnet;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::{Go, Panel, PanelId, Turn, View};
use crate::audit::Evidence;
use crate::model::Gap;
use crate::tui::action::Action;
use crate::tui::look;
use crate::tui::theme::{Glyphs, Role};
use crate::tui::widget::text::{clean, wrap};
use crate::tui::widget::{Scroll, number::cells, scroll_bar};
use crate::tui::world::{About, Selected, World};

/// The detail of what is selected.
#[derive(Debug, Default)]
pub(crate) struct Detail {
    scroll: Scroll,
}

/// A piece of a line: what it says and its role.
type Piece = (String, Role);

impl Panel for Detail {
    fn facts(&self, world: &World) -> (String, String) {
        let title = match world.selected.about {
            About::Finding => world.finding().map(|finding| clean(&finding.rule)),
            About::Subnet => world.subnet().map(|subnet| format!("subnet {}", subnet.title())),
        };
        (title.unwrap_or_default(), String::new())
    }

    fn act(&mut self, action: Action, turn: &mut Turn<'_>) {
        match action {
            Action::Back => {
                let list = match turn.world.selected.about {
                    About::Finding => PanelId::Findings,
                    About::Subnet => PanelId::Map,
                };
                turn.go = Some(Go::Panel(list));
            }
            Action::OpenThisPath => turn.go = Some(Go::Path),
            other => {
                let lines = lines(turn.world, turn.area, Glyphs::plain()).len();
                self.scroll.act(other, lines, usize::from(turn.area.height));
            }
        }
    }

    fn selected(&mut self, before: Selected, turn: &mut Turn<'_>) {
        let of = |selected: Selected| (selected.about, selected.finding, selected.subnet);
        if of(before) != of(turn.world.selected) {
            self.scroll = Scroll::default();
        }
    }

    fn draw(&self, view: &View<'_>, area: Rect, buf: &mut Buffer) {
        let lines = lines(view.world, area, view.theme.glyphs());
        if lines.is_empty() {
            let nothing = match view.world.selected.about {
                About::Finding => "no finding is selected",
                About::Subnet => "no subnet is selected",
            };
            look::message(&[nothing.to_owned()], Role::Dim, view.theme, area, buf);
            return;
        }
        let range = self.scroll.shown(lines.len(), usize::from(area.height));
        for (row, pieces) in lines.iter().skip(range.start).take(range.len()).enumerate() {
            let style = |role: Role| -> Style { view.theme.style(role) };
            let spans: Vec<_> = pieces.iter().map(|(text, role)| Span::styled(text.clone(), style(*role))).collect();
            buf.set_line(area.x + 1, area.y + cells(row), &Line::from(spans), area.width.saturating_sub(1));
        }
        scroll_bar(&range, lines.len(), view.theme, area, buf);
    }
}

/// The text about what is selected, for an area.
fn lines(world: &World, area: Rect, glyphs: &Glyphs) -> Vec<Vec<Piece>> {
    let mut page = Page { columns: usize::from(area.width.saturating_sub(3)), lines: Vec::new() };
    match world.selected.about {
        About::Finding => finding::write(&mut page, world, glyphs),
        About::Subnet => subnet::write(&mut page, world, glyphs),
    }
    page.lines
}

/// Lines being written, each at most so many columns wide.
struct Page {
    columns: usize,
    lines: Vec<Vec<Piece>>,
}

impl Page {
    fn section(&mut self, title: &str) {
        self.lines.push(Vec::new());
        self.lines.push(vec![(title.to_owned(), Role::Key)]);
    }

    fn text(&mut self, indent: &str, text: &str, role: Role) {
        let room = self.columns.saturating_sub(indent.len());
        for paragraph in text.lines().filter(|line| !line.trim().is_empty()) {
            for line in wrap(&clean(paragraph), room) {
                self.lines.push(vec![(format!("{indent}{line}"), role)]);
            }
        }
    }

    /// What is missing, and the permissions that would bring it.
    fn missing(&mut self, gaps: &[Gap]) {
        for gap in gaps {
            self.text("  ", &gap.to_string(), Role::Unknown);
        }
        let mut actions: Vec<_> = gaps.iter().map(|gap| gap.action.as_str()).collect();
        actions.sort_unstable();
        actions.dedup();
        if !actions.is_empty() {
            self.section("HOW TO FIX");
            let advice = format!("allow {} to whoever reads the account, and read it again", actions.join(", "));
            self.text("  ", &advice, Role::Text);
        }
    }

    /// A field and its value, on one line where they fit.
    fn evidence(&mut self, evidence: &Evidence) {
        if let Some(resource) = &evidence.resource {
            self.text("  ", resource, Role::Dim);
        }
        let field = clean(&evidence.field);
        let value = match &evidence.value {
            serde_json::Value::Null => "not set".to_owned(),
            value => clean(&value.to_string()),
        };
        if field.chars().count() + value.chars().count() + 5 <= self.columns {
            self.lines.push(vec![(format!("  {field} = "), Role::Text), (value, Role::Strong)]);
        } else {
            self.text("  ", &format!("{field} ="), Role::Text);
            self.text("    ", &value, Role::Strong);
        }
    }
}
