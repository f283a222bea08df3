package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"path/filepath"

	"clickky/sync/store"
	"clickky/sync/store/mysql"
	"clickky/sync/store/sqlite"
)

// databaseFlags say where the counts are.
type databaseFlags struct {
	Data string `default:"clickky-data" env:"CLICKKY_DATA" placeholder:"DIR" help:"Directory of the host key and the embedded database (${default})."`
	DB   string `name:"db" env:"CLICKKY_DB" placeholder:"URL" help:"mysql://user:pass@host:3306/name, or a DSN of go-sql-driver; empty: SQLite in the data directory."`
}

// database is a store and where it is, without the password.
type database struct {
	store.Store

	where string
	// journal is the name of the journal's directory. Each database has one of
	// its own, so that clicks made on one never end up in another.
	journal string
}

// open returns the database for a server. It need not be reachable yet.
func (f *databaseFlags) open(log *slog.Logger) (*database, error) {
	if f.DB != "" {
		return f.openMySQL(log)
	}
	path := filepath.Join(f.Data, databaseFile)
	s, err := sqlite.Open(path, log)
	if err != nil {
		return nil, fmt.Errorf("open the embedded database %s: %w", path, err)
	}
	return &database{Store: s, where: "SQLite, " + databaseFile, journal: "journal"}, nil
}

// openToRead returns the database for a command that only looks at it, while a
// server may be using it.
func (f *databaseFlags) openToRead(log *slog.Logger) (*database, error) {
	if f.DB != "" {
		return f.openMySQL(log)
	}
	path := filepath.Join(f.Data, databaseFile)
	s, err := sqlite.OpenReadOnly(path)
	if err != nil {
		return nil, fmt.Errorf("open the embedded database %s: %w", path, err)
	}
	return &database{Store: s, where: path}, nil
}

func (f *databaseFlags) openMySQL(log *slog.Logger) (*database, error) {
	config, err := mysql.ParseURL(f.DB)
	if err != nil {
		return nil, fmt.Errorf("--db: %w", err)
	}
	s, err := mysql.Open(config, log)
	if err != nil {
		return nil, fmt.Errorf("--db: %w", err)
	}
	sum := sha256.Sum256([]byte(config.String()))
	return &database{Store: s, where: config.String(), journal: "journal-" + hex.EncodeToString(sum[:4])}, nil
}
