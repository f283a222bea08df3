package main

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"clickky/server"
	"clickky/server/gate"
	"clickky/server/identity"
	"clickky/server/monitor"
	"clickky/sync/flush"
	"clickky/sync/ledger"
	"clickky/sync/live"
)

const (
	// gcPercent is for a process that has many players and makes little
	// garbage: collecting it earlier costs next to nothing, and leaves a player
	// a quarter less memory to take. GOGC says otherwise.
	gcPercent = 55
	// shortestFlush is the least time between two flushes.
	shortestFlush = 100 * time.Millisecond
)

// serveCmd is the server. docs/configuration.md describes its flags.
type serveCmd struct {
	databaseFlags
	clusterFlags
	memberFlags
	frontFlags
	httpFlags

	Listen            string        `default:":2222" env:"CLICKKY_LISTEN" placeholder:"ADDR" help:"SSH address to listen on (${default})."`
	FlushEvery        time.Duration `default:"30s" env:"CLICKKY_FLUSH_EVERY" placeholder:"D" help:"How often to save counts to the database (${default})."`
	Admin             []string      `sep:";" env:"CLICKKY_ADMIN" placeholder:"WHO" help:"An admin: a SHA256:… fingerprint, a public key, a file of public keys, or NAME= followed by one of these. A bare NAME reserves that name. Repeatable; in the environment, separated by semicolons."`
	Ban               []string      `sep:";" env:"CLICKKY_BAN" placeholder:"WHO" help:"Ban a SHA256:… fingerprint, a public key, an address, a prefix such as 192.0.2.0/24, or a file of these. An IPv6 address bans its /64; add /128 to ban only that address. Repeatable, like --admin."`
	PublicLeaderboard bool          `env:"CLICKKY_PUBLIC_LEADERBOARD" help:"Let everyone see the leaderboard."`
	NoGuests          bool          `env:"CLICKKY_NO_GUESTS" help:"Refuse players without a key."`
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
	_, err := c.proxies()
	return err
}

// Run implements the command: it opens everything in the order in which one
// thing needs the other, plays until it is told to stop, and closes everything
// in the opposite order.
func (c *serveCmd) Run(p *process) (err error) {
	level := new(slog.LevelVar)
	level.Set(c.LogLevel)
	log := c.logger(p, level)
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	slog.SetDefault(log) // what libraries have to say takes the same form
	p.warnOfOpenFile(log)
	hangUps, stop := catchHangUps()
	defer stop()
	who, err := c.prepare()
	if err != nil {
		return err
	}
	warnOfSkippedKeys(log, who.admins)
	dir, err := openDataDir(c.Data)
	if err != nil {
		return err
	}
	defer dir.close()
	db, err := c.open(log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	game, at := ledger.New(), &stage{shared: c.NATS != ""}
	screens := live.New(game)
	srv, err := c.server(who, dir, game, screens, log)
	if err != nil {
		return err
	}
	m := newMetrics()
	kept, saved := m.measureJournal(nil), m.measureStore(db.Store)
	m.MustRegister(reader{started: time.Now(), game: game, live: screens, server: srv, journal: kept, at: at})
	// What waits for NATS, maybe for long, can be asked what it waits for.
	stopHTTP, err := c.watch(p.ctx, watched{ending: p.ctx, game: game, screens: screens, at: at, store: db.Store, data: dir.path, hostKeys: c.hostKeys(dir, c.NATS != "")}, m, log)
	if err != nil {
		return err
	}
	defer stopHTTP()
	supervisor := newSupervisor(log)
	if at.shared {
		supervisor.tell(sayStatus + "Waiting for NATS.")
	}
	book, err := c.openJournal(p, filepath.Join(dir.path, db.journal), at, log)
	if err != nil {
		if p.ctx.Err() != nil { // it was told to stop while it waited
			return nil
		}
		return err
	}
	defer func() { err = errors.Join(err, book.close()) }()
	kept.Journal = book // which nobody asks for anything before the game is open
	flusher := flush.New(game, kept, saved, c.FlushEvery, log)
	leave, err := c.join(book, membership{
		memberFlags: c.memberFlags, server: srv, game: game, live: screens, hostKeys: c.hostKeys(dir, c.NATS != ""), saved: flusher.OthersSaved, at: at, log: log,
	}, flusher)
	if err != nil {
		return err
	}
	defer leave()
	listeners, err := c.listeners(p.ctx)
	if err != nil {
		return err
	}
	defer reloadOn(hangUps, &reloader{process: p, admins: who.admins, trust: srv.Trust, level: level, log: log})()
	return c.play(p, game, screens, flusher, srv, listeners, db.where, supervisor)
}

// people are those whom the flags and the files that these name treat in a special way.
type people struct {
	admins  *identity.Admins
	bans    *identity.Bans
	proxies *gate.Proxies
}

// prepare reads the files that the flags name. It leaves nothing behind when one is
// of no use, which is a usageError.
func (c *serveCmd) prepare() (who people, err error) {
	if who.admins, err = identity.ParseAdmins(c.Admin); err != nil {
		return who, usageError{err}
	}
	if who.bans, err = identity.ParseBans(c.Ban); err != nil {
		return who, usageError{err}
	}
	if who.proxies, err = c.proxies(); err != nil {
		return who, usageError{err}
	}
	_, err = c.target()
	return who, err
}

// server makes the SSH server.
func (c *serveCmd) server(who people, dir *dataDir, game *ledger.Ledger, screens *live.Live, log *slog.Logger) (*server.Server, error) {
	c.warnOfNewKey(log)
	return server.New(server.Config{
		HostKeys: c.hostKeys(dir, c.NATS != ""), MakeHostKeys: len(c.HostKey) == 0 && c.NATS == "", Ledger: game, Live: screens, Admins: who.admins, Bans: who.bans, Proxies: who.proxies,
		NoGuests: c.NoGuests, PublicLeaderboard: c.PublicLeaderboard,
		MaxRate: c.MaxRate, MaxPlayers: c.MaxPlayers, MaxPerAddress: c.MaxPerAddress, AFK: c.AFK, Version: version(), Log: log,
	})
}

func (c *serveCmd) logger(p *process, level slog.Leveler) *slog.Logger {
	options := &slog.HandlerOptions{Level: level}
	var handler slog.Handler = slog.NewTextHandler(p.stderr, options)
	if c.LogFormat == "json" {
		handler = slog.NewJSONHandler(p.stderr, options)
	}
	return slog.New(handler)
}
