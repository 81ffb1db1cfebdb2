//! A matrix of dots, two by four to a cell, shared by every line of a chart: lines never erase each other, and the
//! colour of a cell is that of the most important line in it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::number::cells;

/// Dots across a cell.
pub(super) const ACROSS: usize = 2;
/// Dots down a cell.
pub(super) const DOWN: usize = 4;

/// The bit of each dot in Unicode's braille block, row by row.
const BITS: [[u8; ACROSS]; DOWN] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];

/// How dots are coloured, the least important first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Ink {
    /// A line; the smaller its number, the more important: it is kept as `usize::MAX - number`.
    Line(usize),
    /// Beyond the threshold.
    Beyond,
}

impl Ink {
    /// The ink of the n-th line.
    pub(super) const fn line(number: usize) -> Self {
        Self::Line(usize::MAX - number)
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Cell {
    bits: u8,
    ink: Option<Ink>,
}

/// The dots of a chart.
#[derive(Debug)]
pub(super) struct Plot {
    columns: usize,
    rows: usize,
    cells: Vec<Cell>,
}

impl Plot {
    /// An empty one for an area of so many cells.
    pub(super) fn new(columns: usize, rows: usize) -> Self {
        Self { columns, rows, cells: vec![Cell::default(); columns * rows] }
    }

    /// Dots from left to right.
    pub(super) const fn width(&self) -> usize {
        self.columns * ACROSS
    }

    /// Dots from top to bottom.
    pub(super) const fn height(&self) -> usize {
        self.rows * DOWN
    }

    /// Sets a dot; `y` counts from the top.
    pub(super) fn dot(&mut self, x: usize, y: usize, ink: Ink) {
        let index = y / DOWN * self.columns + x / ACROSS;
        let bit = BITS.get(y % DOWN).and_then(|row| row.get(x % ACROSS)).copied().unwrap_or_default();
        if let Some(cell) = self.cells.get_mut(index).filter(|_| x < self.columns * ACROSS) {
            cell.bits |= bit;
            cell.ink = cell.ink.max(Some(ink));
        }
    }

    /// Sets the dots between two points. `ink` gives each row's, since a line may cross the threshold.
    pub(super) fn line(&mut self, from: (usize, usize), to: (usize, usize), ink: impl Fn(usize) -> Ink) {
        let steps = from.0.abs_diff(to.0).max(from.1.abs_diff(to.1)).max(1);
        let between = |a: usize, b: usize, step: usize| (a * (steps - step) + b * step + steps / 2) / steps;
        for step in 0..=steps {
            let (x, y) = (between(from.0, to.0, step), between(from.1, to.1, step));
            self.dot(x, y, ink(y));
        }
    }

    /// Whether a cell holds no dot.
    pub(super) fn is_free(&self, column: usize, row: usize) -> bool {
        self.cells.get(row * self.columns + column).is_some_and(|cell| cell.bits == 0)
    }

    /// Draws the dots and leaves every cell without any as it is.
    pub(super) fn draw(&self, braille: bool, style: impl Fn(Ink) -> Style, area: Rect, buf: &mut Buffer) {
        for (index, cell) in self.cells.iter().enumerate() {
            let (Some(ink), true) = (cell.ink, self.columns > 0) else { continue };
            let position = (area.x + cells(index % self.columns), area.y + cells(index / self.columns));
            if let Some(target) = buf.cell_mut(position) {
                target
                    .set_char(if braille { braille_of(cell.bits) } else { ascii_of(cell.bits) })
                    .set_style(style(ink));
            }
        }
    }
}

fn braille_of(bits: u8) -> char {
    char::from_u32(0x2800 + u32::from(bits)).unwrap_or(' ')
}

/// The ASCII character nearest to the height of the dots.
fn ascii_of(bits: u8) -> char {
    let rows = BITS.map(|[left, right]| bits & (left | right) != 0);
    match rows {
        [true, false, false, false] => '\'',
        [false, false, false, true] => '_',
        [false, _, _, false] | [true, true, false, false] => '-',
        [false, false, true, true] => '.',
        _ => '|',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(plot: &Plot, braille: bool) -> Vec<String> {
        let area = Rect::new(0, 0, cells(plot.columns), cells(plot.rows));
        let mut buf = Buffer::empty(area);
        plot.draw(braille, |_| Style::new(), area, &mut buf);
        buf.content().chunks(plot.columns).map(|row| row.iter().map(ratatui::buffer::Cell::symbol).collect()).collect()
    }

    #[test]
    fn a_diagonal_is_a_diagonal() {
        let mut plot = Plot::new(4, 2);
        plot.line((0, 7), (7, 0), |_| Ink::line(0));
        assert_eq!(drawn(&plot, true), ["  ⡠⠊", "⡠⠊  "]);
        assert_eq!(drawn(&plot, false), ["  .-", ".-  "]);
    }

    #[test]
    fn lines_share_cells_and_the_first_line_colours_them() {
        let mut plot = Plot::new(1, 1);
        plot.dot(0, 0, Ink::line(3));
        plot.dot(1, 3, Ink::line(0));
        assert_eq!(drawn(&plot, true), ["⢁"]);
        assert_eq!(plot.cells[0].ink, Some(Ink::line(0)));
        plot.dot(0, 1, Ink::Beyond);
        assert_eq!(plot.cells[0].ink, Some(Ink::Beyond));
    }

    #[test]
    fn dots_outside_are_left_out() {
        let mut plot = Plot::new(1, 1);
        plot.dot(2, 0, Ink::line(0));
        plot.dot(0, 4, Ink::line(0));
        assert!(plot.is_free(0, 0));
        Plot::new(0, 0).dot(0, 0, Ink::line(0));
    }
}
