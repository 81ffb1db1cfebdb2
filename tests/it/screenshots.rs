//! The pictures in `screenshots/`: drawn from the real program on the demo estate, never by hand.
//! `UPDATE_SCREENSHOTS=1` draws them anew; otherwise their text is compared with what the program shows now.

#![expect(clippy::disallowed_methods, reason = "a variable tells that pictures are to be drawn anew")]

use std::path::{Path, PathBuf};

use crate::picture;
use crate::pty::{self, BARTIZAN};

/// A picture: its name, the size of the terminal, variables, the keys to press, and a text to wait for.
struct Shot {
    name: &'static str,
    size: (u16, u16),
    variables: &'static [(&'static str, &'static str)],
    keys: &'static [&'static str],
    shows: &'static str,
}

const SHOTS: [Shot; 13] = [
    Shot { name: "dashboard", size: (160, 45), variables: &[], keys: &["e"], shows: "all received by" },
    Shot { name: "dashboard-120x40", size: (120, 40), variables: &[], keys: &["e"], shows: "all received by" },
    Shot {
        name: "light",
        size: (120, 40),
        variables: &[("BARTIZAN_THEME", "noon")],
        keys: &["e", "3"],
        shows: "all received by",
    },
    Shot { name: "finding", size: (110, 34), variables: &[], keys: &["3", "\r", "z"], shows: "EVIDENCE" },
    Shot { name: "metrics", size: (160, 45), variables: &[], keys: &["e", "5", "z"], shows: "last 3h" },
    Shot { name: "map", size: (160, 45), variables: &[], keys: &["7", "j"], shows: "OPEN FINDINGS" },
    Shot {
        name: "map-light",
        size: (110, 34),
        variables: &[("BARTIZAN_THEME", "noon")],
        keys: &["e", "7", "j"],
        shows: "WHAT IS IN IT",
    },
    Shot { name: "reach", size: (120, 32), variables: &[], keys: &["3", "o"], shows: "THE REPLY" },
    Shot {
        name: "reach-light",
        size: (100, 30),
        variables: &[("BARTIZAN_THEME", "noon")],
        keys: &["8", "s", "internet", "\r", "bastion:8080", "\r"],
        shows: "DENIED",
    },
    Shot { name: "logs", size: (120, 32), variables: &[], keys: &["e", "6", "z"], shows: "all received by" },
    Shot { name: "small", size: (80, 24), variables: &[], keys: &["3"], shows: "SEVERITY" },
    Shot { name: "help", size: (120, 40), variables: &[], keys: &["?"], shows: "esc closes" },
    Shot {
        name: "no-colour",
        size: (120, 40),
        variables: &[("NO_COLOR", "1")],
        keys: &["e", "3"],
        shows: "all received by",
    },
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("screenshots")
}

#[test]
fn pictures_show_what_the_program_shows() {
    let update = std::env::var_os("UPDATE_SCREENSHOTS").is_some();
    let mut stale = Vec::new();
    for shot in SHOTS {
        let mut program = pty::start(&[BARTIZAN, "--demo"], shot.size, shot.variables);
        program.wait_for("DEMO");
        for key in shot.keys {
            program.settle();
            program.send(key);
        }
        program.wait_for(shot.shows);
        program.settle();
        program.settle();
        let text = steady(&program.text());
        let path = folder().join(shot.name).with_extension("png");
        if update {
            std::fs::create_dir_all(folder()).expect("a folder");
            std::fs::write(&path, picture::draw(program.screen()).png(&text)).expect("a file");
        } else {
            let drawn = std::fs::read(&path).map(|png| picture::text_of(&png)).unwrap_or_default();
            if drawn != text {
                stale.push(format!("{} shows\n{drawn}\nbut the program shows\n{text}", path.display()));
            }
        }
        program.send("\x03");
        program.end();
    }
    assert!(stale.is_empty(), "UPDATE_SCREENSHOTS=1 draws them anew:\n{}", stale.join("\n"));
}

/// A screen's text without what depends on how fast the machine is: how often was asked.
pub(crate) fn steady(text: &str) -> String {
    let lines = text.lines().map(|line| match line.rfind(" calls  $") {
        Some(at) => line.split_at(at).0.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end().to_owned(),
        None => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}
