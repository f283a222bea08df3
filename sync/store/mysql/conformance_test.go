//go:build !race

// The suite has no goroutines but those of sqlstore, which sync/store/sqlite has it use under the
// race detector.

package mysql

import (
	"testing"

	"clickky/sync/store"
	"clickky/sync/store/mysql/mariadbtest"
	"clickky/sync/store/storetest"
)

func TestStore(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) storetest.Database {
		database := mariadbtest.New(t)
		return storeOn(database, database.URL)
	})
}

// TestStoreWithStatementLog has repeatable reads.
func TestStoreWithStatementLog(t *testing.T) {
	t.Parallel()
	server := mariadbtest.Start(t, logsStatements...)
	storetest.Run(t, func(*testing.T) storetest.Database {
		database := server.NewDB()
		return storeOn(database, database.URL)
	})
}

func TestStoreOnMinimalServer(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) storetest.Database {
		database := mariadbtest.New(t)
		at, _ := openLimited(t, database)
		return storeOn(database, at)
	})
}

// storeOn returns a database whose stores connect to a URL.
func storeOn(database mariadbtest.DB, url string) storetest.Database {
	return storetest.Database{
		Open:   func(t *testing.T) store.Store { return openURL(t, url) },
		Refuse: func(t *testing.T, name string) { rejectCounts(t, database.Open(t), name) },
		Accept: func(t *testing.T, name string) { acceptCounts(t, database.Open(t), name) },
		Exec:   func(t *testing.T, statement string) { mustExec(t, database.Open(t), statement) },
	}
}
