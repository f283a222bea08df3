package mysql

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	driver "github.com/go-sql-driver/mysql"

	"clickky/sync/finding"
	"clickky/sync/store"
	"clickky/sync/store/sqlstore"
)

// needed are the privileges that Clickky needs on its database. The first ones, toPlay, suffice
// unless the tables must be migrated.
var (
	needed = []string{"SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "ALTER", "INDEX"}
	toPlay = needed[:4]
)

// fixReported is the fix for an error without a better one.
const fixReported = "fix what the database reports"

// Examine reports on the server, the user and the tables, and tries a writing transaction, which it
// rolls back. It returns the state of the database, without waiting for a Save in progress, or nil
// if the state is unknown.
func (s *Store) Examine(ctx context.Context, r *finding.Report) *store.State {
	const login = "correct the user and password in --db"
	fixes := map[uint16]string{codeAccessDenied: login, codeSocketDenied: login}
	var server finding.Report
	u, err := s.examineServer(ctx, &server)
	if err == nil {
		grant := u.grant(needed)
		fixes = map[uint16]string{codeNoDatabase: "CREATE DATABASE " + quoted(u.database) + " CHARACTER SET utf8mb4;", codeDatabaseDenied: grant, codeAccessDenied: grant}
		err = s.db.PingContext(ctx)
	}
	if err != nil {
		r.Add("database", s.closed(err, fixes))
		*r = append(*r, server...)
		return nil
	}
	r.Add("database", finding.OKf("%v answers (connected in %v)", s.cfg, u.connected.Round(time.Millisecond/10)))
	*r = append(*r, server...)
	return s.examineTables(ctx, u, r)
}

// closed reports why the database can't be used; fixes are those of the server's errors.
func (s *Store) closed(err error, fixes map[uint16]string) finding.Finding {
	err = s.wrap("check the database", err)
	fix := "start it, or correct the host and port in --db"
	if store.Answered(err) {
		fix = cmp.Or(fixes[errorNumber(err)], "do what the message says")
	}
	return finding.Problemf(fix, "%v: %v", s.cfg, err)
}

// user is the database user as the server sees it, with its privileges.
type user struct {
	account   string // such as 'clickky'@'%'
	database  string
	connected time.Duration // how long it took to connect and log in
	// missing are the needed privileges that the user lacks, as far as known. They may still come
	// from a source that can't be read here, such as a role; then unsure is true.
	missing []string
	unsure  bool
	// readOnly reports whether the server rejects writes of ordinary users.
	readOnly bool
}

func (u *user) grant(privileges []string) string {
	return fmt.Sprintf("GRANT %s ON %s.* TO %s;", strings.Join(privileges, ", "), quoted(u.database), u.account)
}

func (u *user) canPlay() bool {
	return !slices.ContainsFunc(u.missing, func(p string) bool { return slices.Contains(toPlay, p) })
}

func quoted(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }

// account quotes the result of CURRENT_USER(). A name may contain an @, a host may not.
func account(user string) string {
	user = strings.ReplaceAll(user, "'", "''")
	if at := strings.LastIndexByte(user, '@'); at >= 0 {
		user = user[:at] + "'@'" + user[at+1:]
	}
	return "'" + user + "'"
}

// examineServer reports on everything that doesn't need the database. It uses a connection without
// one, so that it can say what to grant to a user without access to the database.
func (s *Store) examineServer(ctx context.Context, r *finding.Report) (u user, err error) {
	cfg := s.cfg.driver.Clone()
	cfg.DBName = ""
	db, err := s.pool(cfg)
	if err != nil {
		return u, err
	}
	defer func() { _ = db.Close() }()
	begun := time.Now()
	if err := db.PingContext(ctx); err != nil {
		return u, err
	}
	u.connected, u.database = time.Since(begun), s.cfg.driver.DBName
	var version, name, readOnly string // the last is a number or a word
	err = db.QueryRowContext(ctx, "SELECT VERSION(), CURRENT_USER(), @@global.read_only").Scan(&version, &name, &readOnly)
	if err != nil {
		return u, fmt.Errorf("read the version: %w", err)
	}
	u.account, u.readOnly = account(name), readOnly != "0" && readOnly != "OFF"
	r.Add("version", checkVersion(version))
	var variable, encryption string
	err = db.QueryRowContext(ctx, "SHOW SESSION STATUS LIKE 'Ssl_version'").Scan(&variable, &encryption)
	if err != nil && !errors.Is(err, sql.ErrNoRows) { // a server that knows no TLS at all has no row
		return u, fmt.Errorf("read the encryption: %w", err)
	}
	r.Add("tls", finding.TLS(encryption, isRemote(s.cfg.driver), "add tls=true to the parameters of --db (tls=skip-verify for a self-signed certificate), unless you trust that network"))
	ahead, within, err := skew(ctx, db)
	if err != nil {
		return u, fmt.Errorf("read the time: %w", err)
	}
	r.Add("clock", checkClock(ahead, within))
	if u.readOnly {
		r.Add("read-only", finding.Problemf("name a writable one in --db, or run: SET GLOBAL read_only = OFF;", "the database is read-only"))
	}
	grants, err := showGrants(ctx, db)
	if err != nil {
		return u, fmt.Errorf("read the grants: %w", err)
	}
	u.missing, u.unsure = grants.missing(u.database)
	return u, nil
}

func checkVersion(version string) finding.Finding {
	const fix = "use MySQL 8 or newer, or MariaDB 10.6 or newer"
	kind, said, oldest := "MySQL ", version, []int{8, 0}
	if strings.Contains(version, "MariaDB") {
		kind, said, oldest = "", strings.TrimPrefix(version, "5.5.5-"), []int{10, 6} // the prefix is for old clients
	}
	var major, minor int
	_, err := fmt.Sscanf(said, "%d.%d", &major, &minor)
	switch {
	case err != nil:
		return finding.Warnf(fix, "unknown database version %q", version)
	case strings.Contains(version, "TiDB"):
		return finding.Warnf(fix, "Clickky isn't tested with %s", version)
	case slices.Compare([]int{major, minor}, oldest) < 0:
		return finding.Problemf(fix, "%s is too old", version)
	}
	return finding.OKf("%s%s", kind, said)
}

func isRemote(cfg *driver.Config) bool {
	host, _, _ := net.SplitHostPort(cfg.Addr) // it always has a port
	return cfg.Net == "tcp" && !strings.EqualFold(host, "localhost") && !net.ParseIP(host).IsLoopback()
}

// skew returns how far the database's clock is ahead of this machine's, plus or minus within.
func skew(ctx context.Context, db *sql.DB) (ahead, within time.Duration, err error) {
	asked := time.Now()
	var micros int64
	err = db.QueryRowContext(ctx, "SELECT "+unixExpression(sqlstore.Microsecond, "UTC_TIMESTAMP(6)")).Scan(&micros)
	within = time.Since(asked) / 2
	return time.UnixMicro(micros).Sub(asked.Add(within)), within, err
}

// checkClock reports how well the clocks agree. Leases use the database's clock, and the times
// when players were last seen this machine's.
func checkClock(ahead, within time.Duration) finding.Finding {
	shown, direction := ahead.Round(time.Millisecond), "ahead of"
	if shown < 0 {
		direction = "behind"
	}
	return finding.Newf(finding.ClockSeverity(ahead.Abs()-within), "synchronize both clocks with NTP: timedatectl set-ntp true",
		"the database's clock is %v %s this machine's", shown.Abs(), direction)
}

// tables is what is known about the tables.
type tables struct {
	// have is their version; 0 if there are none, or if they are those of the Node.js version.
	// current is the version after Migrate.
	have, current int64
	unfit         error  // why Migrate cannot take them over, or what Check finds
	collation     string // of users.username; empty: there is no such column
	state         store.State
}

// examineTables returns the state of the database, or nil if it is unknown.
func (s *Store) examineTables(ctx context.Context, u user, r *finding.Report) *store.State {
	var t tables
	err := s.transaction(ctx, sqlstore.Snapshot, func(tx *sql.Tx) error { return s.readTables(ctx, tx, &t) })
	r.Add("grants", u.checkGrants(&t))
	if err != nil {
		r.Add("tables", finding.Problemf(fixReported, "%v: %v", s.cfg, s.wrap("check the database", err)))
		return nil
	}
	upToDate := t.have > 0 && t.have == t.current
	if upToDate {
		t.unfit = s.Check(ctx)
	}
	if !errors.Is(t.unfit, store.ErrUnfit) {
		t.unfit = nil // writing fails, too, and reports why
	}
	r.Add("tables", t.check())
	if t.unfit == nil && !u.readOnly && (u.unsure || u.canPlay()) {
		if err := s.rehearse(ctx, upToDate); err != nil {
			r.Add("writing", finding.Problemf(fixReported, "saving counts would fail: %v", err))
		}
	}
	r.Add("names", t.checkNames())
	return &t.state
}

func (s *Store) readTables(ctx context.Context, tx *sql.Tx, t *tables) error {
	provider, err := s.provider(s.db, nil, nil)
	if err != nil {
		return err
	}
	sources := provider.ListSources()
	t.current = sources[len(sources)-1].Version
	err = tx.QueryRowContext(ctx, "SELECT COALESCE(MAX(`version_id`), 0) FROM `"+versionTable+"`").Scan(&t.have)
	if err == nil {
		t.state, err = s.PeekState(ctx, tx)
	}
	if err != nil && classify(err) != sqlstore.NoTable {
		return fmt.Errorf("read the version of the tables: %w", err)
	}
	users, _, err := (&takeover{tx: tx}).plan(ctx)
	switch {
	case t.have == 0 && errors.Is(err, store.ErrUnfit):
		t.unfit = err
	case err != nil && !errors.Is(err, store.ErrUnfit):
		return fmt.Errorf("check the tables: %w", err)
	}
	if users != nil {
		t.collation = users.columns["username"].collation
	}
	return nil
}

// checkGrants reports on the privileges. Those for migrations are only needed if the tables must be
// migrated.
func (u *user) checkGrants(t *tables) finding.Finding {
	missing := strings.Join(u.missing, ", ")
	onlyLater := t.have > 0 && t.have >= t.current && u.canPlay()
	switch {
	case u.unsure && missing == "":
		return finding.Warnf("check with: SHOW GRANTS FOR "+u.account+";", "some privileges of %s were revoked; clickky doctor can't tell which are left", u.account)
	case u.unsure:
		return finding.Warnf(u.grant(u.missing), "%s may lack %s, unless a role or a privilege on single tables covers it", u.account, missing)
	case missing != "" && onlyLater:
		return finding.Warnf(u.grant(u.missing), "%s lacks %s, which the next version of Clickky may need", u.account, missing)
	case missing != "":
		return finding.Problemf(u.grant(u.missing), "%s lacks %s", u.account, missing)
	}
	return finding.OKf("%s has all the privileges it needs", u.account)
}

func (t *tables) check() finding.Finding {
	if t.unfit == nil && t.have == 0 && t.collation != "" {
		return finding.OKf("from the Node.js version; the server upgrades them when it starts, so make a backup first")
	}
	return sqlstore.CheckVersion(t.have, t.current, t.unfit)
}

func (t *tables) checkNames() finding.Finding {
	switch {
	case t.collation == "":
		return finding.Finding{}
	case strings.HasSuffix(t.collation, "_bin"):
		return finding.OKf("compared byte by byte (%s)", t.collation)
	case t.have == 0:
		return finding.OKf("compared with %s until the server upgrades the tables", t.collation)
	}
	return finding.Problemf("ALTER TABLE users MODIFY username VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL;",
		"users.username has the collation %s, which treats different names as the same", t.collation)
}
