package checkup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/dustin/go-humanize"

	"clickky/sync/journal"
	"clickky/sync/store"
)

// Log is a journal's directory, and whether a server is using it.
type Log struct {
	Dir     string
	Running bool
}

// contents of a journal, as far as they concern a database.
type contents struct {
	id          string
	first, last uint64
	// gap is why events after the database's position cannot be read.
	gap error
}

// Journal looks at the journal, and whether it and the database fit together, by
// what a start would find. State is the database's; nil: it is not known. It also
// returns the journal's identity, if that was found out.
func Journal(ctx context.Context, l Log, state *store.State) (results []Finding, id string) {
	const name = "journal"
	bytes, err := journal.Size(l.Dir)
	size := humanize.IBytes(uint64(max(0, bytes)))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return append([]Finding{ok(name, "none yet; the server creates it")}, judgeFit(l.Dir, nil, state)...), ""
	case err != nil:
		return []Finding{problem(name, err.Error(), "run this as the server's user, or fix the permissions in "+quoted(l.Dir))}, ""
	case l.Running:
		return []Finding{skipped(name, "%s in %s; not checked, because a server is using it", size, l.Dir)}, ""
	}
	found, err := lookInto(ctx, l.Dir, state)
	switch {
	case errors.Is(err, journal.ErrLarge), errors.Is(err, journal.ErrNoCopy), ctx.Err() != nil:
		return []Finding{skipped(name, "%s in %s: %v", size, l.Dir, err)}, ""
	case errors.Is(err, fs.ErrPermission):
		return []Finding{problem(name, err.Error(), "run this as the server's user, or fix the permissions in "+quoted(l.Dir))}, ""
	case err != nil:
		return []Finding{problem(name, err.Error(), fixJournal(l.Dir))}, ""
	}
	r := ok(name, "%s, events %d to %d", size, found.first, found.last)
	if found.last < found.first {
		r = ok(name, "%s, no events; the next one is %d", size, found.first)
	}
	return append([]Finding{r}, judgeFit(l.Dir, &found, state)...), found.id
}

// mendJournal goes on with what the database has.
func fixJournal(dir string) string {
	return "to continue with the counts in the database, move the journal away: mv " + quoted(dir) + " " + quoted(dir+".old")
}

// errEnough ends a reading.
var errEnough = errors.New("enough")

// goesOn tells whether a start goes on from the position of the database: also if
// that belongs to no journal yet.
func goesOn(id string, state *store.State) bool {
	return state != nil && (state.Journal == id || state.Journal == "")
}

// lookInto reads all events that a start would replay, or all, if that is another
// journal's database.
func lookInto(ctx context.Context, dir string, state *store.State) (found contents, err error) {
	err = journal.Look(ctx, dir, func(j *journal.Journal) error {
		found.id = j.ID()
		var err error
		if found.first, found.last, err = j.Bounds(ctx); err != nil {
			return err
		}
		after := found.first - 1
		if goesOn(found.id, state) {
			after = state.Position
		}
		if after == found.last {
			return nil
		}
		err = j.Follow(ctx, after, func(seq uint64, _ journal.Event) error {
			if seq >= found.last {
				return errEnough
			}
			return nil
		})
		if ctx.Err() != nil {
			return err
		}
		if !errors.Is(err, errEnough) {
			found.gap = err
		}
		return nil
	})
	return found, err
}

// judgeFit says what a start would make of journal and database. Found is nil where
// there is no journal.
func judgeFit(dir string, found *contents, state *store.State) []Finding {
	const name = "position"
	mine := found != nil && goesOn(found.id, state)
	switch {
	case found != nil && found.gap != nil && (mine || state == nil):
		finding := fmt.Sprintf("can't replay the journal: %v", found.gap)
		if mine {
			finding = fmt.Sprintf("the database is at event %d, but the journal can't be replayed from there: %v", state.Position, found.gap)
		}
		return []Finding{problem(name, finding, fixJournal(dir))}
	case state == nil:
		return []Finding{skipped(name, "the database's position is unknown")}
	case found == nil && state.Journal == "":
		return []Finding{ok(name, "nothing to replay yet")}
	case !mine && state.LeaseLeft > 0:
		return nil // another server has it: see Lease
	case !mine:
		return []Finding{warning(name, fmt.Sprintf("the database belongs to another journal (%s); a server started here takes it over", state.Journal),
			"to keep clicks that only that journal has, set --data to its directory")}
	case found.last > state.Position:
		return []Finding{ok(name, "the database is at event %d; the server replays %s when it starts", state.Position, count64(found.last-state.Position, "event"))}
	}
	return []Finding{ok(name, "the database has everything up to event %d", state.Position)}
}

// Lease says who is using the database. Running tells that a server has the data
// directory that is looked at, and id is the identity of the journal in it, empty
// if that is not known.
func Lease(state store.State, running bool, id string) Finding {
	const name = "lease"
	left := state.LeaseLeft.Round(time.Second)
	switch {
	case state.LeaseLeft > 0 && running:
		return ok(name, "a server is using the database (lease: %v left)", left)
	case state.LeaseLeft > 0 && state.Journal == id:
		return ok(name, "the last server didn't shut down cleanly; the next one started here can continue at once")
	case state.LeaseLeft > 0:
		return warning(name, fmt.Sprintf("a server with another journal (%s) is using the database, or didn't shut down cleanly (lease: %v left); a server started here waits", state.Journal, left),
			"to play here, stop that server; if none is running, wait until the lease ends")
	case running:
		return warning(name, "a server is using the data directory, but none is using the database", "check the server's log")
	}
	return ok(name, "no server is using the database")
}
