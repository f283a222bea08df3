package sqlstore

import (
	"context"
	"database/sql"
	"strings"

	"clickky/sync/game"
	"clickky/sync/store"
)

// amendedMark follows the name of the journal in the database after an Amend, until a server of
// that journal takes the lease. Names of journals have no such sign. With it the journal is another
// one for a server that had the database before, whose Save finds that it has moved.
const amendedMark = "+import"

// Amend implements store.Store. Whoever asks for the lease meanwhile waits, and fails after a
// while. When somebody else's locks are in the way it is not tried again.
func (s *Store) Amend(ctx context.Context, yield func(game.Player) error, amend func(store.Snapshot) (game.Checkpoint, error)) error {
	return s.d.Wrap("import counts", s.write(ctx, func(tx *sql.Tx) error {
		state, err := s.lockState(ctx, tx)
		switch {
		case err != nil:
			return err
		case state.LeaseLeft > 0:
			return leased(state)
		}
		snapshot, err := s.load(ctx, tx, yield)
		if err != nil {
			return err
		}
		batch, err := amend(snapshot)
		if err != nil {
			return err
		}
		journal := strings.TrimSuffix(state.Journal, amendedMark) + amendedMark
		if _, err := updateState(ctx, tx, "`journal` = ?", "", journal); err != nil {
			return err
		}
		batch.Players = s.sorted(batch.Players)
		_, err = s.saveRows(ctx, tx, batch, s.saveAll)
		return err
	}))
}
