// Package server is the SSH server. It connects wish, which speaks SSH, with the screen (tui),
// the commands (server/commands), the game (sync/ledger) and what screens see of it
// (sync/live). A session's steps are in session.go.
//
// It guarantees that every session learns when the server shuts down, and Shutdown waits for
// it; that nothing shared waits for a client; that a session ends with a sentence when another
// key gets its name, and a renamed player continues under the new name; and that an admin
// action on one server reaches the sessions on all servers.
package server

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"charm.land/ssh"
	"charm.land/wish/v2"
	gossh "golang.org/x/crypto/ssh"
	"golang.org/x/time/rate"

	"clickky/server/admission"
	"clickky/server/commands"
	"clickky/server/identity"
	"clickky/server/terminal"
	"clickky/sync/ledger"
	"clickky/sync/live"
	"clickky/tui"
)

// authTries is enough for players whose agent holds many keys.
const authTries = 20

// Config has a server's settings and dependencies. Its fields are required, except MakeHostKeys,
// Bans, AFK, Names, NoGuests, PublicLeaderboard, Proxies, Conns and Version.
type Config struct {
	// HostKeys are the paths of the private host keys, one of each type. New creates the
	// first if it doesn't exist, and makes all readable by their owner only.
	HostKeys []string
	// MakeHostKeys makes New create all that don't exist. HostKeys must be from HostKeyFiles.
	MakeHostKeys bool
	// Ledger is the game.
	Ledger *ledger.Ledger
	// Live is what screens see of the ledger.
	Live *live.Live
	// Admins are the operator's trusted keys.
	Admins *identity.Admins
	// Bans are the operator's bans.
	Bans *identity.Bans
	// NoGuests rejects players without a key.
	NoGuests bool
	// PublicLeaderboard opens the leaderboard to everybody.
	PublicLeaderboard bool
	// MaxRate is how many clicks a second one player can score.
	MaxRate int
	// MaxPlayers and MaxPerAddress cap the sessions, in all and for one
	// address.
	MaxPlayers, MaxPerAddress int
	// Names limits new names.
	Names admission.NameConfig
	// AFK is how long a session may last without a key press; 0: no limit.
	AFK time.Duration
	// Proxies are the load balancers that send a client's address; nil: none.
	Proxies *admission.Proxies
	// Conns limits connections.
	Conns admission.ConnConfig
	// Version is what the version command prints.
	Version string
	// Log is the operator's log.
	Log *slog.Logger
}

// Server is a Clickky server. Create one with New.
type Server struct {
	Config

	ssh            *ssh.Server
	hostKeys       []ssh.Signer
	commands       *commands.Commands
	rules          *identity.Rules
	bans           bans
	sessionLimiter *admission.SessionLimiter
	clickLimiter   *admission.ClickLimiter
	nameLimiter    *admission.NameLimiter
	connLimiter    *admission.ConnLimiter
	screens        *tui.Cache      // shared by all screens
	frames         *terminal.Cache // shared by all terminals
	traffic        *terminal.Traffic
	counters       counters
	logins         *sampledLog
	rejections     *sampledLog

	closing context.Context // ended by Shutdown, which holds mu
	close   context.CancelFunc

	mu       sync.Mutex
	conns    map[net.Conn]struct{}
	sessions map[*Session]struct{} // between register and unregister
	// Shutdown waits for both. They grow only while the server isn't closing.
	connsDone    sync.WaitGroup
	sessionsDone sync.WaitGroup
	// Goroutines for keepalive and followActions, from the first Serve until all connections
	// are closed.
	background       sync.WaitGroup
	ctx              context.Context // of background
	cancelBackground context.CancelFunc
	startBackground  sync.Once

	proxyWarnings, nameWarnings, codeWarnings rate.Sometimes
}

// New returns a server. It creates the first host key if it doesn't exist.
func New(c Config) (*Server, error) {
	s := &Server{
		Config:         c,
		commands:       &commands.Commands{Ledger: c.Ledger, Live: c.Live, Codes: identity.NewCodes(), PublicLeaderboard: c.PublicLeaderboard, Version: c.Version, Started: time.Now()},
		rules:          identity.NewRules(c.Admins, c.NoGuests, c.Ledger.Keys),
		sessionLimiter: admission.NewSessionLimiter(c.MaxPlayers, c.MaxPerAddress),
		clickLimiter:   admission.NewClickLimiter(c.MaxRate),
		nameLimiter:    admission.NewNameLimiter(c.Names, c.MaxPerAddress),
		connLimiter:    admission.NewConnLimiter(c.Conns),
		screens:        tui.NewCache(),
		frames:         terminal.NewCache(),
		traffic:        &terminal.Traffic{},
		logins:         newSampledLog(),
		rejections:     newSampledLog(),

		conns:    make(map[net.Conn]struct{}),
		sessions: make(map[*Session]struct{}),

		proxyWarnings: rate.Sometimes{Interval: time.Minute},
		nameWarnings:  rate.Sometimes{Interval: time.Minute},
		codeWarnings:  rate.Sometimes{Interval: time.Minute},
	}
	s.closing, s.close = context.WithCancel(context.Background())
	s.ctx, s.cancelBackground = context.WithCancel(context.Background())
	s.bans.ledger = c.Ledger
	s.bans.operator.Store(c.Bans)
	s.commands.Rules, s.commands.Sessions = s.rules, s.list
	var err error
	s.ssh, err = wish.NewServer(
		wish.WithVersion("Clickky"),
		withHostKeys(c.HostKeys, c.MakeHostKeys, c.Log),
		wish.WithPublicKeyAuth(s.acceptKey),
		wish.WithKeyboardInteractiveAuth(acceptWithoutKey),
		wish.WithPasswordAuth(acceptAnyPassword),
		wish.WithMiddleware(s.middlewares()...),
		s.configure,
	)
	if err != nil {
		return nil, fmt.Errorf("make the SSH server: %w", err)
	}
	s.hostKeys, s.ssh.HostSigners = s.ssh.HostSigners, nil // each connection has its own, which count key exchanges
	return s, nil
}

// JoinCluster sets the other servers of the game, and the one-time codes that work on all
// servers. Call it before Serve.
func (s *Server) JoinCluster(others commands.Cluster, codes identity.Codes) {
	s.commands.Cluster, s.commands.Codes = others, codes
}

// configure makes the settings for which wish has no options.
func (s *Server) configure(srv *ssh.Server) error {
	srv.HandshakeTimeout = s.connLimiter.LoginGraceTime()
	srv.ConnCallback = admission.Attach
	srv.ServerConfigCallback = func(ctx ssh.Context) *gossh.ServerConfig {
		config := &gossh.ServerConfig{MaxAuthTries: authTries}
		admission.ConnOf(ctx).Configure(config, s.hostKeys, s.logRekeying)
		explainKeys(ctx, config)
		config.NoClientAuth, config.NoClientAuthCallback = true, s.explainLogin()
		return config
	}
	srv.ChannelHandlers = map[string]ssh.ChannelHandler{"session": admission.HandleSession, "default": admission.RejectChannel}
	srv.ConnectionFailedCallback = func(conn net.Conn, err error) {
		s.Log.Debug("connection failed", "from", conn.RemoteAddr().String(), "err", excerpt(err.Error()))
	}
	return nil
}
