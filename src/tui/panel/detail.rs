//! One finding in full: what, why, the evidence with field and value, and how to fix it. For UNKNOWN, what is missing
//! and the permission that would bring it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::{Go, Panel, PanelId, Turn, View};
use crate::audit::{Evidence, Finding, Status};
use crate::model::Gap;
use crate::tui::action::Action;
use crate::tui::look;
use crate::tui::theme::{Glyphs, Role};
use crate::tui::verdict::Verdict;
use crate::tui::widget::text::{clean, wrap};
use crate::tui::widget::{Scroll, number::cells, scroll_bar};
use crate::tui::world::{Selected, World};

/// The detail of a finding.
#[derive(Debug, Default)]
pub(crate) struct Detail {
    scroll: Scroll,
}

/// A piece of a line: what it says and its role.
type Piece = (String, Role);

impl Panel for Detail {
    fn facts(&self, world: &World) -> (String, String) {
        let rule = world.finding().map(|finding| clean(&finding.rule));
        (rule.unwrap_or_default(), String::new())
    }

    fn act(&mut self, action: Action, turn: &mut Turn<'_>) {
        match action {
            Action::Back => turn.go = Some(Go::Panel(PanelId::Findings)),
            other => {
                let lines = lines(turn.world, turn.area, Glyphs::plain()).len();
                self.scroll.act(other, lines, usize::from(turn.area.height));
            }
        }
    }

    fn selected(&mut self, before: Selected, turn: &mut Turn<'_>) {
        if before.finding != turn.world.selected.finding {
            self.scroll = Scroll::default();
        }
    }

    fn draw(&self, view: &View<'_>, area: Rect, buf: &mut Buffer) {
        let lines = lines(view.world, area, view.theme.glyphs());
        if lines.is_empty() {
            look::message(&["no finding is selected".to_owned()], Role::Dim, view.theme, area, buf);
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

/// The text of the selected finding in an area.
fn lines(world: &World, area: Rect, glyphs: &Glyphs) -> Vec<Vec<Piece>> {
    let Some(finding) = world.finding() else { return Vec::new() };
    let mut page = Page { columns: usize::from(area.width.saturating_sub(3)), lines: Vec::new() };
    page.text("", &finding.message, Role::Strong);
    page.lines.push(verdict_line(finding, world, glyphs));
    page.text("", &place(finding), Role::Dim);
    match &finding.status {
        Status::Unknown { missing, reason } => unknown(&mut page, missing, reason),
        Status::Waived { reason, until, owner, ticket } => {
            page.section("WAIVED");
            page.text("  ", reason, Role::Text);
            let ticket = ticket.as_ref().map(|ticket| format!(", see {ticket}")).unwrap_or_default();
            page.text("  ", &format!("by {owner} until {until}{ticket}"), Role::Dim);
        }
        Status::Fail | Status::Pass | Status::NotApplicable => {}
    }
    if !finding.evidence.is_empty() {
        page.section("EVIDENCE");
        for evidence in &finding.evidence {
            page.evidence(evidence);
        }
    }
    page.section("WHY");
    page.text("  ", &finding.title, Role::Text);
    if let Some(rule) = world.rules.get(&finding.rule) {
        page.text("  ", &rule.rationale, Role::Text);
        if !rule.remediation.is_empty() {
            page.section("HOW TO FIX");
        }
        for step in &rule.remediation {
            page.text("  ", step, Role::Text);
        }
    }
    page.lines
}

fn unknown(page: &mut Page, missing: &[Gap], reason: &str) {
    page.section("COULD NOT BE DECIDED");
    page.text("  ", reason, Role::Text);
    for gap in missing {
        page.text("  ", &gap.to_string(), Role::Unknown);
    }
    let mut actions: Vec<_> = missing.iter().map(|gap| gap.action.as_str()).collect();
    actions.sort_unstable();
    actions.dedup();
    if !actions.is_empty() {
        page.section("HOW TO FIX");
        page.text(
            "  ",
            &format!("allow {} to whoever reads the account, and read it again", actions.join(", ")),
            Role::Text,
        );
    }
}

fn verdict_line(finding: &Finding, of: &World, glyphs: &Glyphs) -> Vec<Piece> {
    let verdict = Verdict::of(&finding.status);
    let (sign, word) = look::verdict_words(verdict, glyphs);
    let severity = finding.severity;
    let environment = finding.environment.as_deref().map_or_else(|| of.environment_name(None), clean);
    vec![
        (format!("{sign} {word}  "), look::verdict_role(verdict)),
        (format!("{} {severity}  ", look::severity_glyph(severity, glyphs)), look::severity_role(severity)),
        (format!("{environment}  {}", clean(&finding.pack)), Role::Dim),
    ]
}

/// Where the resource is: everything needed to find it.
fn place(finding: &Finding) -> String {
    let key = &finding.subject.key;
    let id = if key.id == "*" { "every one" } else { &key.id };
    let name = finding.subject.name.as_deref().filter(|name| *name != key.id).map(|name| format!(" `{name}`"));
    format!("{} {id}{} in {} {}", key.kind, name.unwrap_or_default(), key.account, key.region)
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
