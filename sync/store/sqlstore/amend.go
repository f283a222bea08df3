package sqlstore

import (
	"context"
	"database/sql"
	"strings"

	"clickky/sync/game"
	"clickky/sync/store"
)

// amendedMark is appended to the journal's ID by Amend, until a server of that journal takes the
// lease. IDs never contain it. To a server that had the database before, this is another journal,
// so its Save fails with store.ErrMoved.
const amendedMark = "+import"

// Amend implements store.Store. It isn't retried after a conflict with somebody else's locks. Calls
// of Lease wait meanwhile, and fail after a while.
func (s *Store) Amend(ctx context.Context, yield func(game.Player) error, amend func(store.Snapshot) (game.Checkpoint, error)) error {
	return s.d.Wrap("import counts", s.write(ctx, func(tx *sql.Tx) error {
		state, err := s.lockState(ctx, tx)
		switch {
		case err != nil:
			return err
		case state.LeaseLeft > 0:
			return leaseError(state)
		}
		snapshot, err := s.loadAll(ctx, tx, yield)
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
		_, err = s.saveRows(ctx, tx, batch, false)
		return err
	}))
}
