package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"clickky/sync/finding"
	"clickky/sync/store"
)

// Columns lists the columns of the current version's tables.
var Columns = map[string][]string{
	"users":            {"id", "username", "user_count", seenColumn},
	"global_count":     {"id", "count"},
	"clickky_state":    {"id", "journal", "position", "lease_until"},
	"clickky_rejected": {"username", "user_count", "reason", "at"},
	"clickky_keys":     {"username", "fingerprint", "bound", "since"},
	"clickky_bindings": {"id", "username", "fingerprint", "sole"},
	"clickky_bans":     {"target", "until"},
	"clickky_audit":    {"id", "at", "who", "fingerprint", "what", "target", "why", "was", "became", "undone_by"},
	"clickky_choices":  {"username", "choice"},
	"clickky_days":     {"day", "user_id", "clicks"},
}

// seenColumn is the column that Clickky adds to a table that may belong to somebody else. If it was
// dropped, adding it again loses nothing more.
const (
	seenColumn   = "clickky_seen"
	seenOfPlayer = "users." + seenColumn
)

// Missing is the error of a check that doesn't find these tables and columns (as users.username).
type Missing []string

func (m Missing) Error() string {
	return "the database is missing " + strings.Join(m, ", ") + "; restore it from a backup"
}

// Unwrap puts store.ErrUnfit into the chain.
func (m Missing) Unwrap() error { return store.ErrUnfit }

// RequireColumns returns an error if tables or columns of the current version are missing: Missing.
// there has the existing columns by table.
func RequireColumns(there map[string][]string) error {
	var missing Missing
	for _, table := range slices.Sorted(maps.Keys(Columns)) {
		if len(there[table]) == 0 {
			missing = append(missing, table)
			continue
		}
		for _, column := range Columns[table] {
			if !slices.Contains(there[table], column) {
				missing = append(missing, table+"."+column)
			}
		}
	}
	if missing == nil {
		return nil
	}
	return missing
}

// Complete checks the tables. If nothing is absent but the column that Clickky itself has added to
// users, it calls add, which adds it again, and checks the tables once more.
func (s *Store) Complete(ctx context.Context, check, add func(context.Context) error) error {
	err := check(ctx)
	if missing, _ := errors.AsType[Missing](err); !slices.Equal(missing, Missing{seenOfPlayer}) {
		return err
	}
	if err := add(ctx); err != nil {
		return fmt.Errorf("add %s again: %w", seenOfPlayer, err)
	}
	s.log.Warn("a column was missing from the database; added it again, empty", "column", seenOfPlayer)
	return check(ctx)
}

// CheckVersion reports the version of the tables, 0 if there are none, or why they are unfit, if
// that isn't nil. Migrate brings them to the version current.
func CheckVersion(have, current int64, unfit error) finding.Finding {
	missing, _ := errors.AsType[Missing](unfit)
	switch {
	case slices.Equal(missing, Missing{seenOfPlayer}):
		return finding.Problemf("start the server again: it adds the column", "%s is missing", seenOfPlayer)
	case missing != nil:
		return finding.Problemf("restore it from a backup of the database", "missing: %s", strings.Join(missing, ", "))
	case unfit != nil:
		return finding.Problemf("do what the message says, or give Clickky its own database", "%v", unfit)
	case have == 0:
		return finding.OKf("none yet; the server creates them")
	case have < current:
		return finding.OKf("version %d; the server upgrades them to %d when it starts", have, current)
	case have > current:
		return finding.Warnf("install the newer Clickky that created them", "version %d, but this program only knows version %d", have, current)
	}
	return finding.OKf("version %d, up to date", have)
}

// Unfit is the reason why the tables can't be used, as an error with store.ErrUnfit in its chain.
type Unfit string

func (u Unfit) Error() string { return string(u) }

// Unwrap puts store.ErrUnfit into the chain.
func (u Unfit) Unwrap() error { return store.ErrUnfit }
