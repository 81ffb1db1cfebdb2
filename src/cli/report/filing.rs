//! One environment's report: rendered, written, pointed at, and older ones taken away.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::Timestamp;

use super::delivery::Post;
use super::{Memory, ReportArgs, Since};
use crate::audit::{Audit, Comparison, Now, Pack, Severity, Side, Trend};
use crate::cli::only::Only;
use crate::cli::{Exit, Failure, judge, output, trend};
use crate::clock;
use crate::deliver::{self, Brief, Parcel, ParcelFile};
use crate::history::{History, Run};
use crate::model::text::sanitise;
use crate::model::{Environment, Estate};
use crate::publish::{self, Counts, Kept, Latest, Lock, PackOf, Published, Retain, SUMMARY, Shelf};
use crate::report::{Format, Report, Summary};

/// Of what was filed to be delivered only, so many reports are kept.
const SPOOLED: usize = 3;

/// What every report of this run is made from.
pub(super) struct Desk<'a> {
    pub(super) args: &'a ReportArgs,
    pub(super) directory: &'a Path,
    pub(super) audit: &'a Audit,
    pub(super) estate: &'a Estate,
    pub(super) packs: &'a [Pack],
    pub(super) environments: &'a [Environment],
    pub(super) fail_on: Severity,
    pub(super) again: &'a str,
    pub(super) side: &'a Side,
    pub(super) since: &'a Since,
    pub(super) run: &'a Run,
}

/// What one report is about.
struct Subject<'a> {
    only: Option<Only<'a>>,
    audit: Audit,
    comparison: Option<Comparison>,
    /// The history, and the number this very reading was recorded under, when it was.
    past: Option<(&'a History, Option<i64>)>,
}

/// A report, and its files with their names.
struct Made {
    published: Published,
    files: Vec<(String, Vec<u8>)>,
    exit: Exit,
}

/// A report that is where it should be.
pub(super) struct Filed {
    /// The environment; none for the whole estate.
    pub(super) environment: Option<String>,
    /// How it ends.
    pub(super) exit: Exit,
    /// What is delivered of it.
    pub(super) parcel: Parcel,
    page: String,
}

impl Desk<'_> {
    /// Files the report of an environment, or of the whole estate.
    pub(super) fn file(&self, only: Option<Only<'_>>, lock: &Lock, memory: &Memory) -> Result<Filed, Failure> {
        let subject = self.subject(only, memory)?;
        let place = Shelf::of(self.directory, only.map(Only::name));
        place.prepare(lock)?;
        let (made, kept, again) = if let Some((made, kept)) = self.found(&subject, &place)? {
            place.mend(&kept, &made.files, lock)?;
            (made, kept, true)
        } else {
            let made = self.make(&subject, clock::now())?;
            let kept = place.put(&made.published, &made.files, lock)?;
            (made, kept, false)
        };
        let latest = place.point(&kept, clock::now(), lock)?;
        let spool = Post::is_spool(self.args).then_some(Retain::Newest(SPOOLED));
        if let Some(retain) = self.args.retain.or(spool) {
            let pruned = place.prune(retain, &kept, clock::now(), lock)?;
            for folder in pruned.foreign {
                let path = place.path().join(folder);
                output::err(&format!("{}: kept: it holds files that are not of its report", path.display()));
            }
        }
        let environment = kept.report.environment.clone();
        let page = told(&place, &kept, (again, latest));
        Ok(Filed { environment, exit: made.exit, page, parcel: parcel(&subject, made, &kept) })
    }

    fn subject<'a>(&self, only: Option<Only<'a>>, memory: &'a Memory) -> Result<Subject<'a>, Failure> {
        let mut audit = self.audit.clone();
        let environment = only.map(Only::name);
        let earlier = match (self.since, &memory.history) {
            (Since::Nothing, _) | (Since::Last, None) => None,
            (Since::Report(side), _) => Some(side.clone()),
            (Since::Last, Some(history)) => history.since(self.run, environment)?,
        };
        let mut comparison = earlier.map(|earlier| Comparison::new(&earlier, self.side));
        if let Some(only) = only {
            judge::narrow(&mut audit, comparison.as_mut(), only, self.estate)?;
        }
        let past = match &memory.history {
            Some(history) => Some((history, history.recorded(self.run)?)),
            None => None,
        };
        Ok(Subject { only, audit, comparison, past })
    }

    /// How findings stand over time, as they did after this reading, however often it is reported. What does not say
    /// when it was read is taken to be read when it was reported.
    fn trend(&self, subject: &Subject<'_>, at: Timestamp) -> Option<Trend> {
        let wanted = self.formats().any(Format::tells_trend) && !self.run.accounts.is_empty();
        let (history, recorded) = subject.past.filter(|_| wanted)?;
        let run = Run { at: self.estate.origin.taken_at.unwrap_or(at), ..self.run.clone() };
        Some(trend::trend(history, (&run, self.side), recorded, (&subject.audit, subject.only)))
    }

    /// The report on the shelf that is byte for byte what would be made now, but for the time.
    fn found(&self, subject: &Subject<'_>, place: &Shelf) -> Result<Option<(Made, Kept)>, Failure> {
        let names: Vec<String> = self.formats().map(name).collect();
        for kept in place.reports()?.into_iter().rev() {
            let alike = kept.report.files.iter().map(|file| &file.name).eq(&names);
            if kept.report.estate_digest == self.run.estate && alike {
                let made = self.make(subject, kept.report.made_at)?;
                if made.published == kept.report {
                    return Ok(Some((made, kept)));
                }
            }
        }
        Ok(None)
    }

    fn make(&self, subject: &Subject<'_>, at: Timestamp) -> Result<Made, Failure> {
        // Reports tell times to the second.
        let at = Timestamp::from_second(at.as_second()).unwrap_or(at);
        let trend = self.trend(subject, at);
        let report = Report {
            audit: &subject.audit,
            estate: self.estate,
            packs: self.packs,
            environments: self.environments,
            only: subject.only.map(Only::name),
            comparison: subject.comparison.as_ref(),
            trend: trend.as_ref(),
            fail_on: self.fail_on,
            at,
            paint: false,
            again: self.again,
        };
        let summary = Summary::new(&report);
        // What was known is not forgiven: that is for `audit --baseline`.
        let failing = summary.at_or_above(self.fail_on);
        let exit = judge::exit(failing, &summary, &report, self.args.judge.allow_unknown);
        let files = self.formats().map(|format| Ok((format, judge::rendered(format, &report)?)));
        let files: Vec<_> = files.collect::<Result<_, Failure>>()?;
        let files_of =
            files.iter().map(|(format, page)| publish::File::of(&name(*format), format.media_type(), page)).collect();
        let published = Published {
            format: Published::FORMAT.to_owned(),
            version: Published::VERSION,
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            environment: report.only.map(str::to_owned),
            demo: self.estate.is_demo(),
            source: self.estate.origin.label.clone(),
            read_at: self.estate.origin.taken_at.unwrap_or(at),
            made_at: at,
            exit: exit as u8,
            outcome: sanitise(&summary.outcome(&report)),
            complete: report.complete(),
            missing: summary.incomplete(&report).iter().map(|line| sanitise(line.trim())).collect(),
            fail_on: self.fail_on.word().to_owned(),
            counts: counts(&summary),
            since: subject.comparison.as_ref().map(since),
            estate_digest: self.run.estate.clone(),
            packs: self.packs.iter().map(pack).collect(),
            files: files_of,
        };
        let files = files.into_iter().map(|(format, page)| (name(format), page)).collect();
        Ok(Made { published, files, exit })
    }

    /// The formats asked for, each once, in their usual order.
    fn formats(&self) -> impl Iterator<Item = Format> {
        Format::ALL.iter().copied().filter(|format| self.args.format.contains(format))
    }
}

fn name(format: Format) -> String {
    format!("report.{}", format.extension())
}

fn counts(summary: &Summary) -> Counts {
    let of = |severity| summary.fail.get(&severity).copied().unwrap_or_default();
    Counts {
        critical: of(Severity::Critical),
        high: of(Severity::High),
        medium: of(Severity::Medium),
        low: of(Severity::Low),
        informational: of(Severity::Informational),
        unknown: summary.unknown,
        passed: summary.pass,
        not_applicable: summary.not_applicable,
        waived: summary.waived,
    }
}

fn since(comparison: &Comparison) -> publish::Since {
    let gone = |is: fn(Now) -> bool| comparison.gone.iter().filter(|gone| is(gone.now)).count();
    publish::Since {
        with: sanitise(&comparison.with),
        new: comparison.new.len(),
        changed: comparison.changed.len(),
        known: comparison.known.len(),
        mended: gone(Now::is_mended),
        unseen_or_waived: gone(|now| !now.is_mended()),
    }
}

fn pack(pack: &Pack) -> PackOf {
    PackOf { id: pack.id.clone(), version: pack.version.clone(), digest: pack.digest.clone() }
}

impl Filed {
    /// Tells where the report is and what it says.
    pub(super) fn tell(&self) -> Result<(), Failure> {
        output::out(&self.page)
    }
}

fn told(place: &Shelf, kept: &Kept, (again, latest): (bool, bool)) -> String {
    let report = &kept.report;
    let mut lines = vec![format!("{}: {}", named(report), report.outcome)];
    if let Some(since) = &report.since {
        let publish::Since { with, new, changed, known, mended, unseen_or_waived } = since;
        lines.push(format!(
            "  since {with}: new: {new}; changed: {changed}; known: {known}; mended: {mended}; unseen or waived: {unseen_or_waived}"
        ));
    }
    let note = if again { " (there already, and the same)" } else { "" };
    lines.push(format!("  {}{note}", place.path().join(&kept.folder).display()));
    if !latest {
        lines.push("  latest.json still points at a report of a later reading".to_owned());
    }
    lines.iter().map(|line| sanitise(line) + "\n").collect()
}

/// What a report is of.
fn named(report: &Published) -> &str {
    report.environment.as_deref().unwrap_or("the whole estate")
}

/// What is delivered of a report.
fn parcel(subject: &Subject<'_>, made: Made, kept: &Kept) -> Parcel {
    let report = &kept.report;
    let counts = &report.counts;
    let open = [
        (Severity::Critical, counts.critical),
        (Severity::High, counts.high),
        (Severity::Medium, counts.medium),
        (Severity::Low, counts.low),
        (Severity::Informational, counts.informational),
    ];
    let missing: BTreeSet<String> =
        subject.audit.coverage.missing.iter().map(|missing| missing.gap.action.clone()).collect();
    let brief = Brief {
        outcome: report.outcome.clone(),
        complete: report.complete,
        open: open.into_iter().filter(|(_, count)| *count > 0).collect(),
        unknown: counts.unknown,
        waived: counts.waived,
        since: report.since.as_ref().map(|since| deliver::Since { new: since.new, mended: since.mended }),
        missing: missing.into_iter().collect(),
    };
    let summary = report.page();
    let run = publish::File::of(SUMMARY, "application/json", &summary).digest;
    let types: BTreeMap<&str, &str> = report.files.iter().map(|f| (f.name.as_str(), f.media_type.as_str())).collect();
    let file = |(name, bytes): (String, Vec<u8>)| {
        let content_type = types.get(name.as_str()).copied().unwrap_or("application/json").to_owned();
        ParcelFile { name, content_type, bytes }
    };
    Parcel {
        environment: named(report).to_owned(),
        shelf: publish::folder(report.environment.as_deref()),
        folder: kept.folder.clone(),
        run,
        at: report.made_at,
        demo: report.demo,
        files: made.files.into_iter().chain([(SUMMARY.to_owned(), summary)]).map(file).collect(),
        latest: Latest::of(report, &kept.folder).page(),
        brief,
    }
}
