//! `bartizan rules`: what rules there are, whether they hold, and new ones.

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::packs::{PackArgs, failure};
use super::{Exit, Failure, output};
use crate::audit::{Fault, Limits, Pack, Trial, scaffold};
use crate::model::Kind;
use crate::report;

/// Flags of `bartizan rules`.
#[derive(Debug, Args)]
pub(super) struct RulesArgs {
    #[command(subcommand)]
    command: RulesCommand,
}

#[derive(Debug, Subcommand)]
enum RulesCommand {
    /// List the rules of every pack
    List(PackArgs),
    /// Show what a rule looks at, why, and how its fault is removed
    Show {
        /// The rule's id
        rule: String,
        #[command(flatten)]
        packs: PackArgs,
    },
    /// Run the tests and fixtures of every rule, with line coverage
    Test(PackArgs),
    /// Look for what is wrong with rules although they run
    Lint(PackArgs),
    /// Begin a rule, and its pack if there is none yet, with tests that pass
    New {
        /// The new rule and its pack: our-pack/bucket-without-owner
        #[arg(value_name = "PACK/RULE")]
        name: String,
        /// The resource type it judges
        #[arg(long, value_name = "TYPE", default_value = "SecurityGroup")]
        resource: String,
        /// The directory of the packs, or that of the pack itself
        #[arg(long, value_name = "DIR", default_value = "rules", alias = "directory")]
        rules: PathBuf,
    },
}

/// Runs one of the subcommands.
pub(super) fn run(args: &RulesArgs, paint: bool) -> Result<Exit, Failure> {
    match &args.command {
        RulesCommand::List(packs) => list(&packs.load()?, paint),
        RulesCommand::Show { rule, packs } => show(rule, &packs.load()?, paint),
        RulesCommand::Test(packs) => test(&packs.load()?),
        RulesCommand::Lint(packs) => lint(&packs.load()?),
        RulesCommand::New { name, resource, rules } => new(name, resource, rules),
    }
}

fn list(packs: &[Pack], paint: bool) -> Result<Exit, Failure> {
    output::out(&report::rules(packs, paint))?;
    Ok(Exit::Clean)
}

fn show(id: &str, packs: &[Pack], paint: bool) -> Result<Exit, Failure> {
    let rule = packs.iter().find_map(|pack| pack.rule(id));
    let rule = rule.ok_or_else(|| {
        let words: Vec<&str> = id.split('-').collect();
        let rules = packs.iter().flat_map(|pack| &pack.rules).map(|rule| rule.meta.id.as_str());
        let near: Vec<&str> = rules.filter(|known| words.iter().any(|word| known.contains(word))).take(5).collect();
        let near = if near.is_empty() {
            "see `bartizan rules list`".to_owned()
        } else {
            format!("near it are {}", near.join(", "))
        };
        Failure::usage(format!("there is no rule `{id}`: {near}"))
    })?;
    output::out(&format!(
        "{}  file      {}\n\n{}",
        report::rule(&rule.meta, paint),
        rule.source.path,
        body(&rule.source.text)
    ))?;
    Ok(Exit::Clean)
}

fn lines(page: &[String]) -> String {
    page.iter().fold(String::new(), |text, line| format!("{text}{line}\n"))
}

/// A rule's text below its metadata.
fn body(text: &str) -> String {
    let lines = text.lines().skip_while(|line| !line.starts_with("package "));
    lines.fold(String::new(), |body, line| format!("{body}{line}\n"))
}

fn test(packs: &[Pack]) -> Result<Exit, Failure> {
    let mut faults: Vec<Fault> = Vec::new();
    let mut page = Vec::new();
    for pack in packs {
        let trials = pack.try_rules(Limits::default());
        let sum = |count: fn(&Trial) -> usize| trials.iter().map(count).sum::<usize>();
        let (passed, failed) = (sum(|trial| trial.passed), sum(|trial| trial.failed.len()));
        let (covered, all) = (sum(|trial| trial.lines.covered.len()), sum(|trial| trial.lines.all.len()));
        let percent = (covered * 100).checked_div(all).unwrap_or_default();
        page.push(format!(
            "{}: {} rules, {passed} passed, {failed} failed, {percent} % of {all} lines covered",
            pack.id,
            trials.len(),
        ));
        for trial in trials {
            let missed: Vec<String> = trial.lines.all.difference(&trial.lines.covered).map(u32::to_string).collect();
            if !missed.is_empty() {
                page.push(format!("  {}: lines not covered: {}", trial.rule, missed.join(", ")));
            }
            faults.extend(trial.failed);
        }
    }
    output::out(&lines(&page))?;
    end(&faults)
}

fn lint(packs: &[Pack]) -> Result<Exit, Failure> {
    let faults: Vec<Fault> = packs.iter().flat_map(Pack::lint).collect();
    let rules: usize = packs.iter().map(|pack| pack.rules.len()).sum();
    if faults.is_empty() {
        output::out(&format!("{rules} rules in {} packs: nothing wrong\n", packs.len()))?;
    }
    end(&faults)
}

fn end(faults: &[Fault]) -> Result<Exit, Failure> {
    if faults.is_empty() { Ok(Exit::Clean) } else { Err(failure(faults)) }
}

/// The directory that the pack's own is in. The name of a built-in pack is taken, unless its directory is there.
fn directory_of(pack: &str, directory: &Path) -> Result<PathBuf, Failure> {
    let is_there = |directory: &Path| directory.join("pack.toml").is_file();
    if is_there(directory) {
        // What follows is joined to it again.
        let named = directory.file_name().is_some_and(|name| name == pack);
        let parent = directory.parent().filter(|_| named);
        let wrong = || format!("{} is the directory of another pack than `{pack}`", directory.display());
        return parent.map(Path::to_owned).ok_or_else(|| Failure::usage(wrong()));
    }
    let built_in = Pack::embedded().map_err(|faults| failure(&faults))?;
    if built_in.iter().any(|known| known.id == pack) && !is_there(&directory.join(pack)) {
        let ways = "choose another name, or name the directory it is in with --rules DIR";
        let place = directory.join(pack);
        let told =
            format!("`{pack}` is a pack built into this program, and {} does not hold it: {ways}", place.display());
        return Err(Failure::usage(told));
    }
    Ok(directory.to_owned())
}

fn new(name: &str, resource: &str, directory: &Path) -> Result<Exit, Failure> {
    let kebab = |part: &str| {
        let words = part.split('-').all(|word| !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric()));
        words && part == part.to_ascii_lowercase()
    };
    let (pack, rule) = name.split_once('/').filter(|(pack, rule)| kebab(pack) && kebab(rule)).ok_or_else(|| {
        Failure::usage(format!("`{name}` is not PACK/RULE in kebab-case, like our-pack/bucket-without-owner"))
    })?;
    let kind = Kind::of_name(resource).ok_or_else(|| {
        let kinds: Vec<&str> = Kind::ALL.iter().map(|kind| kind.name()).collect();
        Failure::usage(format!("there is no resource type `{resource}`: there are {}", kinds.join(", ")))
    })?;
    let directory = directory_of(pack, directory)?;
    let files: Vec<(PathBuf, String)> =
        scaffold(pack, rule, kind).into_iter().map(|(path, text)| (directory.join(path), text)).collect();
    // A pack that is there stays as it is; a rule that is there is not written over.
    let is_pack = |path: &PathBuf| path.ends_with("pack.toml");
    if let Some((path, _)) = files.iter().find(|(path, _)| path.exists() && !is_pack(path)) {
        return Err(Failure::usage(format!("{} exists: choose another name", path.display())));
    }
    let mut page = Vec::new();
    for (path, text) in files.iter().filter(|(path, _)| !path.exists()) {
        let told = |error: std::io::Error| Failure::usage(format!("{}: {error}", path.display()));
        fs::create_dir_all(path.parent().unwrap_or(&directory)).map_err(told)?;
        fs::write(path, text).map_err(told)?;
        page.push(format!("{} written", path.display()));
    }
    page.push(format!("try it: bartizan rules test --rules {}", directory.join(pack).display()));
    output::out(&lines(&page))?;
    Ok(Exit::Clean)
}
