//! Pictures of terminal screens. Rules, blocks and braille are drawn as geometry, so that they join; everything else
//! comes from the font beside the tests. The text of the screen is kept in the picture.

#![expect(clippy::indexing_slicing, reason = "arrays of three colours and of sixteen")]

use ab_glyph::{Font, FontRef, PxScale, ScaleFont, point};
use vt100::{Cell, Color, Screen};

/// The size of a cell, in pixels.
const WIDTH: usize = 10;
const HEIGHT: usize = 22;
/// The size of the letters, and where their base line is in a cell.
const LETTERS: f32 = 22.0;
const BASE: f32 = 16.5;
/// Around the screen.
const MARGIN: usize = 10;
/// What a terminal has where a program asks for no colour.
const INK: [u8; 3] = [212, 212, 212];
const PAPER: [u8; 3] = [20, 20, 20];
/// The name under which a picture keeps its text.
const KEYWORD: &str = "Description";

static REGULAR: &[u8] = include_bytes!("../fonts/JetBrainsMono-Regular.ttf");
static BOLD: &[u8] = include_bytes!("../fonts/JetBrainsMono-Bold.ttf");

/// A picture.
pub(crate) struct Picture {
    columns: usize,
    rows: usize,
    pixels: Vec<u8>,
}

/// Draws a screen.
pub(crate) fn draw(screen: &Screen) -> Picture {
    let (rows, columns) = screen.size();
    let (rows, columns) = (usize::from(rows.get()), usize::from(columns.get()));
    let mut picture =
        Picture { columns: columns * WIDTH + 2 * MARGIN, rows: rows * HEIGHT + 2 * MARGIN, pixels: Vec::new() };
    let corner = screen.cell(0, 0).map_or(PAPER, |cell| rgb(cell.bgcolor(), PAPER));
    picture.pixels = corner.repeat(picture.columns * picture.rows);
    for row in 0..rows {
        for column in 0..columns {
            let position = (u16::try_from(row).expect("small"), u16::try_from(column).expect("small"));
            if let Some(cell) = screen.cell(position.0, position.1) {
                picture.cell(cell, MARGIN + column * WIDTH, MARGIN + row * HEIGHT);
            }
        }
    }
    picture
}

fn rgb(colour: Color, default: [u8; 3]) -> [u8; 3] {
    const BASIC: [[u8; 3]; 16] = [
        [0, 0, 0],
        [205, 49, 49],
        [13, 188, 121],
        [229, 229, 16],
        [36, 114, 200],
        [188, 63, 188],
        [17, 168, 205],
        [229, 229, 229],
        [102, 102, 102],
        [241, 76, 76],
        [35, 209, 139],
        [245, 245, 67],
        [59, 142, 234],
        [214, 112, 214],
        [41, 184, 219],
        [255, 255, 255],
    ];
    match colour {
        Color::Default => default,
        Color::Rgb(r, g, b) => [r, g, b],
        Color::Idx(index @ 0..16) => BASIC[usize::from(index)],
        Color::Idx(index @ 232..) => [8 + 10 * (index - 232); 3],
        Color::Idx(index) => {
            let cube = index - 16;
            [cube / 36, cube / 6 % 6, cube % 6].map(|step| if step == 0 { 0 } else { 55 + 40 * step })
        }
    }
}

fn mix(ink: [u8; 3], paper: [u8; 3], share: f32) -> [u8; 3] {
    let channel = |i: usize| f32::from(ink[i]) * share + f32::from(paper[i]) * (1.0 - share);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between two bytes")]
    [channel(0).round() as u8, channel(1).round() as u8, channel(2).round() as u8]
}

impl Picture {
    fn dot(&mut self, x: usize, y: usize, ink: [u8; 3], share: f32) {
        let at = (y * self.columns + x) * 3;
        if x < self.columns
            && let Some(pixel) = self.pixels.get_mut(at..at + 3)
        {
            let mixed = mix(ink, [pixel[0], pixel[1], pixel[2]], share);
            pixel.copy_from_slice(&mixed);
        }
    }

    fn block(&mut self, (x, y): (usize, usize), (width, height): (usize, usize), ink: [u8; 3]) {
        for line in y..y + height {
            for column in x..x + width {
                self.dot(column, line, ink, 1.0);
            }
        }
    }

    fn cell(&mut self, cell: &Cell, x: usize, y: usize) {
        let (mut ink, mut paper) = (rgb(cell.fgcolor(), INK), rgb(cell.bgcolor(), PAPER));
        if cell.inverse() {
            std::mem::swap(&mut ink, &mut paper);
        }
        if cell.dim() {
            ink = mix(ink, paper, 0.6);
        }
        self.block((x, y), (WIDTH, HEIGHT), paper);
        for symbol in cell.contents().chars().filter(|symbol| *symbol != ' ') {
            if !self.geometry(symbol, (x, y), ink) {
                self.letter(symbol, (x, y), ink, if cell.bold() { BOLD } else { REGULAR });
            }
        }
        if cell.underline() {
            self.block((x, y + HEIGHT - 3), (WIDTH, 1), ink);
        }
    }

    /// Draws what must join its neighbours.
    fn geometry(&mut self, symbol: char, (x, y): (usize, usize), ink: [u8; 3]) -> bool {
        let middle = (x + WIDTH / 2 - 1, y + HEIGHT / 2 - 1);
        match symbol {
            '─' => self.block((x, middle.1), (WIDTH, 1), ink),
            '━' => self.block((x, middle.1 - 1), (WIDTH, 3), ink),
            '│' => self.block((middle.0, y), (1, HEIGHT), ink),
            '┃' => self.block((middle.0 - 1, y), (3, HEIGHT), ink),
            '▌' => self.block((x, y), (WIDTH / 2, HEIGHT), ink),
            '\u{2800}'..='\u{28ff}' => {
                let bits = u32::from(symbol) - 0x2800;
                for (bit, (column, row)) in
                    [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3)].into_iter().enumerate()
                {
                    if bits >> bit & 1 == 1 {
                        self.disc(x + 1 + column * WIDTH / 2, y + 1 + row * HEIGHT / 4, ink);
                    }
                }
            }
            _ => return false,
        }
        true
    }

    /// A round dot of four pixels.
    fn disc(&mut self, x: usize, y: usize, ink: [u8; 3]) {
        for (row, shares) in [[0.5, 1.0, 0.5], [1.0, 1.0, 1.0], [0.5, 1.0, 0.5]].into_iter().enumerate() {
            for (column, share) in shares.into_iter().enumerate() {
                self.dot(x + column, y + row, ink, share);
            }
        }
    }

    fn letter(&mut self, symbol: char, (x, y): (usize, usize), ink: [u8; 3], font: &'static [u8]) {
        let font = FontRef::try_from_slice(font).expect("a font");
        let id = font.glyph_id(symbol);
        assert!(id.0 != 0, "the font has no `{symbol}`");
        let advance = font.as_scaled(PxScale::from(LETTERS)).h_advance(id);
        #[expect(clippy::cast_precision_loss, reason = "a handful of pixels")]
        let (wide, left, top) = (WIDTH as f32, x as f32, y as f32);
        let scale = PxScale { x: LETTERS * wide / advance, y: LETTERS };
        let Some(outline) = font.outline_glyph(id.with_scale_and_position(scale, point(left, top + BASE))) else {
            return;
        };
        let corner = outline.px_bounds().min;
        outline.draw(|column, row, share| {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "inside the picture")]
            let (at_x, at_y) = (corner.x as usize + column as usize, corner.y as usize + row as usize);
            self.dot(at_x, at_y, ink, share);
        });
    }

    /// The picture as a PNG file with its text.
    pub(crate) fn png(&self, text: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        let size = |length: usize| u32::try_from(length).expect("small");
        let mut encoder = png::Encoder::new(&mut bytes, size(self.columns), size(self.rows));
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::High);
        encoder.add_itxt_chunk(KEYWORD.to_owned(), text.to_owned()).expect("a text");
        let mut writer = encoder.write_header().expect("a header");
        writer.write_image_data(&self.pixels).expect("pixels");
        writer.finish().expect("an end");
        bytes
    }
}

/// The text a picture keeps.
pub(crate) fn text_of(png: &[u8]) -> String {
    let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().expect("a PNG file");
    reader.finish().expect("a PNG file");
    let chunk = reader.info().utf8_text.iter().find(|chunk| chunk.keyword == KEYWORD);
    chunk.expect("a picture of a screen").get_text().expect("UTF-8")
}
