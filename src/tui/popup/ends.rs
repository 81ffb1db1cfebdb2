//! The choice of one end of a path: type some letters of it, of its id, address, kind or port.

use crossterm::event::KeyCode;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::Outcome;
use crate::reach::Service;
use crate::tui::action::Action;
use crate::tui::choices::Choices;
use crate::tui::key::Key;
use crate::tui::look;
use crate::tui::theme::{Role, Theme};
use crate::tui::widget::text::{column, fit, width};
use crate::tui::widget::{Cursor, Input, number::cells, scroll_bar, shown};
use crate::tui::world::World;

/// Which end is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Who opens the connection.
    Source,
    /// What it is opened to, and to which port.
    Destination,
}

/// The choice of an end.
#[derive(Debug)]
pub(crate) struct Ends {
    purpose: Purpose,
    filter: Input,
    cursor: Cursor,
}

/// The width of what something is.
const WHAT: usize = 17;
/// The width of a port.
const PORT: usize = 11;
/// The width of an environment.
const ENVIRONMENT: usize = 13;

impl Ends {
    /// A choice that begins with everything.
    pub(crate) fn new(purpose: Purpose) -> Self {
        Self { purpose, filter: Input::default(), cursor: Cursor::default() }
    }

    pub(super) fn title(&self) -> &'static str {
        match self.purpose {
            Purpose::Source => "Who opens the connection",
            Purpose::Destination => "To what, and to which port (name:PORT for another)",
        }
    }

    fn matching(&self, choices: &Choices, world: &World) -> Vec<(usize, Option<Service>)> {
        let (query, part) = (self.filter.text(), world.selected.part);
        match self.purpose {
            Purpose::Source => choices.found(query, part).into_iter().map(|index| (index, None)).collect(),
            Purpose::Destination => {
                let found = choices.found_with_port(query, part).into_iter();
                found.map(|(index, service)| (index, Some(service))).collect()
            }
        }
    }

    /// Letters search, arrows move, enter chooses.
    pub(super) fn press(&mut self, key: Key, world: &World, area: Rect) -> Option<Outcome> {
        // Searching is dear where there is much to choose from: what is typed is searched for when it is drawn.
        let matching =
            |ends: &Self| world.choices.as_ref().map(|choices| ends.matching(choices, world)).unwrap_or_default();
        let movement = match key.plain() {
            Some(KeyCode::Enter) => {
                let chosen = matching(self).get(self.cursor.at).copied();
                return Some(chosen.map_or(Outcome::Open, |(index, service)| Outcome::End(index, service)));
            }
            Some(KeyCode::Esc) => return Some(Outcome::Closed),
            Some(KeyCode::Up) => Some(Action::Up),
            Some(KeyCode::Down) => Some(Action::Down),
            Some(KeyCode::PageUp) => Some(Action::PageUp),
            Some(KeyCode::PageDown) => Some(Action::PageDown),
            Some(KeyCode::Home) => Some(Action::Top),
            Some(KeyCode::End) => Some(Action::Bottom),
            Some(KeyCode::Char(_) | KeyCode::Backspace) => None,
            _ => return None,
        };
        if let Some(action) = movement {
            let rows = matching(self).len();
            self.cursor.act(action, rows, usize::from(area.height));
        } else {
            self.filter.press(key);
            self.cursor = Cursor::default();
        }
        Some(Outcome::Open)
    }

    /// Draws it.
    pub(super) fn draw(&self, world: &World, theme: &Theme, area: Rect, buf: &mut Buffer) {
        let typed = Line::from(vec![
            Span::styled("/", theme.style(Role::Key)),
            Span::styled(format!("{}_", self.filter.text()), theme.style(Role::Input)),
        ]);
        buf.set_line(area.x, area.y, &typed, area.width);
        let list = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
        let Some(choices) = &world.choices else {
            look::message(&["looking through the network ...".to_owned()], Role::Dim, theme, list, buf);
            return;
        };
        let list = draw_gap(world, theme, list, buf);
        let matching = self.matching(choices, world);
        if matching.is_empty() {
            look::message(&["nothing with an address is like that".to_owned()], Role::Dim, theme, list, buf);
            return;
        }
        let range = shown(self.cursor.at, matching.len(), usize::from(list.height));
        for (line, at) in range.clone().enumerate() {
            let Some((index, service)) = matching.get(at).copied() else { continue };
            let row = Rect { y: list.y + cells(line), height: 1, ..list };
            let spans = row_spans(choices, (index, service), at == self.cursor.at, (world, theme), row.width);
            buf.set_line(row.x, row.y, &Line::from(spans), row.width);
            if at == self.cursor.at {
                buf.set_style(row, theme.style(Role::Selection));
            }
        }
        scroll_bar(&range, matching.len(), theme, Rect { width: list.width + 1, ..list }, buf);
    }
}

/// Where something could not be listed the choice may lack it: that takes the first line.
fn draw_gap(world: &World, theme: &Theme, list: Rect, buf: &mut Buffer) -> Rect {
    if world.subnets.vpcs.iter().all(|vpc| vpc.unread.is_empty()) || list.height < 2 {
        return list;
    }
    let columns = usize::from(list.width);
    let text = "! there may be more: not everything could be listed, and c tells what";
    buf.set_stringn(
        list.x,
        list.y,
        fit(text, columns, theme.glyphs().ellipsis),
        columns,
        theme.style(Role::Incomplete),
    );
    Rect { y: list.y + 1, height: list.height - 1, ..list }
}

fn row_spans(
    choices: &Choices,
    (index, service): (usize, Option<Service>),
    selected: bool,
    (world, theme): (&World, &Theme),
    columns: u16,
) -> Vec<Span<'static>> {
    let Some(choice) = choices.all.get(index) else { return Vec::new() };
    let ellipsis = theme.glyphs().ellipsis;
    let port = service.map(|service| column(&service.to_string(), PORT, ellipsis)).unwrap_or_default();
    let rest = usize::from(columns).saturating_sub(2 + WHAT + width(&port));
    let environment = if rest > 60 { ENVIRONMENT } else { 0 };
    let name = (rest - environment).min((rest - environment) * 55 / 100 + 4);
    let addresses = rest - environment - name;
    let of = choice.environment.map(|of| world.environment_name(Some(of))).unwrap_or_default();
    vec![
        look::mark(selected, theme),
        Span::styled(column(&fit(&choice.title, name - 1, ellipsis), name, ""), theme.style(Role::Text)),
        Span::styled(port, theme.style(Role::Strong)),
        Span::styled(column(choice.what, WHAT, ellipsis), theme.style(Role::Dim)),
        Span::styled(column(&of, environment, ellipsis), theme.style(Role::Dim)),
        Span::styled(fit(&choice.addresses, addresses, ellipsis), theme.style(Role::Dim)),
    ]
}
