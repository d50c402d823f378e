/**
 * SQL that brings the schema from version N (the index) to N + 1. Entries are never changed once released: a database
 * of any age runs those it lacks. `PRAGMA user_version` holds the number of entries applied.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE models (
    task TEXT NOT NULL,
    version INTEGER NOT NULL CHECK (version > 0),
    fingerprint TEXT NOT NULL,
    manifest TEXT NOT NULL,
    evaluation TEXT NOT NULL,
    registered_at TEXT NOT NULL,
    PRIMARY KEY (task, version),
    UNIQUE (task, fingerprint)
  ) STRICT;

  CREATE TABLE deployments (
    task TEXT NOT NULL,
    version INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('shadow', 'canary', 'live', 'retired')),
    since TEXT NOT NULL,
    PRIMARY KEY (task, version),
    FOREIGN KEY (task, version) REFERENCES models (task, version)
  ) STRICT;
  CREATE UNIQUE INDEX one_live_model_per_task ON deployments (task) WHERE state = 'live';

  CREATE TABLE transitions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    task TEXT NOT NULL,
    version INTEGER NOT NULL,
    from_state TEXT,
    to_state TEXT NOT NULL,
    action TEXT NOT NULL,
    by TEXT NOT NULL,
    reason TEXT,
    evidence TEXT NOT NULL,
    at TEXT NOT NULL,
    FOREIGN KEY (task, version) REFERENCES models (task, version)
  ) STRICT;
  CREATE INDEX transitions_by_task ON transitions (task, id);
  `,
  `
  ALTER TABLE deployments ADD COLUMN settings TEXT NOT NULL DEFAULT 'null';
  ALTER TABLE transitions ADD COLUMN settings TEXT NOT NULL DEFAULT 'null';
  -- Until now several models of a task could be canary or shadow: the newest stays.
  UPDATE deployments SET state = 'retired' WHERE state IN ('canary', 'shadow') AND version < (
    SELECT max(version) FROM deployments AS other WHERE other.task = deployments.task AND other.state = deployments.state
  );
  CREATE UNIQUE INDEX one_canary_model_per_task ON deployments (task) WHERE state = 'canary';
  CREATE UNIQUE INDEX one_shadow_model_per_task ON deployments (task) WHERE state = 'shadow';

  CREATE TABLE inferences (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    at INTEGER NOT NULL, -- milliseconds since 1970
    task TEXT,
    endpoint TEXT NOT NULL,
    target TEXT,
    answered_as TEXT,
    user_id TEXT,
    group_id TEXT,
    status INTEGER NOT NULL,
    error_code TEXT,
    duration_ms REAL NOT NULL,
    cost_usd REAL,
    bytes INTEGER NOT NULL, -- characters of request and response
    feedback_mask INTEGER NOT NULL DEFAULT 0, -- 1 accepted, 2 rejected, 4 edited, 8 corrected, 16 score
    last_verdict TEXT, -- kind of the last feedback that is not a score
    response_id TEXT,
    passed_on TEXT, -- who was asked first and failed, when somebody else answered
    stream INTEGER NOT NULL,
    first_content_ms REAL,
    tokens_input INTEGER,
    tokens_cached_input INTEGER,
    tokens_audio_input INTEGER,
    tokens_output INTEGER,
    tokens_reasoning INTEGER,
    tokens_audio_output INTEGER,
    model TEXT NOT NULL,
    shadow_of TEXT,
    key_id TEXT,
    request_id TEXT NOT NULL,
    error_message TEXT,
    tags TEXT NOT NULL, -- JSON
    attempts TEXT NOT NULL -- JSON
  ) STRICT;
  -- All in the order of time; what follows it is looked at without going to the row.
  CREATE INDEX inferences_by_time ON inferences (at, seq, answered_as, endpoint);
  CREATE INDEX inferences_by_task ON inferences (task, at, seq, answered_as, endpoint, target, error_code, duration_ms, cost_usd, last_verdict);
  CREATE INDEX inferences_by_target ON inferences (target, at, seq, task);
  CREATE INDEX inferences_by_user ON inferences (user_id, at, seq) WHERE user_id IS NOT NULL;
  CREATE INDEX inferences_by_group ON inferences (group_id, at, seq) WHERE group_id IS NOT NULL;
  CREATE INDEX inferences_by_response ON inferences (response_id, seq) WHERE response_id IS NOT NULL;
  CREATE INDEX inferences_with_feedback ON inferences (at, seq, feedback_mask, task) WHERE feedback_mask <> 0;
  CREATE INDEX inferences_failed ON inferences (at, seq, task) WHERE error_code IS NOT NULL;
  CREATE INDEX inferences_passed_on ON inferences (task, at, passed_on) WHERE passed_on IS NOT NULL;

  CREATE TABLE inference_bodies (
    seq INTEGER PRIMARY KEY REFERENCES inferences (seq),
    request TEXT NOT NULL,
    response TEXT
  ) STRICT;

  CREATE TABLE inference_tags (
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    at INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (name, value, at, seq)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE feedback (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    inference TEXT NOT NULL, -- as it was told: an id of an inference or of an answer
    inference_seq INTEGER, -- null until that inference is stored
    kind TEXT NOT NULL,
    at TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    by TEXT,
    comment TEXT,
    output TEXT, -- JSON
    score REAL
  ) STRICT;
  CREATE INDEX feedback_by_inference ON feedback (inference_seq, at_ms);
  CREATE INDEX feedback_waiting ON feedback (inference) WHERE inference_seq IS NULL;
  CREATE INDEX feedback_by_author ON feedback (by) WHERE by IS NOT NULL;

  CREATE TABLE keys (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL,
    tasks TEXT, -- JSON; null: all
    limits TEXT NOT NULL, -- JSON
    created_at TEXT NOT NULL,
    expires_at TEXT,
    revoked_at TEXT
  ) STRICT;

  CREATE TABLE allowances (
    counter TEXT NOT NULL,
    time_window TEXT NOT NULL,
    used REAL NOT NULL,
    granted REAL NOT NULL, -- what the last one who asked got
    PRIMARY KEY (counter, time_window)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX allowances_by_window ON allowances (time_window);

  CREATE TABLE erasures (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    record TEXT NOT NULL -- JSON
  ) STRICT;
  `,
];
