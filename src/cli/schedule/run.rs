//! `bartizan schedule run`: waits until the report is due, and runs it as a process of its own.

use std::process::{Child, Command, ExitStatus};
use std::time::Duration;

use clap::Args;
use jiff::Timestamp;

use super::JobArgs;
use super::keeper::Keeper;
use crate::cli::{Exit, Failure, output};
use crate::clock;
use crate::config::Variables;
use crate::model::digest;
use crate::schedule::{Due, Schedule, When};

/// The longest sleep: the clock may be set meanwhile, or the machine sleep itself.
const NAP: Duration = Duration::from_secs(15);

/// How often a report that runs is looked at.
const GLANCE: Duration = Duration::from_millis(100);

/// Flags of `bartizan schedule run`.
#[derive(Debug, Args)]
pub(super) struct RunArgs {
    #[command(flatten)]
    job: JobArgs,
    /// End after so many reports, with the exit code of the last one; told to end before that: 0
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..))]
    times: Option<u64>,
}

/// Stays until it is told to end.
pub(super) fn run(args: &RunArgs) -> Result<Exit, Failure> {
    let variables = Variables::read();
    let (arguments, report) = args.job.arguments()?;
    // Without a name of its own a schedule is known by all its flags, so that two do not share what they remember.
    let name = args.job.name.clone().unwrap_or_else(|| {
        let when = args.job.every.as_ref().map(ToString::to_string).into_iter();
        let when = when.chain(args.job.cron.as_ref().map(ToString::to_string));
        let flags: Vec<String> = arguments.iter().cloned().chain(when).collect();
        let digest = digest::of_parts(flags.iter().map(String::as_str));
        let digits = digest::short(&digest, 8);
        format!("{}-{digits}", args.job.name(&report))
    });
    if clock::is_fixed() {
        return Err(Failure::usage(
            "SOURCE_DATE_EPOCH makes the clock stand still, so that nothing becomes due: unset it",
        ));
    }
    let home = variables
        .data_home
        .ok_or_else(|| Failure::usage("there is no HOME to keep the schedule in: set XDG_DATA_HOME"))?;
    let keeper = Keeper::hold(&home.join("bartizan/schedule"), &name)?;
    let program =
        std::env::current_exe().map_err(|error| Failure::usage(format!("this program cannot be found: {error}")))?;
    let runner = Runner { schedule: args.job.schedule()?, keeper, times: args.times };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::usage(format!("no timer can be started: {error}")))?;
    runtime.block_on(runner.stay(|| Command::new(&program).args(&arguments).spawn()))
}

struct Runner {
    schedule: Schedule,
    keeper: Keeper,
    times: Option<u64>,
}

impl Runner {
    async fn stay(&self, start: impl Fn() -> std::io::Result<Child>) -> Result<Exit, Failure> {
        let mut stop = std::pin::pin!(stopped()?);
        let mut last = match (self.keeper.last()?, &self.schedule.when) {
            (Some(last), _) => Some(last),
            // An interval begins with a report, a time is waited for.
            (None, When::Every(_)) => None,
            (None, When::Cron(_)) => Some(clock::now()),
        };
        let mut ran = 0;
        let mut told = None;
        let mut exit = Exit::Clean;
        while self.times.is_none_or(|times| ran < times) {
            let now = clock::now();
            let due = last.map_or(Due::Now { at: now, missed: 0 }, |last| self.schedule.due(last, now));
            let (at, missed) = match due {
                Due::Never => return Err(Failure::usage("nothing is due any more")),
                Due::Later(at) => {
                    if told.replace(at) != Some(at) {
                        self.tell(&format!("next at {}", self.shown(at)));
                    }
                    let rest = at.duration_since(now).try_into().unwrap_or(NAP);
                    tokio::select! {
                        () = tokio::time::sleep(NAP.min(rest)) => continue,
                        () = &mut stop => return Ok(Exit::Clean),
                    }
                }
                Due::Now { at, missed } => (at, missed),
            };
            let missed = if missed == 0 { String::new() } else { format!(", for {missed} missed before it as well") };
            self.tell(&format!("due at {}{missed}: the report begins", self.shown(at)));
            let child = start().map_err(|error| Failure::usage(format!("the report cannot be started: {error}")))?;
            tokio::select! {
                ended = ended(Running(child)) => {
                    let status = ended?;
                    self.tell(&format!("the report ended: {}", ending(status)));
                    exit = Exit::of(status.code());
                }
                () = &mut stop => {
                    self.tell("told to end: the report that ran was ended, and is due again at the next start");
                    return Ok(Exit::Clean);
                }
            }
            self.keeper.keep(at)?;
            (last, ran) = (Some(at), ran + 1);
        }
        Ok(exit)
    }

    fn shown(&self, at: Timestamp) -> String {
        at.to_zoned(self.schedule.zone.clone()).strftime("%Y-%m-%d %H:%M %Z").to_string()
    }

    fn tell(&self, text: &str) {
        let now = clock::now().to_zoned(self.schedule.zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string();
        output::err(&format!("{now} {text}"));
    }
}

/// A report that runs; it ends when nobody waits for it any more.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        if self.0.try_wait().is_ok_and(|ended| ended.is_none()) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }
}

async fn ended(mut running: Running) -> Result<ExitStatus, Failure> {
    loop {
        let looked = running.0.try_wait();
        if let Some(status) = looked.map_err(|error| Failure::usage(format!("the report is lost: {error}")))? {
            return Ok(status);
        }
        tokio::time::sleep(GLANCE).await;
    }
}

/// How a report ended, in words.
fn ending(status: ExitStatus) -> String {
    let meaning = match status.code() {
        Some(0) => "nothing at or above --fail-on",
        Some(1) => "findings",
        Some(2) => "wrong usage, configuration, rule or input file",
        Some(3) => "something could not be read",
        Some(4) => "the account could not be reached",
        Some(5) => "another run holds the lock",
        Some(6) => "a report was made, but not delivered",
        _ => return status.to_string(),
    };
    format!("{meaning} (exit code {})", status.code().unwrap_or_default())
}

/// What tells the process to end, listened to from the start: until then it would end at once and leave its report.
#[cfg(unix)]
fn stopped() -> Result<impl Future<Output = ()>, Failure> {
    use tokio::signal::unix::{SignalKind, signal};
    let deaf = |error| Failure::usage(format!("signals cannot be listened to: {error}"));
    let mut terminate = signal(SignalKind::terminate()).map_err(deaf)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(deaf)?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn stopped() -> Result<impl Future<Output = ()>, Failure> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}
