//! The tables, and how an older file becomes a current one.

/// `bart`, in the file's header: this file is ours.
pub(super) const APPLICATION: i32 = 0x6261_7274;

/// One step per version: the text at index n makes version n + 1 of version n. A step that was released is never
/// changed; what changes is a new step.
pub(super) const MIGRATIONS: [&str; 3] = [FIRST, REPORTS, GAPS];

const FIRST: &str = "
CREATE TABLE run (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,              -- when the estate was read, in seconds since 1970
    accounts TEXT NOT NULL,           -- JSON, sorted
    rules TEXT NOT NULL,              -- JSON, sorted: those that were judged
    source TEXT NOT NULL,
    demo INTEGER NOT NULL,
    version TEXT NOT NULL,            -- of Bartizan
    passed INTEGER NOT NULL,
    unknown INTEGER NOT NULL,
    waived INTEGER NOT NULL
) STRICT;

-- How far each API was read.
CREATE TABLE coverage (
    run INTEGER NOT NULL REFERENCES run,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    action TEXT NOT NULL,
    whole INTEGER NOT NULL,           -- 1 when it was read to its end, for every resource
    PRIMARY KEY (run, account, region, action)
) STRICT, WITHOUT ROWID;

-- What failed at least once.
CREATE TABLE finding (
    id INTEGER PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    rule TEXT NOT NULL,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    resource_type TEXT NOT NULL,
    resource TEXT NOT NULL,
    title TEXT NOT NULL,
    message TEXT NOT NULL,
    severity TEXT NOT NULL,
    name TEXT,
    environment TEXT,
    owner TEXT,
    state TEXT NOT NULL CHECK (state IN ('open', 'waived', 'resolved')),
    waiver TEXT,                      -- JSON, when it is waived
    first_seen INTEGER NOT NULL,
    last_seen INTEGER NOT NULL,       -- failing, waived or not
    last_run INTEGER NOT NULL REFERENCES run,
    opened INTEGER NOT NULL,          -- first_seen, or when it was last reopened
    resolved INTEGER,
    reopened INTEGER NOT NULL,        -- how often
    UNIQUE (rule, account, region, resource_type, resource)
) STRICT;
CREATE INDEX finding_by_state ON finding (state, environment);
CREATE INDEX finding_by_fingerprint ON finding (fingerprint);

CREATE TABLE event (
    id INTEGER PRIMARY KEY,
    run INTEGER NOT NULL REFERENCES run,
    finding INTEGER NOT NULL REFERENCES finding,
    what TEXT NOT NULL CHECK (what IN ('opened', 'reopened', 'waived', 'waiver-ended', 'resolved', 'severity')),
    severity TEXT NOT NULL,
    lasted INTEGER                    -- from opened to resolved, in seconds
) STRICT;
CREATE INDEX event_by_finding ON event (finding);
CREATE INDEX event_by_run ON event (run);

-- What stood open and waived after a run, in its accounts.
CREATE TABLE tally (
    run INTEGER NOT NULL REFERENCES run,
    environment TEXT NOT NULL,        -- empty for none
    severity TEXT NOT NULL,
    state TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (run, environment, severity, state)
) STRICT, WITHOUT ROWID;
";

/// What reports need: to look back at any run, and to remember what became of them.
const REPORTS: &str = "
-- The digest of what was read; not known of runs before this version.
ALTER TABLE run ADD COLUMN estate TEXT;

-- What a run changed of a finding that was known: how it was before.
CREATE TABLE earlier (
    finding INTEGER NOT NULL REFERENCES finding,
    run INTEGER NOT NULL REFERENCES run,
    title TEXT NOT NULL,
    message TEXT NOT NULL,
    severity TEXT NOT NULL,
    name TEXT,
    environment TEXT,
    owner TEXT,
    state TEXT NOT NULL,
    waiver TEXT,
    PRIMARY KEY (finding, run)
) STRICT, WITHOUT ROWID;

-- The environments that a run was reported of.
CREATE TABLE report (
    run INTEGER NOT NULL REFERENCES run,
    environment TEXT NOT NULL,        -- empty for the whole estate
    PRIMARY KEY (run, environment)
) STRICT, WITHOUT ROWID;

-- What became of delivering reports.
CREATE TABLE delivery (
    id INTEGER PRIMARY KEY,
    run INTEGER NOT NULL REFERENCES run,
    environment TEXT NOT NULL,        -- empty for the whole estate
    report TEXT NOT NULL,             -- its digest
    destination TEXT NOT NULL,
    at INTEGER NOT NULL,
    delivered INTEGER NOT NULL,
    told TEXT NOT NULL                -- the receipt, or what went wrong
) STRICT;
CREATE INDEX delivery_by_run ON delivery (run);
";

/// Why an audit was incomplete.
const GAPS: &str = "
-- Why it was not read to its end; not known of runs before this version.
ALTER TABLE coverage ADD COLUMN why TEXT;
";
