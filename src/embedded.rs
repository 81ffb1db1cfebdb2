//! The files built into the program: rule packs, themes and demo estates (see `build.rs`).

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));
