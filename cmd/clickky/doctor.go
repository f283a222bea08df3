package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"time"

	"clickky/cmd/clickky/checkup"
	"clickky/cmd/clickky/loadtest"
	"clickky/server/identity"
	"clickky/sync/finding"
	"clickky/sync/store"
	"clickky/sync/store/sqlite"
)

const (
	// quickTimeout is how long the quick look may take.
	quickTimeout = 3 * time.Second
	// doctorTimeout is how long the database may take, what waits in it, and the
	// journal, each.
	doctorTimeout = 30 * time.Second
)

// doctorCmd looks whether a server can run that has the same flags and variables,
// and says what needs mending. It changes nothing.
type doctorCmd struct {
	serveCmd

	Quick bool `help:"Only check that the server answers within 3 seconds (for health checks)."`
	JSON  bool `name:"json" help:"Print one JSON array."`
}

var errFindings = errors.New("doctor found problems; the fixes are above")

// Run implements the command. It fails when there is a problem.
func (c *doctorCmd) Run(p *app) error {
	if c.Quick {
		return c.quick(p)
	}
	r := c.examine(p.ctx)
	show := checkup.Print
	if c.JSON {
		show = checkup.PrintJSON
	}
	if err := show(p.stdout, r); err != nil {
		return err
	}
	if r.Count(finding.Problem) > 0 {
		return errFindings
	}
	return nil
}

// quick looks whether the server answers. What it says is one line, on standard
// error if that is no good news.
func (c *doctorCmd) quick(p *app) error {
	if _, port, err := net.SplitHostPort(c.Listen); err != nil || port == "0" {
		return usageError{fmt.Errorf("--quick needs the server's address in --listen, not %s", c.Listen)}
	}
	ctx, cancel := context.WithTimeout(p.ctx, quickTimeout)
	defer cancel()
	var r finding.Report
	c.server().Answers(ctx, &r)
	if c.JSON {
		if err := checkup.PrintJSON(p.stdout, r); err != nil {
			return err
		}
	}
	switch {
	case r[0].Severity != finding.OK:
		return fmt.Errorf("%s; %s", r[0].Text, r[0].Fix)
	case c.JSON:
		return nil
	}
	_, err := fmt.Fprintln(p.stdout, r[0].Text)
	return err
}

// hostKeyFiles are the private keys that the server has.
func (c *doctorCmd) hostKeyFiles() []string {
	return c.hostKeys(&dataDir{path: c.Data}, c.NATS != "")
}

// server is where the server is to answer, and how it is known.
func (c *doctorCmd) server() *checkup.Server {
	proxies, _ := c.trustedProxies() // Validate has done it
	return &checkup.Server{Addr: c.Listen, KeyFiles: c.hostKeyFiles(), Proxied: proxies.Contains}
}

// examine does all checks, in the order in which a server needs what they look at.
func (c *doctorCmd) examine(ctx context.Context) (r finding.Report) {
	running := isInUse(c.Data)
	c.server().Address(ctx, &r)
	for i, path := range c.hostKeyFiles() {
		// A version that made only the first one may have been played.
		checkup.HostKey(path, isPlayed(c.Data) && (i == 0 || len(c.HostKey) > 0), &r)
	}
	checkup.DataDir(c.Data, running, &r)
	checkup.Descriptors(c.MaxPlayers, c.pid(running), &r)
	c.admins(&r)
	return append(r, c.examineGame(ctx, running)...)
}

// isPlayed tells whether there has been a game in the directory.
func isPlayed(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, lockFile))
	return err == nil
}

// pid is the process of the server that runs, if it is visible.
func (c *doctorCmd) pid(running bool) int {
	_, port, err := net.SplitHostPort(c.Listen)
	if !running || err != nil {
		return 0
	}
	return loadtest.ListenerOn(net.JoinHostPort("127.0.0.1", port))
}

// admins reports whether the keys can be read that --admin names.
func (c *doctorCmd) admins(r *finding.Report) {
	const name = "admins"
	admins, err := identity.ParseAdmins(c.Admin)
	switch {
	case err != nil:
		r.Problem(name, "correct the file or --admin", "%v", err)
	case len(c.Admin) == 0:
		r.OK(name, "none; add one with --admin")
	case len(admins.Skipped()) > 0:
		skipped := admins.Skipped()[0]
		r.Warn(name, "remove the options, or give --admin a file without that line",
			"admin keys: %d; %s, line %d is ignored, because it has options before the key", admins.Keys(), skipped.File, skipped.Line)
	default:
		r.OK(name, "admin keys: %d", admins.Keys())
	}
}

// examineGame looks at the database and the journal.
func (c *doctorCmd) examineGame(ctx context.Context, running bool) []checkup.Finding {
	log := slog.New(slog.DiscardHandler)
	db, err := c.openUntouched(log)
	switch {
	case err != nil && (c.DB != "" || errors.As(err, new(usageError))):
		return []checkup.Finding{{Name: "database", Severity: checkup.Problem, Text: err.Error(), Fix: "correct that flag, or the file it names"}}
	case err != nil:
		var r finding.Report
		sqlite.ReportClosed(filepath.Join(c.Data, databaseFile), err, &r)
		var state *store.State
		if errors.Is(err, fs.ErrNotExist) {
			state = &store.State{} // what the one will have that the server makes
		}
		found, _ := c.examineJournal(ctx, embeddedJournal, running, state)
		return append(r, found...)
	}
	defer func() { _ = db.Close() }() // nothing was written
	results, state := examineDatabase(ctx, db)
	if c.NATS != "" {
		return c.examineShared(ctx, db, running, results, state)
	}
	found, id := c.examineJournal(ctx, db.journal, running, state)
	results = append(results, found...)
	if state == nil {
		return results
	}
	results = append(results, checkup.Lease(*state, running || isInUse(c.Data), id))
	return append(results, examineRows(ctx, db, state.LeaseLeft > 0)...)
}

// examineDatabase also returns the state of the database; nil: it is not known.
func examineDatabase(ctx context.Context, db *database) (r finding.Report, state *store.State) {
	ctx, cancel := context.WithTimeout(ctx, doctorTimeout)
	defer cancel()
	if s, ok := db.Store.(interface {
		Examine(context.Context, *finding.Report) *store.State
	}); ok {
		state = s.Examine(ctx, &r)
	}
	return r, state
}

// examineJournal also returns the identity of the journal, if it was found out.
func (c *doctorCmd) examineJournal(ctx context.Context, name string, running bool, state *store.State) ([]checkup.Finding, string) {
	ctx, cancel := context.WithTimeout(ctx, doctorTimeout)
	defer cancel()
	results, id := checkup.Journal(ctx, checkup.Log{Dir: filepath.Join(c.Data, name), Running: running}, state)
	if !running && isInUse(c.Data) {
		return []checkup.Finding{{Name: "journal", Severity: checkup.Skipped, Text: "a server started using it during the check; run clickky doctor again"}}, ""
	}
	return results, id
}

// examineRows looks at what waits in the database. Alive tells that a server is
// using it.
func examineRows(ctx context.Context, db *database, alive bool) []checkup.Finding {
	ctx, cancel := context.WithTimeout(ctx, doctorTimeout)
	defer cancel()
	rejected, err := db.Rejected(ctx)
	if err != nil && !errors.Is(err, store.ErrNoTables) {
		return []checkup.Finding{unreadable("set-aside", err)}
	}
	results := checkup.SetAside(rejected)
	waiting, err := db.Bindings(ctx)
	if err != nil && !errors.Is(err, store.ErrNoTables) {
		return append(results, unreadable("bindings", err))
	}
	return append(results, checkup.Bindings(waiting, alive))
}

func unreadable(name string, err error) checkup.Finding {
	return checkup.Finding{Name: name, Severity: checkup.Warning, Text: err.Error(), Fix: "fix what the database reports"}
}
