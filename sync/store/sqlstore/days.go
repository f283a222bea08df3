package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"slices"

	"clickky/sync/game"
)

type dayRow struct {
	id unsigned // of the player
	game.DayClicks
}

// dayRows are in the order of the ID and the date. A map would need several times the memory.
type dayRows []dayRow

func (rows dayRows) find(id unsigned) game.Days {
	first, _ := slices.BinarySearchFunc(rows, id, func(r dayRow, id unsigned) int { return cmp.Compare(r.id, id) })
	rows = rows[first:]
	n := 0
	for n < len(rows) && rows[n].id == id {
		n++
	}
	if n == 0 {
		return nil
	}
	days := make(game.Days, n)
	for i, r := range rows[:n] {
		days[i] = r.DayClicks
	}
	return days
}

// readDays reads the days of all players. It skips dates that game.ParseDate rejects, which only
// another program can have written.
func readDays(ctx context.Context, tx *sql.Tx) (all dayRows, err error) {
	var text string
	var date game.Date // as in text
	var day sql.RawBytes
	var id, clicks unsigned // of a row; here, so that not each row allocates them
	err = Each(ctx, tx, func(row *sql.Rows) error {
		if err := row.Scan(&day, &id, &clicks); err != nil {
			return err
		}
		if string(day) != text { // a million rows may have the same one
			text = string(day)
			date, _ = game.ParseDate(text)
		}
		if date != 0 {
			all = append(all, dayRow{id, game.DayClicks{Date: date, Clicks: uint64(clicks)}})
		}
		return nil
	}, "SELECT CAST(`day` AS CHAR), `user_id`, `clicks` FROM `clickky_days` ORDER BY `day`")
	slices.SortFunc(all, func(a, b dayRow) int {
		return cmp.Or(cmp.Compare(a.id, b.id), cmp.Compare(a.Date, b.Date))
	})
	return all, err
}

// saveDays writes the days of players after their rows were written. ids has the rows that existed
// before, and gets the others. A player who isn't Stored may have a row, or its ID, that was another
// player's, so older days of that row are deleted. Players without a row are skipped.
func (u *userWriter) saveDays(ctx context.Context, players []game.Player, ids map[string]any) error {
	players = slices.DeleteFunc(slices.Clone(players), func(p game.Player) bool { return p.Stored && len(p.Days) == 0 })
	if err := u.addIDs(ctx, players, ids); err != nil {
		return err
	}
	var stale, values []any
	var date game.Date
	var text any // date, which most rows have in common
	for _, p := range players {
		id, ok := ids[p.Name]
		if !ok {
			continue
		}
		if !p.Stored {
			stale = append(stale, id)
		}
		for _, d := range p.Days {
			if d.Date != date {
				date, text = d.Date, d.Date.String()
			}
			if u.d.CheckCount(d.Clicks) == nil {
				values = append(values, text, id, d.Clicks)
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
// clock must not delete other days.
func (s *Store) deleteOldDays(ctx context.Context, tx *sql.Tx) error {
	query := "DELETE FROM `clickky_days` WHERE `day` <= " + s.d.DaysAgo //nolint:gosec // G202: an expression of the dialect
	_, err := tx.ExecContext(ctx, query, game.KeptDays)
	return err
}
