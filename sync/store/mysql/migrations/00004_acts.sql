-- Who is kept out, and what admins did. What it changed is JSON.

-- +goose Up
CREATE TABLE IF NOT EXISTS `clickky_bans` (
    `target` VARBINARY(700) NOT NULL PRIMARY KEY,
    `until` DATETIME NOT NULL COMMENT 'UTC'
) ENGINE = InnoDB;

CREATE TABLE IF NOT EXISTS `clickky_audit` (
    `id` BIGINT UNSIGNED NOT NULL PRIMARY KEY,
    `at` DATETIME NOT NULL COMMENT 'UTC',
    `who` VARBINARY(700) NOT NULL,
    `fingerprint` VARBINARY(700) NOT NULL,
    `what` VARBINARY(100) NOT NULL,
    `target` VARBINARY(700) NOT NULL,
    `why` TEXT CHARACTER SET utf8mb4 NOT NULL,
    `was` MEDIUMTEXT CHARACTER SET utf8mb4 NOT NULL COMMENT 'JSON',
    `became` MEDIUMTEXT CHARACTER SET utf8mb4 NOT NULL COMMENT 'JSON',
    `undone_by` BIGINT UNSIGNED NOT NULL COMMENT '0: by none'
) ENGINE = InnoDB;
