//! `bartizan report --max-age`: whether the latest reports are young enough.

use std::path::Path;

use jiff::SignedDuration;

use super::ReportArgs;
use crate::cli::{Exit, Failure, output};
use crate::clock;
use crate::model::text::sanitise;
use crate::publish::{Freshness, Shelf, folder, fresh};

/// Tells a line per environment.
pub(super) fn run(args: &ReportArgs, most: SignedDuration) -> Result<Exit, Failure> {
    if args.out.starts_with("s3://") {
        let told = "--max-age looks at a directory: copy latest.json out of the bucket, or watch the heartbeat";
        return Err(Failure::usage(told));
    }
    let directory = Path::new(&args.out);
    let shelves = if args.env.is_empty() {
        Shelf::all(directory)?
    } else {
        args.targets().into_iter().map(|name| Shelf::of(directory, name)).collect()
    };
    if shelves.is_empty() {
        let told = format!("{}: there is no report: `bartizan report --out` writes the first", args.out);
        return Err(Failure { exit: Exit::Incomplete, message: told });
    }
    let mut exit = Exit::Clean;
    for shelf in shelves {
        let freshness = fresh(&shelf, most, clock::now());
        if !matches!(freshness, Freshness::Fresh(_)) {
            exit = Exit::Incomplete;
        }
        output::out(&format!("{}\n", sanitise(&line(&shelf, most, &freshness))))?;
    }
    Ok(exit)
}

fn line(shelf: &Shelf, most: SignedDuration, freshness: &Freshness) -> String {
    let latest = shelf.latest();
    let name = shelf.path().file_name().unwrap_or_default().to_string_lossy().into_owned();
    let name = match &latest {
        Some(latest) => latest.environment.clone().unwrap_or_else(|| "the whole estate".to_owned()),
        None if name == folder(None) => "the whole estate".to_owned(),
        None => name,
    };
    let place = shelf.path().display();
    let of = latest.map(|latest| format!("{place}/{}, {}", latest.folder, latest.outcome)).unwrap_or_default();
    let short = |age: &SignedDuration| format!("{:#}", SignedDuration::from_secs(age.as_secs()));
    match freshness {
        Freshness::Fresh(age) => format!("{name}: read {} ago: {of}", short(age)),
        Freshness::Stale(age) => format!("{name}: TOO OLD: read {} ago, not within {}: {of}", short(age), short(&most)),
        Freshness::Future(ahead) => format!(
            "{name}: FROM THE FUTURE by {}: the clock was ahead then, or is behind now; report anew: {of}",
            short(ahead)
        ),
        Freshness::Missing(why) => format!("{name}: MISSING: {why} in {place}"),
    }
}
