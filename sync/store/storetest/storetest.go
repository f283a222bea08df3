// Package storetest checks that a store.Store does what the interface promises.
// Every implementation runs the same suite, on a real database.
package storetest

import (
	"context"
	"errors"
	"maps"
	"testing"
	"time"

	"clickky/sync/game"
	"clickky/sync/store"
)

// Database is a database of one test's own, at first without tables.
type Database struct {
	// Open returns a store on the database; the suite closes it.
	Open func(t *testing.T) store.Store
	// Refuse has the database refuse every count of a player, and Accept ends
	// that. They need the tables.
	Refuse func(t *testing.T, name string)
	Accept func(t *testing.T, name string)
	// Exec runs a statement past the store.
	Exec func(t *testing.T, statement string)
}

var tests = map[string]func(*testing.T, *fixture){
	"load without tables":            loadWithoutTables,
	"migrate twice":                  migrateTwice,
	"migrate at the same time":       migrateConcurrently,
	"load an empty database":         loadEmpty,
	"insert new players":             insertNew,
	"save absolute counts":           saveAbsolute,
	"save the same again":            saveRepeatedly,
	"leave other players alone":      leaveOthersAlone,
	"keep names apart":               keepNamesApart,
	"counts beyond 32 bits":          largeCounts,
	"total above the sum":            totalAboveSum,
	"total below the sum":            totalBelowSum,
	"save the total alone":           saveTotalAlone,
	"leave the batch as it is":       leaveBatchAlone,
	"save many players":              saveMany,
	"save with a cancelled context":  saveCancelled,
	"cancel in the middle of a save": saveInterrupted,
	"load with a cancelled context":  loadCancelled,
	"stop loading":                   stopLoading,
	"save at the same time":          saveConcurrently,
	"load while others save":         loadWhileSaving,

	"players who have lost their rows":  missingRows,
	"rows of players who are set aside": missingAside,

	"tables that have lost a column": lostColumn,
	"tables that are lost":           lostTables,

	"a database of no journal":        noJournal,
	"save from another position":      saveFromElsewhere,
	"save backwards":                  saveBackwards,
	"save for another journal":        saveForAnother,
	"save without an event":           saveWithoutEvent,
	"the same batch twice":            saveTwice,
	"renew a lease":                   renewLease,
	"another's lease":                 leaseOfAnother,
	"take over":                       takeOver,
	"release a lease":                 release,
	"a lease runs out":                leaseRunsOut,
	"race for a lease":                raceForLease,
	"set a refused player aside":      setAside,
	"refuse many of many":             refuseMany,
	"set aside what never had a row":  setAsideNew,
	"take back what was set aside":    heal,
	"nothing is set aside in failing": failingSetsNothingAside,

	"names and their keys":               saveKeys,
	"keys saved from another position":   saveKeysElsewhere,
	"keep owners apart":                  keepOwnersApart,
	"many keys for a name":               manyKeys,
	"many owners":                        manyOwners,
	"since when a key has a name":        timesOfKeys,
	"keys of a refused player":           keysOfRefused,
	"tables without keys":                tablesWithoutKeys,
	"bindings":                           bindings,
	"forget bindings":                    forgetBindings,
	"IDs of bindings are not used again": newIDs,
	"ask for bindings at the same time":  requestConcurrently,

	"remove players":                      removePlayers,
	"remove players elsewhere":            removeElsewhere,
	"remove no other name":                removeOnlyThatName,
	"remove many players":                 removeMany,
	"remove a player who was set aside":   removeRefused,
	"bans":                                bans,
	"the audit log":                       audit,
	"read the audit log":                  readAudit,
	"load the newest of a long audit log": longAudit,
	"tables without acts":                 tablesWithoutActs,

	"when players were seen":            saveSeen,
	"seen, saved from another position": saveSeenElsewhere,
	"seen at any time":                  seenAtAnyTime,
	"many who were seen":                manySeen,
	"seen under like names":             seenUnderLikeNames,
	"removed and seen again":            removeSeen,
	"a refused player was seen":         seenOfRefused,
	"tables that saw nobody":            tablesWithoutSeen,

	"amend counts":                  amendCounts,
	"amend beside a frozen server":  amendFrozen,
	"amend what belongs to nobody":  amendUnowned,
	"amend while a lease lasts":     amendLeased,
	"amend nothing in failing":      amendNothing,
	"amend who was set aside":       amendAside,
	"amend while a server starts":   amendBesideAServer,
	"operators and servers at once": raceToAmend,

	"choices":                             saveChoices,
	"choices saved from another position": saveChoicesElsewhere,
	"keep choices apart":                  keepChoicesApart,
	"many choices":                        manyChoices,
	"refuse choices":                      refuseChoices,
	"choices of a refused player":         choicesOfRefused,
	"tables without choices":              tablesWithoutChoices,
}

// Run runs the suite. create returns a database of a test's own. Subtests run in
// parallel.
func Run(t *testing.T, create func(t *testing.T) Database) {
	t.Helper()
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := &fixture{db: create(t)}
			g.Store = g.open(t)
			test(t, g)
		})
	}
}

// journal is the one of a game whose test does not care.
const journal = "journal-of-the-suite"

// fixture is a store in the hands of one server, which has a lease that outlasts
// the test.
type fixture struct {
	store.Store

	db       Database
	position uint64
}

// open opens another store on the same database.
func (g *fixture) open(t *testing.T) store.Store {
	t.Helper()
	s := g.db.Open(t)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return s
}

// next is a batch made one that begins where the database is.
func (g *fixture) next(batch game.Checkpoint) game.Checkpoint {
	batch.Journal, batch.From, batch.To = journal, g.position, g.position+1
	return batch
}

// counts are the clicks of players by name.
type counts map[string]uint64

func (c counts) batch(total uint64) game.Checkpoint {
	batch := game.Checkpoint{Total: total}
	for name, clicks := range c {
		batch.Players = append(batch.Players, game.Player{Name: name, Clicks: clicks})
	}
	return batch
}

func (c counts) sum() (sum uint64) {
	for _, clicks := range c {
		sum += clicks
	}
	return sum
}

// migrate migrates the database and takes the lease of it.
func migrate(t *testing.T, g *fixture) {
	t.Helper()
	if err := g.Migrate(t.Context()); err != nil {
		t.Fatalf("Migrate: %v", err)
	}
	if _, err := g.Lease(t.Context(), journal, 0, time.Hour); err != nil {
		t.Fatalf("Lease: %v", err)
	}
}

// save saves a batch that the database takes as a whole.
func save(t *testing.T, g *fixture, batch game.Checkpoint) {
	t.Helper()
	if rejected := saveSome(t, g, batch); len(rejected) > 0 {
		t.Fatalf("Save rejects %v", rejected)
	}
}

// saveSome saves a batch of which the database may refuse a part.
func saveSome(t *testing.T, g *fixture, batch game.Checkpoint) []store.Rejected {
	t.Helper()
	rejected, err := g.Save(t.Context(), g.next(batch))
	if err != nil {
		t.Fatalf("Save: %v", err)
	}
	g.position++
	return rejected
}

func load(ctx context.Context, s store.Store) (counts, store.Snapshot, error) {
	found := counts{}
	snapshot, err := s.Load(ctx, func(p game.Player) error {
		if _, twice := found[p.Name]; twice {
			return errors.New("Load yields " + p.Name + " twice")
		}
		found[p.Name] = p.Clicks
		return nil
	})
	return found, snapshot, err
}

// check loads everything and compares it.
func check(t *testing.T, g *fixture, want counts, wantTotal uint64) {
	t.Helper()
	got, snapshot, err := load(t.Context(), g)
	if err != nil {
		t.Fatalf("Load: %v", err)
	}
	if !maps.Equal(got, want) {
		if len(got) > 50 || len(want) > 50 {
			t.Fatalf("Load yields %d players which are not the %d expected", len(got), len(want))
		}
		t.Fatalf("Load yields\n%v, want\n%v", got, want)
	}
	if snapshot.Total != wantTotal {
		t.Fatalf("total is %d, want %d", snapshot.Total, wantTotal)
	}
	if snapshot.State.Position != g.position {
		t.Fatalf("the position is %d, want %d", snapshot.State.Position, g.position)
	}
}
