//! `bartizan verify`: whether a report is what its estate and its rules give, judged again, and whether a key signed it.

use std::path::{Path, PathBuf};

use clap::Args;

use super::only::Only;
use super::packs::PackArgs;
use super::source::{self, SourceArgs};
use super::waivers::{self, WaiverArgs};
use super::{Exit, Failure, judge, output, sign};
use crate::audit::{Comparison, Pack, Side};
use crate::model::text::sanitise;
use crate::model::{Environment, Estate};
use crate::report::{self, Claims, Format, Mismatch, Report, Summary, Verifier};

/// Flags of `bartizan verify`.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct VerifyArgs {
    /// The report, as `bartizan audit --format json` wrote it
    #[arg(value_name = "REPORT")]
    report: PathBuf,
    #[command(flatten)]
    packs: PackArgs,
    #[command(flatten)]
    waivers: WaiverArgs,
    /// The JSON report that the report was compared with, to verify the comparison as well
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Verify that this key signed the report: the key itself, or its file; without a source, only that
    #[arg(long, value_name = "KEY|FILE")]
    public_key: Option<String>,
    /// The signature, in the format of minisign [default: REPORT.minisig]
    #[arg(long, value_name = "FILE", requires = "public_key")]
    signature: Option<PathBuf>,
}

const AFTER_HELP: &str = "\
Judges the estate again - the snapshot that --from names, or any other source - and holds every
field of the report against what is found: the digests of estate, packs and rules, what was read,
and each finding with its evidence. Give --pack, --rules, --waivers and --config as they were
given to the audit; the environment it was narrowed to and the day on which waivers were judged
are the report's own. What no estate can tell is named as not verified.

A signature is of the file as it is: with --public-key and no source, the report may have any
format.

Exit codes:
  0  confirmed
  1  the report differs, and the first difference is named; or the signature is not one of it
  2  wrong usage, or a report or other input that cannot be read
  4  the account could not be reached, or it did not let us in";

/// What no estate can tell, and why.
const UNCHECKED: [(&str, &str); 3] = [
    ("generated_at", "nothing in an estate tells when a report was made; a signature does"),
    ("source.label", "what the source was called then"),
    ("manifest.fail_on", "the choice of whoever made the report"),
];

/// How it ended.
enum Outcome {
    /// Everything that was checked is found again; what was not, and why.
    Confirmed { lines: Vec<String>, unchecked: Vec<(&'static str, &'static str)> },
    /// It is not.
    Differs(Mismatch),
}

/// What a report is held against.
struct Again<'a> {
    estate: Estate,
    environments: &'a [Environment],
    packs: &'a [Pack],
    flags: &'a PackArgs,
    waivers: Option<&'a Path>,
    baseline: Option<&'a Side>,
}

/// Judges the estate again and compares.
pub(super) fn run(args: &VerifyArgs, source: &SourceArgs) -> Result<Exit, Failure> {
    let name = args.report.display().to_string();
    let bytes = sign::read(&args.report)?;
    if let Some(key) = &args.public_key {
        let signed = signed(args, key, &bytes)?;
        if signed != Exit::Clean || !args.judges(source)? {
            return Ok(signed);
        }
    }
    let claims = report::claims(&bytes).map_err(|told| sign::at(&args.report, told))?;
    if let Some(mismatch) = stranger(&claims) {
        return tell(&name, Outcome::Differs(mismatch));
    }
    let config = source.config()?;
    let packs = args.packs.load()?;
    let baseline = args.baseline.as_deref().map(report::read).transpose().map_err(Failure::usage)?;
    let estate = source.open(&config, false)?.estate;
    let environments = source::environments(&config, &estate);
    let mut again = Again {
        estate,
        environments: &environments,
        packs: &packs,
        flags: &args.packs,
        waivers: args.waivers.file(&config),
        baseline: baseline.as_ref(),
    };
    tell(&name, again.outcome(&bytes, &claims)?)
}

impl VerifyArgs {
    /// Whether the estate is judged again: with a signature, only where a source is named.
    fn judges(&self, source: &SourceArgs) -> Result<bool, Failure> {
        let judges = source.given().iter().any(|(flag, _)| *flag != "--config");
        let baseline = self.baseline.as_ref().map(|_| "--baseline");
        let flags = self.packs.given().into_iter().chain(self.waivers.given()).map(|(flag, _)| flag);
        match flags.chain(baseline).next().filter(|_| !judges) {
            Some(flag) => Err(Failure::usage(format!("{flag} is for judging the estate again: add --from SNAPSHOT"))),
            None => Ok(judges),
        }
    }
}

/// Verifies the signature.
fn signed(args: &VerifyArgs, key: &str, bytes: &[u8]) -> Result<Exit, Failure> {
    let file = Path::new(key);
    let (text, place) = if file.exists() {
        (String::from_utf8_lossy(&sign::read(file)?).into_owned(), key)
    } else {
        (key.to_owned(), "--public-key")
    };
    let verifier = Verifier::of(&text).map_err(|told| sign::at(Path::new(place), told))?;
    let path = args.signature.clone().unwrap_or_else(|| sign::beside(&args.report));
    let signature = sign::read(&path)?;
    let name = args.report.display();
    let (told, exit) = match verifier.verify(bytes, &String::from_utf8_lossy(&signature)) {
        Ok(comment) => (format!("SIGNED: {name}: by the key {}: {comment}", verifier.key()), Exit::Clean),
        Err(error) => (format!("NOT SIGNED: {name}: {}: {error}", path.display()), Exit::Findings),
    };
    output::out(&format!("{}\n", sanitise(&told.replace('\t', " "))))?;
    Ok(exit)
}

/// That another version wrote it: what an estate's digest covers, and what rules say, may differ by the version.
fn stranger(claims: &Claims) -> Option<Mismatch> {
    let (said, ours) = (&claims.tool_version, env!("CARGO_PKG_VERSION"));
    (said != ours).then(|| Mismatch {
        place: "$.tool_version".to_owned(),
        about: format!("the report was written by Bartizan {said}: verify it with that version"),
        said: Some(said.clone()),
        found: Some(ours.to_owned()),
    })
}

impl Again<'_> {
    fn outcome(&mut self, bytes: &[u8], claims: &Claims) -> Result<Outcome, Failure> {
        self.estate.origin.label.clone_from(&claims.label);
        let only = match claims.only.as_deref().map(|name| Only::named(name, self.environments)).transpose() {
            Ok(only) => only,
            Err(failure) => {
                let (place, said) = ("$.manifest.only_environment".to_owned(), claims.only.clone());
                return Ok(Outcome::Differs(Mismatch { place, about: failure.message, said, found: None }));
            }
        };
        let judged = (&self.estate, self.environments);
        let mut audit = waivers::audit_at(self.waivers, judged, self.packs, self.flags, claims.at)?;
        let now = |side: &Side| Comparison::new(side, &Side::new(String::new(), &audit, &self.estate, self.packs));
        let mut comparison = self.baseline.map(now);
        if let Some(only) = only {
            judge::keep(&mut audit, only, &self.estate);
            if let Some(since) = &mut comparison {
                since.narrow(&audit, |environment| only.leaves(environment, || true));
            }
        }
        let report = Report {
            audit: &audit,
            estate: &self.estate,
            packs: self.packs,
            environments: self.environments,
            only: only.map(Only::name),
            comparison: comparison.as_ref(),
            // What a history tells is no part of what an estate and rules give.
            trend: None,
            fail_on: claims.fail_on,
            at: claims.at,
            paint: false,
            again: "",
        };
        let mut unchecked = UNCHECKED.to_vec();
        match (claims.compared, self.baseline) {
            (true, None) => unchecked.push(("comparison", "give --baseline FILE to verify it")),
            (_, Some(_)) => unchecked.push(("comparison.with", "what the baseline was called then")),
            (false, None) => {}
        }
        if claims.with_trend {
            unchecked.push(("trend", "what the history told then; no estate tells what was before it"));
        }
        let left_out: Vec<&str> = unchecked.iter().map(|(path, _)| *path).collect();
        let found = Format::Json.render(&report);
        let mismatch = report::mismatch(bytes, &found, &left_out).map_err(Failure::usage)?;
        let lines = || {
            let findings = format!("findings  {}", audit.findings.len());
            let packs = self.packs.iter().map(|pack| format!("pack      {} {} {}", pack.id, pack.version, pack.digest));
            let outcome = format!("outcome   {}", Summary::new(&report).outcome(&report));
            let digest = format!("estate    {}", self.estate.digest());
            [digest].into_iter().chain(packs).chain([findings, outcome]).collect()
        };
        Ok(mismatch.map_or_else(|| Outcome::Confirmed { lines: lines(), unchecked }, Outcome::Differs))
    }
}

fn tell(name: &str, outcome: Outcome) -> Result<Exit, Failure> {
    let mut page = String::new();
    let mut put = |line: &str| {
        page.push_str(&sanitise(line));
        page.push('\n');
    };
    let exit = match outcome {
        Outcome::Confirmed { lines, unchecked } => {
            put(&format!("CONFIRMED: {name} is what this estate and these rules give"));
            for line in &lines {
                put(&format!("  {line}"));
            }
            put("not verified:");
            for (path, why) in &unchecked {
                put(&format!("  $.{path}: {why}"));
            }
            Exit::Clean
        }
        Outcome::Differs(mismatch) => {
            put(&format!("DIFFERS: {name} is not what this estate and these rules give"));
            for line in mismatch.lines() {
                put(&line);
            }
            Exit::Findings
        }
    };
    output::out(&page)?;
    Ok(exit)
}

#[cfg(test)]
mod tests;
