package sqlstore

import (
	"context"
	"database/sql"
	"slices"

	"clickky/sync/game"
)

// readDays reads the days of players by the ID of their row. Dates that game.ParseDate rejects can
// only come from somebody else, and are left out.
func readDays(ctx context.Context, tx *sql.Tx) (map[unsigned]game.Days, error) {
	all := map[unsigned]game.Days{}
	var text string
	var date game.Date // as in text
	err := Each(ctx, tx, func(row *sql.Rows) error {
		var day sql.RawBytes
		var id, clicks unsigned
		if err := row.Scan(&day, &id, &clicks); err != nil {
			return err
		}
		if string(day) != text { // a million rows may have the same one
			text = string(day)
			date, _ = game.ParseDate(text)
		}
		if date != 0 {
			all[id] = append(all[id], game.DayClicks{Date: date, Clicks: uint64(clicks)})
		}
		return nil
	}, "SELECT CAST(`day` AS CHAR), `user_id`, `clicks` FROM `clickky_days` ORDER BY `day`")
	return all, err
}

// saveDays writes the days of players, whose rows must have been written. ids has the rows that
// existed before, and gets the others. A player who isn't Stored may have got the row, or its ID,
// of somebody else, whose days are deleted. Players without a row are left out.
func (u *userWriter) saveDays(ctx context.Context, players []game.Player, ids map[string]any) error {
	players = slices.DeleteFunc(slices.Clone(players), func(p game.Player) bool { return p.Stored && len(p.Days) == 0 })
	if err := u.addIDs(ctx, players, ids); err != nil {
		return err
	}
	var stale, values []any
	for _, p := range players {
		id, ok := ids[p.Name]
		if !ok {
			continue
		}
		if !p.Stored {
			stale = append(stale, id)
		}
		for _, d := range p.Days {
			if u.d.CheckCount(d.Clicks) == nil {
				values = append(values, d.Date.String(), id, d.Clicks)
			}
		}
	}
	if err := deleteRows(ctx, u.tx, "clickky_days", "user_id", stale); err != nil {
		return err
	}
	return insertRows(ctx, u.tx, "clickky_days", Columns["clickky_days"], values, u.d.OnDay)
}

// addIDs looks up the rows of players who aren't in ids.
func (u *userWriter) addIDs(ctx context.Context, players []game.Player, ids map[string]any) error {
	var names []any
	for _, p := range players {
		if _, ok := ids[p.Name]; !ok {
			names = append(names, u.d.Lookup(p.Name))
		}
	}
	if len(names) == 0 {
		return nil
	}
	return u.readIDs(ctx, names, ids)
}

// deleteOldDays deletes the days that aren't kept, by the database's clock: a server with a wrong
// clock must not delete others.
func (s *Store) deleteOldDays(ctx context.Context, tx *sql.Tx) error {
	query := "DELETE FROM `clickky_days` WHERE `day` <= " + s.d.DaysAgo //nolint:gosec // G202: an expression of the dialect
	_, err := tx.ExecContext(ctx, query, game.KeptDays)
	return err
}
