//! Tests of when things are due: changes of the clocks, missed times, clocks set back.

use super::*;

fn cron(text: &str, zone: &str) -> Schedule {
    Schedule { when: When::Cron(text.parse().expect("an expression")), zone: TimeZone::get(zone).expect("a zone") }
}

fn every(text: &str, zone: &str) -> Schedule {
    Schedule { when: When::Every(text.parse().expect("an interval")), zone: TimeZone::get(zone).expect("a zone") }
}

fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

/// The times after `from`, by the schedule's own clocks.
fn times(schedule: &Schedule, from: &str, number: usize) -> Vec<String> {
    let mut last = at(from);
    let mut times = Vec::new();
    for _ in 0..number {
        last = schedule.next(last).expect("there is always a next one");
        times.push(last.to_zoned(schedule.zone.clone()).strftime("%m-%d %H:%M %:z").to_string());
    }
    times
}

#[test]
fn expressions_mean_what_crontab_says() {
    let utc = |text: &str, number| times(&cron(text, "UTC"), "2026-11-21T10:17:30Z", number);
    assert_eq!(utc("*/15 * * * *", 3), ["11-21 10:30 +00:00", "11-21 10:45 +00:00", "11-21 11:00 +00:00"]);
    assert_eq!(utc("0 6 * * MON-FRI", 2), ["11-23 06:00 +00:00", "11-24 06:00 +00:00"]);
    // Sunday is 0 and 7.
    assert_eq!(utc("5 4 * * 7", 1), utc("5 4 * * sun", 1));
    assert_eq!(utc("5 4 * * 5-7", 3), ["11-22 04:05 +00:00", "11-27 04:05 +00:00", "11-28 04:05 +00:00"]);
    // Both days restricted: either will do. One begins with a star: both must fit.
    assert_eq!(
        utc("0 0 1,25 * 1", 4),
        ["11-23 00:00 +00:00", "11-25 00:00 +00:00", "11-30 00:00 +00:00", "12-01 00:00 +00:00"]
    );
    assert_eq!(utc("0 0 */2 * 1", 2), ["11-23 00:00 +00:00", "12-07 00:00 +00:00"]);
    assert_eq!(utc("0 0 29 2 *", 1), ["02-29 00:00 +00:00"]);
    assert_eq!(utc("10/25 3 * jan,Mar *", 2), ["01-01 03:10 +00:00", "01-01 03:35 +00:00"]);
    assert_eq!(utc("@weekly", 1), utc("0 0 * * 0", 1));
}

#[test]
fn mistakes_in_expressions_name_the_field() {
    for (text, told) in [
        ("0 6 * *", "has 4 fields"),
        ("60 6 * * *", "minute `60`"),
        ("0 24 * * *", "hour `24`"),
        ("0 6 0 * *", "day of month `0`"),
        ("0 6 * 13 *", "month `13`"),
        ("0 6 * * MON-FRX", "day of week `MON-FRX`: give numbers 0-7 or SUN-SAT"),
        ("0 5-3 * * *", "hour `5-3`"),
        ("*/0 * * * *", "minute `*/0`"),
        ("0 6 L * *", "day of month `L`"),
        ("+1 6 * * *", "minute `+1`"),
        (", * * * *", "minute ``"),
        ("0 0 30 2 *", "never comes"),
        ("", "has 0 fields"),
    ] {
        let error = text.parse::<Cron>().expect_err(text);
        assert!(error.contains(told), "{text}: {error}");
    }
}

#[test]
fn a_time_that_the_clocks_leap_over_is_made_up_for() {
    // 2026-03-08 in New York: 02:00 is 03:00.
    let daily = cron("30 2 * * *", "America/New_York");
    assert_eq!(
        times(&daily, "2026-03-07T12:00:00Z", 3),
        ["03-08 03:30 -04:00", "03-09 02:30 -04:00", "03-10 02:30 -04:00"]
    );
    // What is due at the same time as another is due once.
    let two = cron("30 2,3 * * *", "America/New_York");
    assert_eq!(times(&two, "2026-03-08T05:00:00Z", 2), ["03-08 03:30 -04:00", "03-09 02:30 -04:00"]);
    // Midnight itself is leapt over in Sao Paulo.
    let midnight = cron("0 0 * * *", "America/Sao_Paulo");
    assert_eq!(times(&midnight, "2018-11-03T12:00:00Z", 2), ["11-04 01:00 -02:00", "11-05 00:00 -02:00"]);
}

#[test]
fn a_time_that_comes_twice_is_taken_once() {
    // 2026-11-01 in New York: 02:00 is 01:00 again.
    let daily = cron("30 1 * * *", "America/New_York");
    assert_eq!(times(&daily, "2026-10-31T12:00:00Z", 2), ["11-01 01:30 -04:00", "11-02 01:30 -05:00"]);
}

#[test]
fn so_often_follows_the_clock_as_it_goes() {
    let hourly = cron("0 * * * *", "America/New_York");
    assert_eq!(
        times(&hourly, "2026-11-01T04:30:00Z", 3),
        ["11-01 01:00 -04:00", "11-01 01:00 -05:00", "11-01 02:00 -05:00"]
    );
    assert_eq!(times(&hourly, "2026-03-08T06:30:00Z", 2), ["03-08 03:00 -04:00", "03-08 04:00 -04:00"]);
    // A day is one by the calendar, hours are hours.
    assert_eq!(times(&every("1d", "America/New_York"), "2026-03-07T17:00:00Z", 1), ["03-08 12:00 -04:00"]);
    assert_eq!(times(&every("24h", "America/New_York"), "2026-03-07T17:00:00Z", 1), ["03-08 13:00 -04:00"]);
}

#[test]
fn a_daily_time_comes_once_a_day_in_every_zone() {
    for zone in [
        "Europe/Berlin",
        "America/New_York",
        "America/Sao_Paulo",
        "Australia/Lord_Howe",
        "Pacific/Apia",
        "Asia/Kathmandu",
        "Africa/Casablanca",
    ] {
        for (hour, minute) in [(0, 0), (0, 30), (1, 30), (2, 0), (2, 30), (3, 0), (23, 59)] {
            let schedule = cron(&format!("{minute} {hour} * * *"), zone);
            let mut last = at("2011-01-01T12:00:00Z");
            let mut dates = Vec::new();
            while dates.len() < 2_000 {
                let next = schedule.next(last).expect("a next one");
                assert!(next > last, "{zone} {hour}:{minute}: goes back");
                last = next;
                dates.push(next.to_zoned(schedule.zone.clone()).date());
            }
            // Apia had no 30 December 2011 at all, and made up for it on the 31st.
            let twice = dates.windows(2).filter(|pair| pair[0] == pair[1]).count();
            let left_out = dates.windows(2).filter(|pair| pair[0].tomorrow().expect("a day") < pair[1]).count();
            let gone = usize::from(zone == "Pacific/Apia");
            assert!(twice <= gone && left_out <= gone, "{zone} {hour}:{minute}: {twice} twice, {left_out} left out");
        }
    }
}

#[test]
fn missed_times_are_made_up_for_once() {
    let schedule = cron("0 6 * * *", "UTC");
    let last = at("2026-11-18T06:00:00Z");
    assert_eq!(schedule.due(last, at("2026-11-18T20:00:00Z")), Due::Later(at("2026-11-19T06:00:00Z")));
    assert_eq!(schedule.due(last, at("2026-11-21T07:00:00Z")), Due::Now { at: at("2026-11-21T06:00:00Z"), missed: 2 });
    // The clock is set back: what was run for is not run for again.
    assert_eq!(schedule.due(last, at("2026-11-01T00:00:00Z")), Due::Later(at("2026-11-19T06:00:00Z")));
    let hourly = every("1h", "UTC");
    assert_eq!(hourly.due(last, at("2026-11-18T09:59:00Z")), Due::Now { at: at("2026-11-18T09:00:00Z"), missed: 2 });
}

#[test]
fn intervals_are_whole_minutes() {
    assert_eq!("6h".parse::<Every>().expect("six hours").minutes(), 360);
    assert_eq!("1d".parse::<Every>().expect("a day").minutes(), 1440);
    for text in ["", "0m", "30s", "-1h", "6", "1h 30s", "1month"] {
        assert!(text.parse::<Every>().is_err(), "{text}");
    }
}
