//! Shelves through crashes, strangers' files, several readings of one time and clocks that were set back.

use std::fs;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};

use super::*;

const NOW: i64 = 1_700_000_000;

fn at(hours: i64) -> Timestamp {
    Timestamp::from_second(NOW + hours * 3600).unwrap()
}

fn report(read_at: Timestamp, page: &str) -> (Published, Vec<(String, Vec<u8>)>) {
    let files = vec![("report.html".to_owned(), page.as_bytes().to_vec())];
    let published = Published {
        format: Published::FORMAT.to_owned(),
        version: Published::VERSION,
        tool_version: "1".into(),
        environment: Some("production".into()),
        demo: false,
        source: "prod".into(),
        read_at,
        made_at: read_at,
        exit: 1,
        outcome: "FAILED".into(),
        complete: true,
        missing: Vec::new(),
        fail_on: "high".into(),
        counts: Counts { high: 1, ..Counts::default() },
        since: None,
        estate_digest: "sha256:1".into(),
        packs: Vec::new(),
        files: vec![File::of("report.html", "text/html", page.as_bytes())],
    };
    (published, files)
}

struct World {
    directory: tempfile::TempDir,
    lock: Lock,
    shelf: Shelf,
}

impl World {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let lock = Lock::take(directory.path(), Some("production"), at(0)).unwrap();
        let shelf = Shelf::of(directory.path(), Some("Production"));
        shelf.prepare(&lock).unwrap();
        Self { directory, lock, shelf }
    }

    fn put(&self, hours: i64, page: &str) -> Kept {
        let (published, files) = report(at(hours), page);
        let kept = self.shelf.put(&published, &files, &self.lock).unwrap();
        self.shelf.point(&kept, at(hours), &self.lock).unwrap();
        kept
    }

    fn names(&self) -> Vec<String> {
        let names = fs::read_dir(self.shelf.path()).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<String> = names.map(|name| name.to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }
}

#[test]
fn environments_do_not_share_a_folder_nor_leave_the_directory() {
    assert_eq!(folder(None), "all");
    assert_eq!(folder(Some("Production")), "production");
    let names = ["all", "prod-eu", "prod/eu", "prod eu", "prod\u{1b}eu", "..", "../x", ".", "", "über", "-x", "x", "."];
    let folders: std::collections::BTreeSet<String> = names.into_iter().map(|name| folder(Some(name))).collect();
    assert_eq!(folders.len(), names.len() - 1);
    for folder in folders {
        assert_ne!(folder, "all");
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        assert!(folder.starts_with(|c: char| c.is_ascii_alphanumeric()) && folder.chars().all(plain), "{folder}");
    }
}

#[test]
fn a_lock_excludes_its_environment_only_and_says_who_holds_it() {
    let world = World::new();
    let told = Lock::take(world.directory.path(), Some("PRODUCTION"), at(1)).unwrap_err().to_string();
    let expected = format!("(process {}) holds it since 2023-11-14T22:13:20Z: try again", std::process::id());
    assert!(told.contains(".production.lock: another run ") && told.contains(&expected), "{told}");
    for other in [None, Some("staging")] {
        Lock::take(world.directory.path(), other, at(1)).unwrap();
    }
    let directory = world.directory;
    drop(world.lock);
    Lock::take(directory.path(), Some("production"), at(1)).unwrap();
}

#[test]
fn a_report_is_described_pointed_at_and_never_written_again() {
    let world = World::new();
    let first = world.put(0, "one");
    assert_eq!(first.folder, "20231114T221320Z");
    let second = world.put(0, "two");
    assert_eq!(second.folder, "20231114T221320Z-2");
    assert_eq!(fs::read_to_string(world.shelf.path().join(&first.folder).join("report.html")).unwrap(), "one");
    let latest = world.shelf.latest().unwrap();
    assert_eq!((latest.folder.as_str(), latest.exit), (second.folder.as_str(), 1));
    let names: Vec<&str> = latest.files.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(names, ["20231114T221320Z-2/report.html", "20231114T221320Z-2/summary.json"]);
    assert!(latest.files.iter().all(|file| world.shelf.holds("", file)));
    assert_eq!(world.shelf.reports().unwrap(), [first, second]);
    assert_eq!(world.names(), ["20231114T221320Z", "20231114T221320Z-2", "latest.json"]);
}

#[test]
fn an_older_reading_is_not_the_latest_but_one_from_the_future_gives_way() {
    let world = World::new();
    let now = world.put(10, "now");
    let latest = || world.shelf.latest().unwrap().folder;
    let (published, files) = report(at(2), "old");
    let old = world.shelf.put(&published, &files, &world.lock).unwrap();
    assert!(!world.shelf.point(&old, at(11), &world.lock).unwrap());
    assert_eq!(latest(), now.folder);
    let ahead = world.put(1000, "ahead");
    assert_eq!(latest(), ahead.folder);
    assert_eq!(
        fresh(&world.shelf, SignedDuration::from_hours(5), at(12)),
        Freshness::Future(SignedDuration::from_hours(988))
    );
    let next = world.put(12, "next");
    assert_eq!(latest(), next.folder, "the clock that was ahead does not rule for years");
}

#[test]
fn what_a_crash_left_is_swept_and_nothing_else() {
    let world = World::new();
    let kept = world.put(0, "one");
    let path = world.shelf.path();
    fs::create_dir(path.join(".bartizan-report-abc123.part")).unwrap();
    fs::write(path.join(".bartizan-report-abc123.part/report.html"), "half").unwrap();
    fs::write(path.join(".bartizan-report-def456.part"), "half").unwrap();
    for (name, text) in
        [(".bartizan-xyz.part", "another command's"), ("notes.part", "mine"), ("20231114T000000Z.txt", "mine")]
    {
        fs::write(path.join(name), text).unwrap();
    }
    world.shelf.prepare(&world.lock).unwrap();
    assert_eq!(
        world.names(),
        [".bartizan-xyz.part", "20231114T000000Z.txt", kept.folder.as_str(), "latest.json", "notes.part"]
    );
}

#[test]
fn what_was_lost_or_changed_is_noticed_and_mended() {
    let world = World::new();
    let kept = world.put(0, "one");
    let hour = SignedDuration::from_hours(1);
    assert_eq!(fresh(&world.shelf, hour, at(0)), Freshness::Fresh(SignedDuration::ZERO));
    let page = world.shelf.path().join(&kept.folder).join("report.html");
    let (_, files) = report(at(0), "one");
    for damage in [|path: &Path| fs::write(path, "ONE").unwrap(), |path: &Path| fs::remove_file(path).unwrap()] {
        damage(&page);
        assert!(!world.shelf.is_whole(&kept));
        let told = format!("a file is missing or was changed: {}/report.html", kept.folder);
        assert_eq!(fresh(&world.shelf, hour, at(0)), Freshness::Missing(told));
        world.shelf.mend(&kept, &files, &world.lock).unwrap();
        assert!(world.shelf.is_whole(&kept));
    }
    fs::remove_file(world.shelf.path().join("latest.json")).unwrap();
    assert_eq!(fresh(&world.shelf, hour, at(0)), Freshness::Missing("there is no report".to_owned()));
}

#[test]
fn an_age_counts_from_the_reading() {
    let world = World::new();
    world.put(0, "one");
    let day = SignedDuration::from_hours(24);
    for (hours, expected) in [
        (23, Freshness::Fresh(SignedDuration::from_hours(23))),
        (24, Freshness::Stale(day)),
        (-1, Freshness::Future(SignedDuration::from_hours(1))),
    ] {
        assert_eq!(fresh(&world.shelf, day, at(hours)), expected);
    }
    let nearly = Timestamp::from_second(NOW - 30).unwrap();
    assert_eq!(fresh(&world.shelf, day, nearly), Freshness::Fresh(SignedDuration::ZERO), "clocks differ a little");
    assert_eq!(age("26h"), Ok(SignedDuration::from_hours(26)));
    assert_eq!(age("7d"), Ok(SignedDuration::from_hours(168)));
    for wrong in ["", "26", "-1h", "0h", "tomorrow", "1mo", "h"] {
        assert!(age(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn only_what_is_ours_and_old_is_taken_away() {
    let world = World::new();
    let kept: Vec<Kept> = (0..6).map(|day| world.put(day * 24, "page")).collect();
    let path = world.shelf.path().to_owned();
    // Not ours: a note in a report's folder, a folder of another name, one with another summary, one without any.
    fs::write(path.join(&kept[0].folder).join("note.txt"), "mine").unwrap();
    fs::create_dir_all(path.join("archive")).unwrap();
    fs::copy(path.join(&kept[0].folder).join("summary.json"), path.join("archive/summary.json")).unwrap();
    for (name, text) in [("20200101T000000Z", "{}"), ("20200102T000000Z", "")] {
        fs::create_dir_all(path.join(name)).unwrap();
        fs::write(path.join(name).join("summary.json"), text).unwrap();
    }
    let prune =
        |retain: &str, made: &Kept| world.shelf.prune(retain.parse().unwrap(), made, at(5 * 24), &world.lock).unwrap();
    let pruned = prune("3", &kept[5]);
    assert_eq!(pruned.removed, [kept[1].folder.clone(), kept[2].folder.clone()]);
    assert_eq!(pruned.foreign, [kept[0].folder.clone()]);
    let pruned = prune("25h", &kept[3]);
    assert_eq!(pruned.removed, Vec::<String>::new(), "what was just made stays");
    let pruned = prune("1h", &kept[4]);
    assert_eq!(pruned.removed, [kept[3].folder.clone()]);
    let rest = [kept[0].folder.as_str(), &kept[4].folder, &kept[5].folder];
    assert_eq!(
        world.names(),
        [&["20200101T000000Z", "20200102T000000Z"], &rest[..], &["archive", "latest.json"]].concat()
    );
    fs::remove_file(path.join(&kept[0].folder).join("note.txt")).unwrap();
    assert_eq!(prune("1", &kept[4]).removed, [kept[0].folder.clone()], "nor is the latest");
    assert_eq!("0".parse::<Retain>().unwrap_err(), "0 would keep no report: keep 1 at least");
    assert!("many".parse::<Retain>().unwrap_err().contains("such as 90d"));
}

#[cfg(unix)]
#[test]
fn files_are_as_readable_as_any_new_ones() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::new();
    let kept = world.put(0, "one");
    let plain = world.directory.path().join("plain");
    fs::create_dir(&plain).unwrap();
    fs::write(plain.join("file"), "").unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let folder = world.shelf.path().join(&kept.folder);
    assert_eq!(mode(&folder), mode(&plain));
    for file in [folder.join("report.html"), folder.join("summary.json"), world.shelf.path().join("latest.json")] {
        assert_eq!(mode(&file), mode(&plain.join("file")), "{}", file.display());
    }
}
