//! `bartizan waive`: accepts a finding until a day, in a file that people keep.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use clap::Args;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::packs::PackArgs;
use super::source::{self, SourceArgs};
use super::waivers::{self, WaiverArgs};
use super::{Exit, Failure, explain, output};
use crate::audit::{Finding, Selector, Status, Waiver, with_waiver};
use crate::clock;
use crate::model::Kind;
use crate::model::text::sanitise;

/// Flags of `bartizan waive`.
#[derive(Debug, Args)]
pub(super) struct WaiveArgs {
    /// The finding's id, as `bartizan audit` prints it
    #[arg(value_name = "FINDING-ID")]
    id: String,
    /// The last day on which it is accepted, such as 2026-12-31
    #[arg(long, value_name = "DATE")]
    until: Date,
    /// Why it is accepted
    #[arg(long, value_name = "TEXT", value_parser = said)]
    reason: String,
    /// Who answers for it [default: the resource's tag `owner`]
    #[arg(long, value_name = "NAME", value_parser = said)]
    owner: Option<String>,
    /// Where it is written down
    #[arg(long, value_name = "TICKET", value_parser = said)]
    ticket: Option<String>,
    #[command(flatten)]
    waivers: WaiverArgs,
    #[command(flatten)]
    packs: PackArgs,
}

fn said(text: &str) -> Result<String, &'static str> {
    if text.trim().is_empty() { Err("say something") } else { Ok(text.to_owned()) }
}

/// Judges the estate anew, and writes the waiver of one of its findings.
pub(super) fn run(args: &WaiveArgs, source: &SourceArgs) -> Result<Exit, Failure> {
    let config = source.config()?;
    let Some(file) = args.waivers.file(&config) else {
        let ways = "give --waivers FILE, or write `waivers = \"FILE\"` in bartizan.toml";
        return Err(Failure::usage(format!("it is not said where waivers are kept: {ways}")));
    };
    let today = clock::now().to_zoned(TimeZone::UTC).date();
    if args.until < today {
        return Err(Failure::usage(format!("--until {} is over: today is {today} in UTC", args.until)));
    }
    let packs = args.packs.load()?;
    let estate = source.open(&config, false)?.estate;
    let environments = source::environments(&config, &estate);
    // The first waiver makes the file.
    let there = Some(file).filter(|file| file.exists());
    let audit = waivers::audit(there, (&estate, &environments), &packs, &args.packs)?;
    let finding = audit.findings.iter().find(|finding| finding.id == args.id);
    let finding = finding.ok_or_else(|| explain::unknown(&args.id, &audit.findings))?;
    let waiver = waiver(args, finding)?;
    add(file, &waiver).map_err(|told| Failure::usage(format!("{}: {told}; nothing was written", file.display())))?;
    let told = format!("{}: {} is waived until {}", file.display(), waiver.label(), waiver.expires);
    output::out(&format!("{}\n", sanitise(&told)))?;
    Ok(Exit::Clean)
}

fn waiver(args: &WaiveArgs, finding: &Finding) -> Result<Waiver, Failure> {
    let refuse = |told: String| Err(Failure::usage(format!("{} cannot be waived: {told}", finding.id)));
    match &finding.status {
        Status::Fail | Status::Waived { .. } => {}
        Status::Unknown { reason, .. } => return refuse(format!("it is UNKNOWN, and may be anything ({reason})")),
        Status::Pass | Status::NotApplicable => return refuse(format!("it is no fault but {}", finding.status.word())),
    }
    let key = &finding.subject.key;
    if key.kind == Kind::Waiver {
        return refuse("it is about a waiver: mend that in its file, or renew it by waiving its finding".to_owned());
    }
    let Some(owner) = args.owner.clone().or_else(|| finding.owner.clone()) else {
        return refuse("nobody answers for it: give --owner, or tag the resource with `owner`".to_owned());
    };
    Ok(Waiver {
        rule: finding.rule.clone(),
        resource: Selector {
            id: Some(key.id.clone()),
            account: Some(key.account.to_string()),
            region: Some(key.region.to_string()),
            ..Selector::default()
        },
        owner,
        reason: args.reason.clone(),
        expires: args.until,
        ticket: args.ticket.clone(),
        place: String::new(),
    })
}

/// Writes the waiver into its file: whole or not at all, and one at a time.
fn add(path: &Path, waiver: &Waiver) -> Result<(), String> {
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let directory = target.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let cannot = |error: io::Error| format!("it cannot be written: {error}");
    // Where directories cannot be locked, two at once are on their own.
    let lock = File::open(directory).map_err(cannot)?;
    let _ = lock.lock();
    let text = match fs::read_to_string(&target) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        read => read.map_err(|error| error.to_string())?,
    };
    let text = with_waiver(&text, waiver)?;
    Waiver::of_text(&path.display().to_string(), &text).map_err(|faults| super::packs::failure(&faults).message)?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".bartizan-").suffix(".part");
    #[cfg(unix)]
    let builder = builder.permissions(permissions(&target));
    let mut temporary = builder.tempfile_in(directory).map_err(cannot)?;
    temporary.write_all(text.as_bytes()).map_err(cannot)?;
    temporary.as_file().sync_all().map_err(cannot)?;
    temporary.persist(&target).map_err(|error| cannot(error.error))?;
    lock.sync_all().or(Ok(()))
}

/// Those of the file that is replaced; a new one is readable like any file of its writer's.
#[cfg(unix)]
fn permissions(target: &Path) -> fs::Permissions {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(target).map_or_else(|_| fs::Permissions::from_mode(0o666), |data| data.permissions())
}
