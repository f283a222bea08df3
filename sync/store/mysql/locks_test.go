package mysql

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	driver "github.com/go-sql-driver/mysql"

	"clickky/sync/store"
	"clickky/sync/store/mysql/dbproxy"
	"clickky/sync/store/mysql/mariadbtest"
	"clickky/sync/store/sqlstore"
)

// lockInOtherTx starts another transaction on the same table.
func lockInOtherTx(t *testing.T, database mariadbtest.DB, statements ...string) *sql.Tx {
	t.Helper()
	// At an isolation level that locks only the selected rows.
	tx, err := database.Open(t).BeginTx(t.Context(), &sql.TxOptions{Isolation: sql.LevelReadCommitted})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tx.Rollback() })
	for _, statement := range statements {
		if _, err := tx.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	return tx
}

// countTries counts the attempts of a Save, with a proxy.
func countTries(t *testing.T, database mariadbtest.DB, params string, onTry func(n int64)) *Store {
	t.Helper()
	proxy, s := openThroughProxy(t, database, params)
	var tries atomic.Int64
	// Never strikes: the condition only observes the statements.
	proxy.Inject(dbproxy.CutBefore, func(statement string) bool {
		if strings.HasPrefix(statement, "UPDATE `clickky_state` SET `position`") {
			onTry(tries.Add(1))
		}
		return false
	})
	return s
}

// awaitBlocked returns when a statement in the database waits for a lock.
func awaitBlocked(t *testing.T, database mariadbtest.DB) {
	t.Helper()
	db := database.Open(t)
	const query = "SELECT COUNT(*) FROM information_schema.INNODB_TRX JOIN information_schema.PROCESSLIST" +
		" ON ID = trx_mysql_thread_id WHERE DB = DATABASE() AND trx_state = 'LOCK WAIT'"
	// The server refreshes only if nobody has asked for a tenth of a second.
	again := time.NewTicker(150 * time.Millisecond)
	defer again.Stop()
	deadline := time.Now().Add(time.Minute)
	for scalar(t, db, query) == "0" {
		if time.Now().After(deadline) {
			t.Fatal("nobody waits for a lock")
		}
		<-again.C
	}
}

// TestSaveRetriesDeadlock has a real deadlock, whose victim is the Save because the other
// transaction has done more.
func TestSaveRetriesDeadlock(t *testing.T) {
	t.Parallel()
	database := mariadbtest.New(t)
	var last atomic.Int64
	s := countTries(t, database, "", last.Store)
	others := make([]string, 200)
	for i := range others {
		others[i] = "other-" + strconv.Itoa(i)
	}
	mustSave(t, s, batch(1, append(others, "alice", "zoe")...))
	b := nextBatch(t, s, batch(2, "alice", "bob", "zoe"))
	other := lockInOtherTx(t, database,
		"UPDATE users SET user_count = 77 WHERE id BETWEEN 10 AND 150",
		"SELECT id FROM users WHERE username = 'zoe' FOR UPDATE")
	before := last.Load()
	saved := saveInBackground(t.Context(), s, b)
	awaitBlocked(t, database)
	if _, err := other.ExecContext(t.Context(), "UPDATE users SET user_count = 99 WHERE username = 'alice'"); err != nil {
		t.Fatalf("the victim was the other one: %v", err)
	}
	if err := other.Commit(); err != nil {
		t.Fatal(err)
	}
	if got := await(t, "Save", saved); got.err != nil || len(got.rejected) > 0 {
		t.Fatalf("Save: %v", got)
	}
	if tries := last.Load() - before; tries < 2 {
		t.Errorf("Save began %d times, so there was no deadlock", tries)
	}
	query := "SELECT GROUP_CONCAT(username, '=', user_count ORDER BY username) FROM users WHERE username NOT LIKE 'other-_%'"
	if got := scalar(t, database.Open(t), query); got != "alice=2,bob=2,zoe=2" {
		t.Errorf("users holds %s", got)
	}
	if state, err := s.State(t.Context()); err != nil || state.Position != b.To {
		t.Errorf("State: %+v, %v; want %d", state, err, b.To)
	}
}

// TestSaveRetriesLockTimeout has a row locked for longer than one attempt, but not for good.
func TestSaveRetriesLockTimeout(t *testing.T) {
	t.Parallel()
	database := mariadbtest.New(t)
	second := make(chan struct{})
	s := countTries(t, database, "innodb_lock_wait_timeout=1", func(n int64) {
		if n == 3 { // the first belongs to the Save before the lock
			close(second)
		}
	})
	mustSave(t, s, batch(1, "alice", "zoe"))
	b := nextBatch(t, s, batch(2, "alice", "bob", "zoe"))
	other := lockInOtherTx(t, database, "SELECT id FROM users WHERE username = 'zoe' FOR UPDATE")
	saved := saveInBackground(t.Context(), s, b)
	await(t, "the second try", second)
	if err := other.Rollback(); err != nil {
		t.Fatal(err)
	}
	if got := await(t, "Save", saved); got.err != nil || len(got.rejected) > 0 {
		t.Fatalf("Save: %v", got)
	}
	checkLoad(t, s, oldDatabase{rows: map[uint64]row{1: {"alice", 2}, 2: {"zoe", 2}, 3: {"bob", 2}}, total: 6})
}

// TestSaveLongKeepsLease holds that a lease does not expire during a Save.
func TestSaveLongKeepsLease(t *testing.T) {
	t.Parallel()
	database := mariadbtest.New(t)
	s := migrated(t, database.URL)
	mustSave(t, s, batch(1, "alice"))
	other := lockInOtherTx(t, database, "SELECT id FROM users WHERE username = 'alice' FOR UPDATE")
	b := nextBatch(t, s, batch(2, "alice"))
	const lease = 1500 * time.Millisecond
	if _, err := s.Lease(t.Context(), testJournal, 0, lease); err != nil {
		t.Fatal(err)
	}
	over := time.After(lease)
	saved := saveInBackground(t.Context(), s, b)
	awaitBlocked(t, database)
	await(t, "the end of the lease", over)
	if err := other.Rollback(); err != nil {
		t.Fatal(err)
	}
	if got := await(t, "Save", saved); got.err != nil {
		t.Fatalf("Save: %v", got.err)
	}
	if _, err := s.Lease(t.Context(), "another", 0, time.Hour); !errors.Is(err, store.ErrLeased) {
		t.Errorf("Lease of another after a long Save: %v, want store.ErrLeased in its chain", err)
	}
	wantPosition(t, s, 2, 2)
}

// TestSaveGivesUpOnLastingLock changes nothing, and takes no longer than it may.
func TestSaveGivesUpOnLastingLock(t *testing.T) {
	t.Parallel()
	database := mariadbtest.New(t)
	s := migrated(t, changeURL(t, database, func(u *url.URL) { u.RawQuery = "innodb_lock_wait_timeout=1" }))
	mustSave(t, s, batch(1, "alice", "zoe"))
	b := nextBatch(t, s, batch(2, "alice", "zoe"))
	other := lockInOtherTx(t, database, "SELECT id FROM users WHERE username = 'zoe' FOR UPDATE")
	ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err := s.Save(ctx, b)
	if err == nil || errors.Is(err, store.ErrUnknown) || errors.Is(err, store.ErrMoved) {
		t.Errorf("Save: %v, want an error that may pass and leaves nothing open", err)
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("Save took %v with a deadline of 1.5s", took)
	}
	if err := other.Rollback(); err != nil {
		t.Fatal(err)
	}
	checkLoad(t, s, oldDatabase{rows: map[uint64]row{1: {"alice", 1}, 2: {"zoe", 1}}, total: 2})
	mustSave(t, s, batch(3, "alice", "zoe"))
}

// saveTotal is a statement in the middle of a Save.
const saveTotal = "UPDATE `global_count` SET `count` = ? WHERE `id` = 1"

// TestSaveRetriesAreBounded reports an obstacle that does not go away.
func TestSaveRetriesAreBounded(t *testing.T) {
	t.Parallel()
	url := mariadbtest.New(t).URL
	migrated(t, url)
	for name, at := range map[string]string{"in the middle": saveTotal, "at the COMMIT": "COMMIT"} {
		failures := 0
		s := openFailing(t, url, func(statement string) error {
			if statement == at && failures > 0 {
				failures--
				return &driver.MySQLError{Number: codeDeadlock, Message: "made up"}
			}
			return nil
		})
		b := nextBatch(t, s, batch(1, "alice"))
		failures = sqlstore.Tries
		_, err := s.Save(t.Context(), b)
		if errorNumber(err) != codeDeadlock || errors.Is(err, store.ErrUnknown) || failures != 0 {
			t.Errorf("%s: %v with %d of %d tries left, want the deadlock", name, err, failures, sqlstore.Tries)
		}
		failures = sqlstore.Tries - 1
		if _, err := s.Save(t.Context(), b); err != nil || failures != 0 {
			t.Errorf("%s: %v in the last try", name, err)
		}
	}
}

// TestSaveOfKnownPlayersUsesNoIDs repeats every third Save, and has the server reject a player
// in every tenth.
func TestSaveOfKnownPlayersUsesNoIDs(t *testing.T) {
	t.Parallel()
	database := mariadbtest.New(t)
	migrated(t, database.URL)
	saves := 0
	stumble := false
	s := openFailing(t, database.URL, func(statement string) error {
		if statement == saveTotal && stumble {
			stumble = false
			return &driver.MySQLError{Number: codeDeadlock, Message: "made up"}
		}
		return nil
	})
	names := make([]string, 90)
	for i := range names {
		names[i] = fmt.Sprintf("player-%02d", i)
	}
	mustSave(t, s, batch(1, names...))
	mustExec(t, database.Open(t), "CREATE TRIGGER sometimes BEFORE INSERT ON users FOR EACH ROW"+
		" IF NEW.username = 'player-77' AND NEW.user_count % 10 = 9 THEN SIGNAL SQLSTATE '45000'; END IF")
	for ; saves < 200; saves++ {
		b := nextBatch(t, s, batch(uint64(saves), names...))
		stumble = saves%3 == 0
		rejected, err := s.Save(t.Context(), b)
		if err != nil || len(rejected) != saves%10/9 || stumble {
			t.Fatalf("save %d: %v, %v", saves, rejected, err)
		}
	}
	mustSave(t, s, batch(50, append(names, "newcomer")...))
	got := scalar(t, database.Open(t), "SELECT id FROM users WHERE username = 'newcomer'")
	if got != "91" {
		t.Errorf("after 200 saves of 90 players the next one has id %s, want 91", got)
	}
}
