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
const seenColumn = "clickky_seen"

// Absent returns the missing tables and columns (as users.username).
func Absent(there map[string][]string) (absent []string) {
	for _, table := range slices.Sorted(maps.Keys(Columns)) {
		if len(there[table]) == 0 {
			absent = append(absent, table)
			continue
		}
		for _, column := range Columns[table] {
			if !slices.Contains(there[table], column) {
				absent = append(absent, table+"."+column)
			}
		}
	}
	return absent
}

// missing is the error of a check that finds these tables and columns absent.
type missing []string

func (m missing) Error() string {
	return "the database is missing " + strings.Join(m, ", ") + "; restore it from a backup"
}

// Unwrap puts store.ErrUnfit into the chain.
func (m missing) Unwrap() error { return store.ErrUnfit }

// RequireAll returns an error with store.ErrUnfit in its chain if something is absent.
func RequireAll(absent []string) error {
	if len(absent) == 0 {
		return nil
	}
	return missing(absent)
}

// Complete checks the tables. If nothing is absent but the column that Clickky itself has added to
// users, it calls add, which adds it again, and checks the tables once more.
func (s *Store) Complete(ctx context.Context, check, add func(context.Context) error) error {
	err := check(ctx)
	absent, ok := errors.AsType[missing](err)
	if !ok || len(absent) != 1 || absent[0] != "users."+seenColumn {
		return err
	}
	if err := add(ctx); err != nil {
		return fmt.Errorf("add %s again: %w", absent[0], err)
	}
	s.log.Warn("a column was missing from the database; added it again, empty", "column", absent[0])
	return check(ctx)
}

// ReportVersion reports the version of the tables, 0 if there are none, and the absent ones. Migrate
// brings them to the version current.
func ReportVersion(have, current int64, absent []string, r *finding.Report) {
	const name = "tables"
	switch {
	case slices.Equal(absent, []string{"users." + seenColumn}):
		r.Problem(name, "start the server again: it adds the column", "%s is missing", absent[0])
	case len(absent) > 0:
		r.Problem(name, "restore it from a backup of the database", "missing: %s", strings.Join(absent, ", "))
	case have == 0:
		r.OK(name, "none yet; the server creates them")
	case have < current:
		r.OK(name, "version %d; the server upgrades them to %d when it starts", have, current)
	case have > current:
		r.Warn(name, "install the newer Clickky that created them", "version %d, but this program only knows version %d", have, current)
	default:
		r.OK(name, "version %d, up to date", have)
	}
}

// Unfit is the reason why the tables can't be used, as an error with store.ErrUnfit in its chain.
type Unfit string

func (u Unfit) Error() string { return string(u) }

// Unwrap puts store.ErrUnfit into the chain.
func (u Unfit) Unwrap() error { return store.ErrUnfit }
