//! A service and its timer for systemd (systemd.service(5), systemd.exec(5), systemd.time(7)). The service runs as a user of
//! its own that exists only meanwhile, and can write only where it must.

use std::fmt::Write as _;

use super::UnitFile;
use crate::schedule::cron::{Cron, WEEKDAYS};
use crate::schedule::{Job, When};

pub(super) fn files(job: &Job<'_>) -> Result<Vec<UnitFile>, String> {
    if let Some(relative) = job.directory.filter(|directory| !directory.starts_with('/')) {
        return Err(format!(
            "a service has no directory that it is called from: give --out as an absolute path instead of `{relative}`"
        ));
    }
    let name = job.name;
    Ok(vec![
        UnitFile { path: format!("/etc/systemd/system/{name}.service"), text: service(job) },
        UnitFile { path: format!("/etc/systemd/system/{name}.timer"), text: timer(job) },
    ])
}

fn service(job: &Job<'_>) -> String {
    let command = job.command(quoted);
    // A directory of the service manager's own needs no permission of ours, and is made when it is missing.
    let state = job.directory.and_then(|directory| directory.strip_prefix("/var/lib/")).filter(|rest| !rest.is_empty());
    let (state, writes) = match (state, job.directory) {
        (Some(state), _) => (format!("bartizan {}", quoted(state.trim_end_matches('/'))), String::new()),
        (None, Some(directory)) => ("bartizan".to_owned(), format!("ReadWritePaths={}\n", quoted(directory))),
        (None, None) => ("bartizan".to_owned(), String::new()),
    };
    format!(include_str!("systemd.service"), command = command, state = state, writes = writes, name = job.name)
}

fn timer(job: &Job<'_>) -> String {
    let mut times = String::new();
    match &job.schedule.when {
        When::Every(every) => {
            let _ = write!(times, "OnActiveSec=1min\nOnUnitActiveSec={}min\n", every.minutes());
        }
        When::Cron(cron) => {
            for calendar in calendars(cron, job.zone()) {
                let _ = writeln!(times, "OnCalendar={calendar}");
            }
            // A time that came while the machine was off is made up for once.
            times.push_str("Persistent=yes\n");
        }
    }
    format!(include_str!("systemd.timer"), times = times, name = job.name, when = job.schedule.when)
}

/// A crontab expression in the words of systemd.time(7), which knows no "this day or that".
fn calendars(cron: &Cron, zone: &str) -> Vec<String> {
    let number = |value: u8| value.to_string();
    let text = |field: crate::schedule::cron::Field| {
        if field.is_full() { "*".to_owned() } else { field.text(number, "..") }
    };
    let rest = format!("{}:{}:00 {zone}", text(cron.hour), text(cron.minute));
    let month = text(cron.month);
    let weekday = || cron.weekday.text(|day| name(day).to_owned(), "..");
    let on = |weekday: Option<String>, day: String| {
        let weekday = weekday.map(|weekday| format!("{weekday} ")).unwrap_or_default();
        format!("{weekday}*-{month}-{day} {rest}")
    };
    match (cron.day.is_full(), cron.weekday.is_full()) {
        (_, true) => vec![on(None, text(cron.day))],
        (true, false) => vec![on(Some(weekday()), "*".to_owned())],
        (false, false) if cron.takes_either_day() => {
            vec![on(None, text(cron.day)), on(Some(weekday()), "*".to_owned())]
        }
        (false, false) => vec![on(Some(weekday()), text(cron.day))],
    }
}

/// A day as systemd writes it: `Mon`.
fn name(day: u8) -> &'static str {
    match WEEKDAYS.get(usize::from(day)).copied() {
        Some("MON") => "Mon",
        Some("TUE") => "Tue",
        Some("WED") => "Wed",
        Some("THU") => "Thu",
        Some("FRI") => "Fri",
        Some("SAT") => "Sat",
        _ => "Sun",
    }
}

/// A word of a command line as systemd takes it: specifiers and variables stand for themselves.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@+=,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    let escaped = word.replace('\\', r"\\").replace('"', "\\\"").replace('%', "%%").replace('$', "$$");
    format!("\"{escaped}\"")
}
