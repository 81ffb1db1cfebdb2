//! Draws the whole screen from the state, and changes nothing.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Span;

use super::action::{Action, Scope};
use super::app::App;
use super::layout::{Places, SMALLEST, below_heading, too_small};
use super::look;
use super::panel::{PanelId, View};
use super::theme::{Role, Theme};
use super::verdict::Tally;
use super::widget::text::{width, wrap};
use super::widget::{bar, heading};
use super::world::Part;
use crate::telemetry::AlarmState;

/// Draws the screen.
pub fn draw(app: &App, theme: &Theme, buf: &mut Buffer) {
    let screen = app.screen.intersection(*buf.area());
    buf.set_style(screen, theme.style(Role::Background));
    if too_small(screen) {
        draw_too_small(app, theme, screen, buf);
        return;
    }
    let places = app.places();
    draw_header(app, theme, places.header, buf);
    draw_tabs(app, theme, places.tabs, buf);
    for wall in &places.walls {
        for y in wall.top()..wall.bottom() {
            buf.set_string(wall.x, y, theme.glyphs().wall, theme.style(Role::Rule));
        }
    }
    draw_panels(app, theme, &places, buf);
    draw_status(app, theme, places.status, buf);
    if let Some(popup) = &app.popup {
        popup.draw(&app.world, theme, screen, buf);
    }
}

fn draw_panels(app: &App, theme: &Theme, places: &Places, buf: &mut Buffer) {
    for (id, area) in &places.panels {
        let panel = app.panels.get(*id);
        let focused = *id == app.focus;
        let number = PanelId::ALL.iter().position(|known| known == id).unwrap_or_default() + 1;
        let (left, right) = panel.facts(&app.world);
        heading(number, id.title(), (&left, &right), focused, theme).draw(Rect { height: 1, ..*area }, buf);
        let content = below_heading(*area);
        if content.height > 0 {
            let view = View { world: &app.world, theme, focused: focused && app.popup.is_none() };
            panel.draw(&view, content, buf);
        }
    }
}

fn draw_too_small(app: &App, theme: &Theme, screen: Rect, buf: &mut Buffer) {
    let mark = if app.world.estate.is_demo() { "DEMO " } else { "" };
    let (columns, rows) = SMALLEST;
    let text = format!(
        "{mark}bartizan needs {columns} columns and {rows} rows; this terminal has {} and {}. q quits.",
        screen.width, screen.height
    );
    let lines = wrap(&text, usize::from(screen.width));
    for (y, line) in (screen.top()..screen.bottom()).zip(lines) {
        buf.set_string(screen.x, y, line, theme.style(Role::Strong));
    }
}

/// The first line: what is looked at, and the worst about all of it.
fn draw_header(app: &App, theme: &Theme, area: Rect, buf: &mut Buffer) {
    buf.set_style(area, theme.style(Role::Header));
    let world = &app.world;
    let mut left = vec![Span::styled(" bartizan ", theme.style(Role::Strong))];
    if world.estate.is_demo() {
        left.push(Span::styled(" DEMO ", theme.style(Role::Demo)));
        left.push(Span::raw(" "));
    }
    left.push(Span::styled(world.source.clone(), theme.style(Role::Text)));
    if let Some(taken) = world.estate.origin.taken_at.filter(|_| world.budget.is_none()) {
        let text = taken.strftime(" as of %d %b %Y %H:%M UTC").to_string();
        left.push(Span::styled(text, theme.style(Role::Dim)));
    }
    let source = width(&world.source).min(SOURCE);
    let taken = source + left.iter().take(if world.estate.is_demo() { 3 } else { 1 }).map(Span::width).sum::<usize>();
    let fits = |spans: &[Span<'_>]| spans.iter().map(Span::width).sum::<usize>() + taken <= usize::from(area.width);
    let variants = [Words::All, Words::Few, Words::None].map(|words| totals(app, theme, words));
    let [.., least] = &variants;
    bar(&left, variants.iter().find(|spans| fits(spans)).unwrap_or(least), area, buf);
}

/// The least room for where the estate came from.
const SOURCE: usize = 12;

/// How much the totals say in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Words {
    All,
    Few,
    None,
}

/// The worst about everything, in signs and numbers and, where there is room, in words.
fn totals(app: &App, theme: &Theme, words: Words) -> Vec<Span<'static>> {
    let world = &app.world;
    let glyphs = theme.glyphs();
    let tally: Tally = world.verdicts.tally(Part::All);
    let [fail, unknown, ..] = glyphs.status;
    let [alarm, ..] = glyphs.alarm;
    let ringing = world.alarms.rows.iter().filter(|row| row.state == AlarmState::Alarm).count();
    let mut facts = Vec::new();
    if !world.alarms.trouble.is_empty() {
        facts.push((unknown, 0, ["ALARMS UNKNOWN", "ALARMS"], Role::Unknown));
    }
    if ringing > 0 {
        facts.push((alarm, ringing, ["ALARM", "ALARM"], Role::AlarmRinging));
    }
    if tally.fails() > 0 {
        facts.push((fail, tally.fails(), ["FAIL", "FAIL"], Role::Fail));
    }
    if tally.unknown > 0 {
        facts.push((unknown, tally.unknown, ["UNKNOWN", "UNKN"], Role::Unknown));
    }
    if world.gaps() > 0 {
        facts.push((glyphs.gap, world.gaps(), ["GAPS: COVERAGE INCOMPLETE", "GAPS"], Role::Incomplete));
    }
    let text = |(sign, count, [long, short], role): (&str, usize, [&str; 2], Role)| {
        let count = if count == 0 { String::new() } else { format!(" {count}") };
        let text = match words {
            Words::All => format!("  {sign}{count} {long} "),
            Words::Few => format!(" {sign}{count} {short} "),
            Words::None => format!(" {sign}{count} "),
        };
        Span::styled(text, theme.style(role))
    };
    facts.into_iter().map(text).collect()
}

/// The names of the panels, with the one that has the focus, and the part of the estate they show. Where there is
/// little room the names stand closer, then the part goes, and in the end only the focused panel has a name.
fn draw_tabs(app: &App, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let part = app.world.selected.part;
    let name = app.world.part_name(part);
    let style = theme.style(look::part_role(part, &app.world));
    let right = |blank: &str| vec![Span::styled(format!(" {name}{blank}"), style)];
    let tab = |title: fn(PanelId, bool) -> &'static str, blank: &'static str| -> Vec<Span<'static>> {
        let numbered = PanelId::ALL.iter().enumerate();
        let spans = numbered.flat_map(|(index, id)| {
            let focused = *id == app.focus;
            let title = title(*id, focused);
            let space = if title.is_empty() { "" } else { " " };
            let role = if focused { Role::TitleFocused } else { Role::Title };
            [
                Span::styled(format!(" {}", index + 1), theme.style(Role::Key)),
                Span::styled(format!("{space}{title}"), theme.style(role)),
                Span::raw(blank),
            ]
        });
        spans.collect()
    };
    let variants = [
        (tab(|id, _| id.title(), " "), right(" ")),
        (tab(|id, _| id.short_title(), ""), right("")),
        (tab(|id, _| id.short_title(), ""), Vec::new()),
        (tab(|id, focused| if focused { id.title() } else { "" }, ""), right("")),
    ];
    let wide = |spans: &[Span<'_>]| spans.iter().map(Span::width).sum::<usize>();
    let [.., least] = &variants;
    let fits = variants.iter().find(|(left, right)| wide(left) + wide(right) <= usize::from(area.width));
    let (left, right) = fits.unwrap_or(least);
    bar(left, right, area, buf);
}

/// The last line: the keys that matter here, and what the telemetry has cost.
fn draw_status(app: &App, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let cost = match app.world.budget {
        Some(budget) => format!(" {} calls  ${:.4} ", budget.calls, budget.spent.dollars()),
        None => " no telemetry ".to_owned(),
    };
    let right = [Span::styled(cost, theme.style(Role::Dim))];
    let room = usize::from(area.width).saturating_sub(right.iter().map(Span::width).sum());
    bar(&hints(app, theme, room), &right, area, buf);
}

fn hints(app: &App, theme: &Theme, room: usize) -> Vec<Span<'static>> {
    let own = Action::ALL.iter().filter(|action| action.scope() == Scope::Only(app.focus));
    let others = [Action::Help, Action::Quit, Action::NextPanel, Action::NextEnvironment, Action::Zoom];
    let wanted: Vec<Action> = match app.popup {
        Some(_) => Vec::new(),
        None => [Action::Help].into_iter().chain(own.copied()).chain(others.into_iter().skip(1)).collect(),
    };
    let mut spans = Vec::new();
    let mut used = 0;
    for action in wanted {
        let Some(hint) = action.hint() else { continue };
        let (key, word) = (format!(" {}", action.first_key()), format!(" {hint} "));
        used += width(&key) + width(&word);
        if used > room {
            break;
        }
        spans.push(Span::styled(key, theme.style(Role::Key)));
        spans.push(Span::styled(word, theme.style(Role::Dim)));
    }
    spans
}
