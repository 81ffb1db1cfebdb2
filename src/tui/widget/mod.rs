//! Pieces that panels are drawn with. They know themes and buffers, not estates.

mod bar;
pub(crate) mod chart;
mod input;
mod list;
pub(crate) mod number;
mod plot;
pub(crate) mod text;

pub(crate) use bar::{bar, heading};
pub(crate) use input::{Input, Typed};
pub(crate) use list::{Cursor, Scroll, scroll_bar, shown};
