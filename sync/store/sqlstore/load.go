package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"clickky/sync/game"
	"clickky/sync/store"
)

// These statements also read tables of the Node.js version that were never migrated. There, rows
// without a name aren't players, a missing or negative count is 0, and the global count may be in a
// row with another ID, or in several. Only selectPlayers needs columns that those tables, or the
// first versions of ours, may lack; selectUnseen is for them.
const (
	selectPlayers = selectCounts + ", `clickky_seen`, `id`" + fromUsers
	selectUnseen  = selectCounts + ", 0, 0" + fromUsers
	selectCounts  = "SELECT `username`, CASE WHEN `user_count` > 0 THEN `user_count` ELSE 0 END"
	fromUsers     = " FROM `users` WHERE `username` IS NOT NULL"
)

// SelectTotal reads the global count.
const SelectTotal = "SELECT COALESCE(MAX(CASE WHEN `id` = 1 AND `count` > 0 THEN `count` END)," +
	" MAX(CASE WHEN `count` > 0 THEN `count` END), 0) FROM `global_count`"

// Load implements store.Store. It also reads tables that weren't migrated. If there are none,
// store.ErrNoTables is in the chain of its error.
func (s *Store) Load(ctx context.Context, yield func(game.Player) error) (store.Snapshot, error) {
	var snapshot store.Snapshot
	err := s.read(ctx, func(tx *sql.Tx) (err error) {
		snapshot, err = s.loadAll(ctx, tx, yield)
		return err
	})
	if err != nil {
		return store.Snapshot{}, s.d.Wrap("load counts", err)
	}
	return snapshot, nil
}

// loadAll yields the players and reads the rest.
func (s *Store) loadAll(ctx context.Context, tx *sql.Tx, yield func(game.Player) error) (snapshot store.Snapshot, err error) {
	players, err := s.loadNewTables(ctx, tx, &snapshot)
	if err != nil {
		return snapshot, err
	}
	if err := tx.QueryRowContext(ctx, SelectTotal).Scan(&snapshot.Total); err != nil {
		return snapshot, err
	}
	players.yield = yield
	sum, err := players.load(ctx, tx, selectPlayers)
	if s.d.Classify(err) == NoColumn {
		sum, err = players.load(ctx, tx, selectUnseen)
	}
	snapshot.Total = max(snapshot.Total, sum)
	snapshot.Contents.Position = snapshot.State.Position
	return snapshot, err
}

// loadNewTables reads the tables that older versions lack, at least while they are being migrated.
// It returns what they have about players. A statement that fails because of a missing table doesn't
// end the transaction.
func (s *Store) loadNewTables(ctx context.Context, tx *sql.Tx, snapshot *store.Snapshot) (players playerLoader, err error) {
	for _, read := range []func() error{
		func() error { snapshot.State, err = s.PeekState(ctx, tx); return err },
		func() error { players.rejected, err = s.rejectedCounts(ctx, tx); return err },
		func() error { players.days, err = readDays(ctx, tx); return err },
		func() error { snapshot.Owners, err = s.readOwners(ctx, tx); return err },
		func() error { snapshot.Bans, err = s.readBans(ctx, tx); return err },
		func() error { snapshot.Records, err = s.readRecords(ctx, tx); return err },
		func() error { snapshot.Preferences, err = readPreferences(ctx, tx); return err },
	} {
		if err := read(); err != nil && s.d.Classify(err) != NoTable && !errors.Is(err, sql.ErrNoRows) {
			return playerLoader{}, err
		}
	}
	slices.Reverse(snapshot.Records)
	return players, nil
}

// playerLoader reads players, given what other tables have about them.
type playerLoader struct {
	rejected map[string]uint64 // by name
	days     dayRows
	yield    func(game.Player) error
}

// load yields the players that a query finds, and returns the sum of their counts. Rejected counts
// take precedence, and need no row. It empties rejected.
func (l *playerLoader) load(ctx context.Context, tx *sql.Tx, query string) (sum uint64, err error) {
	var name string // of a row; here, so that not each row allocates it
	var clicks, id unsigned
	var seen int64
	err = Each(ctx, tx, func(row *sql.Rows) error {
		if err := row.Scan(&name, &clicks, &seen, &id); err != nil {
			return err
		}
		p := game.Player{Name: name, Clicks: uint64(clicks), Days: l.days.find(id)}
		if seen != 0 {
			p.Seen = time.Unix(seen, 0).UTC()
		}
		if clicks, ok := l.rejected[p.Name]; ok {
			p.Clicks = clicks
			delete(l.rejected, p.Name)
		}
		sum += p.Clicks
		return l.yield(p)
	}, query)
	if err != nil {
		return 0, err
	}
	for name, clicks := range l.rejected {
		sum += clicks
		if err := l.yield(game.Player{Name: name, Clicks: clicks}); err != nil {
			return 0, err
		}
		delete(l.rejected, name)
	}
	return sum, nil
}
