-- Which journal the counts belong to, and whose counts are set aside. The lease
-- ends at a moment in milliseconds of Unix time, 0 being long ago.

-- +goose Up
CREATE TABLE clickky_state (
    id INTEGER PRIMARY KEY,
    journal TEXT NOT NULL DEFAULT '',
    position INTEGER NOT NULL DEFAULT 0,
    lease_until INTEGER NOT NULL DEFAULT 0
) STRICT;

INSERT INTO clickky_state (id) VALUES (1);

-- A count that is set aside may be one that no INTEGER can hold.
CREATE TABLE clickky_rejected (
    username TEXT NOT NULL UNIQUE,
    user_count TEXT NOT NULL,
    reason TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT;
