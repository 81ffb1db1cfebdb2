//! Crontab expressions of five fields, as Vixie cron reads them (crontab(5)).
//!
//! What a change of the clocks does is cron's as well: a time that does not exist on a day is made up for when the
//! clocks have moved, a time that comes twice is taken once. Expressions whose minute or hour begins with `*` mean "so
//! often" and follow the clock as it goes. Libraries either leave out such a time or take it twice.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Timestamp, ToSpan};

/// Which values of a field are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Field {
    bits: u64,
    lowest: u8,
    highest: u8,
    /// Whether it begins with `*`, and so does not restrict by itself.
    starred: bool,
}

/// A crontab expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cron {
    text: String,
    pub(super) minute: Field,
    pub(super) hour: Field,
    pub(super) day: Field,
    pub(super) month: Field,
    /// 0 is Sunday.
    pub(super) weekday: Field,
}

const MONTHS: [&str; 12] = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
pub(super) const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// As far ahead as is looked: the rarest day that comes at all, a 29th of February, may be eight years away.
const YEARS: i64 = 9;

impl Cron {
    /// The first time after `after` that is meant, by the clocks of `zone`; none when no such day comes.
    pub(super) fn next(&self, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        // A time that the clocks leap over may fall on the next day, so every day is seen together with its next.
        let start = after.to_zoned(zone.clone()).date().checked_sub(1.day()).ok()?;
        let end = start.checked_add(YEARS.years()).ok()?;
        let mut earlier = None;
        let mut date = start;
        while date < end {
            let here = self.first_on(date, after, zone);
            if let Some(found) = earlier {
                return here.map_or(Some(found), |here| Some(here.min(found)));
            }
            earlier = here;
            date = date.tomorrow().ok()?;
        }
        earlier
    }

    /// The first time of a day that is later than `after`.
    fn first_on(&self, date: Date, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        if !self.is_on(date) {
            return None;
        }
        let times = self.hour.values().flat_map(|hour| self.minute.values().map(move |minute| (hour, minute)));
        let instants = times
            .flat_map(|(hour, minute)| self.instants(date.at(hour.cast_signed(), minute.cast_signed(), 0, 0), zone));
        instants.flatten().filter(|instant| *instant > after).min()
    }

    /// When the clocks show a time: as a rule once.
    fn instants(&self, time: DateTime, zone: &TimeZone) -> [Option<Timestamp>; 2] {
        let often = self.minute.starred || self.hour.starred;
        let ambiguous = zone.to_ambiguous_timestamp(time);
        match ambiguous.offset() {
            AmbiguousOffset::Fold { .. } if often => [ambiguous.earlier().ok(), ambiguous.later().ok()],
            AmbiguousOffset::Gap { .. } if often => [None, None],
            _ => [ambiguous.compatible().ok(), None],
        }
    }

    fn is_on(&self, date: Date) -> bool {
        let day = self.day.has(date.day().unsigned_abs());
        let weekday = self.weekday.has(date.weekday().to_sunday_zero_offset().unsigned_abs());
        let either = self.takes_either_day();
        self.month.has(date.month().unsigned_abs()) && if either { day || weekday } else { day && weekday }
    }

    /// Whether a day is meant that has the day of the month *or* the day of the week.
    pub(super) fn takes_either_day(&self) -> bool {
        !self.day.starred && !self.weekday.starred
    }
}

impl fmt::Display for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for Cron {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let short = match text.trim() {
            "@hourly" => "0 * * * *",
            "@daily" | "@midnight" => "0 0 * * *",
            "@weekly" => "0 0 * * 0",
            "@monthly" => "0 0 1 * *",
            other => other,
        };
        let fields: Vec<_> = short.split_whitespace().collect();
        let [minute, hour, day, month, weekday] = fields.as_slice() else {
            return Err(format!(
                "`{text}` has {} fields: give minute, hour, day of month, month and day of week, as `0 6 * * MON-FRI`",
                fields.len()
            ));
        };
        let mut week = Field::read("day of week", weekday, (0, 7), (0, &WEEKDAYS))?;
        // Sunday is 0 and 7.
        week.bits = (week.bits | (week.bits >> 7)) & 0x7f;
        week.highest = 6;
        let cron = Self {
            text: fields.join(" "),
            minute: Field::read("minute", minute, (0, 59), (0, &[]))?,
            hour: Field::read("hour", hour, (0, 23), (0, &[]))?,
            day: Field::read("day of month", day, (1, 31), (0, &[]))?,
            month: Field::read("month", month, (1, 12), (1, &MONTHS))?,
            weekday: week,
        };
        if cron.next(Timestamp::UNIX_EPOCH, &TimeZone::UTC).is_none() {
            return Err(format!("`{text}` never comes: there is no such day in these months"));
        }
        Ok(cron)
    }
}

impl Field {
    /// Reads a field: values, ranges and steps, by comma. The first name stands for the number beside the names.
    fn read(what: &str, text: &str, bounds: (u8, u8), names: (u8, &[&str])) -> Result<Self, String> {
        let (lowest, highest) = bounds;
        let wrong = |part: &str| {
            let words = names.1.first().zip(names.1.last()).map(|(first, last)| format!(" or {first}-{last}"));
            format!(
                "{what} `{part}`: give numbers {lowest}-{highest}{}, as `*`, `2`, `1-5`, `*/15` or lists of these",
                words.unwrap_or_default()
            )
        };
        let value = |text: &str| {
            let word = names.1.iter().position(|name| name.eq_ignore_ascii_case(text));
            let word = word.and_then(|index| u8::try_from(index).ok()).map(|index| index + names.0);
            let digits = || text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten();
            word.or_else(digits).filter(|value| (lowest..=highest).contains(value))
        };
        let mut bits = 0;
        for part in text.split(',') {
            let (range, step) = part.split_once('/').map_or((part, None), |(range, step)| (range, Some(step)));
            let step = step.map_or(Some(1), |step| step.parse::<u8>().ok().filter(|step| *step > 0));
            let ends = match range.split_once('-') {
                _ if range == "*" => Some((lowest, highest)),
                Some((from, to)) => value(from).zip(value(to)).filter(|(from, to)| from <= to),
                // `5/15` is `5-59/15`.
                None => value(range).map(|from| (from, if part.contains('/') { highest } else { from })),
            };
            let (Some((from, to)), Some(step)) = (ends, step) else { return Err(wrong(part)) };
            bits |= (from..=to).step_by(usize::from(step)).fold(0, |bits, value| bits | 1_u64 << value);
        }
        Ok(Self { bits, lowest, highest, starred: text.starts_with('*') })
    }

    pub(super) fn has(self, value: u8) -> bool {
        self.bits & (1 << value) != 0
    }

    pub(super) fn values(self) -> impl Iterator<Item = u8> + Clone {
        (self.lowest..=self.highest).filter(move |value| self.has(*value))
    }

    /// Whether every value is meant.
    pub(super) fn is_full(self) -> bool {
        self.values().count() == usize::from(self.highest - self.lowest) + 1
    }

    /// The values as runs, from the first to the last of each.
    pub(super) fn runs(self) -> Vec<(u8, u8)> {
        let mut runs: Vec<(u8, u8)> = Vec::new();
        for value in self.values() {
            match runs.last_mut() {
                Some((_, last)) if *last + 1 == value => *last = value,
                _ => runs.push((value, value)),
            }
        }
        runs
    }

    /// The values as text, each by `name`, runs with `through` between their ends.
    pub(super) fn text(self, name: impl Fn(u8) -> String, through: &str) -> String {
        let runs = self.runs().into_iter().map(|(from, to)| match to - from {
            0 => name(from),
            1 => format!("{},{}", name(from), name(to)),
            _ => format!("{}{through}{}", name(from), name(to)),
        });
        runs.collect::<Vec<_>>().join(",")
    }
}
