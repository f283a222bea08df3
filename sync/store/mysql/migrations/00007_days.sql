-- What each player clicked on each day. There is no foreign key, because a table that was taken over
-- may be altered by others.

-- +goose Up
CREATE TABLE IF NOT EXISTS `clickky_days` (
    `day` DATE NOT NULL COMMENT 'UTC',
    `user_id` BIGINT UNSIGNED NOT NULL,
    `clicks` BIGINT UNSIGNED NOT NULL,
    PRIMARY KEY (`day`, `user_id`),
    KEY `user_id` (`user_id`)
) ENGINE = InnoDB;
