//! A map of the subnets: VPC by VPC, Availability Zones as columns, classes as rows, and in each subnet what is in it.

mod sheet;

use std::collections::BTreeSet;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{Go, Panel, PanelId, Turn, View};
use crate::audit::fact::Class;
use crate::tui::action::Action;
use crate::tui::look;
use crate::tui::subnets::{SubnetRow, VpcRow};
use crate::tui::theme::Role;
use crate::tui::widget::{Input, scroll_bar};
use crate::tui::world::{Part, Selected, World};

/// The map. Which subnet is selected on it is the world's to know.
#[derive(Debug, Default)]
pub(crate) struct Map {
    /// What is shown; made anew when the part or the filter changed.
    sections: Option<Vec<Section>>,
    filter: Input,
}

/// A VPC on the map.
#[derive(Debug)]
struct Section {
    /// Which, by its index.
    vpc: usize,
    /// Its columns.
    zones: Vec<String>,
    /// Its subnets, a row of cells for each class or several.
    rows: Vec<GridRow>,
}

/// Subnets of one class beside each other, at most one of each zone.
#[derive(Debug)]
struct GridRow {
    class: Option<Class>,
    /// Whether it is the first of its class.
    first: bool,
    /// A subnet, by its index, for each zone.
    cells: Vec<Option<usize>>,
}

/// A place on the map: a row, counted through all VPCs, and a column.
type Spot = (usize, usize);

/// Rows of a screen that one row of subnets takes, roughly: how far a page goes.
const ROW: usize = 6;

impl Map {
    fn sections(&self) -> &[Section] {
        self.sections.as_deref().unwrap_or_default()
    }

    fn rows(&self) -> impl Iterator<Item = &GridRow> {
        self.sections().iter().flat_map(|section| &section.rows)
    }

    fn arrange(&mut self, world: &World) {
        let vpcs = world.subnets.vpcs.iter().enumerate();
        self.sections = Some(vpcs.filter_map(|(index, vpc)| self.section(index, vpc, world)).collect());
    }

    fn section(&self, index: usize, vpc: &VpcRow, world: &World) -> Option<Section> {
        let part = world.selected.part;
        let rows = &world.subnets.rows;
        let wanted =
            |index: &usize| rows.get(*index).is_some_and(|row| row.is_in(part) && self.filter.passes(&row.haystack));
        let shown: Vec<usize> = vpc.subnets.clone().filter(wanted).collect();
        let of = |index: &usize| rows.get(*index);
        let zones: BTreeSet<&str> = shown.iter().filter_map(of).map(|row| row.zone.as_str()).collect();
        let mut grid: Vec<GridRow> = Vec::new();
        for tier in shown.chunk_by(|a, b| of(a).map(SubnetRow::known_class) == of(b).map(SubnetRow::known_class)) {
            let in_zone = |zone: &str| -> Vec<usize> {
                tier.iter().copied().filter(|index| of(index).is_some_and(|row| row.zone == zone)).collect()
            };
            let columns: Vec<Vec<usize>> = zones.iter().map(|zone| in_zone(zone)).collect();
            let deepest = columns.iter().map(Vec::len).max().unwrap_or_default();
            let class = tier.first().and_then(of).and_then(SubnetRow::known_class);
            grid.extend((0..deepest).map(|depth| GridRow {
                class,
                first: depth == 0,
                cells: columns.iter().map(|column| column.get(depth).copied()).collect(),
            }));
        }
        let about_it = || {
            let homeless = vpc
                .homeless
                .iter()
                .any(|resident| part.holds(resident.environment) && self.filter.passes(&resident.name.to_lowercase()));
            homeless || self.filter.text().is_empty() && (part == Part::All || part.holds(vpc.environment))
        };
        let zones = zones.into_iter().map(str::to_owned).collect();
        (!grid.is_empty() || about_it()).then_some(Section { vpc: index, zones, rows: grid })
    }

    /// Arranges anew and stays on the subnet that was selected, when it is still shown.
    fn rearrange(&mut self, turn: &mut Turn<'_>) {
        self.arrange(turn.world);
        if self.spot(turn.world).is_none() {
            turn.world.selected.subnet = self.rows().flat_map(|row| row.cells.iter().flatten()).next().copied();
        }
    }

    /// Where the selected subnet is.
    fn spot(&self, world: &World) -> Option<Spot> {
        let selected = world.selected.subnet?;
        let column = |row: &GridRow| row.cells.iter().position(|cell| *cell == Some(selected));
        self.rows().enumerate().find_map(|(at, row)| Some((at, column(row)?)))
    }

    /// The subnet nearest to a place in its row.
    fn near(&self, (at, column): Spot) -> Option<usize> {
        let cells = &self.rows().nth(at)?.cells;
        let taken = cells.iter().enumerate().filter_map(|(place, cell)| cell.map(|subnet| (place, subnet)));
        taken.min_by_key(|(place, _)| place.abs_diff(column)).map(|(_, subnet)| subnet)
    }

    /// The next subnet of a row in a direction.
    fn beside(&self, (at, column): Spot, forward: bool) -> Option<usize> {
        let cells = &self.rows().nth(at)?.cells;
        if forward {
            cells.iter().skip(column + 1).flatten().next().copied()
        } else {
            cells.iter().take(column).rev().flatten().next().copied()
        }
    }

    fn moved(&self, action: Action, world: &World, page: usize) -> Option<usize> {
        let (at, column) = self.spot(world)?;
        let last = self.rows().count().saturating_sub(1);
        let to = match action {
            Action::NextZone => return self.beside((at, column), true),
            Action::PreviousZone => return self.beside((at, column), false),
            Action::Down => at + 1,
            Action::Up => at.saturating_sub(1),
            Action::PageDown => at + page,
            Action::PageUp => at.saturating_sub(page),
            Action::Top => 0,
            Action::Bottom => last,
            _ => return None,
        };
        self.near((to.min(last), column))
    }

    fn nothing(&self, world: &World) -> String {
        let part = world.part_name(world.selected.part);
        if self.filter.text().is_empty() {
            return format!("no VPC, and no subnet with anything of {part} in it, is known");
        }
        format!("no subnet of {part} matches `{}`; esc clears the filter", self.filter.text())
    }
}

impl Panel for Map {
    fn facts(&self, world: &World) -> (String, String) {
        let shown = self.rows().flat_map(|row| row.cells.iter().flatten()).count();
        let part = world.part_name(world.selected.part);
        (part, format!("{shown} of {} subnets", world.subnets.rows.len()))
    }

    fn act(&mut self, action: Action, turn: &mut Turn<'_>) {
        match action {
            Action::FilterMap => self.filter.active = true,
            Action::OpenPathsInto => turn.go = Some(Go::Path),
            Action::OpenSubnet => turn.go = Some(Go::Panel(PanelId::Detail)),
            Action::Back => {
                if self.filter.clear() {
                    self.rearrange(turn);
                }
            }
            other => {
                let page = (usize::from(turn.area.height) / ROW).max(1);
                if let Some(subnet) = self.moved(other, turn.world, page) {
                    turn.world.selected.subnet = Some(subnet);
                }
            }
        }
    }

    fn selected(&mut self, before: Selected, turn: &mut Turn<'_>) {
        if self.sections.is_none() || before.part != turn.world.selected.part {
            self.rearrange(turn);
        }
    }

    fn input(&mut self) -> Option<&mut Input> {
        Some(&mut self.filter)
    }

    fn filtered(&mut self, turn: &mut Turn<'_>) {
        self.rearrange(turn);
    }

    fn draw(&self, view: &View<'_>, area: Rect, buf: &mut Buffer) {
        let mut area = area;
        if self.filter.active || !self.filter.text().is_empty() {
            look::filter(&self.filter, view.theme, Rect { height: 1, ..area }, buf);
            area = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
        }
        if self.sections().is_empty() {
            look::message(&[self.nothing(view.world)], Role::Dim, view.theme, area, buf);
            return;
        }
        // A column is kept for the scroll bar.
        let inside = Rect { width: area.width.saturating_sub(1), ..area };
        let column = self.spot(view.world).map_or(0, |(_, column)| column);
        let sheet = sheet::Sheet::of(self.sections(), view.world, (inside.width, column), view.theme.glyphs());
        let range = sheet.shown(usize::from(area.height));
        sheet.draw(&range, view, inside, buf);
        scroll_bar(&range, sheet.height(), view.theme, area, buf);
    }
}
