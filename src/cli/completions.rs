//! `bartizan completions`: what a shell needs to complete commands and flags.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{Arguments, Exit, Failure, output};

/// Flags of `bartizan completions`.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

const AFTER_HELP: &str = "\
For a session: source <(bartizan completions bash)
To stay:
  bash  bartizan completions bash > ~/.local/share/bash-completion/completions/bartizan
  zsh   bartizan completions zsh > a directory of $fpath, as _bartizan
  fish  bartizan completions fish > ~/.config/fish/completions/bartizan.fish";

/// Prints them.
pub(super) fn run(args: &CompletionsArgs) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Arguments::command(), "bartizan", &mut script);
    output::out(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Clean)
}
