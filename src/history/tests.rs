//! A history through runs, denials, waivers, faults of the disk and files that are not ours.

use std::collections::BTreeSet;

use super::*;
use crate::audit::{Fingerprint, Fixed, Open, Severity, Side, Status, Trend, Verdict};
use jiff::Timestamp;

const DAY: i64 = 24 * 3600;

fn at(day: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + day * DAY).unwrap()
}

fn run_of(account: &str, day: i64) -> Run {
    let accounts = BTreeSet::from([account.to_owned()]);
    Run { at: at(day), estate: format!("{account} {day}"), accounts, source: "prod".into(), demo: false, live: true }
}

fn run(day: i64) -> Run {
    run_of("111122223333", day)
}

fn print(rule: &str, resource: &str) -> Fingerprint {
    Fingerprint {
        rule: rule.into(),
        account: "111122223333".into(),
        region: "eu-west-1".into(),
        resource_type: "SecurityGroup".into(),
        resource: resource.into(),
    }
}

fn verdict(status: Status, severity: Severity) -> Verdict {
    let (title, message) = ("Open".to_owned(), "it is open".to_owned());
    let environment = Some("production".to_owned());
    Verdict { status, severity, title, message, name: None, environment, owner: Some("anna".into()) }
}

fn unknown() -> Status {
    Status::Unknown { missing: Vec::new(), reason: "denied".into() }
}

fn waived() -> Status {
    Status::Waived { reason: "later".into(), until: "2026-12-31".into(), owner: "bo".into(), ticket: None }
}

/// An audit by one rule that looked at one Region, with these verdicts of severity high.
fn side(verdicts: &[(&str, Status)]) -> Side {
    let (account, region) = ("111122223333".to_owned(), "eu-west-1".to_owned());
    let verdicts =
        verdicts.iter().map(|(id, status)| (print("open-group", id), verdict(status.clone(), Severity::High)));
    Side {
        rules: BTreeSet::from(["open-group".to_owned()]),
        places: BTreeSet::from([(account.clone(), region.clone())]),
        reads: [((account, region, "ec2:DescribeSecurityGroups".to_owned()), true)].into(),
        verdicts: verdicts.collect(),
        ..Side::default()
    }
}

struct World {
    directory: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("sub/history.db")
    }

    fn history(&self) -> History {
        History::create(&self.path()).unwrap()
    }

    fn record(&self, day: i64, verdicts: &[(&str, Status)]) -> (usize, usize) {
        let recorded = self.history().record(&run(day), &side(verdicts)).unwrap();
        (recorded.new, recorded.resolved)
    }

    /// State, first and last seen, opened, resolved (in days) and how often reopened.
    fn finding(&self, resource: &str) -> (String, i64, i64, i64, Option<i64>, i64) {
        let day = |second: i64| (second - at(0).as_second()) / DAY;
        let sql = "SELECT state, first_seen, last_seen, opened, resolved, reopened FROM finding WHERE resource = ?";
        let row = self.history().connection.query_row(sql, [resource], |row| {
            let resolved: Option<i64> = row.get(4)?;
            Ok((row.get(0)?, day(row.get(1)?), day(row.get(2)?), day(row.get(3)?), resolved.map(day), row.get(5)?))
        });
        row.unwrap()
    }

    fn events(&self) -> Vec<String> {
        let history = self.history();
        let mut select = history.connection.prepare("SELECT run || ' ' || what FROM event ORDER BY id").unwrap();
        let rows = select.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    }

    fn trend(&self, day: i64) -> Trend {
        self.history().trend(&Filter::default(), at(day)).unwrap()
    }
}

#[test]
fn a_finding_is_opened_mended_and_opened_again() {
    let world = World::new();
    assert_eq!(world.record(0, &[("sg-1", Status::Fail), ("sg-2", Status::Pass)]), (1, 0));
    assert_eq!(world.record(2, &[("sg-1", Status::Fail), ("sg-2", Status::Pass)]), (0, 0));
    assert_eq!(world.finding("sg-1"), ("open".into(), 0, 2, 0, None, 0));
    assert_eq!(world.record(4, &[("sg-1", Status::Pass)]), (0, 1));
    assert_eq!(world.finding("sg-1"), ("resolved".into(), 0, 2, 0, Some(4), 0));
    assert_eq!(world.record(5, &[("sg-1", Status::Pass)]), (0, 0), "it is mended once");
    assert_eq!(world.record(6, &[("sg-1", Status::Fail)]), (1, 0));
    assert_eq!(world.finding("sg-1"), ("open".into(), 0, 6, 6, None, 1));
    assert_eq!(world.record(7, &[]), (0, 1), "the resource is gone, and the listing was read");
    assert_eq!(world.events(), ["1 opened", "3 resolved", "5 reopened", "6 resolved"]);
    let trend = world.trend(8);
    assert_eq!(trend.fixed[&Severity::High], Fixed { count: 2, mean: 5 * DAY / 2 });
    assert_eq!((trend.open.len(), trend.reopened, trend.runs.len()), (0, 1, 6));
}

#[test]
fn what_was_not_seen_is_not_resolved() {
    let world = World::new();
    world.record(0, &[("sg-1", Status::Fail)]);
    assert_eq!(world.record(1, &[("sg-1", unknown())]), (0, 0), "it could not be decided");
    assert_eq!(world.record(2, &[("*", unknown())]), (0, 0), "the listing was denied");
    let mut other_rule = side(&[]);
    other_rule.rules = BTreeSet::from(["another".to_owned()]);
    let mut elsewhere = side(&[]);
    elsewhere.places = BTreeSet::from([("111122223333".to_owned(), "eu-west-2".to_owned())]);
    for (day, side) in [(3, other_rule), (4, elsewhere)] {
        assert_eq!(world.history().record(&run(day), &side).unwrap().resolved, 0, "{side:?}");
    }
    let other_account = world.history().record(&run_of("999999999999", 5), &side(&[])).unwrap();
    assert_eq!(other_account.resolved, 0, "another account says nothing of it");
    assert_eq!(world.finding("sg-1"), ("open".into(), 0, 0, 0, None, 0));
    assert_eq!(world.trend(9).open[&Severity::High], Open { count: 1, mean: 9 * DAY, oldest: 9 * DAY });
}

#[test]
fn a_waiver_is_neither_open_nor_mended() {
    let world = World::new();
    world.record(0, &[("sg-1", Status::Fail)]);
    assert_eq!(world.record(1, &[("sg-1", waived())]), (0, 0));
    assert_eq!(world.trend(2).open.len(), 0);
    assert_eq!(world.trend(2).runs[1].waived, 1);
    assert_eq!(world.record(3, &[("sg-1", Status::Fail)]), (0, 0));
    assert_eq!(world.finding("sg-1"), ("open".into(), 0, 3, 0, None, 0), "it has been there all the time");
    assert_eq!(world.events(), ["1 opened", "2 waived", "3 waiver-ended"]);
}

#[test]
fn a_run_is_one_line_and_what_is_overdue_is_told_by_owner() {
    let world = World::new();
    world.record(0, &[("sg-1", Status::Fail), ("sg-2", Status::Fail)]);
    let mut worse =
        side(&[("sg-1", Status::Fail), ("sg-2", Status::Fail), ("sg-3", Status::Fail), ("sg-4", unknown())]);
    worse.verdicts.get_mut(&print("open-group", "sg-2")).unwrap().severity = Severity::Critical;
    let third = worse.verdicts.get_mut(&print("open-group", "sg-3")).unwrap();
    (third.owner, third.environment) = (None, Some("staging".into()));
    worse.reads.values_mut().for_each(|whole| *whole = false);
    let key = worse.reads.keys().next().unwrap().clone();
    worse.gaps.insert(key, "access denied: no".to_owned());
    world.history().record(&run(5), &worse).unwrap();
    let trend = world.trend(9);
    let line = &trend.runs[1];
    assert_eq!(line.open, [(Severity::High, 2), (Severity::Critical, 1)].into());
    assert_eq!((line.new, line.resolved, line.unknown, line.missing), (1, 0, 1, 1));
    assert_eq!(world.events()[2..], ["2 severity", "2 opened"]);
    let told = trend.unread.iter().map(|unread| (unread.action.as_str(), unread.why.as_deref()));
    assert_eq!(told.collect::<Vec<_>>(), [("ec2:DescribeSecurityGroups", Some("access denied: no"))]);
    assert_eq!(trend.overdue.len(), 1, "four days are not overdue");
    let overdue = &trend.overdue[0];
    assert_eq!((overdue.owner.as_deref(), overdue.oldest), (Some("anna"), 9 * DAY));
    assert_eq!(overdue.open, [(Severity::High, 1), (Severity::Critical, 1)].into());
    let named: Vec<_> = overdue.worst.iter().map(|late| (late.resource.as_str(), late.severity, late.age)).collect();
    assert_eq!(named, [("sg-2", Severity::Critical, 9 * DAY), ("sg-1", Severity::High, 9 * DAY)]);
    assert_eq!(overdue.worst[0].id, print("open-group", "sg-2").id());
    assert_eq!(world.trend(20).overdue.len(), 2);
    let of = |environment: &str| {
        let filter = Filter { environment: Some(environment.into()), ..Filter::default() };
        world.history().trend(&filter, at(9)).unwrap()
    };
    let staging = of("staging");
    assert_eq!((staging.runs[0].open.len(), staging.runs[1].open[&Severity::High], staging.runs[1].new), (0, 1, 1));
    assert_eq!((of("production").total(), of("").total()), (2, 0), "nothing is in no environment");
}

#[test]
fn what_belongs_to_no_environment_can_be_asked_for() {
    let world = World::new();
    let mut nowhere = side(&[("sg-1", Status::Fail), ("sg-2", Status::Fail)]);
    nowhere.verdicts.get_mut(&print("open-group", "sg-2")).unwrap().environment = None;
    world.history().record(&run(0), &nowhere).unwrap();
    let filter = Filter { environment: Some(String::new()), ..Filter::default() };
    let trend = world.history().trend(&filter, at(9)).unwrap();
    assert_eq!((trend.total(), trend.runs[0].total(), trend.runs[0].new, trend.late()), (1, 1, 1, 1));
}

#[test]
fn a_trend_is_of_the_accounts_asked_for() {
    let world = World::new();
    let mut history = world.history();
    let other = |status| {
        let theirs = Fingerprint { account: "999999999999".into(), ..print("open-group", "sg-9") };
        let mut side = side(&[]);
        side.places = BTreeSet::from([("999999999999".to_owned(), "eu-west-1".to_owned())]);
        side.verdicts.insert(theirs, verdict(status, Severity::Low));
        side
    };
    history.record(&run(0), &side(&[("sg-1", Status::Fail), ("sg-2", Status::Fail)])).unwrap();
    history.record(&run_of("999999999999", 1), &other(Status::Fail)).unwrap();
    history.record(&run(2), &side(&[("sg-1", unknown()), ("sg-2", Status::Pass)])).unwrap();
    let of = |accounts: Option<&Run>| {
        let filter = Filter { accounts: accounts.map(|run| run.accounts.clone()), ..Filter::default() };
        world.history().trend(&filter, at(9)).unwrap()
    };
    let (all, ours, theirs) = (of(None), of(Some(&run(0))), of(Some(&run_of("999999999999", 0))));
    let runs = |trend: &Trend| trend.runs.iter().map(|run| run.run).collect::<Vec<_>>();
    assert_eq!((runs(&all), runs(&ours), runs(&theirs)), (vec![1, 2, 3], vec![1, 3], vec![2]));
    assert_eq!((all.total(), ours.total(), theirs.total()), (2, 1, 1));
    assert_eq!((all.unseen, ours.unseen, theirs.unseen), (1, 1, 0), "sg-1 could not be decided again");
    assert_eq!((all.fixed.len(), ours.fixed.len(), theirs.fixed.len()), (1, 1, 0));
    assert_eq!((all.late(), theirs.overdue[0].worst[0].severity), (2, Severity::Low));
}

#[test]
fn a_trend_with_a_run_is_that_after_it_and_records_nothing() {
    let world = World::new();
    world.record(0, &[("sg-1", Status::Fail), ("sg-2", Status::Fail)]);
    let mut history = world.history();
    let (next, before) = (side(&[("sg-2", Status::Fail), ("sg-3", Status::Fail)]), rows(&history));
    let foreseen = history.trend_with((&run(3), &next), None, &Filter::default()).unwrap();
    assert_eq!((foreseen.runs.len(), foreseen.runs[1].resolved, foreseen.total()), (2, 1, 2));
    assert_eq!(rows(&history), before);
    history.record(&run(3), &next).unwrap();
    assert_eq!(history.trend(&Filter::default(), at(3)).unwrap(), foreseen);
    let older = Run { live: false, ..run(1) };
    let told = history.trend_with((&older, &next), None, &Filter::default()).unwrap_err();
    assert!(matches!(told, HistoryError::Older { .. }), "{told:?}");
}

#[test]
fn a_trend_can_be_told_again_as_it_was_after_any_run() {
    for seed in 0..20 {
        let world = World::new();
        let mut history = world.history();
        let environment = Some("production".to_owned());
        let filter = Filter { environment, accounts: Some(run(0).accounts) };
        let mut told = Vec::new();
        for day in 0..14_u8 {
            let (run, side) = (run(day.into()), by_chance(seed * 100 + u64::from(day)));
            let trend = history.trend_with((&run, &side), None, &filter).unwrap();
            let number = history.record(&run, &side).unwrap().run;
            assert_eq!(history.trend(&filter, run.at).unwrap(), trend, "seed {seed}, day {day}");
            told.push((run, side, number, trend));
        }
        let before = rows(&history);
        for (run, side, number, trend) in &told {
            let again = history.trend_with((run, side), Some(*number), &filter).unwrap();
            assert_eq!(again, *trend, "seed {seed}, run {number}");
        }
        assert_eq!(rows(&history), before, "nothing was taken back for good");
    }
}

#[test]
fn what_was_recorded_outlives_the_power() {
    let world = World::new();
    world.record(0, &[("sg-1", Status::Fail)]);
    let history = world.history();
    let pragma = |name: &str| -> String {
        let sql = format!("SELECT CAST({name} AS TEXT) FROM pragma_{name}");
        history.connection.query_row(&sql, [], |row| row.get(0)).unwrap()
    };
    // In this mode SQLite waits for the disk before a run counts as recorded.
    assert_eq!((pragma("journal_mode"), pragma("synchronous")), ("wal".into(), "2".into()));
}

#[test]
fn the_last_run_knows_what_stands_open() {
    let world = World::new();
    assert_eq!(world.history().last(&run(0)).unwrap(), None);
    world.record(0, &[("sg-1", Status::Fail), ("sg-2", waived()), ("sg-3", Status::Fail)]);
    world.record(1, &[("*", unknown())]);
    world.record(2, &[("sg-1", Status::Fail), ("sg-2", waived()), ("sg-3", Status::Pass)]);
    let last = world.history().last(&run(3)).unwrap().unwrap();
    let of = |id: &str| last.verdicts[&print("open-group", id)].status.clone();
    assert_eq!([of("sg-1"), of("sg-2"), of("sg-3")], [Status::Fail, waived(), Status::Pass]);
    assert_eq!((last.places, last.rules.len()), (side(&[]).places, 1));
    assert!(last.label.starts_with("run 3 of prod, read on 2023-11-16"), "{}", last.label);
    assert_eq!(world.history().last(&run_of("999999999999", 3)).unwrap(), None, "another account has no last run");
}

#[test]
fn a_run_tells_what_was_known_then() {
    let world = World::new();
    world.record(0, &[("sg-1", Status::Fail), ("sg-2", waived()), ("sg-3", Status::Fail)]);
    world.record(1, &[("sg-1", Status::Pass), ("sg-2", Status::Fail), ("sg-3", unknown()), ("sg-4", Status::Fail)]);
    let mut worse = side(&[("sg-1", Status::Fail), ("sg-2", Status::Fail), ("sg-3", Status::Fail)]);
    worse.verdicts.get_mut(&print("open-group", "sg-3")).unwrap().severity = Severity::Critical;
    world.history().record(&run(2), &worse).unwrap();
    let at = |run: i64| world.history().at(run).unwrap().unwrap().0;
    let of = |run: i64, id: &str| at(run).verdicts.get(&print("open-group", id)).map(|verdict| verdict.status.word());
    assert_eq!([1, 2, 3].map(|run| of(run, "sg-1")), [Some("FAIL"), Some("PASS"), Some("FAIL")]);
    assert_eq!([1, 2, 3].map(|run| of(run, "sg-2")), [Some("WAIVED"), Some("FAIL"), Some("FAIL")]);
    assert_eq!([1, 2, 3].map(|run| of(run, "sg-3")), [Some("FAIL"); 3], "what was not seen stays");
    assert_eq!([1, 2, 3].map(|run| of(run, "sg-4")), [None, Some("FAIL"), Some("PASS")]);
    let third = |run: i64| at(run).verdicts[&print("open-group", "sg-3")].clone();
    assert_eq!([1, 2, 3].map(|run| third(run).severity), [Severity::High, Severity::High, Severity::Critical]);
    assert_eq!([1, 2, 3].map(|run| at(run).undecided), [0, 1, 0]);
    assert_eq!(Some(at(3)), world.history().last(&run(9)).unwrap(), "the last run is what is known");
    assert_eq!(world.history().at(4).unwrap(), None);
    assert_eq!(world.history().latest(None).unwrap(), Some(3));
    let lost = crate::audit::Comparison::new(&side(&[("sg-9", Status::Fail)]), &at(2));
    assert_eq!(lost.gone[0].now, crate::audit::Now::Unknown, "it may be what could not be decided");
}

#[test]
fn a_clock_set_back_loses_nothing_and_an_old_snapshot_undoes_nothing() {
    let world = World::new();
    world.record(5, &[("sg-1", Status::Fail)]);
    assert_eq!(world.record(3, &[("sg-1", Status::Pass)]), (0, 1));
    assert_eq!(world.trend(0).fixed[&Severity::High], Fixed { count: 1, mean: 0 });
    let old = Run { live: false, ..run(1) };
    let error = world.history().record(&old, &side(&[("sg-1", Status::Fail)])).unwrap_err().to_string();
    assert!(error.contains("a history only goes forward"), "{error}");
    assert_eq!(world.trend(9).runs.len(), 2);
}

/// Every table with its number of rows.
fn rows(history: &History) -> Vec<i64> {
    let count = |table| {
        let sql = format!("SELECT count(*) FROM {table}");
        history.connection.query_row(&sql, [], |row| row.get(0)).unwrap()
    };
    ["run", "coverage", "finding", "event", "tally"].map(count).into()
}

#[test]
fn a_full_disk_leaves_the_last_run_as_it_was() {
    let world = World::new();
    world.record(0, &[("sg-1", Status::Fail)]);
    let mut history = world.history();
    let before = rows(&history);
    let pages: i64 = history.connection.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
    let ids: Vec<String> = (0..5000).map(|nth| format!("sg-{nth}")).collect();
    let many: Vec<(&str, Status)> = ids.iter().map(|id| (id.as_str(), Status::Fail)).collect();
    for room in [0, 1, 2, 5, 20, 60] {
        history.connection.pragma_update(None, "max_page_count", pages + room).unwrap();
        let error = history.record(&run(1), &side(&many)).unwrap_err();
        assert!(matches!(error, HistoryError::Full { .. }), "{error:?}");
        let told = error.to_string();
        for part in ["history.db: no room", "full", "--history FILE", "nothing was recorded"] {
            assert!(told.contains(part), "{told}");
        }
        assert_eq!(rows(&history), before);
    }
    history.connection.pragma_update(None, "max_page_count", 1_000_000).unwrap();
    assert_eq!(history.record(&run(1), &side(&many)).unwrap().new, 4999, "with room it goes on");
}

#[test]
fn a_file_that_is_not_ours_stays_as_it_is() {
    let world = World::new();
    drop(world.history());
    let path = world.path();
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&path).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600, "only its owner reads it");
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 7).unwrap();
    let told = History::open(&path).unwrap_err().to_string();
    assert!(told.contains("the history has version 7, this Bartizan knows up to 3: use a newer Bartizan"), "{told}");

    let theirs = world.directory.path().join("theirs.db");
    Connection::open(&theirs).unwrap().execute_batch("CREATE TABLE t (a); INSERT INTO t VALUES (1)").unwrap();
    let text = world.directory.path().join("text");
    std::fs::write(
        &text,
        "A text that is long enough to have the size of a header of SQLite, and is none, as it is only \
        text and goes on for a while so that it is taken for a file that has a page.",
    )
    .unwrap();
    for path in [&theirs, &text] {
        let before = std::fs::read(path).unwrap();
        let error = History::create(path).unwrap_err();
        assert!(matches!(error, HistoryError::Foreign(_)), "{error:?}");
        assert_eq!(std::fs::read(path).unwrap(), before);
    }
    let absent = History::open(&world.directory.path().join("none.db")).unwrap_err().to_string();
    assert!(absent.contains("`bartizan audit --record` begins one"), "{absent}");
    assert!(!world.directory.path().join("none.db").exists());
}

#[test]
fn two_at_once_wait_for_each_other() {
    let world = World::new();
    std::thread::scope(|scope| {
        for nth in 0..8 {
            let world = &world;
            scope.spawn(move || world.record(nth, &[("sg-1", Status::Fail)]));
        }
    });
    assert_eq!(world.trend(9).runs.len(), 8);
    assert_eq!(world.events().len(), 1, "it was opened once");
}

#[test]
fn who_holds_it_too_long_is_told_apart_from_what_is_broken() {
    let world = World::new();
    world.record(0, &[("sg-1", Status::Fail)]);
    let other = world.history();
    other.connection.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut history = world.history();
    history.connection.busy_timeout(Duration::ZERO).unwrap();
    let error = history.record(&run(1), &side(&[])).unwrap_err();
    assert!(matches!(error, HistoryError::Locked(_)), "{error:?}");
    assert_eq!(history.trend(&Filter::default(), at(1)).unwrap().runs.len(), 1, "it can be read all the same");
    other.connection.execute_batch("ROLLBACK").unwrap();
    assert_eq!(history.record(&run(1), &side(&[])).unwrap().resolved, 1);
}

/// Runs over some resources, drawn by chance: each fails, passes, is waived, cannot be seen or is not there, and fails
/// with one of two severities.
fn by_chance(seed: u64) -> Side {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut draw = move |of: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 16) % of
    };
    let mut side = side(&[]);
    for resource in ["sg-1", "sg-2", "sg-3", "sg-4", "sg-5"] {
        let status = match draw(6) {
            0 => continue,
            1 => unknown(),
            2 => waived(),
            3 => Status::Pass,
            _ => Status::Fail,
        };
        let mut verdict = verdict(status, if draw(3) == 0 { Severity::Low } else { Severity::High });
        verdict.message = format!("it is open {}", draw(2));
        verdict.owner = (draw(3) > 0).then(|| "anna".to_owned());
        side.verdicts.insert(print("open-group", resource), verdict);
    }
    side
}

#[test]
fn what_was_known_after_any_run_can_be_told_later() {
    for seed in 0..20 {
        let world = World::new();
        let mut history = world.history();
        let mut known = Vec::new();
        for day in 0..12_u8 {
            let run = run(day.into());
            // Which run was last reported, and what was known then.
            let since = history.since(&run, Some("production")).unwrap();
            assert_eq!(since, known.last().cloned().flatten(), "seed {seed}, day {day}");
            let recorded = history.record(&run, &by_chance(seed * 100 + u64::from(day))).unwrap();
            assert_eq!(history.recorded(&run).unwrap(), Some(recorded.run));
            assert_eq!(history.since(&run, Some("production")).unwrap(), since, "recorded, it looks back the same");
            let reported = day % 3 == 0;
            if reported {
                history.reported(recorded.run, Some("production")).unwrap();
            }
            let now = history.last(&run).unwrap();
            let last = known.last().cloned().flatten();
            known.push(if reported { now } else { last });
        }
    }
}

#[test]
fn each_environment_is_compared_with_its_own_last_report() {
    let world = World::new();
    let mut history = world.history();
    assert_eq!(history.since(&run(0), None).unwrap(), None);
    for day in 0..3 {
        let run = history.record(&run(day), &side(&[("sg-1", Status::Fail)])).unwrap().run;
        history.reported(run, [None, Some("staging"), Some("production")][usize::try_from(day).unwrap()]).unwrap();
    }
    let since = |environment| history.since(&run(5), environment).unwrap().unwrap().label;
    assert_eq!(since(None), "run 1 of prod, read on 2023-11-14 22:13 UTC");
    assert_eq!(since(Some("staging")), "run 2 of prod, read on 2023-11-15 22:13 UTC");
    assert_eq!(since(Some("production")), "run 3 of prod, read on 2023-11-16 22:13 UTC");
    assert_eq!(since(Some("dev")), "run 3 of prod, read on 2023-11-16 22:13 UTC", "never reported: the last run");
    assert_eq!(history.since(&run_of("444455556666", 5), None).unwrap(), None, "another account");
}

#[test]
fn a_history_of_the_first_version_is_taken_along() {
    let world = World::new();
    world.record(0, &[("sg-1", Status::Fail)]);
    {
        let connection = Connection::open(world.path()).unwrap();
        let back = "DROP TABLE earlier; DROP TABLE report; DROP TABLE delivery; ALTER TABLE run DROP COLUMN estate; \
                    ALTER TABLE coverage DROP COLUMN why";
        connection.execute_batch(&format!("{back}; PRAGMA user_version = 1")).unwrap();
    }
    let mut history = world.history();
    assert_eq!(history.recorded(&run(0)).unwrap(), None, "nobody noted what was read then");
    let since = history.since(&run(1), Some("production")).unwrap().unwrap();
    assert_eq!(since.verdicts.len(), 1);
    let second = history.record(&run(1), &side(&[("sg-1", Status::Pass)])).unwrap();
    assert_eq!(second.resolved, 1);
    assert_eq!(history.since(&run(1), Some("production")).unwrap(), Some(since), "as it was before");
}

#[test]
fn deliveries_are_remembered() {
    let world = World::new();
    world.record(0, &[("sg-1", Status::Fail)]);
    let mut history = world.history();
    let mut delivery = Delivery {
        environment: Some("production".into()),
        report: "sha256:1".into(),
        destination: "chat".into(),
        at: at(1),
        delivered: false,
        told: "503 after 4 tries".into(),
    };
    history.delivered(1, &delivery).unwrap();
    let whole = Delivery { environment: None, ..delivery.clone() };
    history.delivered(1, &whole).unwrap();
    assert!(!history.has_arrived("sha256:1", "chat").unwrap());
    assert_eq!(history.undelivered().unwrap(), [whole.clone(), delivery.clone()]);
    delivery.delivered = true;
    history.delivered(1, &delivery).unwrap();
    assert!(history.has_arrived("sha256:1", "chat").unwrap());
    assert!(!history.has_arrived("sha256:1", "mail").unwrap() && !history.has_arrived("sha256:2", "chat").unwrap());
    assert_eq!(history.undelivered().unwrap(), [whole], "the other one was made up for");
    assert!(history.delivered(7, &delivery).is_err(), "of no run");
}
