//! `bartizan man`: manual pages, made from the same words as the help.

use std::io;
use std::path::PathBuf;

use clap::{Args, CommandFactory};
use clap_mangen::Man;

use super::{Arguments, Exit, Failure, output};

/// Flags of `bartizan man`.
#[derive(Debug, Args)]
#[command(after_help = "To read one: bartizan man audit | man -l -")]
pub(super) struct ManArgs {
    /// The command whose page to print, as `reach exposed` [default: bartizan itself]
    #[arg(value_name = "COMMAND")]
    command: Vec<String>,
    /// Write the pages of all commands to this directory instead
    #[arg(long, value_name = "DIR", conflicts_with = "command")]
    into: Option<PathBuf>,
}

/// Prints a page, or writes all of them.
pub(super) fn run(args: &ManArgs) -> Result<Exit, Failure> {
    let mut root = Arguments::command();
    root.build();
    if let Some(directory) = &args.into {
        std::fs::create_dir_all(directory)
            .map_err(|error| Failure::usage(format!("{} cannot be made: {error}", directory.display())))?;
        write_below(&root, directory)?;
        return Ok(Exit::Clean);
    }
    let mut command = &root;
    for name in &args.command {
        command = command.find_subcommand(name).ok_or_else(|| {
            let known: Vec<_> = shown(command).map(clap::Command::get_name).collect();
            let told =
                if known.is_empty() { "it has none".to_owned() } else { format!("there are {}", known.join(", ")) };
            Failure::usage(format!(
                "`{}` has no command `{name}`: {told}",
                command.get_bin_name().unwrap_or("bartizan")
            ))
        })?;
    }
    output::out(&page(command)?)?;
    Ok(Exit::Clean)
}

fn shown(command: &clap::Command) -> impl Iterator<Item = &clap::Command> {
    command.get_subcommands().filter(|command| command.get_name() != "help")
}

fn write_below(command: &clap::Command, directory: &std::path::Path) -> Result<(), Failure> {
    output::file(&directory.join(Man::new(command.clone()).get_filename()), &page(command)?)?;
    shown(command).try_for_each(|command| write_below(command, directory))
}

fn page(command: &clap::Command) -> Result<String, Failure> {
    let mut page = Vec::new();
    let man = Man::new(command.clone()).manual("Bartizan").source(concat!("bartizan ", env!("CARGO_PKG_VERSION")));
    let rendered: io::Result<()> = man.render(&mut page);
    rendered.map_err(|error| Failure::usage(format!("the page cannot be made: {error}")))?;
    Ok(String::from_utf8_lossy(&page).into_owned())
}
