-- Who is kept out, until a moment in seconds of Unix time, and what admins did.
-- What it changed is JSON.

-- +goose Up
CREATE TABLE clickky_bans (
    target TEXT PRIMARY KEY,
    until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE clickky_audit (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    who TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    what TEXT NOT NULL,
    target TEXT NOT NULL,
    why TEXT NOT NULL,
    was TEXT NOT NULL,
    became TEXT NOT NULL,
    undone_by INTEGER NOT NULL
) STRICT;
