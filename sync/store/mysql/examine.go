package mysql

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	driver "github.com/go-sql-driver/mysql"

	"clickky/sync/store"
	"clickky/sync/store/sqlstore"
)

// Access says how far Examine came.
type Access int

const (
	// NoAnswer means that no server could be reached, or that it broke off.
	NoAnswer Access = iota
	// Refuses means that a server answers, and the error says what keeps it from
	// letting this user in, or anybody.
	Refuses
	// WrongLogin means that the server rejects the user or the password.
	WrongLogin
	// NoDatabase means that the server has no database of that name.
	NoDatabase
	// NotAllowed means that the user may not use that database.
	NotAllowed
	// Reached means that the user may use the database.
	Reached
)

// Facts are what Examine has seen of a database: those of the server and the user
// unless Access is NoAnswer, Refuses or WrongLogin, and those of the tables when it is
// Reached and there was no error.
type Facts struct {
	Access Access
	// Where is the database without the password, and Name its bare name.
	Where, Name string
	// Remote tells that it is not on this machine, by its address.
	Remote bool

	// Connected is how long it took to connect and log in.
	Connected time.Duration
	// Version is what the server says, such as "10.11.6-MariaDB".
	Version string
	// TLS is the version of TLS that the connection has, such as "TLSv1.3"; empty:
	// it is not encrypted.
	TLS string
	// Skew is how far the database's clock is ahead of this machine's, give or
	// take SkewError.
	Skew, SkewError time.Duration
	// User is the account that the server takes us for, such as 'clickky'@'%'.
	User string
	// Missing are the privileges that Clickky needs and the user does not have
	// on the database, by all that is known; Unsure tells that they may come
	// from something that cannot be judged here, such as a role.
	Missing []string
	Unsure  bool
	// ReadOnly tells that the server takes no changes from ordinary users.
	ReadOnly bool

	// Version of the tables, 0 if there are none or they are those of the
	// Node.js version, and Current, which Migrate brings them to.
	Tables, Current int64
	// Unfit is why Migrate could not take over tables that are there, or why those of
	// the current version take no rows.
	Unfit error
	// Absent are the tables of the current version that are gone, and their columns, as
	// users.clickky_seen.
	Absent []string
	// Writing is the error of a transaction that does what the server will do; nil if it
	// worked, and where it would tell nothing that is not known already.
	Writing error
	// Collation is that of users.username; empty: there is no such column.
	// Binary tells that it keeps apart what Clickky keeps apart.
	Collation string
	Binary    bool
	// State is that of the database, without waiting for a Save that is under way.
	State store.State
}

// Needed are the privileges that Clickky needs on its database: ToPlay, and the others
// to bring the tables to a later version.
var (
	Needed = []string{"SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "ALTER", "INDEX"}
	ToPlay = Needed[:4]
)

// Grant is the statement that gives privileges to the user.
func (f *Facts) Grant(privileges []string) string {
	return fmt.Sprintf("GRANT %s ON %s.* TO %s;", strings.Join(privileges, ", "), quoted(f.Name), f.User)
}

func quoted(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }

// Examine looks at the server, the user and the tables, and tries a transaction that
// writes, which it takes back. The
// facts are those that were seen before an error; the error has store.ErrRefused
// in its chain when Access is WrongLogin, NoDatabase or NotAllowed, and may have it
// when Access is Refuses.
func (s *Store) Examine(ctx context.Context) (Facts, error) {
	f := Facts{Where: s.cfg.String(), Name: s.cfg.driver.DBName, Remote: remote(s.cfg.driver)}
	err := s.examineServer(ctx, &f)
	if err == nil {
		err = s.examineDatabase(ctx, &f)
	}
	err = s.wrap("check the database", err)
	if f.Access == NoAnswer && store.Answered(err) {
		f.Access = Refuses
	}
	return f, err
}

// remote tells whether the database is on another machine.
func remote(cfg *driver.Config) bool {
	if cfg.Net != "tcp" {
		return false
	}
	host, _, err := net.SplitHostPort(cfg.Addr)
	if err != nil {
		host = cfg.Addr
	}
	ip := net.ParseIP(host)
	return !strings.EqualFold(host, "localhost") && (ip == nil || !ip.IsLoopback())
}

// examineServer looks at everything that does not need the database, on a
// connection without one: so a user who may not use it is told what to grant.
func (s *Store) examineServer(ctx context.Context, f *Facts) error {
	cfg := s.cfg.driver.Clone()
	cfg.DBName = ""
	db, err := s.pool(cfg)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	begun := time.Now()
	conn, err := db.Conn(ctx)
	if err == nil {
		defer func() { _ = conn.Close() }()
		err = conn.PingContext(ctx)
	}
	if err != nil {
		if n := number(err); n == codeAccessDenied || n == codeSocketDenied {
			f.Access = WrongLogin
		}
		return err
	}
	f.Connected = time.Since(begun)
	var user string
	var readOnly string // a number or a word
	err = conn.QueryRowContext(ctx, "SELECT VERSION(), CURRENT_USER(), @@global.read_only").Scan(&f.Version, &user, &readOnly)
	if err != nil {
		return fmt.Errorf("read the version: %w", err)
	}
	f.User, f.ReadOnly = account(user), readOnly != "0" && readOnly != "OFF"
	if f.TLS, err = tlsOf(ctx, conn); err != nil {
		return fmt.Errorf("read the encryption: %w", err)
	}
	if f.Skew, f.SkewError, err = skew(ctx, conn); err != nil {
		return fmt.Errorf("read the time: %w", err)
	}
	grants, err := showGrants(ctx, conn)
	if err != nil {
		return fmt.Errorf("read the grants: %w", err)
	}
	f.Missing, f.Unsure = grants.missing(f.Name)
	return nil
}

// account quotes what CURRENT_USER() returns. A name may contain an @, a host may not.
func account(user string) string {
	at := strings.LastIndexByte(user, '@')
	if at < 0 {
		return "'" + strings.ReplaceAll(user, "'", "''") + "'"
	}
	return "'" + strings.ReplaceAll(user[:at], "'", "''") + "'@'" + strings.ReplaceAll(user[at+1:], "'", "''") + "'"
}

func tlsOf(ctx context.Context, conn *sql.Conn) (version string, err error) {
	var name string
	err = conn.QueryRowContext(ctx, "SHOW SESSION STATUS LIKE 'Ssl_version'").Scan(&name, &version)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil // the server knows no TLS at all
	}
	return version, err
}

// skewSamples is how often the time is asked for; the quickest answer tells most.
const skewSamples = 3

func skew(ctx context.Context, conn *sql.Conn) (ahead, within time.Duration, err error) {
	for i := range skewSamples {
		asked := time.Now()
		var micros int64
		if err := conn.QueryRowContext(ctx, "SELECT "+since1970(sqlstore.Microsecond, "UTC_TIMESTAMP(6)")).Scan(&micros); err != nil {
			return 0, 0, err
		}
		half := time.Since(asked) / 2
		if i == 0 || half < within {
			ahead, within = time.UnixMicro(micros).Sub(asked.Add(half)), half
		}
	}
	return ahead, within, nil
}

// examineDatabase looks at the tables, in a transaction in which the server would
// refuse to change anything.
func (s *Store) examineDatabase(ctx context.Context, f *Facts) error {
	conn, err := s.db.Conn(ctx)
	if err != nil {
		switch number(err) {
		case codeNoDatabase:
			f.Access = NoDatabase
		case codeDatabaseDenied, codeAccessDenied:
			f.Access = NotAllowed
		}
		return err
	}
	defer func() { _ = conn.Close() }()
	f.Access = Reached
	tx, err := begin(ctx, conn, sqlstore.Snapshot)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // there is nothing to keep
	if err := s.examineTables(ctx, tx, f); err != nil {
		return err
	}
	cannotWrite := !f.Unsure && slices.ContainsFunc(f.Missing, func(p string) bool { return slices.Contains(ToPlay, p) })
	if len(f.Absent) > 0 || cannotWrite || f.Unfit != nil || f.ReadOnly {
		return nil
	}
	if f.Tables == f.Current {
		if err := s.Check(ctx); errors.Is(err, store.ErrUnfit) {
			f.Unfit = err
			return nil
		}
	}
	f.Writing = s.rehearse(ctx, f)
	return nil
}

func (s *Store) examineTables(ctx context.Context, tx *sql.Tx, f *Facts) error {
	provider, err := s.provider(s.db, nil, nil)
	if err != nil {
		return err
	}
	sources := provider.ListSources()
	f.Current = sources[len(sources)-1].Version
	there, err := tableNames(ctx, tx)
	if err != nil {
		return fmt.Errorf("list the tables: %w", err)
	}
	if slices.Contains(there, versionTable) {
		const query = "SELECT COALESCE(MAX(`version_id`), 0) FROM `" + versionTable + "`"
		if err := tx.QueryRowContext(ctx, query).Scan(&f.Tables); err != nil {
			return fmt.Errorf("read the version of the tables: %w", err)
		}
	}
	if f.Tables == f.Current {
		if f.Absent, _, err = columns(ctx, tx); err != nil {
			return fmt.Errorf("list the columns: %w", err)
		}
	}
	t := &takeover{tx: tx}
	users, _, err := t.look(ctx)
	switch {
	case f.Tables == 0 && errors.Is(err, store.ErrUnfit):
		f.Unfit = err
	case err != nil && !errors.Is(err, store.ErrUnfit):
		return fmt.Errorf("check the tables: %w", err)
	}
	if users != nil {
		f.Collation = users.columns["username"].collation
		f.Binary = strings.HasSuffix(f.Collation, "_bin")
	}
	if slices.Contains(there, "clickky_state") {
		if f.State, err = s.PeekState(ctx, tx); err != nil {
			return fmt.Errorf("read the position: %w", err)
		}
	}
	return nil
}

// tableNames are the tables that the user may see.
func tableNames(ctx context.Context, tx *sql.Tx) ([]string, error) {
	return sqlstore.All(ctx, tx, func(row *sql.Rows, name *string) error { return row.Scan(name) },
		"SELECT LOWER(`TABLE_NAME`) FROM `information_schema`.`TABLES` WHERE `TABLE_SCHEMA` = DATABASE()")
}
