-- What each player clicked on each day, in UTC, as in 2006-01-02.

-- +goose Up
CREATE TABLE clickky_days (
    day TEXT NOT NULL,
    user_id INTEGER NOT NULL,
    clicks INTEGER NOT NULL CHECK (clicks >= 0),
    PRIMARY KEY (day, user_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX clickky_days_of_user ON clickky_days (user_id);
