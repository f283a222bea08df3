package checkup

import (
	"context"
	"errors"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/dustin/go-humanize/english"

	"clickky/sync/finding"
	"clickky/sync/journal"
	"clickky/sync/store"
)

// Game is a journal and a database that should match.
type Game struct {
	// Dir is the directory of the journal; empty if NATS servers keep it.
	Dir string
	// Log is the state of the journal, and State that of the database, which was read first;
	// nil if unknown.
	Log   *journal.Found
	State *store.State
}

// Position reports whether a new server could replay the journal from the database's position.
func (g *Game) Position() finding.Finding {
	log, state, here := g.Log, g.State, g.Dir != ""
	fix := "to continue with the counts in the database, stop all Clickky servers and run: nats stream rm clickky"
	if here {
		fix = journal.FixDir(g.Dir)
	}
	switch {
	case log == nil:
		return finding.Skipf("the journal's position is unknown")
	case state == nil && log.Gap != nil:
		return finding.Problemf(fix, "can't replay the journal: %v", log.Gap)
	case state == nil:
		return finding.Skipf("the database's position is unknown")
	case !log.Made && state.Journal == "":
		return finding.OKf("nothing to replay yet")
	}
	switch another, leased := state.Journal != "" && state.Journal != log.ID, state.LeaseLeft > 0; {
	case another && leased && here:
		return finding.Finding{} // Lease reports it
	case another && leased:
		return finding.Skipf("the database belongs to another journal (%s)", state.Journal)
	case another && here:
		return finding.Warnf("to keep clicks that only that journal has, set --data to its directory",
			"the database belongs to another journal (%s); a server started here takes it over", state.Journal)
	case another:
		return finding.Warnf("if that journal is in the data directory of a server that was killed, start that server once more and stop it with SIGTERM first",
			"the database belongs to another journal (%s); servers started with this one continue with the saved counts", state.Journal)
	case log.Gap != nil:
		return finding.Problemf(fix, "the database is at event %d, but the journal can't be replayed from there: %v", state.Position, log.Gap)
	case log.Untrusted != nil:
		return finding.Skipf("what NATS reports may be out of date")
	case state.Position > log.Last:
		return finding.Problemf(fix, "the database is at event %d, but the journal ends at %d: no server can start", state.Position, log.Last)
	case state.Position+1 < log.First:
		return finding.Problemf(fix, "events %d to %d are gone, and the database doesn't have them: no server can start", state.Position+1, log.First-1)
	case log.Last == state.Position:
		return finding.OKf("the database has everything up to event %d", state.Position)
	}
	return finding.OKf("the database is at event %d; the next server replays %s when it starts", state.Position, english.Plural(int(log.Last-state.Position), "event", ""))
}

// Lease reports which servers use the database. Running says that servers with the same data
// directory, or the same journal on NATS, are known to run.
func (g *Game) Lease(running bool) finding.Finding {
	here, leased, left := g.Dir != "", g.State.LeaseLeft > 0, g.State.LeaseLeft.Round(time.Second)
	own := g.Log != nil && g.Log.ID == g.State.Journal
	switch {
	case !here && g.Log.ID == "" && running:
		return finding.Problemf("stop all Clickky servers and start them again: the game continues with the saved counts",
			"servers are running, but their stream is gone from NATS")
	case leased && running && (here || own):
		return finding.OKf("a server is using the database (lease: %v left)", left)
	case leased && own:
		return finding.OKf("the last server didn't shut down cleanly; the next one of this game can continue at once")
	case leased:
		return finding.Warnf("to play this game here, stop that server; if none is running, wait until the lease ends",
			"a server with another journal (%s) is using the database, or didn't shut down cleanly (lease: %v left); a server started here waits", g.State.Journal, left)
	case running:
		return finding.Warnf("check the server's log", "a server of this game is running, but none is using the database")
	}
	return finding.OKf("no server is using the database")
}

const maxRejected = 20

// Rows lists the counts that the database rejected, and reports the pending bindings of keys to
// names. Leased says that a server uses the database; that server looks for bindings every two
// seconds.
func Rows(ctx context.Context, db store.Store, leased bool, r *finding.Report) {
	const fix = "fix what the database reports"
	rejected, err := db.Rejected(ctx)
	switch {
	case err != nil && !errors.Is(err, store.ErrNoTables):
		r.Add("set-aside", finding.Warnf(fix, "%v", err))
	case len(rejected) == 0:
		r.Add("set-aside", finding.OKf("the database accepts every count"))
	}
	for _, one := range rejected[:min(len(rejected), maxRejected)] {
		r.Add("set-aside", finding.Problemf(fix+"; the player's next click saves the count",
			"%s with %s since %s: %s", one.Name, english.Plural(int(one.Clicks), "click", ""), one.At.UTC().Format(time.RFC3339), one.Reason))
	}
	if more := len(rejected) - maxRejected; more > 0 {
		r.Add("set-aside", finding.Problemf(fix, "and %s more", humanize.Comma(int64(more))))
	}
	waiting, err := db.Bindings(ctx)
	switch {
	case err != nil && !errors.Is(err, store.ErrNoTables):
		r.Add("bindings", finding.Warnf(fix, "%v", err))
	case len(waiting) == 0:
		r.Add("bindings", finding.OKf("none pending"))
	case leased:
		r.Add("bindings", finding.Warnf("check again in a minute; if nothing changes, check the server's log", "%d pending for the running server", len(waiting)))
	default:
		r.Add("bindings", finding.OKf("%d pending until the server's next start", len(waiting)))
	}
}
