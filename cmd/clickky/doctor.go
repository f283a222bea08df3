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
	"strings"
	"time"

	"clickky/cmd/clickky/checkup"
	"clickky/cmd/clickky/loadtest"
	"clickky/server/identity"
	"clickky/server/web"
	"clickky/sync/cluster"
	"clickky/sync/finding"
	"clickky/sync/journal"
	"clickky/sync/store"
	"clickky/sync/store/sqlite"
)

const (
	// quickTimeout bounds doctor --quick.
	quickTimeout = 3 * time.Second
	// doctorTimeout bounds the checks of the database, of its rows, and of the journal,
	// each.
	doctorTimeout = 30 * time.Second
	// natsTimeout bounds connecting to NATS after the check of its servers, and the checks
	// of JetStream and the members, each.
	natsTimeout = 5 * time.Second
)

// doctorCmd checks whether a server with the same flags and variables can run, and prints the
// fixes for problems. It changes nothing.
type doctorCmd struct {
	serveCmd

	Quick bool `help:"Only check that the server answers within 3 seconds (for health checks)."`
	JSON  bool `name:"json" help:"Print one JSON array."`
}

var errFindings = errors.New("doctor found problems; the fixes are above")

// Run implements the command. It fails if there is a problem.
func (c *doctorCmd) Run(p *app) error {
	if c.Quick {
		return c.quick(p)
	}
	var r finding.Report
	c.examine(p.ctx, &r)
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

// quick checks only that the server answers. It prints one line, on standard error if there is
// a problem.
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

// hostKeyFiles returns the paths of the server's private host keys.
func (c *doctorCmd) hostKeyFiles() []string {
	return c.hostKeys(&dataDir{path: c.Data}, c.NATS != "")
}

// server returns the server to check.
func (c *doctorCmd) server() *checkup.Server {
	proxies, _ := c.trustedProxies() // Validate has checked it
	return &checkup.Server{Addr: c.Listen, KeyFiles: c.hostKeyFiles(), Proxied: proxies.Contains}
}

// examine runs all checks in the order in which a server needs their subjects.
func (c *doctorCmd) examine(ctx context.Context, r *finding.Report) {
	running := isInUse(c.Data)
	_, err := os.Stat(filepath.Join(c.Data, lockFile))
	played := err == nil // a server has used the directory
	c.server().Address(ctx, r)
	for i, path := range c.hostKeyFiles() {
		// An old version may have created only the first one.
		checkup.HostKey(path, played && (i == 0 || len(c.HostKey) > 0), r)
	}
	checkup.DataDir(c.Data, running, r)
	webConns := 0
	if c.Web != "" {
		webConns = web.MaxConns
	}
	checkup.Descriptors(c.MaxPlayers, webConns, c.pid(running), r)
	c.admins(r)
	c.examineGame(ctx, running, r)
}

// pid returns the process ID of the running server; 0 if unknown.
func (c *doctorCmd) pid(running bool) int {
	_, port, err := net.SplitHostPort(c.Listen)
	if !running || err != nil {
		return 0
	}
	return loadtest.ListenerOn(net.JoinHostPort("127.0.0.1", port))
}

// admins reports whether the keys in --admin can be read.
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

// examineGame checks the database and the journal.
func (c *doctorCmd) examineGame(ctx context.Context, running bool, r *finding.Report) {
	db, err := c.openUntouched(slog.New(slog.DiscardHandler))
	game := checkup.Game{Dir: filepath.Join(c.Data, embeddedJournal)}
	switch {
	case err != nil && (c.DB != "" || errors.As(err, new(usageError))):
		r.Problem("database", "correct that flag, or the file it names", "%v", err)
		return
	case err != nil:
		sqlite.ReportClosed(filepath.Join(c.Data, databaseFile), err, r)
		if errors.Is(err, fs.ErrNotExist) {
			game.State = &store.State{} // that of the database that the server will create
		}
		c.examineJournal(ctx, running, &game, r)
		return
	}
	defer func() { _ = db.Close() }() // nothing was written that closing could lose
	examining, cancel := context.WithTimeout(ctx, doctorTimeout)
	defer cancel()
	game.State = db.examine(examining, r)
	servers := 0
	if c.NATS != "" {
		game.Dir = ""
		servers = c.examineCluster(ctx, running, &game, r)
	} else {
		game.Dir = filepath.Join(c.Data, db.journal)
		c.examineJournal(ctx, running, &game, r)
		if running || isInUse(c.Data) {
			servers = 1
		}
	}
	if game.State == nil {
		return
	}
	if c.NATS == "" || game.Log != nil {
		game.Lease(servers, r)
	}
	examineRows(ctx, db, game.State.LeaseLeft > 0, r)
}

// examineJournal checks the journal in the data directory.
func (c *doctorCmd) examineJournal(ctx context.Context, running bool, game *checkup.Game, r *finding.Report) {
	ctx, cancel := context.WithTimeout(ctx, doctorTimeout)
	defer cancel()
	var found finding.Report
	if game.Log = journal.ExamineDir(ctx, game.Dir, running, game.From, &found); game.Log != nil {
		game.Position(&found)
	}
	if !running && isInUse(c.Data) {
		game.Log, found = nil, nil
		found.Skip("journal", "a server started using it during the check; run clickky doctor again")
	}
	*r = append(*r, found...)
}

// examineCluster checks the NATS servers, their journal and the game's servers, and returns how
// many of the game's servers there are.
func (c *doctorCmd) examineCluster(ctx context.Context, running bool, game *checkup.Game, r *finding.Report) int {
	config, err := c.config()
	if err != nil { // a file has changed since Validate
		r.Problem("nats", "correct the file", "%v", err)
		return 0
	}
	config.Name += ", doctor"
	if !cluster.Examine(config, r) {
		return 0
	}
	dialling, cancel := context.WithTimeout(ctx, natsTimeout)
	defer cancel()
	conn, err := cluster.Dial(dialling, config, slog.New(slog.DiscardHandler))
	if err != nil {
		r.Problem("nats", "fix what NATS reports", "%v", err)
		return 0
	}
	defer conn.Close()
	asking, cancel := context.WithTimeout(ctx, natsTimeout)
	defer cancel()
	game.Log = journal.Examine(asking, conn, r)
	game.Position(r)
	keys, err := checkup.Fingerprints(c.hostKeyFiles())
	here := cluster.Here{
		Name: "?", Version: version(), Running: running,
		HostKey: strings.Join(keys, " "), KeyFiles: strings.Join(c.hostKeyFiles(), ", "), KeyErr: err,
	}
	if name, err := c.name(); err == nil {
		here.Name = name
	}
	return cluster.ExamineMembers(ctx, conn, here, r)
}

// examineRows checks the rejected counts and the pending bindings in the database. Alive says
// that a server uses the database.
func examineRows(ctx context.Context, db *database, alive bool, r *finding.Report) {
	ctx, cancel := context.WithTimeout(ctx, doctorTimeout)
	defer cancel()
	const fix = "fix what the database reports"
	rejected, err := db.Rejected(ctx)
	if err != nil && !errors.Is(err, store.ErrNoTables) {
		r.Warn("set-aside", fix, "%v", err)
		return
	}
	checkup.SetAside(rejected, r)
	waiting, err := db.Bindings(ctx)
	if err != nil && !errors.Is(err, store.ErrNoTables) {
		r.Warn("bindings", fix, "%v", err)
		return
	}
	checkup.Bindings(waiting, alive, r)
}
