package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"sync"
	"syscall"
	"time"

	"clickky/server"
	"clickky/server/identity"
	"clickky/sync/flush"
	"clickky/sync/ledger"
)

const (
	// goodbye is how long sessions have to end by themselves.
	goodbye = 3 * time.Second
	// lastFlush is how long the last flush may take.
	lastFlush = 10 * time.Second
	// firstLoad is how long the start waits for the database before it
	// says that it goes on without.
	firstLoad = 3 * time.Second
	// gcPercent is for a process that has many players and makes little
	// garbage: collecting it earlier costs next to nothing, and leaves a player
	// a quarter less memory to take. GOGC says otherwise.
	gcPercent = 55
	// shortestFlush is the least time between two flushes.
	shortestFlush = 100 * time.Millisecond
)

// serveCmd is the server. Its flags are described in the README.
type serveCmd struct {
	databaseFlags
	clusterFlags
	frontFlags
	httpFlags

	Listen            string        `default:":2222" env:"CLICKKY_LISTEN" placeholder:"ADDR" help:"SSH address (${default})."`
	FlushEvery        time.Duration `default:"30s" env:"CLICKKY_FLUSH_EVERY" placeholder:"D" help:"How often counts go to the database (${default})."`
	Admin             []string      `sep:";" env:"CLICKKY_ADMIN" placeholder:"WHO" help:"An admin: a SHA256:… fingerprint, a public key, a file of keys, NAME= and any of these, or a NAME to keep. Repeatable; in the environment, separated by semicolons."`
	Ban               []string      `sep:";" env:"CLICKKY_BAN" placeholder:"WHO" help:"Somebody to keep out: a SHA256:… fingerprint, a public key, an address, a prefix as 192.0.2.0/24, or a file of these. Repeatable, as --admin."`
	PublicLeaderboard bool          `env:"CLICKKY_PUBLIC_LEADERBOARD" help:"Everyone may see the leaderboard."`
	NoGuests          bool          `env:"CLICKKY_NO_GUESTS" help:"Refuse players without a key."`
	MaxRate           int           `default:"20" env:"CLICKKY_MAX_RATE" placeholder:"N" help:"Clicks a second that one player can score (${default})."`
	MaxPlayers        int           `default:"10000" env:"CLICKKY_MAX_PLAYERS" placeholder:"N" help:"Most sessions in all (${default})."`
	MaxPerAddress     int           `default:"100" env:"CLICKKY_MAX_PER_ADDRESS" placeholder:"N" help:"Most sessions from one address (${default})."`
	AFK               time.Duration `name:"afk" env:"CLICKKY_AFK" placeholder:"D" help:"End a session in which nobody pressed a key for so long (off)."`
	LogFormat         string        `default:"text" enum:"text,json" env:"CLICKKY_LOG_FORMAT" placeholder:"FORMAT" help:"How the log is written: text or json (${default})."`
	LogLevel          slog.Level    `default:"info" env:"CLICKKY_LOG_LEVEL" placeholder:"LEVEL" help:"From which level on something is logged: debug, info, warn or error (${default})."`
}

// Validate implements kong's check.
func (c *serveCmd) Validate() error {
	switch {
	case c.FlushEvery < shortestFlush:
		return fmt.Errorf("--flush-every takes at least %v", shortestFlush)
	case c.MaxRate < 1:
		return errors.New("--max-rate takes at least 1")
	case c.MaxPlayers < 1:
		return errors.New("--max-players takes at least 1")
	case c.MaxPerAddress < 1:
		return errors.New("--max-per-address takes at least 1")
	case c.AFK < 0:
		return errors.New("--afk takes a time, or 0 for no limit")
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
	admins, bans, err := c.prepare()
	if err != nil {
		return err
	}
	proxies, err := c.proxies()
	if err != nil {
		return err
	}
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
	book, err := c.openJournal(p, filepath.Join(dir.path, db.journal), log)
	if err != nil {
		if p.ctx.Err() != nil { // it was told to stop while it waited
			return nil
		}
		return err
	}
	defer func() { err = errors.Join(err, book.close()) }()
	game := ledger.New()
	c.warnOfNewKey(log)
	srv, err := server.New(server.Config{
		HostKeys: c.hostKeys(dir), Ledger: game, Admins: admins, Bans: bans, NoGuests: c.NoGuests, PublicLeaderboard: c.PublicLeaderboard,
		MaxRate: c.MaxRate, MaxPlayers: c.MaxPlayers, MaxPerAddress: c.MaxPerAddress, AFK: c.AFK, Proxies: proxies, Log: log,
	})
	if err != nil {
		return err
	}
	m := newMetrics()
	kept, saved := m.measureJournal(book), m.measureStore(db.Store)
	m.MustRegister(reader{started: time.Now(), game: game, server: srv, journal: kept})
	stopHTTP, err := c.watch(p.ctx, watched{ending: p.ctx, game: game, store: db.Store, data: dir.path, hostKeys: c.hostKeys(dir)}, m, log)
	if err != nil {
		return err
	}
	defer stopHTTP()
	listeners, err := c.listeners(p.ctx)
	if err != nil {
		return err
	}
	defer reloadOn(hangUps, &reloader{process: p, admins: admins, trust: srv.Trust, level: level, log: log})()
	flusher := flush.New(game, kept, saved, c.FlushEvery, log)
	if book.conn != nil {
		flusher.Share(flush.Sharing{})
	}
	return c.play(p, game, flusher, srv, listeners, db.where, newSupervisor(log))
}

// prepare reads the files that the flags name. It leaves nothing behind when one is
// of no use, which is a usageError.
func (c *serveCmd) prepare() (*identity.Admins, *identity.Bans, error) {
	admins, err := identity.ParseAdmins(c.Admin)
	if err != nil {
		return nil, nil, usageError{err}
	}
	bans, err := identity.ParseBans(c.Ban)
	if err != nil {
		return nil, nil, usageError{err}
	}
	_, err = c.target()
	return admins, bans, err
}

// play runs the game until somebody stops it or it cannot go on.
func (c *serveCmd) play(p *process, game *ledger.Ledger, flusher *flush.Flusher, srv *server.Server,
	listeners []net.Listener, where string, supervisor *supervisor,
) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var running sync.WaitGroup
	failed := make(chan error, 1+len(listeners))
	running.Go(func() { game.Run(ctx) })
	running.Go(func() { failed <- flusher.Run(ctx) })

	var err error
	select {
	case <-game.Loaded():
	case <-time.After(firstLoad):
	case <-p.ctx.Done():
	case err = <-failed:
	}
	if err == nil && p.ctx.Err() == nil {
		c.greet(p, listeners, where, game)
		for _, l := range listeners {
			running.Go(func() { failed <- srv.Serve(l) })
		}
		supervisor.tell(sayReady, sayStatus+statusOf(game))
		running.Go(func() { supervisor.watch(ctx, game) })
		select {
		case <-p.ctx.Done():
		case err = <-failed:
		}
	}

	supervisor.tell(sayStopping, sayStatus+"Saving the last clicks.")
	polite, hurried := context.WithTimeout(p.hurry, goodbye)
	defer hurried()
	srv.Shutdown(polite)
	for _, l := range listeners {
		_ = l.Close() // in case the server never began to accept
	}
	cancel()
	running.Wait()
	last, late := context.WithTimeout(p.hurry, lastFlush)
	defer late()
	return errors.Join(err, flusher.Final(last))
}

// greet says how to play.
func (c *serveCmd) greet(p *process, listeners []net.Listener, where string, game *ledger.Ledger) {
	state := ""
	select {
	case <-game.Loaded():
	default:
		state = " (not reached yet; nobody can play until it is)"
	}
	data, err := filepath.Abs(c.Data)
	if err != nil {
		data = c.Data
	}
	at := listeners[0].Addr()
	_, _ = fmt.Fprintf(p.stdout, "Clickky is running.\n  listening on  %s\n", at)
	for _, l := range listeners[1:] {
		_, _ = fmt.Fprintf(p.stdout, "                %s\n", l.Addr())
	}
	_, _ = fmt.Fprintf(p.stdout, "  data in       %s\n  counts in     %s%s\n  play with     %s\n", data, where, state, sshCommand(at))
}

// sshCommand is what a player on this machine types.
func sshCommand(at net.Addr) string {
	host, port, err := net.SplitHostPort(at.String())
	if ip := net.ParseIP(host); err != nil || ip.IsUnspecified() || ip.IsLoopback() {
		host = "localhost"
	}
	name, err := identity.ParseName(os.Getenv("USER"))
	player := name.String()
	if err != nil || player == "root" {
		player = "alice"
	}
	if port == "22" {
		return fmt.Sprintf("ssh %s@%s", player, host)
	}
	return fmt.Sprintf("ssh -p %s %s@%s", port, player, host)
}

// listeners are the sockets that systemd has passed on, or else one of its own.
func (c *serveCmd) listeners(ctx context.Context) ([]net.Listener, error) {
	passed, err := inherited()
	if err != nil || len(passed) > 0 {
		return passed, err
	}
	own, err := listen(ctx, "--listen", c.Listen)
	return []net.Listener{own}, err
}

// listen says what to do when it cannot with the address of a flag.
func listen(ctx context.Context, flag, addr string) (net.Listener, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("address %s is taken by another program; choose another one, as in %s %s", addr, flag, anotherPort(addr))
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("listening on %s is not allowed for this user; choose a port above 1023 with %s", addr, flag)
	case err != nil:
		return nil, fmt.Errorf("listen: %w; give %s an address, HOST:PORT or :PORT", err, flag)
	}
	return l, nil
}

// anotherPort is the address with the next one.
func anotherPort(addr string) string {
	host, port, _ := net.SplitHostPort(addr)
	n, err := strconv.Atoi(port)
	if err != nil || n >= 65535 {
		n = 2221
	}
	return net.JoinHostPort(host, strconv.Itoa(n+1))
}

func (c *serveCmd) logger(p *process, level slog.Leveler) *slog.Logger {
	options := &slog.HandlerOptions{Level: level}
	var handler slog.Handler = slog.NewTextHandler(p.stderr, options)
	if c.LogFormat == "json" {
		handler = slog.NewJSONHandler(p.stderr, options)
	}
	return slog.New(handler)
}
