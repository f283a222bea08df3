package main

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"clickky/cmd/clickky/systemd"
	"clickky/cmd/clickky/telemetry"
	"clickky/server"
	"clickky/server/admission"
	"clickky/server/identity"
	"clickky/server/monitor"
	"clickky/sync/flush"
	"clickky/sync/ledger"
	"clickky/sync/live"
)

const (
	// gcPercent suits a process with many players and little garbage: earlier collections cost
	// next to nothing and save a quarter of the memory of a player. GOGC overrides it.
	gcPercent = 45
	// shortestFlush is the minimum of --flush-every.
	shortestFlush = 100 * time.Millisecond
)

// serveCmd runs the server. docs/configuration.md describes its flags.
type serveCmd struct {
	databaseFlags
	clusterFlags
	memberFlags
	networkFlags
	httpFlags
	webFlags

	Listen            string        `default:":2222" env:"CLICKKY_LISTEN" placeholder:"ADDR" help:"SSH address to listen on (${default})."`
	FlushEvery        time.Duration `default:"30s" env:"CLICKKY_FLUSH_EVERY" placeholder:"D" help:"How often to save counts to the database (${default})."`
	Admin             []string      `sep:";" env:"CLICKKY_ADMIN" placeholder:"WHO" help:"An admin: a SHA256:… fingerprint, a public key, a file of public keys, or NAME= followed by one of these. A bare NAME reserves that name. Repeatable; in the environment, separated by semicolons."`
	Ban               []string      `sep:";" env:"CLICKKY_BAN" placeholder:"WHO" help:"Ban a SHA256:… fingerprint, a public key, an address, a prefix such as 192.0.2.0/24, or a file of these. An IPv6 address bans its /64; add /128 to ban only that address. Repeatable, like --admin."`
	PublicLeaderboard bool          `env:"CLICKKY_PUBLIC_LEADERBOARD" help:"Let everyone see the leaderboard."`
	NoGuests          bool          `env:"CLICKKY_NO_GUESTS" help:"Refuse players without a key."`
	NoPresence        bool          `env:"CLICKKY_NO_PRESENCE" help:"Don't show players who else is here, and name nobody in the news."`
	MaxRate           int           `default:"20" env:"CLICKKY_MAX_RATE" placeholder:"N" help:"Clicks per second that one player can score (${default})."`
	MaxPlayers        int           `default:"10000" env:"CLICKKY_MAX_PLAYERS" placeholder:"N" help:"Maximum number of sessions (${default})."`
	MaxPerAddress     int           `default:"100" env:"CLICKKY_MAX_PER_ADDRESS" placeholder:"N" help:"Maximum number of sessions from one address (${default})."`
	AFK               time.Duration `name:"afk" env:"CLICKKY_AFK" placeholder:"D" help:"End a session after this long without a key press (off)."`
	LogFormat         string        `default:"text" enum:"text,json" env:"CLICKKY_LOG_FORMAT" placeholder:"FORMAT" help:"Log format: text or json (${default})."`
	LogLevel          slog.Level    `default:"info" env:"CLICKKY_LOG_LEVEL" placeholder:"LEVEL" help:"Lowest level to log: debug, info, warn or error (${default})."`
}

// Validate implements kong's check.
func (c *serveCmd) Validate() error {
	switch {
	case c.FlushEvery < shortestFlush:
		return fmt.Errorf("--flush-every must be at least %v", shortestFlush)
	case c.MaxRate < 1:
		return errors.New("--max-rate must be at least 1")
	case c.MaxPlayers < 1:
		return errors.New("--max-players must be at least 1")
	case c.MaxPerAddress < 1:
		return errors.New("--max-per-address must be at least 1")
	case c.AFK < 0:
		return errors.New("--afk can't be negative; 0 means no limit")
	case c.Pprof != "" && !monitor.IsLoopback(c.Pprof):
		return fmt.Errorf("--pprof %s: profiles are for this machine only; use a loopback address such as 127.0.0.1:6060", c.Pprof)
	}
	if err := c.check(c.DB); err != nil {
		return err
	}
	if _, err := c.trustedProxies(); err != nil {
		return err
	}
	return c.checkWeb()
}

// resources are what a server has before its game starts.
type resources struct {
	accessLists

	dir     *dataDir
	db      *database
	log     *slog.Logger
	level   *slog.LevelVar // of log
	hangUps <-chan os.Signal
}

// Run implements the command: it opens everything in order of dependency, plays until the program is
// told to stop, and closes everything in reverse order.
func (c *serveCmd) Run(p *app) (err error) {
	r := resources{level: new(slog.LevelVar)}
	r.level.Set(c.LogLevel)
	r.log = c.logger(p, r.level)
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	slog.SetDefault(r.log) // what libraries have to say takes the same form
	p.warnOfOpenFile(r.log)
	hangUps, stop := catchHangUps()
	defer stop()
	r.hangUps = hangUps
	if r.accessLists, err = c.readAccessLists(); err != nil {
		return err
	}
	warnOfSkippedKeys(r.log, r.admins)
	if r.dir, err = openDataDir(c.Data); err != nil {
		return err
	}
	defer r.dir.close()
	if r.db, err = c.open(r.log); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.db.Close()) }()
	return c.serve(p, r)
}

// serve opens the rest and plays.
func (c *serveCmd) serve(p *app, r resources) (err error) {
	dir, db, log := r.dir, r.db, r.log
	game, start := ledger.New(), &telemetry.Startup{Shared: c.NATS != ""}
	screens := live.New(game)
	if c.NoPresence {
		screens.HidePeople()
	}
	srv, err := c.newServer(r.accessLists, dir, game, screens, log)
	if err != nil {
		return err
	}
	m := telemetry.NewMetrics()
	journal, counts := m.Journal(nil), m.Store(db.Store)
	m.MustRegister(telemetry.Reader{Version: version(), Started: time.Now(), Game: game, Live: screens, Server: srv, Journal: journal, Startup: start})
	// HTTP starts before the journal, so that it can report that the server waits for NATS.
	stopHTTP, err := c.startHTTP(p.ctx, telemetry.Checks{Ending: p.ctx, Game: game, Live: screens, Startup: start, Store: db.Store, DataDir: dir.path, HostKeys: c.hostKeys(dir, c.NATS != "")}, m, log)
	if err != nil {
		return err
	}
	defer stopHTTP()
	sd := systemd.NewNotifier(log)
	if start.Shared {
		sd.Notify(systemd.Status + "Waiting for NATS.")
	}
	events, err := c.openJournal(p, filepath.Join(dir.path, db.journal), start, log)
	if err != nil {
		if p.ctx.Err() != nil { // it was told to stop while it waited
			return nil
		}
		return err
	}
	defer func() { err = errors.Join(err, events.close()) }()
	journal.Journal = events // nothing uses it before the game is open
	flusher := flush.New(game, journal, counts, c.FlushEvery, log)
	leave, err := c.join(events, memberConfig{
		memberFlags: c.memberFlags, server: srv, game: game, live: screens, hostKeys: c.hostKeys(dir, c.NATS != ""), saved: flusher.OthersSaved, startup: start, log: log,
	}, flusher)
	if err != nil {
		return err
	}
	defer leave()
	listeners, err := c.listeners(p.ctx)
	if err != nil {
		return err
	}
	stopWeb, err := c.startWeb(p.ctx, listeners[0].Addr(), srv, game, screens, r.certificate, m, log)
	if err != nil {
		return err
	}
	defer stopWeb()
	defer reloadOn(r.hangUps, &reloader{process: p, admins: r.admins, trust: srv.Reload, certificate: r.certificate, level: r.level, log: log})()
	return c.play(p, game, screens, flusher, srv, listeners, db.where, sd)
}

// accessLists are the admins, bans and proxies that the flags and their files name, and the
// certificate of the web page.
type accessLists struct {
	admins      *identity.Admins
	bans        *identity.Bans
	proxies     *admission.Proxies
	certificate *certificate // nil: none
}

// readAccessLists reads the files that the flags name. An invalid file is a usageError.
func (c *serveCmd) readAccessLists() (lists accessLists, err error) {
	if lists.admins, err = identity.ParseAdmins(c.Admin); err != nil {
		return lists, usageError{err}
	}
	if lists.bans, err = identity.ParseBans(c.Ban); err != nil {
		return lists, usageError{err}
	}
	if lists.proxies, err = c.trustedProxies(); err != nil {
		return lists, usageError{err}
	}
	if lists.certificate, err = c.newCertificate(); err != nil {
		return lists, usageError{err}
	}
	_, err = c.target()
	return lists, err
}

// newServer creates the SSH server.
func (c *serveCmd) newServer(lists accessLists, dir *dataDir, game *ledger.Ledger, screens *live.Live, log *slog.Logger) (*server.Server, error) {
	c.warnOfNewKey(log)
	return server.New(server.Config{
		HostKeys: c.hostKeys(dir, c.NATS != ""), MakeHostKeys: len(c.HostKey) == 0 && c.NATS == "", Ledger: game, Live: screens, Admins: lists.admins, Bans: lists.bans, Proxies: lists.proxies,
		NoGuests: c.NoGuests, PublicLeaderboard: c.PublicLeaderboard,
		MaxRate: c.MaxRate, MaxPlayers: c.MaxPlayers, MaxPerAddress: c.MaxPerAddress, AFK: c.AFK, Version: version(), Log: log,
	})
}

func (c *serveCmd) logger(p *app, level slog.Leveler) *slog.Logger {
	options := &slog.HandlerOptions{Level: level}
	var handler slog.Handler = slog.NewTextHandler(p.stderr, options)
	if c.LogFormat == "json" {
		handler = slog.NewJSONHandler(p.stderr, options)
	}
	return slog.New(handler)
}
