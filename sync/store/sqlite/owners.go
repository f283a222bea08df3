package sqlite

import (
	"context"
	"database/sql"
	"time"

	"clickky/sync/game"
	"clickky/sync/store/internal/rows"
)

// In the order of the primary key, which has the keys of a name together.
const selectKeys = "SELECT username, fingerprint, bound, since FROM clickky_keys ORDER BY username, fingerprint"

// saveOwners writes the keys of the names that changed.
func saveOwners(ctx context.Context, tx *sql.Tx, owners []game.Owner) error {
	writer := rows.OwnerWriter{
		Tx:   tx,
		Text: func(s string) any { return s },
		Time: func(at time.Time) any { return at.Unix() },
	}
	return writer.Save(ctx, owners, rowsPerStatement)
}
