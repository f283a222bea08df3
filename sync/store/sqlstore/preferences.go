package sqlstore

import (
	"context"
	"database/sql"

	"clickky/sync/game"
)

func readPreferences(ctx context.Context, tx *sql.Tx) ([]game.Preference, error) {
	return All(ctx, tx, func(row *sql.Rows, p *game.Preference) error { return row.Scan(&p.Name, &p.Text) },
		"SELECT `username`, `choice` FROM `clickky_choices`")
}

// savePreferences saves the current preferences, except those that the database rejects.
func (s *Store) savePreferences(ctx context.Context, tx *sql.Tx, preferences []game.Preference) error {
	name := func(p game.Preference) any { return s.d.Text(p.Name) }
	rows := func(p game.Preference) ([]any, error) {
		if p.Text == "" {
			return nil, nil
		}
		return []any{name(p), s.d.Text(p.Text)}, nil
	}
	rejections, err := saveAccepted(ctx, s, tx, preferences, func(ctx context.Context, chunk []game.Preference) error {
		return replaceRows(ctx, tx, "clickky_choices", chunk, name, rows)
	})
	for _, r := range rejections {
		s.log.Warn("the database rejects a player's preferences; not saving them", "player", r.row.Name, "why", r.reason)
	}
	return err
}
