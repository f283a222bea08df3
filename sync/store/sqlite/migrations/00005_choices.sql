-- What players have chosen about their screens, by the login name.

-- +goose Up
CREATE TABLE clickky_choices (
    username TEXT PRIMARY KEY,
    choice TEXT NOT NULL CHECK (length(CAST(choice AS BLOB)) BETWEEN 1 AND 100)
) STRICT, WITHOUT ROWID;
