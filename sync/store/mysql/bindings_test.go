package mysql

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"testing"

	driver "github.com/go-sql-driver/mysql"

	"clickky/sync/store"
	"clickky/sync/store/mysql/dbproxy"
	"clickky/sync/store/mysql/mariadbtest"
)

var aliceBinding = store.Binding{Name: "alice", Fingerprint: "SHA256:a", Sole: true}

func mustRequest(t *testing.T, s *Store) uint64 {
	t.Helper()
	id, err := s.RequestBinding(t.Context(), aliceBinding)
	if err != nil {
		t.Fatalf("RequestBinding: %v", err)
	}
	return id
}

// bindingIDs returns the IDs of all bindings, which must be alice's.
func bindingIDs(t *testing.T, s *Store) (ids []uint64) {
	t.Helper()
	found, err := s.Bindings(t.Context())
	if err != nil {
		t.Fatalf("Bindings: %v", err)
	}
	for _, b := range found {
		ids = append(ids, b.ID)
		if b.ID = 0; b != aliceBinding {
			t.Errorf("Bindings: %+v, want %+v", b, aliceBinding)
		}
	}
	return ids
}

// takeBindings removes bindings like a server that has applied them.
func takeBindings(t *testing.T, s *Store, ids ...uint64) error {
	t.Helper()
	return s.TakeBindings(t.Context(), func([]store.Binding) []uint64 { return ids })
}

func wantIDs(t *testing.T, s *Store, want ...uint64) {
	t.Helper()
	if got := bindingIDs(t, s); !slices.Equal(got, want) {
		t.Fatalf("there are the bindings %v, want %v", got, want)
	}
}

// TestBindingsWithoutAnswer loses the answer to a COMMIT, or the COMMIT: the caller reads that
// the outcome is unknown.
func TestBindingsWithoutAnswer(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		action   dbproxy.Action
		cancels  bool
		executed int
	}{
		"lost":          {dbproxy.CutAnswer, false, 1},
		"swallowed":     {dbproxy.SwallowAnswer, true, 1},
		"never arrived": {dbproxy.CutBefore, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			proxy, s := openThroughProxy(t, mariadbtest.New(t), "")
			before := mustRequest(t, s)
			fault := proxy.Inject(test.action, commit)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			asked := make(chan error, 1)
			go func() {
				id, err := s.RequestBinding(ctx, aliceBinding)
				if id != 0 {
					err = errors.Join(err, errors.New("there is an ID too"))
				}
				asked <- err
			}()
			await(t, "COMMIT", fault.Struck())
			if test.cancels {
				cancel()
			}
			if err := await(t, "RequestBinding", asked); !errors.Is(err, store.ErrUnknown) {
				t.Fatalf("RequestBinding: %v, want store.ErrUnknown in its chain", err)
			}
			// Requests run one after the other, so it is decided.
			again := mustRequest(t, s)
			ids := bindingIDs(t, s)
			if len(ids) != 2+test.executed || ids[0] != before || ids[len(ids)-1] != again {
				t.Errorf("there are the bindings %v; want %d, %d and %d between", ids, before, again, test.executed)
			}

			fault = proxy.Inject(dbproxy.CutAnswer, commit)
			if err := takeBindings(t, s, before, again); !errors.Is(err, store.ErrUnknown) {
				t.Errorf("TakeBindings: %v, want store.ErrUnknown in its chain", err)
			}
			await(t, "COMMIT", fault.Struck())
			if err := takeBindings(t, s, ids...); err != nil {
				t.Errorf("TakeBindings: %v", err)
			}
			wantIDs(t, s)
		})
	}
}

// TestBindingsCutAnywhere holds that before the COMMIT the outcome is known: nothing was
// written.
func TestBindingsCutAnywhere(t *testing.T) {
	t.Parallel()
	for name, call := range map[string]func(s *Store) error{
		"RequestBinding": func(s *Store) error {
			_, err := s.RequestBinding(t.Context(), aliceBinding)
			return err
		},
		"TakeBindings": func(s *Store) error { return takeBindings(t, s, 1) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			proxy, s := openThroughProxy(t, mariadbtest.New(t), "")
			id := mustRequest(t, s)
			for at, statement := 0, ""; statement != "COMMIT"; at++ {
				seen := 0
				fault := proxy.Inject(dbproxy.CutBefore, func(s string) bool {
					statement = s
					seen++
					return seen > at
				})
				err := call(s)
				await(t, "the cut", fault.Struck())
				if err == nil || errors.Is(err, store.ErrUnknown) != (statement == "COMMIT") {
					t.Errorf("cut before %q: %v", statement, err)
				}
				wantIDs(t, s, id)
			}
		})
	}
}

// TestBindingsRetryDeadlock has deadlocks at every statement.
func TestBindingsRetryDeadlock(t *testing.T) {
	t.Parallel()
	url := mariadbtest.New(t).URL
	migrated(t, url)
	failures := 0
	s := openFailing(t, url, func(statement string) error {
		if statement == "COMMIT" && failures > 0 {
			failures--
			return &driver.MySQLError{Number: codeDeadlock, Message: "made up"}
		}
		return nil
	})
	failures = 2
	id := mustRequest(t, s)
	wantIDs(t, s, id)
	failures = 2
	if err := takeBindings(t, s, id); err != nil || failures > 0 {
		t.Errorf("TakeBindings: %v", err)
	}
	wantIDs(t, s)
}

// TestBindingsAppearInOrder holds that while a COMMIT is on its way, no other server gets a
// binding that becomes visible before it.
func TestBindingsAppearInOrder(t *testing.T) {
	t.Parallel()
	database := mariadbtest.New(t)
	proxy, slow := openThroughProxy(t, database, "")
	fault := proxy.Inject(dbproxy.HoldBefore, commit)
	request := func(s *Store) <-chan uint64 {
		done := make(chan uint64, 1)
		go func() {
			id, err := s.RequestBinding(t.Context(), aliceBinding)
			if err != nil {
				t.Errorf("RequestBinding: %v", err)
			}
			done <- id
		}()
		return done
	}
	first := request(slow)
	await(t, "COMMIT", fault.Struck())
	s := migrated(t, database.URL)
	second := request(s)
	awaitBlocked(t, database)
	wantIDs(t, s)
	fault.Release()
	wantID := await(t, "the first", first)
	if id := await(t, "the second", second); id <= wantID {
		t.Errorf("the second ID is %d, the first was %d", id, wantID)
	}
}

// TestBindingsIDsOutliveServer matters because InnoDB has not always kept the next ID over a
// restart.
func TestBindingsIDsOutliveServer(t *testing.T) {
	t.Parallel()
	server := mariadbtest.Start(t)
	s := migrated(t, changeURL(t, server.DB, func(*url.URL) {}))
	last := uint64(0)
	for _, end := range []func(){server.Stop, server.Kill} {
		id := mustRequest(t, s)
		if id <= last {
			t.Errorf("a binding has ID %d after one had %d", id, last)
		}
		last = id
		if err := takeBindings(t, s, id); err != nil {
			t.Fatalf("TakeBindings: %v", err)
		}
		end()
		server.Start()
	}
	if id := mustRequest(t, s); id <= last {
		t.Errorf("a binding has ID %d after one had %d", id, last)
	}
}

// TestBindingsHaveOneHolder gives them to one of several servers, and to another one when that
// has applied them, is gone, or has lost its connection.
func TestBindingsHaveOneHolder(t *testing.T) {
	t.Parallel()
	database := mariadbtest.New(t)
	proxy, first := openThroughProxy(t, database, "")
	second := openURL(t, database.URL)
	t.Cleanup(func() { _ = second.Close() })
	for name, end := range map[string]func(done chan<- []uint64, cancel func(), id uint64){
		"carried out": func(done chan<- []uint64, _ func(), id uint64) { done <- []uint64{id} },
		"left":        func(done chan<- []uint64, _ func(), _ uint64) { done <- nil },
		"gone":        func(done chan<- []uint64, cancel func(), id uint64) { cancel(); done <- []uint64{id} },
		"cut off":     func(done chan<- []uint64, _ func(), id uint64) { proxy.Down(); done <- []uint64{id} },
	} {
		t.Run(name, func(t *testing.T) {
			id := mustRequest(t, second)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			began, done, ended := make(chan struct{}), make(chan []uint64), make(chan error, 1)
			go func() {
				ended <- first.TakeBindings(ctx, func([]store.Binding) []uint64 { close(began); return <-done })
			}()
			await(t, "the first", began)
			var found []store.Binding
			taken := make(chan error, 1)
			go func() {
				taken <- second.TakeBindings(t.Context(), func(all []store.Binding) []uint64 {
					found = all
					return []uint64{id}
				})
			}()
			awaitBlocked(t, database)
			end(done, cancel, id)
			carriedOut := name == "carried out"
			if err := await(t, "the first", ended); (err == nil) != (carriedOut || name == "left") || errors.Is(err, store.ErrUnknown) {
				t.Errorf("TakeBindings: %v", err)
			}
			if err := await(t, "the second", taken); err != nil || (len(found) == 0) != carriedOut {
				t.Errorf("the second then finds %v, %v", found, err)
			}
			proxy.Up()
		})
	}
}
