//! One horizon of a log tail: how often it reads, how far back, and the sweep it is in.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

/// Pages after which a sweep is given up: a service that always has one more is not going to end.
const MOST_PAGES: u32 = 10_000;
/// How soon after a circle the sweep goes on.
const SOON: SignedDuration = SignedDuration::from_secs(10);

/// One horizon.
#[derive(Debug, Clone)]
pub(super) struct Horizon {
    /// How long from the beginning of a sweep to the next.
    pub(super) every: SignedDuration,
    /// How far back a sweep reads.
    pub(super) back: SignedDuration,
    /// When the next sweep begins.
    pub(super) due: Timestamp,
    /// When the last sweep that was read to its end began.
    pub(super) finished: Option<Timestamp>,
    /// What stopped the last sweep; gone when one is read to its end.
    pub(super) trouble: Option<String>,
    sweep: Option<Sweep>,
}

/// One reading of all pages from a moment on.
#[derive(Debug, Clone)]
pub(super) struct Sweep {
    began: Timestamp,
    /// The first moment asked for.
    pub(super) start: Timestamp,
    /// Where the last page ended.
    pub(super) token: Option<String>,
    tokens: BTreeSet<String>,
    pages: u32,
    /// The time of the newest event so far: pages come in the order of time, so what is older has been read.
    reached: Timestamp,
}

/// How a sweep goes on after a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    /// There is another page.
    More,
    /// That was the last page.
    Finished,
    /// The service leads in a circle: what lies behind is unread.
    Stopped,
}

impl Horizon {
    pub(super) const fn new(every: SignedDuration, back: SignedDuration, due: Timestamp) -> Self {
        Self { every, back, due, finished: None, trouble: None, sweep: None }
    }

    /// Whether it has a page to ask for at `now`.
    pub(super) fn wants(&self, now: Timestamp) -> bool {
        self.due <= now
    }

    /// When it should have asked: what is nearest is asked first, so that no horizon starves another.
    pub(super) fn deadline(&self) -> Timestamp {
        self.due + self.every
    }

    /// The sweep it is in, or a new one from `start`.
    pub(super) fn sweep(&mut self, now: Timestamp, start: Timestamp) -> &Sweep {
        self.sweep.get_or_insert_with(|| Sweep {
            began: now,
            start,
            token: None,
            tokens: BTreeSet::new(),
            pages: 0,
            reached: start,
        })
    }

    /// Takes note of a page: the time of its newest event and its token. An empty page with a token is not the end;
    /// a token that was there before is one, and not a good one.
    pub(super) fn advance(&mut self, newest: Option<Timestamp>, token: Option<String>, now: Timestamp) -> Progress {
        let Some(sweep) = &mut self.sweep else { return Progress::Finished };
        sweep.pages += 1;
        sweep.reached = newest.map_or(sweep.reached, |newest| newest.max(sweep.reached));
        let Some(token) = token else {
            self.due = sweep.began + self.every;
            self.finished = Some(sweep.began);
            self.trouble = None;
            self.sweep = None;
            return Progress::Finished;
        };
        if sweep.pages < MOST_PAGES && sweep.tokens.insert(token.clone()) {
            sweep.token = Some(token);
            return Progress::More;
        }
        let pages = sweep.pages;
        self.trouble =
            Some(format!("the listing of events led in a circle after {pages} pages; reading on from there"));
        if pages >= MOST_PAGES {
            self.sweep = None;
        }
        self.resume(now + self.every.min(SOON));
        Progress::Stopped
    }

    /// Goes on at `at` without the token, from the newest event so far: whatever was wrong with the token, the sweep
    /// makes its way.
    pub(super) fn resume(&mut self, at: Timestamp) {
        self.due = at;
        if let Some(sweep) = &mut self.sweep {
            sweep.start = sweep.reached;
            sweep.token = None;
            sweep.tokens.clear();
        }
    }
}
