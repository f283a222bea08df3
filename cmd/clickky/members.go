package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"clickky/cmd/clickky/checkup"
	"clickky/cmd/clickky/telemetry"
	"clickky/server"
	"clickky/server/commands"
	"clickky/server/identity"
	"clickky/sync/cluster"
	"clickky/sync/ledger"
	"clickky/sync/live"
)

// memberFlags describe this server to the others of its game.
type memberFlags struct {
	ServerName string `env:"CLICKKY_SERVER_NAME" placeholder:"NAME" help:"Name of this server, as admins see it (the host name)."`
}

// memberConfig is what a server needs to join the others of its game.
type memberConfig struct {
	memberFlags

	conn   *nats.Conn // stays open until leave has returned
	server *server.Server
	game   *ledger.Ledger
	live   *live.Live
	run    string // of the journal
	// hostKeys are the paths of the server's host keys.
	hostKeys []string
	// saved is called with the position up to which other servers have saved; may be nil.
	saved func(position uint64)
	// copies is on how many NATS servers one-time codes are kept; 0 means 1.
	copies  int
	startup *telemetry.Startup // gets the other servers; may be nil
	log     *slog.Logger
}

// joinCluster makes this server and the other servers of its game known to each other. Call it
// before the server accepts connections. Leave announces that this server stops, and waits for
// requests in progress; alone reports, before that, whether there certainly is no other server.
func joinCluster(m memberConfig) (leave func(), alone func() bool, err error) {
	name, err := m.name()
	if err != nil {
		return nil, nil, err
	}
	hostKeys, err := checkup.Fingerprints(m.hostKeys)
	if err != nil {
		return nil, nil, fmt.Errorf("read the host key: %w", err)
	}
	kept, err := cluster.NewCodes(m.conn, identity.CodeTTL, max(m.copies, 1))
	if err != nil {
		return nil, nil, err
	}
	present, err := cluster.Join(m.conn, cluster.Self{
		Run: m.run, Name: name, Version: version(), HostKey: strings.Join(hostKeys, " "), Started: time.Now(), Log: m.log,
		Report: m.report, Names: m.game.Online, Sessions: m.sessions, NamesChanged: m.live.UpdatePresence, PeerGone: m.live.RemoveServer, PeerSaved: m.saved,
	})
	if err != nil {
		return nil, nil, err
	}
	if m.startup != nil {
		m.startup.Joined(present)
	}
	m.server.JoinCluster(others{present}, sharedCodes{kept})
	return present.Leave, present.Alone, nil
}

// name returns the server's name: the flag's, or the host name.
func (f *memberFlags) name() (string, error) {
	if f.ServerName != "" {
		return f.ServerName, nil
	}
	name, err := os.Hostname()
	if err != nil {
		return "", fmt.Errorf("get the host name: %w; set one with --server-name", err)
	}
	return name, nil
}

func (m *memberConfig) report() cluster.Report {
	p := m.game.Status()
	return cluster.Report{
		Players: p.Online, Sessions: m.server.Sessions(), Applied: p.Position, Stored: p.StorePosition, Unjournaled: p.Unjournaled,
		JournalDown: p.JournalDown, StoreDown: p.StoreDown,
	}
}

func (m *memberConfig) sessions(player string) []cluster.SessionInfo {
	found := m.server.SessionsOf(player)
	sessions := make([]cluster.SessionInfo, len(found))
	for i, s := range found {
		sessions[i] = cluster.SessionInfo{From: s.From, Terminal: s.Terminal, Since: s.Since}
	}
	return sessions
}

// others gives the commands access to the other servers of the game.
type others struct{ *cluster.Presence }

// Servers implements commands.Cluster.
func (o others) Servers() []commands.Server {
	members := o.Members()
	servers := make([]commands.Server, len(members))
	for i, m := range members {
		servers[i] = commands.Server{
			Name: m.Name, Version: m.Version, HostKey: m.HostKey, Here: m.Here, State: m.State,
			Players: m.Players, Sessions: m.Sessions, Lag: m.Lag, Unjournaled: m.Unjournaled, Skew: m.Skew, Up: m.Up,
		}
	}
	return servers
}

// On implements commands.Cluster.
func (o others) On(player string) []string {
	var names []string
	for _, m := range o.Presence.On(player) {
		names = append(names, m.Name)
	}
	return names
}

// Online implements commands.Cluster.
func (o others) Online() []string { return o.Names() }

// Sessions implements commands.Cluster. It asks all servers concurrently.
func (o others) Sessions(ctx context.Context, player string) []commands.SessionInfo {
	on := o.Presence.On(player)
	answers := make([][]commands.SessionInfo, len(on))
	var asking sync.WaitGroup
	for i, m := range on {
		asking.Go(func() {
			found, err := o.SessionsOn(ctx, m.Run, player)
			if err != nil {
				answers[i] = []commands.SessionInfo{{Name: player, Server: m.Name}}
			}
			for _, s := range found { // none, if the last one has just ended
				answers[i] = append(answers[i], commands.SessionInfo{
					Name: player, Server: m.Name, From: cmp.Or(s.From, "somewhere"), Terminal: s.Terminal, Since: s.Since,
				})
			}
		})
	}
	asking.Wait()
	var all []commands.SessionInfo
	for _, a := range answers {
		all = append(all, a...)
	}
	return all
}

// sharedCodes are one-time codes that all servers accept.
type sharedCodes struct{ *cluster.Codes }

// New implements identity.Codes.
func (c sharedCodes) New(ctx context.Context, g identity.Grant) (string, error) {
	code, shown := identity.GenerateCode()
	return shown, c.Add(ctx, code, cluster.Grant{Name: g.Name.String(), By: string(g.By)})
}

// Redeem implements identity.Codes.
func (c sharedCodes) Redeem(ctx context.Context, code string) (identity.Grant, error) {
	g, err := c.Take(ctx, identity.NormalizeCode(code))
	if errors.Is(err, cluster.ErrNoCode) {
		return identity.Grant{}, identity.ErrBadCode
	} else if err != nil {
		return identity.Grant{}, err
	}
	name, err := identity.ParseName(g.Name)
	if err != nil {
		return identity.Grant{}, fmt.Errorf("use a code: %w", err)
	}
	return identity.Grant{Name: name, By: identity.Fingerprint(g.By)}, nil
}
