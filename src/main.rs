//! Argv in, exit code out.

use std::process::ExitCode;

fn main() -> ExitCode {
    bartizan::cli::run(std::env::args_os())
}
