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
];
