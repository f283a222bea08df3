package mysql

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"clickky/sync/store/mysql/mariadbtest"
)

// TestRowLockSerializesMigrations has a server without GET_LOCK.
func TestRowLockSerializesMigrations(t *testing.T) {
	t.Parallel()
	database := mariadbtest.New(t)
	old := oldDatabases["only global_count"]
	db := createOld(t, database, old.setup)
	at, _ := openLimited(t, database)
	var servers sync.WaitGroup
	for range 3 {
		servers.Go(func() {
			s := openURL(t, at)
			defer func() { _ = s.Close() }()
			if err := s.Migrate(t.Context()); err != nil {
				t.Errorf("Migrate: %v", err)
			}
		})
	}
	servers.Wait()
	s := openURL(t, at)
	defer func() { _ = s.Close() }()
	checkTakenOver(t, s, db, old)
	if got := scalar(t, db, "SELECT COUNT(*) FROM clickky_locks WHERE until > UTC_TIMESTAMP(6)"); got != "0" {
		t.Errorf("%s locks are still held", got)
	}
}

// TestRowLockExpiresAfterHolder holds that a killed server does not block the others for good.
func TestRowLockExpiresAfterHolder(t *testing.T) {
	t.Parallel()
	database := mariadbtest.New(t)
	s := openURL(t, database.URL) // its connections count found rows
	defer func() { _ = s.Close() }()
	first, second := newRowLock("some"), newRowLock("some")
	take := func(l *rowLock, want bool) {
		t.Helper()
		if held, err := l.acquire(t.Context(), s.db); err != nil || held != want {
			t.Fatalf("take: %v, %v; want %v", held, err, want)
		}
	}
	take(first, true)
	take(first, true)
	take(second, false)
	if err := second.release(t.Context(), s.db); err != nil { // has nothing
		t.Fatal(err)
	}
	take(second, false)
	if got := scalar(t, s.db, "SELECT until > UTC_TIMESTAMP(6) + INTERVAL 50 SECOND FROM clickky_locks"); got != "1" {
		t.Error("the lock does not last")
	}
	mustExec(t, s.db, "UPDATE clickky_locks SET until = UTC_TIMESTAMP(6) - INTERVAL 1 SECOND") // when time has passed
	take(second, true)
	take(first, false)
	if err := second.release(t.Context(), s.db); err != nil {
		t.Fatal(err)
	}
	take(first, true)
}

// answers is a database with a test's answers.
type answers func() (sql.Result, error)

func (a answers) ExecContext(context.Context, string, ...any) (sql.Result, error) { return a() }

// TestRowLockIsRenewedUntilLost notices the loss before another server may have the lock.
func TestRowLockIsRenewedUntilLost(t *testing.T) {
	t.Parallel()
	for what, last := range map[string]struct {
		answer answers
		within time.Duration
	}{
		"taken":       {func() (sql.Result, error) { return sqldriver.RowsAffected(0), nil }, rowLockRenewal},
		"unreachable": {func() (sql.Result, error) { return nil, errors.New("gone") }, rowLockTTL},
	} {
		synctest.Test(t, func(t *testing.T) {
			renewals := 0
			begun := time.Now()
			err := newRowLock("some").keepRenewed(t.Context(), answers(func() (sql.Result, error) {
				if renewals++; renewals > 10 {
					return last.answer()
				}
				return sqldriver.RowsAffected(1), nil
			}))
			if took := time.Since(begun); err == nil || took < 10*rowLockRenewal || took > 10*rowLockRenewal+last.within {
				t.Errorf("%s: %v after %v", what, err, took)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
			defer cancel()
			err = newRowLock("some").keepRenewed(ctx, answers(func() (sql.Result, error) { return sqldriver.RowsAffected(1), nil }))
			if err != nil {
				t.Errorf("%s: until it is given back: %v", what, err)
			}
		})
	}
}
