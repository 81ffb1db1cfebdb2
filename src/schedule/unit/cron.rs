//! A file for /etc/cron.d (crontab(5)).

use super::{UnitFile, crontab, shell};
use crate::schedule::Job;

pub(super) fn files(job: &Job<'_>) -> Result<Vec<UnitFile>, String> {
    let when = crontab(&job.schedule.when)?;
    // A percent sign is a line break to cron.
    let command = job.command(shell).replace('%', r"\%");
    let name = job.name;
    let text = format!(include_str!("cron.d"), name = name, when = when, command = command, zone = job.zone());
    Ok(vec![UnitFile { path: format!("/etc/cron.d/{name}"), text }])
}
