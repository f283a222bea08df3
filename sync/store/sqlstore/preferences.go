package sqlstore

import (
	"context"
	"database/sql"

	"clickky/sync/game"
)

func readPreferences(ctx context.Context, tx *sql.Tx) (preferences []game.Preference, err error) {
	err = Each(ctx, tx, func(row *sql.Rows) error {
		var p game.Preference
		err := row.Scan(&p.Name, &p.Text)
		preferences = append(preferences, p)
		return err
	}, "SELECT `username`, `choice` FROM `clickky_choices`")
	return preferences, err
}

// savePreferences writes the preferences as they are now, but for those that the database refuses.
func (s *Store) savePreferences(ctx context.Context, tx *sql.Tx, preferences []game.Preference) error {
	w := writer[game.Preference]{tx: tx, refused: s.refused}
	w.write = func(ctx context.Context, chunk []game.Preference) error {
		names, values := make([]any, len(chunk)), []any{}
		for i, p := range chunk {
			names[i] = s.d.Text(p.Name)
			if p.Text != "" {
				values = append(values, names[i], s.d.Text(p.Text))
			}
		}
		if err := remove(ctx, tx, "clickky_choices", "username", names); err != nil {
			return err
		}
		return insert(ctx, tx, "`clickky_choices` (`username`, `choice`)", 2, values, "")
	}
	refusals, err := w.saveAccepted(ctx, preferences)
	for _, r := range refusals {
		s.log.Warn("the database rejects a player's preferences; not saving them", "player", r.row.Name, "why", r.reason)
	}
	return err
}
