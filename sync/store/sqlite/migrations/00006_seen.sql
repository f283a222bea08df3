-- When a player was last seen, in seconds of Unix time, 0 being never.

-- +goose Up
ALTER TABLE users ADD COLUMN clickky_seen INTEGER NOT NULL DEFAULT 0
    CHECK (clickky_seen BETWEEN 0 AND 4294967295);
