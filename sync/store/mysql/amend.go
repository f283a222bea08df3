package mysql

import (
	"context"
	"database/sql"
	"fmt"

	"clickky/sync/game"
	"clickky/sync/store"
	"clickky/sync/store/internal/rows"
)

const markAmended = "UPDATE `clickky_state` SET `journal` = ? WHERE `id` = 1"

// Amend implements store.Store. Whoever asks for the lease meanwhile waits for the
// lock of its row, and fails after a while. When somebody else's locks are in the way it
// is not tried again.
func (s *Store) Amend(ctx context.Context, yield func(game.Player) error, amend func(store.Snapshot) (game.Checkpoint, error)) error {
	return s.wrap("import counts", s.write(ctx, func(tx *sql.Tx) error {
		state, err := readState(ctx, tx, lockState)
		switch {
		case err != nil:
			return err
		case state.LeaseLeft > 0:
			return fmt.Errorf("%w: journal %s, for another %v", store.ErrLeased, state.Journal, state.LeaseLeft)
		}
		snapshot, err := load(ctx, tx, yield)
		if err != nil {
			return err
		}
		batch, err := amend(snapshot)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, markAmended, rows.Amended(state.Journal)); err != nil {
			return err
		}
		batch.Players = sorted(batch.Players)
		_, err = s.saveRows(ctx, tx, batch, saveAll)
		return err
	}))
}
