-- Which keys own which names, since a moment in seconds of Unix time, and which
-- the operator wants to give a name.

-- +goose Up
CREATE TABLE clickky_keys (
    username TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    bound INTEGER NOT NULL,
    since INTEGER NOT NULL,
    PRIMARY KEY (username, fingerprint)
) STRICT, WITHOUT ROWID;

-- AUTOINCREMENT, because without it the id of a row that was deleted returns.
CREATE TABLE clickky_bindings (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    username TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    sole INTEGER NOT NULL
) STRICT;
