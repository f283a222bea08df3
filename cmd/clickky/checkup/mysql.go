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
const mendAnswer = "start it, or mend host and port in --db"

// MySQL judges what mysql.Store has seen, and the error that came with it.
func MySQL(f mysql.Facts, err error) []Result {
	const name = "database"
	reason := ""
	if err != nil {
		reason = fmt.Sprintf("%s: %v", f.Where, err)
	}
	switch f.Access {
	case mysql.NoAnswer:
		return []Result{problem(name, reason, mendAnswer)}
	case mysql.Refuses:
		return []Result{problem(name, reason, "do what that says")}
	case mysql.WrongLogin:
		return []Result{problem(name, reason, "mend user and password in --db")}
	}
	results := []Result{ok(name, "%s answers; connecting took %v", f.Where, f.Connected.Round(time.Millisecond/10))}
	switch f.Access {
	case mysql.NoDatabase:
		results[0] = problem(name, reason, fmt.Sprintf("CREATE DATABASE `%s` CHARACTER SET utf8mb4;", strings.ReplaceAll(f.Name, "`", "``")))
	case mysql.NotAllowed:
		results[0] = problem(name, reason, f.Grant(mysql.Needed))
	}
	results = append(results, judgeVersion(f.Version), judgeTLS(f), judgeClock(f.Skew, f.SkewError))
	if f.ReadOnly {
		results = append(results, problem("read-only", "the database takes no changes", "name the one that does in --db, or: SET GLOBAL read_only = OFF;"))
	}
	if f.Access != mysql.Reached {
		return results
	}
	results = append(results, judgeGrants(f))
	if err != nil {
		return append(results, problem("tables", reason, "mend what the database says"))
	}
	results = append(results, judgeTables(f))
	if f.Writing != nil {
		results = append(results, problem("writing", fmt.Sprintf("the database refuses what a server does to save counts: %v", f.Writing), "mend what the database says"))
	}
	if f.Collation != "" {
		results = append(results, judgeNames(f))
	}
	return results
}

// release is a version in what a server says of itself.
var release = regexp.MustCompile(`(?:^|-)(\d+)\.(\d+)`)

func judgeVersion(version string) Result {
	const name = "version"
	const mend = "use MySQL 8 or newer, or MariaDB 10.6 or newer"
	kind, need := "MySQL", [2]int{8, 0}
	said := version
	if strings.Contains(version, "MariaDB") {
		kind, need = "MariaDB", [2]int{10, 6}
		said = strings.TrimPrefix(version, "5.5.5-") // which it says to old clients
	}
	m := release.FindStringSubmatch(said)
	switch {
	case m == nil:
		return warning(name, fmt.Sprintf("the database says that it is %q, which is not known here", version), mend)
	case strings.Contains(version, "TiDB"):
		return warning(name, version+" is not one that Clickky is tested with", mend)
	}
	major, _ := strconv.Atoi(m[1])
	minor, _ := strconv.Atoi(m[2])
	if slices.Compare([]int{major, minor}, need[:]) < 0 {
		return problem(name, fmt.Sprintf("%s is too old a %s", version, kind), mend)
	}
	if kind == "MySQL" {
		return ok(name, "MySQL %s", version)
	}
	return ok(name, "%s", said)
}

func judgeTLS(f mysql.Facts) Result {
	switch {
	case f.TLS != "":
		return ok("tls", "the connection has %s", f.TLS)
	case f.Remote:
		return warning("tls", "the connection to another machine is not encrypted",
			"add tls=true to the parameters of --db (tls=skip-verify for a certificate of its own), unless nobody else is on that network")
	}
	return ok("tls", "not used, and not needed on this machine")
}

const (
	// Of a clock that is further off the operator is warned, and then told that
	// it has to be mended. It counts by the database's clock how long a lease
	// lasts and by this machine's when players were seen.
	wrongClock     = time.Second
	veryWrongClock = 10 * time.Second
)

func judgeClock(skew, within time.Duration) Result {
	const name = "clock"
	const mend = "set the clocks of both machines by NTP: timedatectl set-ntp true"
	if skew > -time.Millisecond && skew < time.Millisecond {
		skew = 0
	}
	finding := fmt.Sprintf("the database's clock is %v ahead of this machine's", skew.Round(time.Millisecond))
	if skew < 0 {
		finding = fmt.Sprintf("the database's clock is %v behind this machine's", -skew.Round(time.Millisecond))
	}
	switch off := skew.Abs() - within; {
	case off > veryWrongClock:
		return problem(name, finding, mend)
	case off > wrongClock:
		return warning(name, finding, mend)
	}
	return ok(name, "%s", finding)
}

func judgeGrants(f mysql.Facts) Result {
	const name = "grants"
	missing := strings.Join(f.Missing, ", ")
	// Those that change the tables are not needed as long as nothing is to be
	// changed.
	onlyLater := f.Tables > 0 && f.Tables >= f.Current && !slices.ContainsFunc(f.Missing, func(p string) bool {
		return slices.Contains(mysql.ToPlay, p)
	})
	switch {
	case f.Unsure && missing == "":
		return warning(name, fmt.Sprintf("some of what %s may do was revoked, which is not judged here", f.User), "look with: SHOW GRANTS FOR "+f.User+";")
	case f.Unsure:
		return warning(name, fmt.Sprintf("%s may lack %s, unless a role or a grant on single tables gives it", f.User, missing), f.Grant(f.Missing))
	case missing != "" && onlyLater:
		return warning(name, fmt.Sprintf("%s lacks %s, which the next version of the tables may need", f.User, missing), f.Grant(f.Missing))
	case missing != "":
		return problem(name, fmt.Sprintf("%s lacks %s", f.User, missing), f.Grant(f.Missing))
	}
	return ok(name, "%s may do everything that is needed", f.User)
}

func judgeTables(f mysql.Facts) Result {
	if f.Unfit != nil {
		return problem("tables", f.Unfit.Error(), "do what that says, or give Clickky a database of its own")
	}
	if f.Tables == 0 && f.Collation != "" {
		return ok("tables", "those of the Node.js version, which the server takes over when it starts; make a copy first")
	}
	return judgeTableVersion(f.Tables, f.Current, f.Absent)
}

// judgeTableVersion is for both kinds of databases. Absent is what the tables lack.
func judgeTableVersion(have, current int64, absent []string) Result {
	const name = "tables"
	switch {
	case slices.Equal(absent, []string{"users.clickky_seen"}):
		return problem(name, absent[0]+" is gone", "start the server again: it adds the column")
	case len(absent) > 0:
		return problem(name, strings.Join(absent, ", ")+" is gone", "put it back from a copy of the database")
	case have == 0:
		return ok(name, "there are none yet; the server makes them")
	case have < current:
		return ok(name, "they are of version %d; the server brings them to %d when it starts", have, current)
	case have > current:
		return warning(name, fmt.Sprintf("they are of version %d, and this program knows %d", have, current), "use the newer Clickky that made them")
	}
	return ok(name, "they are of the current version, %d", have)
}

func judgeNames(f mysql.Facts) Result {
	const name = "names"
	switch {
	case f.Binary:
		return ok(name, "compared byte for byte (%s)", f.Collation)
	case f.Tables == 0:
		return ok(name, "compared by %s until the server takes the tables over", f.Collation)
	}
	return problem(name, fmt.Sprintf("users.username has the collation %s, which takes different players for one", f.Collation),
		"ALTER TABLE users MODIFY username VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL;")
}
