-- The tables have the names and columns they have in MySQL. Text is compared
-- byte for byte, which is SQLite's own way.

-- +goose Up
CREATE TABLE users (
    id INTEGER PRIMARY KEY,
    username TEXT NOT NULL UNIQUE,
    user_count INTEGER NOT NULL DEFAULT 0 CHECK (user_count >= 0)
) STRICT;

CREATE TABLE global_count (
    id INTEGER PRIMARY KEY,
    count INTEGER NOT NULL CHECK (count >= 0)
) STRICT;

INSERT INTO global_count (id, count) VALUES (1, 0);
