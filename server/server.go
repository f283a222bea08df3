// Package server is the SSH server. It joins wish, which speaks SSH, with the screen
// (tui), the one-line commands (server/commands), the game (sync/ledger) and what screens
// see of it (sync/live). The life of a session is in session.go.
//
// It guarantees that
//   - every session is told when the server shuts down, and Shutdown waits for all of
//     them;
//   - nothing shared waits for a client;
//   - a session ends with a sentence when its name comes to belong to another key, and a
//     renamed player plays on under the new name;
//   - what an admin does on one server reaches the sessions on all servers.
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

// authTries lets players in whose agent holds many keys.
const authTries = 20

// Config is what a server needs. All fields but MakeHostKeys, Bans, AFK, Names, NoGuests,
// PublicLeaderboard, Proxies, Conns and Version are required.
type Config struct {
	// HostKeys are the paths of the private host keys, one of each kind. The first is
	// created if it doesn't exist. All are made readable by their owner only.
	HostKeys []string
	// MakeHostKeys creates all that don't exist. HostKeys are those of HostKeyFiles then.
	MakeHostKeys bool
	// Ledger is the game.
	Ledger *ledger.Ledger
	// Live is what screens see of the ledger.
	Live *live.Live
	// Admins are the operator's trusted keys.
	Admins *identity.Admins
	// Bans are the operator's.
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
	// Names is how many new names there may be.
	Names admission.NameConfig
	// AFK is how long a session may go without a key; 0: for ever.
	AFK time.Duration
	// Proxies are the load balancers that tell a client's address; nil: none.
	Proxies *admission.Proxies
	// Conns is how connections are admitted and watched.
	Conns admission.ConnConfig
	// Version is for the version command.
	Version string
	// Log is for the operator.
	Log *slog.Logger
}

// Server is a Clickky server. Make one with New.
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
	screens        *tui.Cache      // what all screens have in common
	frames         *terminal.Cache // and all frames
	traffic        *terminal.Traffic
	counters       counters
	logins         *sampledLog // of players who came
	refusals       *sampledLog

	closing chan struct{} // closed by Shutdown

	mu        sync.Mutex
	closed    bool // closing is closed
	listeners map[net.Listener]struct{}
	conns     map[net.Conn]struct{}
	present   map[*Session]struct{}
	// What Shutdown waits for; both grow only while not closed.
	connected sync.WaitGroup
	sessions  sync.WaitGroup
	// The keepalive of connections and the follower of admin actions, which run from the
	// first Serve until all connections have ended.
	background sync.WaitGroup
	ctx        context.Context // of background
	stop       context.CancelFunc
	start      sync.Once

	proxyTrouble, namesTrouble, codeTrouble rate.Sometimes // are told so often
}

// New returns a server. It creates the first host key if there is none.
func New(c Config) (*Server, error) {
	s := &Server{
		Config:         c,
		commands:       &commands.Commands{Ledger: c.Ledger, Live: c.Live, Codes: identity.NewCodes(), PublicLeaderboard: c.PublicLeaderboard, Version: c.Version, Started: time.Now()},
		rules:          identity.NewRules(c.Admins, c.NoGuests, keysOf(c.Ledger)),
		sessionLimiter: admission.NewSessionLimiter(c.MaxPlayers, c.MaxPerAddress),
		clickLimiter:   admission.NewClickLimiter(c.MaxRate),
		nameLimiter:    admission.NewNameLimiter(c.Names.WithSessions(c.MaxPerAddress)),
		connLimiter:    admission.NewConnLimiter(c.Conns),
		screens:        tui.NewCache(),
		frames:         terminal.NewCache(),
		traffic:        &terminal.Traffic{},
		logins:         newSampledLog(),
		refusals:       newSampledLog(),

		closing:   make(chan struct{}),
		listeners: make(map[net.Listener]struct{}),
		conns:     make(map[net.Conn]struct{}),
		present:   make(map[*Session]struct{}),

		proxyTrouble: rate.Sometimes{Interval: time.Minute},
		namesTrouble: rate.Sometimes{Interval: time.Minute},
		codeTrouble:  rate.Sometimes{Interval: time.Minute},
	}
	s.ctx, s.stop = context.WithCancel(context.Background())
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
	s.hostKeys, s.ssh.HostSigners = s.ssh.HostSigners, nil // each connection has its own, which count
	return s, nil
}

// JoinCluster sets the other servers of the game, and one-time codes that work on all of
// them. Call it before Serve.
func (s *Server) JoinCluster(others commands.Cluster, codes identity.Codes) {
	s.commands.Cluster, s.commands.Codes = others, codes
}

// configure sets what wish has no options for.
func (s *Server) configure(srv *ssh.Server) error {
	srv.HandshakeTimeout = s.connLimiter.LoginGraceTime()
	srv.ConnCallback = admission.Attach
	srv.ServerConfigCallback = func(ctx ssh.Context) *gossh.ServerConfig {
		config := &gossh.ServerConfig{MaxAuthTries: authTries}
		admission.TrackAuthentication(ctx, config)
		explainKeys(ctx, config)
		admission.LimitRekeying(ctx, config, s.hostKeys, s.rekeying)
		config.NoClientAuth, config.NoClientAuthCallback = true, s.explainLogin()
		return config
	}
	srv.ChannelHandlers = map[string]ssh.ChannelHandler{"session": admission.HandleSession, "default": admission.RejectChannel}
	srv.ConnectionFailedCallback = func(conn net.Conn, err error) {
		s.Log.Debug("connection failed", "from", conn.RemoteAddr().String(), "err", excerpt(err.Error()))
	}
	return nil
}

// keysOf returns a function that looks a name's keys up in the ledger.
func keysOf(l *ledger.Ledger) func(identity.Name) []identity.Key {
	return func(name identity.Name) []identity.Key {
		known := l.Keys(name.String())
		keys := make([]identity.Key, len(known))
		for i, k := range known {
			keys[i] = identity.Key{Fingerprint: identity.Fingerprint(k.Fingerprint), Bound: k.Bound}
		}
		return keys
	}
}
