package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"clickky/sync/finding"
	"clickky/sync/store"
	"clickky/sync/store/mysql"
	"clickky/sync/store/sqlite"
)

// passwordVariable holds the database's password. There is no flag for it, because all users of a
// machine can read command lines.
const passwordVariable = "CLICKKY_DB_PASSWORD"

// databaseFlags are the address of the database and the files with parts of it.
type databaseFlags struct {
	Config         string `name:"config" env:"CLICKKY_CONFIG" placeholder:"FILE" help:"A settings file (TOML) with the flags of clickky serve. Flags and variables override it."`
	Data           string `default:"clickky-data" env:"CLICKKY_DATA" placeholder:"DIR" help:"Directory for the host key, the journal and the embedded database (${default})."`
	DB             string `name:"db" secret:"" env:"CLICKKY_DB" placeholder:"URL" help:"MySQL database: mysql://user:pass@host:3306/name, or a go-sql-driver DSN (SQLite in the data directory)."`
	DBPasswordFile string `name:"db-password-file" env:"CLICKKY_DB_PASSWORD_FILE" placeholder:"FILE" help:"A file with the database's password. It overrides CLICKKY_DB_PASSWORD, which overrides the password in --db."`
	DBCA           string `name:"db-ca" env:"CLICKKY_DB_CA" placeholder:"FILE" help:"CA certificates (PEM) that must have signed the database server's certificate; turns TLS on. A certificate with host names must match the host in --db; MySQL's own certificates have none."`

	read *mysql.Config // what target has read
}

// database is a store with its location, without the password.
type database struct {
	store.Store

	where string
	// journal is the name of the journal's directory. Each database has one of
	// its own, so that clicks made on one never end up in another.
	journal string
	// examine reports on it, and returns its state, nil if that isn't known; for doctor.
	examine func(context.Context, *finding.Report) *store.State
}

// target returns the MySQL database that the flags name, or nil for the embedded one. It reads the
// files only once, because a pipe can't be read twice. An invalid file is a usageError.
func (f *databaseFlags) target() (*mysql.Config, error) {
	switch {
	case f.read != nil:
		return f.read, nil
	case f.DB == "" && f.DBPasswordFile != "":
		return nil, usageError{errors.New("--db-password-file needs --db; set the database's URL, too")}
	case f.DB == "" && f.DBCA != "":
		return nil, usageError{errors.New("--db-ca needs --db; set the database's URL, too")}
	case f.DB == "":
		return nil, nil
	}
	config, err := mysql.ParseURL(f.DB)
	if err != nil {
		return nil, fmt.Errorf("--db: %w", err)
	}
	password, err := f.password()
	switch {
	case err != nil:
		return nil, usageError{fmt.Errorf("--db-password-file: %w", err)}
	case password != "":
		config.SetPassword(password)
	}
	if f.DBCA != "" {
		bundle, err := os.ReadFile(f.DBCA)
		if err == nil {
			err = config.RequireCA(bundle)
		}
		if err != nil {
			return nil, usageError{fmt.Errorf("--db-ca %s: %w", f.DBCA, withoutPath(err))}
		}
	}
	f.read = config
	return config, nil
}

// password returns the password from the file, or else from the variable. It replaces the one in
// the URL; if it is empty, the URL's is used.
func (f *databaseFlags) password() (string, error) {
	if f.DBPasswordFile == "" {
		return os.Getenv(passwordVariable), nil
	}
	return passwordIn(f.DBPasswordFile)
}

// passwordIn reads a password from a file, without the line break at its end.
func passwordIn(path string) (string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("%s: %w", path, withoutPath(err))
	}
	password, cut := strings.CutSuffix(string(text), "\r\n")
	if !cut {
		password = strings.TrimSuffix(password, "\n")
	}
	if password == "" {
		return "", fmt.Errorf("%s is empty; write the password into it", path)
	}
	return password, nil
}

// withoutPath returns the reason for a file error, for messages that already name the file.
func withoutPath(err error) error {
	if bare, ok := errors.AsType[*os.PathError](err); ok {
		return bare.Err
	}
	return err
}

// open returns the database for a server. It doesn't have to be reachable yet.
func (f *databaseFlags) open(log *slog.Logger) (*database, error) {
	db, err := f.openWith(log, func(path string) (*sqlite.Store, error) { return sqlite.Open(path, log) })
	if err == nil && db.journal == embeddedJournal {
		db.where = "SQLite, " + databaseFile
	}
	return db, err
}

// openToRead returns the database for a command that only reads it, possibly beside a running
// server.
func (f *databaseFlags) openToRead() (*database, error) {
	return f.openWith(slog.New(slog.DiscardHandler), sqlite.OpenReadOnly)
}

// openUntouched is openToRead for a command that must not create files beside the embedded database.
func (f *databaseFlags) openUntouched() (*database, error) {
	return f.openWith(slog.New(slog.DiscardHandler), sqlite.OpenUntouched)
}

// embeddedJournal is the name of the journal of the embedded database.
const embeddedJournal = "journal"

// openWith opens the MySQL database if the flags name one, else the embedded database with the
// given function.
func (f *databaseFlags) openWith(log *slog.Logger, embedded func(path string) (*sqlite.Store, error)) (*database, error) {
	config, err := f.target()
	switch {
	case err != nil:
		return nil, err
	case config != nil:
		return openMySQL("--db", config, log)
	}
	path := filepath.Join(f.Data, databaseFile)
	s, err := embedded(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there's no database in %s yet; start the server first, or set --data or --db: %w", f.Data, fs.ErrNotExist)
	}
	if err != nil {
		return nil, fmt.Errorf("open the embedded database %s: %w", path, err)
	}
	return &database{Store: s, where: path, journal: embeddedJournal, examine: s.Examine}, nil
}

// openMySQL opens the database that a flag names.
func openMySQL(flag string, config *mysql.Config, log *slog.Logger) (*database, error) {
	s, err := mysql.Open(config, log)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", flag, err)
	}
	sum := sha256.Sum256([]byte(config.String()))
	return &database{Store: s, where: config.String(), journal: "journal-" + hex.EncodeToString(sum[:4]), examine: s.Examine}, nil
}
