//! The map written down line by line, as high as it needs to be; what of it is shown follows the selected subnet.

use std::collections::BTreeSet;
use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::super::View;
use super::{GridRow, Section};
use crate::tui::look;
use crate::tui::subnets::{HOLDS, Resident, SubnetRow, VpcRow, class_words};
use crate::tui::theme::{Glyphs, Role};
use crate::tui::widget::number::cells;
use crate::tui::widget::shown;
use crate::tui::widget::text::{clean, column, column_right, fit, width, wrap};
use crate::tui::world::{Part, World};

/// The width of the names of the classes, with the bar before them.
const LABEL: u16 = 12;
/// The least width of a zone.
const NARROWEST: u16 = 22;
/// The most: a wider one says no more.
const WIDEST: u16 = 60;
/// From this width on, what a subnet holds is said in whole words and its range stands beside its name.
const ROOMY: usize = 30;

/// A piece of a line: what it says and its role.
type Piece = (String, Role);

/// Pieces at a place of a line.
#[derive(Debug)]
struct Run {
    x: u16,
    width: u16,
    pieces: Vec<Piece>,
    selected: bool,
}

/// The map, line by line.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    lines: Vec<Vec<Run>>,
    /// The lines of the selected subnet.
    selected: Range<usize>,
}

/// What the cells of a VPC are written with.
struct Grid<'w> {
    world: &'w World,
    glyphs: &'w Glyphs,
    /// The columns shown.
    across: Range<usize>,
    /// The width of each.
    wide: u16,
    /// Whether everything was read that could be in a subnet.
    whole: bool,
}

impl Sheet {
    /// Writes the map for so many columns, such that the `column`-th zone is shown.
    pub(super) fn of(sections: &[Section], world: &World, (columns, zone): (u16, usize), glyphs: &Glyphs) -> Self {
        let mut sheet = Self::default();
        let mut said = BTreeSet::new();
        for section in sections {
            let Some(vpc) = world.subnets.vpcs.get(section.vpc) else { continue };
            if !sheet.lines.is_empty() {
                sheet.lines.push(Vec::new());
            }
            sheet.head(vpc, world);
            if said.insert(&vpc.place) {
                sheet.unread(vpc, columns);
            }
            let fit = usize::from((columns.saturating_sub(LABEL) / NARROWEST).max(1));
            let across = shown(zone.min(section.zones.len().saturating_sub(1)), section.zones.len(), fit);
            let room = columns.saturating_sub(LABEL) / cells(across.len().max(1));
            let grid = Grid { world, glyphs, across, wide: room.min(WIDEST), whole: vpc.unread.is_empty() };
            sheet.zones(section, &grid);
            for (at, row) in section.rows.iter().enumerate() {
                if row.first && at > 0 {
                    sheet.lines.push(Vec::new());
                }
                sheet.row(row, &grid);
            }
            sheet.homeless(vpc, &grid, columns);
        }
        sheet
    }

    pub(super) fn height(&self) -> usize {
        self.lines.len()
    }

    /// The lines shown: those of the selected subnet in the middle, where the ends allow, its first ones in any case.
    pub(super) fn shown(&self, height: usize) -> Range<usize> {
        let Range { start, end } = self.selected;
        let middle = if end - start > height { start + height / 2 } else { usize::midpoint(start, end) };
        shown(middle, self.lines.len(), height)
    }

    pub(super) fn draw(&self, range: &Range<usize>, view: &View<'_>, area: Rect, buf: &mut Buffer) {
        for (line, runs) in self.lines.iter().skip(range.start).take(range.len()).enumerate() {
            let y = area.y + cells(line);
            for run in runs.iter().filter(|run| run.x < area.width) {
                let place = Rect { x: area.x + run.x, y, width: run.width.min(area.width - run.x), height: 1 };
                let styled = |(text, role): &Piece| Span::styled(text.clone(), view.theme.style(*role));
                let spans: Vec<_> = run.pieces.iter().map(styled).collect();
                buf.set_line(place.x, place.y, &Line::from(spans), place.width);
                look::select(run.selected, view, place, buf);
            }
        }
    }

    fn whole_line(&mut self, pieces: Vec<Piece>) {
        self.lines.push(vec![Run { x: 0, width: u16::MAX, pieces, selected: false }]);
    }

    /// The name of a VPC.
    fn head(&mut self, vpc: &VpcRow, world: &World) {
        let environment = vpc.environment.map(Part::Environment);
        let mut pieces = vec![(vpc.title.clone(), Role::Key), (format!("  {}", vpc.place), Role::Dim)];
        if let Some(part) = environment {
            pieces.push((format!("  {}", world.part_name(part)), look::part_role(part, world)));
        }
        self.whole_line(pieces);
    }

    /// What could not be read in a Region; said once.
    fn unread(&mut self, vpc: &VpcRow, columns: u16) {
        if vpc.unread.is_empty() {
            return;
        }
        let unread: Vec<_> = vpc.unread.iter().map(|gap| format!("{} ({})", gap.action, gap.reason)).collect();
        let text = clean(&format!("! there may be more here: {}", unread.join(", ")));
        for line in wrap(&text, usize::from(columns)) {
            self.whole_line(vec![(line, Role::Incomplete)]);
        }
    }

    /// The names of the zones; how many of them are shown where it is not all.
    fn zones(&mut self, section: &Section, grid: &Grid<'_>) {
        if section.rows.is_empty() {
            return;
        }
        let mut runs = Vec::new();
        if grid.across.len() < section.zones.len() {
            let (from, to) = (grid.across.start + 1, grid.across.end);
            let text = format!("{from}-{to} of {}", section.zones.len());
            runs.push(Run { x: 0, width: LABEL - 1, pieces: vec![(text, Role::Dim)], selected: false });
        }
        for (place, zone) in section.zones.iter().skip(grid.across.start).take(grid.across.len()).enumerate() {
            let width = grid.wide.saturating_sub(1);
            let text = column(&format!("  {zone}"), usize::from(width), grid.glyphs.ellipsis);
            runs.push(Run { x: grid.x(place), width, pieces: vec![(text, Role::Column)], selected: false });
        }
        self.lines.push(runs);
    }

    /// Subnets beside each other, with the name of their class before the first ones.
    fn row(&mut self, row: &GridRow, grid: &Grid<'_>) {
        let written: Vec<(usize, bool, Vec<Vec<Piece>>)> = grid
            .across
            .clone()
            .enumerate()
            .filter_map(|(place, zone)| {
                let index = row.cells.get(zone).copied().flatten()?;
                let subnet = grid.world.subnets.rows.get(index)?;
                let selected = grid.world.selected.subnet == Some(index);
                Some((place, selected, grid.cell(subnet, selected)))
            })
            .collect();
        let words = if row.first { class_words(row.class) } else { ["", ""] };
        let least = if row.first { words.len() } else { 1 };
        let height = written.iter().map(|(_, _, lines)| lines.len()).max().unwrap_or_default().max(least);
        let start = self.lines.len();
        let role = look::class_role(row.class);
        for line in 0..height {
            let word = words.get(line).copied().unwrap_or_default();
            let word_role = if line == 0 { role } else { Role::Dim };
            let label = vec![(format!("{} ", grid.glyphs.wall), role), (word.to_owned(), word_role)];
            self.lines.push(vec![Run { x: 0, width: LABEL, pieces: label, selected: false }]);
        }
        for (place, selected, lines) in written {
            if selected {
                self.selected = start..start + height;
            }
            for (line, pieces) in lines.into_iter().enumerate() {
                let run = Run {
                    x: grid.x(place),
                    width: grid.wide.saturating_sub(1),
                    pieces,
                    selected: selected && line == 0,
                };
                if let Some(runs) = self.lines.get_mut(start + line) {
                    runs.push(run);
                }
            }
        }
    }

    /// What is known to be somewhere, but not where.
    fn homeless(&mut self, vpc: &VpcRow, grid: &Grid<'_>, columns: u16) {
        let part = grid.world.selected.part;
        let of_part = vpc.homeless.iter().filter(|resident| part.holds(resident.environment));
        for text in holdings(of_part, true) {
            for line in wrap(&format!("? {}{}", text.0, text.1), usize::from(columns)) {
                self.whole_line(vec![(line, Role::Unknown)]);
            }
        }
        if vpc.subnets.is_empty() && vpc.homeless.is_empty() && grid.whole {
            self.whole_line(vec![("it has no subnet".to_owned(), Role::Dim)]);
        }
    }
}

impl Grid<'_> {
    fn x(&self, place: usize) -> u16 {
        LABEL + cells(place) * self.wide
    }

    /// A subnet's name and range, and what is in it.
    fn cell(&self, subnet: &SubnetRow, selected: bool) -> Vec<Vec<Piece>> {
        let room = usize::from(self.wide.saturating_sub(1));
        let ellipsis = self.glyphs.ellipsis;
        let mark = if selected { self.glyphs.selected } else { " " };
        let class = look::class_role(subnet.known_class());
        let range = match subnet.ranges.as_slice() {
            [] => String::new(),
            [one] => one.clone(),
            [first, ..] => format!("{first} +"),
        };
        let mut lines = Vec::new();
        if room >= ROOMY {
            let range = fit(&range, room - 2, ellipsis);
            let name = room.saturating_sub(3 + width(&range));
            lines.push(vec![
                (format!("{mark} "), Role::Key),
                (column(&subnet.title(), name, ellipsis), class),
                (column_right(&range, room - 2 - name, ellipsis), Role::Text),
            ]);
        } else {
            let name = column(&subnet.title(), room.saturating_sub(2), ellipsis);
            lines.push(vec![(format!("{mark} "), Role::Key), (name, class)]);
            lines.push(vec![(format!("  {}", fit(&range, room.saturating_sub(2), ellipsis)), Role::Text)]);
        }
        let part = self.world.selected.part;
        let (own, others): (Vec<_>, Vec<_>) =
            subnet.residents.iter().partition(|resident| part.holds(resident.environment));
        for (count, names) in holdings(own.into_iter(), room >= ROOMY) {
            let names = fit(&names, room.saturating_sub(2 + width(&count)), ellipsis);
            lines.push(vec![(format!("  {count}"), Role::Dim), (names, Role::Text)]);
        }
        for text in self.more(subnet, others.len()) {
            lines.push(vec![(format!("  {}", fit(&text, room.saturating_sub(2), ellipsis)), Role::Dim)]);
        }
        lines
    }

    /// What else is to be said: how much is of other environments, and how many interfaces there are.
    fn more(&self, subnet: &SubnetRow, others: usize) -> Vec<String> {
        let mut more = Vec::new();
        if others > 0 {
            more.push(format!("+{others} not of {}", self.world.part_name(self.world.selected.part)));
        }
        match subnet.interfaces.len() {
            0 if subnet.residents.is_empty() && self.whole => more.push("empty".to_owned()),
            0 if subnet.residents.is_empty() => more.push("nothing that was read".to_owned()),
            0 => {}
            1 => more.push("1 interface".to_owned()),
            count => more.push(format!("{count} interfaces")),
        }
        more
    }
}

/// How many of each there are, and their names; `?` behind a name that may be in a sibling instead.
fn holdings<'r>(residents: impl Iterator<Item = &'r Resident>, in_words: bool) -> Vec<Holding> {
    let mut names: Vec<Vec<String>> = HOLDS.iter().map(|_| Vec::new()).collect();
    for resident in residents {
        let doubt = if resident.certain { "" } else { "?" };
        if let Some(names) = names.get_mut(resident.what) {
            names.push(format!("{}{doubt}", resident.name));
        }
    }
    let said = |(names, (_, [one, several, short])): (Vec<String>, &(_, [&str; 3]))| {
        let word = match (in_words, names.len()) {
            (false, _) => short,
            (true, 1) => one,
            (true, _) => several,
        };
        (format!("{} {word} ", names.len()), names.join(", "))
    };
    names.into_iter().zip(&HOLDS).filter(|(names, _)| !names.is_empty()).map(said).collect()
}

/// A count with its word, and names.
type Holding = (String, String);
