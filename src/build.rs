//! Embeds `rules/`, `themes/` and the demo estates: every file under them becomes an entry of a table in the
//! program, so that adding a rule or a theme is adding a file. The table names no place of this machine, so that
//! clones of the repository may share a target directory.

#![expect(
    clippy::disallowed_methods,
    clippy::use_debug,
    reason = "a build script is configured by variables and writes code"
)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

const TREES: [(&str, &str); 3] = [("RULES", "rules"), ("THEMES", "themes"), ("DEMO", "src/source/demo")];

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("embedded.rs");
    let mut code = String::new();
    for (name, folder) in TREES {
        println!("cargo::rerun-if-changed={folder}");
        let mut files = Vec::new();
        let top = root.join(folder);
        if top.is_dir() {
            walk(&top, &mut files)?;
        }
        files.sort();
        let _ = writeln!(code, "/// Every file under `{folder}`: its path below that folder, and its text.");
        let _ = writeln!(code, "pub static {name}: &[(&str, &str)] = &[");
        for file in files {
            let relative = file.strip_prefix(&top).unwrap_or(&file).to_string_lossy().replace('\\', "/");
            let place = format!("/{folder}/{relative}");
            let _ =
                writeln!(code, "    ({relative:?}, include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), {place:?}))),");
        }
        let _ = writeln!(code, "];");
    }
    fs::write(out, code)
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            walk(&path, files)?;
        } else if path.extension().is_some_and(|kind| ["rego", "toml", "json", "jsonl"].iter().any(|e| kind == *e)) {
            files.push(path);
        }
    }
    Ok(())
}
