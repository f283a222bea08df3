-- What players have chosen about their screens.

-- +goose Up
CREATE TABLE IF NOT EXISTS `clickky_choices` (
    `username` VARBINARY(700) NOT NULL PRIMARY KEY,
    `choice` VARBINARY(100) NOT NULL
) ENGINE = InnoDB;
