package main

import (
	"context"
	"errors"
	"fmt"
	"math"
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
	"clickky/sync/store/sqlite"
)

const (
	// quickTimeout bounds doctor --quick.
	quickTimeout = 3 * time.Second
	// doctorTimeout bounds all other checks together, and databaseTimeout those of the database, so
	// that the others have time left.
	doctorTimeout, databaseTimeout = 90 * time.Second, 30 * time.Second
	// natsTimeout bounds the checks of JetStream and the members after the check of the NATS
	// servers.
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
	ctx, cancel := context.WithTimeout(p.ctx, doctorTimeout)
	defer cancel()
	var r finding.Report
	c.examine(ctx, &r)
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
func (c *doctorCmd) quick(p *app) (err error) {
	if _, port, err := net.SplitHostPort(c.Listen); err != nil || port == "0" {
		return usageError{fmt.Errorf("--quick needs the server's address in --listen, not %s", c.Listen)}
	}
	ctx, cancel := context.WithTimeout(p.ctx, quickTimeout)
	defer cancel()
	f := c.server().Answers(ctx)
	switch {
	case c.JSON:
		var r finding.Report
		r.Add("answer", f)
		err = checkup.PrintJSON(p.stdout, r)
	case f.Severity == finding.OK:
		_, err = fmt.Fprintln(p.stdout, f.Text)
	}
	if f.Severity != finding.OK && err == nil {
		err = f.Err()
	}
	return err
}

func (c *doctorCmd) server() *checkup.Server {
	proxies, _ := c.trustedProxies() // Validate has checked it
	return &checkup.Server{Addr: c.Listen, KeyFiles: c.hostKeyFiles(), Proxied: proxies.Contains}
}

// examine runs all checks in the order in which a server needs their subjects.
func (c *doctorCmd) examine(ctx context.Context, r *finding.Report) {
	running := isInUse(c.Data)
	_, err := os.Stat(filepath.Join(c.Data, lockFile))
	played := err == nil // a server has used the directory
	r.Add("port", c.server().Address(ctx))
	for i, path := range c.hostKeyFiles() {
		// An old version may have created only the first one.
		r.Add("host-key", checkup.HostKey(path, played && (i == 0 || len(c.HostKey) > 0)))
	}
	checkup.DataDir(c.Data, running, r)
	webConns, pid := 0, 0
	if c.Web != "" {
		webConns = web.MaxConns
	}
	if _, port, err := net.SplitHostPort(c.Listen); err == nil && running {
		pid = loadtest.ListenerOn(net.JoinHostPort("127.0.0.1", port))
	}
	r.Add("descriptors", checkup.Descriptors(c.MaxPlayers, webConns, pid))
	r.Add("admins", c.admins())
	c.examineGame(ctx, running, r)
}

func (c *doctorCmd) admins() finding.Finding {
	admins, err := identity.ParseAdmins(c.Admin)
	switch {
	case err != nil:
		return finding.Problemf("correct the file or --admin", "%v", err)
	case len(c.Admin) == 0:
		return finding.OKf("none; add one with --admin")
	case len(admins.Skipped()) > 0:
		skipped := admins.Skipped()[0]
		return finding.Warnf("remove the options, or give --admin a file without that line",
			"admin keys: %d; %s, line %d is ignored, because it has options before the key", admins.Keys(), skipped.File, skipped.Line)
	}
	return finding.OKf("admin keys: %d", admins.Keys())
}

// examineGame checks the database, the journal, and whether they match.
func (c *doctorCmd) examineGame(ctx context.Context, running bool, r *finding.Report) {
	game := checkup.Game{Dir: filepath.Join(c.Data, embeddedJournal)}
	db, err := c.openUntouched()
	switch {
	case err == nil:
		defer func() { _ = db.Close() }() // nothing was written that closing could lose
		game.Dir = filepath.Join(c.Data, db.journal)
		examining, done := context.WithTimeout(ctx, databaseTimeout)
		defer done()
		game.State = db.examine(examining, r)
	case c.DB != "", errors.As(err, new(usageError)):
		r.Add("database", finding.Problemf("correct that flag, or the file it names", "%v", err))
		return
	default:
		var closed finding.Finding
		game.State, closed = sqlite.Closed(filepath.Join(c.Data, databaseFile), err)
		r.Add("database", closed)
	}
	examineLog := c.examineJournal
	if c.NATS != "" {
		game.Dir, examineLog = "", c.examineCluster
	}
	inUse := examineLog(ctx, running, &game, r)
	if err != nil || game.State == nil {
		return
	}
	if c.NATS == "" || game.Log != nil {
		r.Add("lease", game.Lease(inUse))
	}
	checkup.Rows(ctx, db, game.State.LeaseLeft > 0, r)
}

// examineJournal checks the journal in the data directory, and returns whether a server uses it.
func (c *doctorCmd) examineJournal(ctx context.Context, running bool, game *checkup.Game, r *finding.Report) bool {
	after := uint64(math.MaxUint64)
	if game.State != nil {
		after = game.State.Position
	}
	log, found := journal.ExamineDir(ctx, game.Dir, running, after)
	if !running && isInUse(c.Data) {
		running, log = true, nil
		found = finding.Skipf("a server started using it during the check; run clickky doctor again")
	}
	r.Add("journal", found)
	if game.Log = log; log != nil {
		r.Add("position", game.Position())
	}
	return running
}

// examineCluster checks the NATS servers, their journal and the game's servers, and returns whether
// there are any of these.
func (c *doctorCmd) examineCluster(ctx context.Context, running bool, game *checkup.Game, r *finding.Report) bool {
	config, _ := c.config() // Validate has checked it
	config.Name += ", doctor"
	conn := cluster.Examine(config, r)
	if conn == nil {
		return false
	}
	defer conn.Close()
	ctx, cancel := context.WithTimeout(ctx, natsTimeout)
	defer cancel()
	game.Log = journal.Examine(ctx, conn, r)
	r.Add("position", game.Position())
	keys, err := checkup.Fingerprints(c.hostKeyFiles())
	name, _ := c.name() // empty if the machine has no name
	return cluster.ExamineMembers(ctx, conn, cluster.Here{
		Name: name, Version: version(), Running: running,
		HostKey: strings.Join(keys, " "), KeyFiles: strings.Join(c.hostKeyFiles(), ", "), KeyErr: err,
	}, r)
}
