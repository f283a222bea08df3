-- The keys that own names, and those that are to. Bytes, because they are what is compared. Names
-- are as long as those that are set aside may be.

-- +goose Up
CREATE TABLE IF NOT EXISTS `clickky_keys` (
    `username` VARBINARY(700) NOT NULL,
    `fingerprint` VARBINARY(100) NOT NULL,
    `bound` BOOLEAN NOT NULL,
    `since` DATETIME NOT NULL COMMENT 'UTC',
    PRIMARY KEY (`username`, `fingerprint`)
) ENGINE = InnoDB;

CREATE TABLE IF NOT EXISTS `clickky_bindings` (
    `id` BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `username` VARBINARY(700) NOT NULL,
    `fingerprint` VARBINARY(100) NOT NULL,
    `sole` BOOLEAN NOT NULL
) ENGINE = InnoDB;
