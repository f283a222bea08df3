// Package storetest checks that a store.Store keeps the promises of the interface. Every
// implementation runs the same suite, on a real database.
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

// Database is a database for one test, initially without tables.
type Database struct {
	// Open returns a store on the database; the suite closes it.
	Open func(t *testing.T) store.Store
	// Refuse makes the database reject every count of a player, and Accept ends that. They need the
	// tables.
	Refuse func(t *testing.T, name string)
	Accept func(t *testing.T, name string)
	// Exec runs a statement without the store.
	Exec func(t *testing.T, statement string)
}

var tests = map[string]func(*testing.T, *fixture){
	"load without tables":                  loadWithoutTables,
	"migrate twice":                        migrateTwice,
	"migrate concurrently":                 migrateConcurrently,
	"load an empty database":               loadEmpty,
	"insert new players":                   insertNew,
	"save absolute counts":                 saveAbsolute,
	"save the same counts again":           saveRepeatedly,
	"save leaves other players alone":      saveKeepsOtherPlayers,
	"save keeps similar names apart":       keepNamesApart,
	"save counts beyond 32 bits":           largeCounts,
	"save a total above the sum":           totalAboveSum,
	"save a total below the sum":           totalBelowSum,
	"save the total alone":                 saveTotalAlone,
	"save leaves the checkpoint unchanged": saveKeepsCheckpoint,
	"save many players":                    saveMany,
	"save with a canceled context":         saveCancelled,
	"save canceled halfway":                saveInterrupted,
	"load with a canceled context":         loadCancelled,
	"load stopped by its caller":           stopLoading,
	"save concurrently":                    saveConcurrently,
	"load during saves":                    loadWhileSaving,

	"missing rows of players":          missingRows,
	"missing rows of rejected players": missingRejected,

	"tables without a column": lostColumn,
	"tables missing":          lostTables,

	"lease of a database without a journal": noJournal,
	"save from another position":            saveFromOtherPosition,
	"save an older position":                saveOlderPosition,
	"save for another journal":              saveForOtherJournal,
	"save without an event":                 saveWithoutEvent,
	"save the same checkpoint twice":        saveTwice,
	"lease renewed":                         renewLease,
	"lease of another server":               leaseOfOtherServer,
	"lease taken over":                      takeOver,
	"lease released":                        release,
	"lease expires":                         leaseExpires,
	"lease race":                            raceForLease,
	"reject one player":                     rejectOne,
	"reject many players":                   rejectMany,
	"reject a player without a row":         rejectNew,
	"reject ends when the database accepts": rejectionEnds,
	"reject nothing when a save fails":      rejectNothingOnFailure,

	"keys":                             saveKeys,
	"keys saved from another position": saveKeysFromOtherPosition,
	"keys of similar names":            keepOwnersApart,
	"keys, many of one name":           manyKeys,
	"keys of many owners":              manyOwners,
	"keys and their times":             timesOfKeys,
	"keys of a rejected player":        keysOfRejected,
	"tables without keys":              tablesWithoutKeys,
	"bindings":                         bindings,
	"bindings forgotten":               forgetBindings,
	"bindings never reuse IDs":         newIDs,
	"bindings requested concurrently":  requestConcurrently,

	"remove players":                       removePlayers,
	"remove players from another position": removeFromOtherPosition,
	"remove no other name":                 removeOnlyThatName,
	"remove many players":                  removeMany,
	"remove a rejected player":             removeRejected,
	"bans":                                 bans,
	"audit log":                            audit,
	"audit log loads its newest records":   longAudit,
	"tables without admin actions":         tablesWithoutActions,

	"last seen":                             saveSeen,
	"last seen saved from another position": saveSeenFromOtherPosition,
	"last seen at any time":                 seenAtAnyTime,
	"last seen of many players":             manySeen,
	"last seen of similar names":            seenUnderLikeNames,
	"last seen after removal":               removeSeen,
	"last seen of a rejected player":        seenOfRejected,
	"tables without last seen":              tablesWithoutSeen,

	"days":                              saveDays,
	"days saved from another position":  saveDaysFromOtherPosition,
	"days of removed players":           removeDays,
	"days of renamed players":           renameDays,
	"days of a player who isn't stored": replaceDays,
	"days and missing rows":             missingDays,
	"days of rejected players":          rejectDays,
	"days deleted when they are old":    deleteOldDays,
	"days at any time":                  extremeDays,
	"days of many players":              manyDays,
	"days of similar names":             daysOfSimilarNames,
	"days amended":                      amendDays,
	"tables without days":               tablesWithoutDays,
	"tables that lost days":             lostDays,

	"amend counts":                      amendCounts,
	"amend beside a frozen server":      amendFrozen,
	"amend a database without an owner": amendUnowned,
	"amend during a lease":              amendLeased,
	"amend nothing on failure":          amendNothing,
	"amend a rejected player":           amendRejected,
	"amend while a server starts":       amendDuringServerStart,
	"amend race with servers":           raceToAmend,

	"preferences": savePreferences,
	"preferences saved from another position": savePreferencesFromOtherPosition,
	"preferences of similar names":            preferencesOfSimilarNames,
	"preferences of many players":             manyPreferences,
	"preferences rejected":                    rejectPreferences,
	"preferences of a rejected player":        preferencesOfRejected,
	"tables without preferences":              tablesWithoutPreferences,
}

// Run runs the suite. create returns a new database for each test. Subtests run in parallel.
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

// journal is the journal's ID in tests where any will do.
const journal = "journal-of-the-suite"

// fixture is a store used by one server, whose lease outlasts the test.
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

// next makes a checkpoint start at the position of the database.
func (g *fixture) next(batch game.Checkpoint) game.Checkpoint {
	batch.Journal, batch.From, batch.To = journal, g.position, g.position+1
	return batch
}

// counts has the clicks of players by name.
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

// migrate migrates the database and takes its lease.
func migrate(t *testing.T, g *fixture) {
	t.Helper()
	if err := g.Migrate(t.Context()); err != nil {
		t.Fatalf("Migrate: %v", err)
	}
	if _, err := g.Lease(t.Context(), journal, 0, time.Hour); err != nil {
		t.Fatalf("Lease: %v", err)
	}
}

// save saves a checkpoint that the database accepts completely.
func save(t *testing.T, g *fixture, batch game.Checkpoint) {
	t.Helper()
	if rejected := saveSome(t, g, batch); len(rejected) > 0 {
		t.Fatalf("Save rejects %v", rejected)
	}
}

// saveSome saves a checkpoint that the database may reject in part.
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
