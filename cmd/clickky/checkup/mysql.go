package checkup

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"clickky/sync/store/mysql"
)

// mendAnswer is for a database that does not answer.
const fixAnswer = "start it, or correct the host and port in --db"

// MySQL judges what mysql.Store has seen, and the error that came with it.
func MySQL(f mysql.Facts, err error) []Finding {
	const name = "database"
	reason := ""
	if err != nil {
		reason = fmt.Sprintf("%s: %v", f.Where, err)
	}
	switch f.Access {
	case mysql.NoAnswer:
		return []Finding{problem(name, reason, fixAnswer)}
	case mysql.Refuses:
		return []Finding{problem(name, reason, "do what the message says")}
	case mysql.WrongLogin:
		return []Finding{problem(name, reason, "correct the user and password in --db")}
	}
	results := []Finding{ok(name, "%s answers (connected in %v)", f.Where, f.Connected.Round(time.Millisecond/10))}
	switch f.Access {
	case mysql.NoDatabase:
		results[0] = problem(name, reason, fmt.Sprintf("CREATE DATABASE `%s` CHARACTER SET utf8mb4;", strings.ReplaceAll(f.Name, "`", "``")))
	case mysql.NotAllowed:
		results[0] = problem(name, reason, f.Grant(mysql.Needed))
	}
	results = append(results, judgeVersion(f.Version), judgeTLS(f), judgeClock(f.Skew, f.SkewError))
	if f.ReadOnly {
		results = append(results, problem("read-only", "the database is read-only", "name a writable one in --db, or run: SET GLOBAL read_only = OFF;"))
	}
	if f.Access != mysql.Reached {
		return results
	}
	results = append(results, judgeGrants(f))
	if err != nil {
		return append(results, problem("tables", reason, "fix what the database reports"))
	}
	results = append(results, judgeTables(f))
	if f.Writing != nil {
		results = append(results, problem("writing", fmt.Sprintf("saving counts would fail: %v", f.Writing), "fix what the database reports"))
	}
	if f.Collation != "" {
		results = append(results, judgeNames(f))
	}
	return results
}

// release is a version in what a server says of itself.
var release = regexp.MustCompile(`(?:^|-)(\d+)\.(\d+)`)

func judgeVersion(version string) Finding {
	const name = "version"
	const fix = "use MySQL 8 or newer, or MariaDB 10.6 or newer"
	kind, need := "MySQL", [2]int{8, 0}
	said := version
	if strings.Contains(version, "MariaDB") {
		kind, need = "MariaDB", [2]int{10, 6}
		said = strings.TrimPrefix(version, "5.5.5-") // which it says to old clients
	}
	m := release.FindStringSubmatch(said)
	switch {
	case m == nil:
		return warning(name, fmt.Sprintf("unknown database version %q", version), fix)
	case strings.Contains(version, "TiDB"):
		return warning(name, "Clickky isn't tested with "+version, fix)
	}
	major, _ := strconv.Atoi(m[1])
	minor, _ := strconv.Atoi(m[2])
	if slices.Compare([]int{major, minor}, need[:]) < 0 {
		return problem(name, version+" is too old", fix)
	}
	if kind == "MySQL" {
		return ok(name, "MySQL %s", version)
	}
	return ok(name, "%s", said)
}

func judgeTLS(f mysql.Facts) Finding {
	switch {
	case f.TLS != "":
		return ok("tls", "the connection uses %s", f.TLS)
	case f.Remote:
		return warning("tls", "the connection to another machine isn't encrypted",
			"add tls=true to the parameters of --db (tls=skip-verify for a self-signed certificate), unless you trust that network")
	}
	return ok("tls", "not used; not needed on this machine")
}

const (
	// Of a clock that is further off the operator is warned, and then told that
	// it has to be mended. It counts by the database's clock how long a lease
	// lasts and by this machine's when players were seen.
	wrongClock     = time.Second
	veryWrongClock = 10 * time.Second
)

func judgeClock(skew, within time.Duration) Finding {
	const name = "clock"
	const fix = "synchronize both clocks with NTP: timedatectl set-ntp true"
	if skew > -time.Millisecond && skew < time.Millisecond {
		skew = 0
	}
	finding := fmt.Sprintf("the database's clock is %v ahead of this machine's", skew.Round(time.Millisecond))
	if skew < 0 {
		finding = fmt.Sprintf("the database's clock is %v behind this machine's", -skew.Round(time.Millisecond))
	}
	switch off := skew.Abs() - within; {
	case off > veryWrongClock:
		return problem(name, finding, fix)
	case off > wrongClock:
		return warning(name, finding, fix)
	}
	return ok(name, "%s", finding)
}

func judgeGrants(f mysql.Facts) Finding {
	const name = "grants"
	missing := strings.Join(f.Missing, ", ")
	// Those that change the tables are not needed as long as nothing is to be
	// changed.
	onlyLater := f.Tables > 0 && f.Tables >= f.Current && !slices.ContainsFunc(f.Missing, func(p string) bool {
		return slices.Contains(mysql.ToPlay, p)
	})
	switch {
	case f.Unsure && missing == "":
		return warning(name, fmt.Sprintf("some privileges of %s were revoked; clickky doctor can't tell which are left", f.User), "check with: SHOW GRANTS FOR "+f.User+";")
	case f.Unsure:
		return warning(name, fmt.Sprintf("%s may lack %s, unless a role or a privilege on single tables covers it", f.User, missing), f.Grant(f.Missing))
	case missing != "" && onlyLater:
		return warning(name, fmt.Sprintf("%s lacks %s, which the next version of Clickky may need", f.User, missing), f.Grant(f.Missing))
	case missing != "":
		return problem(name, fmt.Sprintf("%s lacks %s", f.User, missing), f.Grant(f.Missing))
	}
	return ok(name, "%s has all the privileges it needs", f.User)
}

func judgeTables(f mysql.Facts) Finding {
	if f.Unfit != nil {
		return problem("tables", f.Unfit.Error(), "do what the message says, or give Clickky its own database")
	}
	if f.Tables == 0 && f.Collation != "" {
		return ok("tables", "from the Node.js version; the server upgrades them when it starts, so make a backup first")
	}
	return judgeTableVersion(f.Tables, f.Current, f.Absent)
}

// judgeTableVersion is for both kinds of databases. Absent is what the tables lack.
func judgeTableVersion(have, current int64, absent []string) Finding {
	const name = "tables"
	switch {
	case slices.Equal(absent, []string{"users.clickky_seen"}):
		return problem(name, absent[0]+" is missing", "start the server again: it adds the column")
	case len(absent) > 0:
		return problem(name, "missing: "+strings.Join(absent, ", "), "restore it from a backup of the database")
	case have == 0:
		return ok(name, "none yet; the server creates them")
	case have < current:
		return ok(name, "version %d; the server upgrades them to %d when it starts", have, current)
	case have > current:
		return warning(name, fmt.Sprintf("version %d, but this program only knows version %d", have, current), "install the newer Clickky that created them")
	}
	return ok(name, "version %d, up to date", have)
}

func judgeNames(f mysql.Facts) Finding {
	const name = "names"
	switch {
	case f.Binary:
		return ok(name, "compared byte by byte (%s)", f.Collation)
	case f.Tables == 0:
		return ok(name, "compared with %s until the server upgrades the tables", f.Collation)
	}
	return problem(name, fmt.Sprintf("users.username has the collation %s, which treats different names as the same", f.Collation),
		"ALTER TABLE users MODIFY username VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL;")
}
