package main

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/nats-io/nats.go"

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

// instance is a server and its parts, in the order in which they are opened.
type instance struct {
	*serveCmd
	accessLists

	process  *app
	log      *slog.Logger
	level    *slog.LevelVar // of log
	db       *database
	game     *ledger.Ledger
	screens  *live.Live
	hostKeys []string // their files
	server   *server.Server
	metrics  *telemetry.Metrics
	startup  *telemetry.Startup
	conn     *nats.Conn // to NATS; nil if the journal is embedded
	flusher  *flush.Flusher
}

// Run implements the command: it opens everything in order of dependency, plays until the program is
// told to stop, and closes everything in reverse order.
func (c *serveCmd) Run(p *app) (err error) {
	s := &instance{serveCmd: c, process: p, level: new(slog.LevelVar)}
	s.level.Set(c.LogLevel)
	s.log = c.logger(p, s.level)
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	slog.SetDefault(s.log) // what libraries have to say takes the same form
	p.warnOfOpenFile(s.log)
	hangUps := make(chan os.Signal, 1) // signals that arrive while one is waiting are merged with it
	signal.Notify(hangUps, syscall.SIGHUP)
	defer signal.Stop(hangUps)
	if s.accessLists, err = c.readAccessLists(); err != nil {
		return err
	}
	warnOfSkippedKeys(s.log, s.admins)
	lock, err := lockDataDir(c.Data)
	if err != nil {
		return err
	}
	defer lock.Close()
	if s.db, err = c.open(s.log); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.db.Close()) }()
	return s.serve(hangUps)
}

// serve opens the rest and plays.
func (s *instance) serve(hangUps <-chan os.Signal) (err error) {
	s.game, s.startup = ledger.New(), &telemetry.Startup{Shared: s.NATS != ""}
	s.screens = live.New(s.game)
	if s.NoPresence {
		s.screens.HidePeople()
	}
	if err := s.newServer(); err != nil {
		return err
	}
	s.metrics = telemetry.NewMetrics()
	journal, counts := s.metrics.Journal(nil), s.metrics.Store(s.db.Store)
	s.metrics.MustRegister(telemetry.Reader{Version: version(), Started: time.Now(), Game: s.game, Live: s.screens, Server: s.server, Journal: journal, Startup: s.startup})
	// HTTP starts before the journal, so that it can report that the server waits for NATS.
	stopHTTP, err := s.startHTTP()
	if err != nil {
		return err
	}
	defer stopHTTP()
	sd := systemd.NewNotifier(s.log)
	if s.startup.Shared {
		sd.Notify(systemd.Status + "Waiting for NATS.")
	}
	events, err := s.openJournal()
	defer s.conn.Close() // does nothing if the journal is embedded
	if err != nil {
		if s.process.ctx.Err() != nil { // it was told to stop while it waited
			return nil
		}
		return err
	}
	defer func() { err = errors.Join(err, events.Close()) }()
	journal.Journal = events // nothing uses it before the game is open
	s.flusher = flush.New(s.game, journal, counts, s.FlushEvery, s.log)
	leave, err := s.join(events)
	if err != nil {
		return err
	}
	defer leave()
	listeners, err := s.listeners(s.process.ctx)
	if err != nil {
		return err
	}
	stopWeb, err := s.startWeb(listeners[0].Addr())
	if err != nil {
		return err
	}
	defer stopWeb()
	defer s.reloadOn(hangUps)()
	return s.play(listeners, sd)
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
func (s *instance) newServer() (err error) {
	s.warnOfNewKey(s.log)
	s.hostKeys = s.hostKeyFiles()
	s.server, err = server.New(server.Config{
		HostKeys: s.hostKeys, MakeHostKeys: len(s.HostKey) == 0 && s.NATS == "", Ledger: s.game, Live: s.screens, Admins: s.admins, Bans: s.bans, Proxies: s.proxies,
		NoGuests: s.NoGuests, PublicLeaderboard: s.PublicLeaderboard,
		MaxRate: s.MaxRate, MaxPlayers: s.MaxPlayers, MaxPerAddress: s.MaxPerAddress, AFK: s.AFK, Version: version(), Log: s.log,
	})
	return err
}

func (c *serveCmd) logger(p *app, level slog.Leveler) *slog.Logger {
	options := &slog.HandlerOptions{Level: level}
	var handler slog.Handler = slog.NewTextHandler(p.stderr, options)
	if c.LogFormat == "json" {
		handler = slog.NewJSONHandler(p.stderr, options)
	}
	return slog.New(handler)
}
