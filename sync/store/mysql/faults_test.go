package mysql

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"clickky/sync/game"
	"clickky/sync/store"
	"clickky/sync/store/mysql/dbproxy"
	"clickky/sync/store/mysql/mariadbtest"
)

var commit = dbproxy.Matching("^COMMIT$")

// openThroughProxy starts a proxy to a database and opens a store there.
func openThroughProxy(t *testing.T, database mariadbtest.DB, params string) (*dbproxy.Proxy, *Store) {
	t.Helper()
	u, err := url.Parse(database.URL)
	if err != nil {
		t.Fatal(err)
	}
	proxy := dbproxy.Start(t, u.Host)
	s := migrated(t, changeURL(t, database, func(u *url.URL) { u.Host, u.RawQuery = proxy.Addr(), params }))
	return proxy, s
}

// outcome is the result of a Save in the background.
type outcome struct {
	rejected []store.Rejected
	err      error
}

func saveInBackground(ctx context.Context, s *Store, b game.Checkpoint) <-chan outcome {
	done := make(chan outcome, 1)
	go func() {
		rejected, err := s.Save(ctx, b)
		done <- outcome{rejected, err}
	}()
	return done
}

func await[T any](t *testing.T, what string, ch <-chan T) (value T) {
	t.Helper()
	select {
	case value = <-ch:
	case <-time.After(time.Minute):
		t.Fatalf("%s: it does not happen", what)
	}
	return value
}

// wantPosition reads the position after a Save with an unknown outcome, and checks that alice's
// count and day match.
func wantPosition(t *testing.T, s *Store, position, clicks uint64) {
	t.Helper()
	state, err := s.State(t.Context())
	if err != nil || state.Position != position {
		t.Fatalf("State: %+v, %v; want position %d", state, err, position)
	}
	checkLoad(t, s, oldDatabase{rows: map[uint64]row{1: {"alice", clicks}}, total: clicks})
	if got := scalar(t, s.db, "SELECT SUM(clicks) FROM clickky_days"); got != fmt.Sprint(clicks) {
		t.Fatalf("the days have %s clicks, want %d", got, clicks)
	}
}

// TestSaveWithoutAnswer loses the answer, or the COMMIT: Save says that the outcome is
// unknown, and State knows it.
func TestSaveWithoutAnswer(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name     string
		action   dbproxy.Action
		cancels  bool // the client gives up; otherwise its connection is closed
		executed bool
	}{
		{"lost", dbproxy.CutAnswer, false, true},
		{"swallowed", dbproxy.SwallowAnswer, true, true},
		{"never arrived", dbproxy.CutBefore, false, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			proxy, s := openThroughProxy(t, mariadbtest.New(t), "")
			mustSave(t, s, batch(1, "alice"))
			position, clicks := uint64(1), uint64(1)
			for round := range uint64(20) {
				b := nextBatch(t, s, batch(round+2, "alice"))
				fault := proxy.Inject(test.action, commit)
				ctx, cancel := context.WithCancel(t.Context())
				saved := saveInBackground(ctx, s, b)
				await(t, "COMMIT", fault.Struck())
				if test.cancels {
					cancel()
				}
				if err := await(t, "Save", saved).err; !errors.Is(err, store.ErrUnknown) || errors.Is(err, store.ErrMoved) {
					t.Fatalf("Save: %v, want store.ErrUnknown in its chain", err)
				}
				cancel()
				if test.executed {
					position, clicks = b.To, round+2
				}
				wantPosition(t, s, position, clicks)
			}
		})
	}
}

// TestSaveWithoutAnswerEndsAtDeadline needs nobody to cancel it.
func TestSaveWithoutAnswerEndsAtDeadline(t *testing.T) {
	t.Parallel()
	proxy, s := openThroughProxy(t, mariadbtest.New(t), "readTimeout=1s")
	b := nextBatch(t, s, batch(1, "alice"))
	proxy.Inject(dbproxy.SwallowAnswer, commit)
	if _, err := s.Save(t.Context(), b); !errors.Is(err, store.ErrUnknown) {
		t.Fatalf("Save: %v, want store.ErrUnknown in its chain", err)
	}
	wantPosition(t, s, 1, 1)
}

// TestSaveWithLateCommit has a COMMIT on its way while its server has given up: it is still
// executed. State does not answer before it is decided.
func TestSaveWithLateCommit(t *testing.T) {
	t.Parallel()
	proxy, s := openThroughProxy(t, mariadbtest.New(t), "")
	mustSave(t, s, batch(1, "alice"))
	b := nextBatch(t, s, batch(2, "alice"))
	fault := proxy.Inject(dbproxy.HoldBefore, commit)
	ctx, cancel := context.WithCancel(t.Context())
	saved := saveInBackground(ctx, s, b)
	await(t, "COMMIT", fault.Struck())
	cancel()
	if err := await(t, "Save", saved).err; !errors.Is(err, store.ErrUnknown) {
		t.Fatalf("Save: %v, want store.ErrUnknown in its chain", err)
	}
	asked := proxy.Inject(dbproxy.HoldBefore, dbproxy.Matching("FOR UPDATE$"))
	settled := make(chan string, 1)
	go func() {
		state, err := s.State(t.Context())
		settled <- fmt.Sprint(state.Position, err)
	}()
	await(t, "State", asked.Struck())
	// Without waiting it would now read position 1.
	asked.Release()
	fault.Release()
	if got := await(t, "State", settled); got != "2 <nil>" {
		t.Errorf("State says %s, and then the COMMIT arrives", got)
	}
	wantPosition(t, s, 2, 2)
}

// TestSaveOfVanishedServer holds that a server which loses power during a Save does not keep
// its locks.
func TestSaveOfVanishedServer(t *testing.T) {
	t.Parallel()
	database := mariadbtest.New(t)
	proxy, vanished := openThroughProxy(t, database, "wait_timeout=1")
	mustSave(t, vanished, batch(1, "alice"))
	b := nextBatch(t, vanished, batch(2, "alice"))
	fault := proxy.Inject(dbproxy.HoldBefore, commit)
	saved := saveInBackground(t.Context(), vanished, b)
	await(t, "COMMIT", fault.Struck())

	s := openURL(t, database.URL)
	defer func() { _ = s.Close() }()
	wantPosition(t, s, 1, 1)
	mustSave(t, s, batch(3, "alice"))
	fault.Release()
	if err := await(t, "Save", saved).err; err == nil || errors.Is(err, store.ErrMoved) {
		t.Errorf("Save of the one that vanished: %v, want that it is not known", err)
	}
	wantPosition(t, s, 2, 3)
}

// TestSaveCutAnywhere cuts the connection before each statement of a Save. Only at the last
// one the outcome is unknown.
func TestSaveCutAnywhere(t *testing.T) {
	t.Parallel()
	proxy, s := openThroughProxy(t, mariadbtest.New(t), "")
	before, after := batch(1, "alice"), batch(2, "alice")
	before.Owners = []game.Owner{someKeys("alice", 1), someKeys("bob", 1)}
	after.Owners = []game.Owner{someKeys("alice", 2), {Name: "bob"}}
	mustSave(t, s, before)
	for at := 0; ; at++ {
		b := nextBatch(t, s, after)
		var statement string
		seen := 0
		fault := proxy.Inject(dbproxy.CutBefore, func(s string) bool {
			statement = s
			seen++
			return seen > at
		})
		_, err := s.Save(t.Context(), b)
		await(t, "the cut", fault.Struck())
		if statement == "ROLLBACK" || err == nil {
			// This was the end of the transaction, after Save.
			if err != nil || at < 8 {
				t.Fatalf("Save ended at statement %d: %v", at, err)
			}
			wantPosition(t, s, 2, 2)
			checkOwners(t, s, after.Owners[0])
			return
		}
		if unknown := errors.Is(err, store.ErrUnknown); unknown != (statement == "COMMIT") {
			t.Errorf("cut before %q: %v", statement, err)
		}
		wantPosition(t, s, 1, 1)
		checkOwners(t, s, before.Owners...)
	}
}

// TestSaveOnDemotedPrimary has a primary that was demoted reject the batch, and its successor
// take it.
func TestSaveOnDemotedPrimary(t *testing.T) {
	t.Parallel()
	server := mariadbtest.Start(t)
	admin := server.Open(t)
	mustExec(t, admin, "CREATE USER player IDENTIFIED BY 'nobody-knows-me'")
	mustExec(t, admin, "GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX ON "+server.Name+".* TO player")
	database := server.DB
	database.URL = changeURL(t, database, func(u *url.URL) { u.User = url.UserPassword("player", "nobody-knows-me") })
	proxy, s := openThroughProxy(t, database, "")
	mustSave(t, s, batch(1, "alice"))
	connection := scalar(t, s.db, "SELECT CONNECTION_ID()")
	b := nextBatch(t, s, batch(2, "alice"))

	refused := func(when string, err error) {
		t.Helper()
		for _, sentinel := range []error{nil, store.ErrUnknown, store.ErrMoved, store.ErrRefused} {
			if errors.Is(err, sentinel) {
				t.Errorf("%s: %v, want an error that may pass and leaves nothing open", when, err)
			}
		}
	}
	mustExec(t, admin, "SET GLOBAL read_only = 1")
	_, err := s.Save(t.Context(), b)
	refused("Save on a server that is read-only", err)
	_, err = s.Lease(t.Context(), testJournal, 0, time.Hour)
	refused("Lease on a server that is read-only", err)
	if again := scalar(t, s.db, "SELECT CONNECTION_ID()"); again == connection {
		t.Error("the connection to the server that was demoted is still in use")
	}
	checkLoad(t, s, oldDatabase{rows: map[uint64]row{1: {"alice", 1}}, total: 1})
	mustExec(t, admin, "SET GLOBAL read_only = 0")

	// Demoted right before the COMMIT.
	fault := proxy.Inject(dbproxy.HoldBefore, commit)
	saved := saveInBackground(t.Context(), s, b)
	await(t, "COMMIT", fault.Struck())
	mustExec(t, admin, "SET GLOBAL read_only = 1")
	fault.Release()
	refused("COMMIT on a server that is read-only", await(t, "Save", saved).err)
	mustExec(t, admin, "SET GLOBAL read_only = 0")
	wantPosition(t, s, 1, 1)
	if _, err := s.Save(t.Context(), b); err != nil {
		t.Fatalf("Save: %v", err)
	}
	wantPosition(t, s, 2, 2)
}

// TestSaveLeavesNodeWithoutCluster has a Galera node without quorum keep its connections and
// reject statements, while another node at the same address would take them.
func TestSaveLeavesNodeWithoutCluster(t *testing.T) {
	t.Parallel()
	proxy, s := openThroughProxy(t, mariadbtest.New(t), "")
	mustSave(t, s, batch(1, "alice"))
	connection := scalar(t, s.db, "SELECT CONNECTION_ID()")
	b := nextBatch(t, s, batch(2, "alice"))
	end := proxy.Refuse(1047, "WSREP has not yet prepared node for application use", dbproxy.Matching("^(SET|START|SELECT|UPDATE)"))
	if _, err := s.Save(t.Context(), b); !errors.Is(err, store.ErrAnswered) || !strings.Contains(err.Error(), "another node") {
		t.Errorf("Save on a node without its cluster: %v", err)
	}
	end()
	if again := scalar(t, s.db, "SELECT CONNECTION_ID()"); again == connection {
		t.Error("the connection to the node without its cluster is still in use")
	}

	// Lost right before the COMMIT.
	end = proxy.Refuse(1047, "WSREP has not yet prepared node for application use", commit)
	if _, err := s.Save(t.Context(), b); !errors.Is(err, store.ErrUnknown) {
		t.Errorf("COMMIT on a node without its cluster: %v, want store.ErrUnknown in its chain", err)
	}
	end()
	wantPosition(t, s, 1, 1)
	if _, err := s.Save(t.Context(), b); err != nil {
		t.Fatalf("Save: %v", err)
	}
	wantPosition(t, s, 2, 2)
}

// TestLeaseInTimeZones has servers whose sessions use different time zones agree on a lease.
func TestLeaseInTimeZones(t *testing.T) {
	t.Parallel()
	database := mariadbtest.New(t)
	inZone := func(zone string) *Store {
		return migrated(t, changeURL(t, database, func(u *url.URL) {
			u.RawQuery = url.Values{"time_zone": {"'" + zone + "'"}, "loc": {"America/New_York"}, "parseTime": {"true"}}.Encode()
		}))
	}
	east, west := inZone("+13:00"), inZone("-11:00")
	if _, err := east.Lease(t.Context(), "east", 0, time.Minute); err != nil {
		t.Fatal(err)
	}
	state, err := west.Lease(t.Context(), "west", 0, time.Minute)
	if !errors.Is(err, store.ErrLeased) || state.LeaseLeft < 30*time.Second || state.LeaseLeft > time.Minute {
		t.Errorf("Lease: %+v, %v; want that a minute is left", state, err)
	}
	rejectCounts(t, database.Open(t), "mallory")
	b := batch(1, "mallory", "alice")
	b.Journal, b.To = "east", 1
	b.Owners = []game.Owner{someKeys("mallory", 1)}
	since := &b.Owners[0].Keys[0].Since
	*since = since.In(time.FixedZone("far east", 9*60*60))
	rejected, err := east.Save(t.Context(), b)
	if err != nil || len(rejected) != 1 {
		t.Fatalf("Save: %v, %v", rejected, err)
	}
	again, err := west.Rejected(t.Context())
	if err != nil || len(again) != 1 || !reflect.DeepEqual(again[0], rejected[0]) || time.Since(again[0].At).Abs() > time.Minute {
		t.Errorf("Rejected: %v, %v; want %v, just now", again, err, rejected)
	}
	*since = since.UTC()
	checkOwners(t, west, b.Owners...)
	if _, err := west.Load(t.Context(), func(p game.Player) error {
		if p.Name == "alice" && !slices.Equal(p.Days, b.Players[1].Days) {
			t.Errorf("alice has the days %v, want %v", p.Days, b.Players[1].Days)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
	if err := east.Release(t.Context(), "east"); err != nil {
		t.Fatal(err)
	}
	if _, err := west.Lease(t.Context(), "west", 0, time.Minute); err != nil {
		t.Errorf("Lease after it was released: %v", err)
	}
}

// openFailing opens a store whose statements may fail without being sent.
func openFailing(t *testing.T, url string, fail func(statement string) error) *Store {
	t.Helper()
	cfg, err := ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	b := &breaker{left: -1, fail: fail}
	s, err := open(cfg, slog.New(slog.DiscardHandler), b.connector)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}
