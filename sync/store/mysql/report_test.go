package mysql

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	driver "github.com/go-sql-driver/mysql"

	"clickky/sync/finding"
	"clickky/sync/finding/findingtest"
	"clickky/sync/store"
	"clickky/sync/store/sqlstore"
)

func TestReportVersion(t *testing.T) {
	for version, want := range map[string]finding.Severity{
		"10.11.6-MariaDB-0+deb12u1": finding.OK, "10.6.0-MariaDB": finding.OK, "11.4.2-MariaDB-log": finding.OK, "5.5.5-10.11.6-MariaDB": finding.OK,
		"10.5.22-MariaDB": finding.Problem, "10.1.48-MariaDB": finding.Problem,
		"8.0.35": finding.OK, "8.0.35-0ubuntu0.22.04.1": finding.OK, "9.1.0": finding.OK, "8.0.mysql_aurora.3.04.0": finding.OK,
		"5.7.44-log": finding.Problem, "8.0.11-TiDB-v7.5.0": finding.Warning, "who knows": finding.Warning, "": finding.Warning,
	} {
		findingtest.Judged(t, version, checkVersion(version), want, strings.TrimPrefix(version, "5.5.5-"), "")
	}
}

func TestReportClock(t *testing.T) {
	for _, c := range []struct {
		skew, within time.Duration
		want         finding.Severity
		says         string
	}{
		{0, 0, finding.OK, "0s ahead"},
		{-300 * time.Microsecond, time.Millisecond, finding.OK, "0s ahead"},
		{900 * time.Millisecond, 0, finding.OK, "900ms ahead"},
		{-2 * time.Second, time.Millisecond, finding.Warning, "2s behind"},
		{2 * time.Second, 1500 * time.Millisecond, finding.OK, "2s ahead"}, // the answer took too long to know better
		{11 * time.Second, time.Millisecond, finding.Problem, "11s ahead"},
		{-time.Hour, time.Second, finding.Problem, "1h0m0s behind"},
	} {
		findingtest.Judged(t, c.skew.String(), checkClock(c.skew, c.within), c.want, c.says, "")
	}
}

func TestReportGrants(t *testing.T) {
	few := []string{"ALTER", "INDEX"}
	for _, c := range []struct {
		name      string
		u         user
		have      int64 // the version of the tables
		want      finding.Severity
		says, fix string
	}{
		{"everything", user{}, 0, finding.OK, "all the privileges", ""},
		{"nothing", user{missing: needed}, 0, finding.Problem, "lacks SELECT, INSERT", "GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX ON `game`.* TO 'u'@'%';"},
		{"tables cannot be made", user{missing: few}, 0, finding.Problem, "lacks ALTER", "GRANT ALTER, INDEX ON"},
		{"nor changed", user{missing: few}, 5, finding.Problem, "lacks ALTER", "GRANT ALTER, INDEX ON"},
		{"which is for later", user{missing: few}, 6, finding.Warning, "next version", "GRANT ALTER, INDEX ON"},
		{"and more is missing", user{missing: []string{"DELETE", "ALTER"}}, 6, finding.Problem, "lacks DELETE", "GRANT DELETE, ALTER ON"},
		{"a role may give it", user{missing: few, unsure: true}, 0, finding.Warning, "may lack", "GRANT ALTER, INDEX ON"},
		{"something was revoked", user{unsure: true}, 0, finding.Warning, "revoked", "SHOW GRANTS FOR 'u'@'%';"},
	} {
		c.u.account, c.u.database = "'u'@'%'", "game"
		of := tables{have: c.have, current: 6}
		findingtest.Judged(t, c.name, c.u.checkGrants(&of), c.want, c.says, c.fix)
	}
}

func TestReportTables(t *testing.T) {
	for _, c := range []struct {
		name string
		of   tables
		want finding.Severity
		says string
	}{
		{"none", tables{}, finding.OK, "none yet"},
		{"of the Node.js version", tables{collation: "utf8mb4_general_ci"}, finding.OK, "Node.js"},
		{"somebody else's", tables{unfit: fmt.Errorf("%w: the table users has no column id", store.ErrUnfit)}, finding.Problem, "no column id"},
		{"older", tables{have: 3}, finding.OK, "version 3"},
		{"current", tables{have: 6}, finding.OK, "up to date"},
		{"newer", tables{have: 7}, finding.Warning, "version 7"},
		{"gone", tables{have: 6, unfit: sqlstore.Missing{"clickky_keys"}}, finding.Problem, "missing: clickky_keys"},
		{"a column is gone", tables{have: 6, unfit: sqlstore.Missing{"users.clickky_seen"}}, finding.Problem, "users.clickky_seen is missing"},
	} {
		c.of.current = 6
		findingtest.Judged(t, c.name, c.of.check(), c.want, c.says, "")
	}
	names := (*tables).checkNames
	findingtest.Judged(t, "binary", names(&tables{have: 6, collation: "utf8mb4_nopad_bin"}), finding.OK, "byte by byte", "")
	findingtest.Judged(t, "to be taken over", names(&tables{collation: "latin1_swedish_ci"}), finding.OK, "until", "")
	findingtest.Judged(t, "changed", names(&tables{have: 6, collation: "utf8mb4_general_ci"}), finding.Problem, "utf8mb4_general_ci", "ALTER TABLE users")
}

func TestReportClosed(t *testing.T) {
	s := openURL(t, "mysql://u:s3cret@db/game")
	t.Cleanup(func() { _ = s.Close() })
	fixes := map[uint16]string{codeNoDatabase: "CREATE DATABASE `game`"}
	for what, c := range map[string]struct {
		err   error
		known bool
		fix   string
	}{
		"no answer": {errors.New("no such thing"), false, "host and port"},
		"refuses":   {&driver.MySQLError{Number: 1040, Message: "no such thing"}, false, "do what the message says"},
		"known fix": {&driver.MySQLError{Number: codeNoDatabase, Message: "no such thing"}, true, "CREATE DATABASE `game`"},
	} {
		found := s.closed(c.err, fixes)
		if known := found.Fix == fixes[codeNoDatabase]; known != c.known {
			t.Errorf("%s: known: %v", what, known)
		}
		findingtest.Judged(t, what, found, finding.Problem, "mysql://u@db:3306/game: ", c.fix)
		findingtest.Judged(t, what, found, finding.Problem, "no such thing", c.fix)
	}
}
