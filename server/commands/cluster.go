package commands

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"clickky/server/identity"
	"clickky/sync/game"
)

// Cluster knows the servers of the game. All methods except Sessions return at once. All are safe
// for concurrent use.
type Cluster interface {
	// Servers returns all servers, sorted by name. The list must not be modified.
	Servers() []game.Server
	// On returns the names of the other servers that a player is connected to.
	On(player string) []string
	// Online returns the names of all players connected to other servers.
	Online() []string
	// Sessions asks the other servers for a player's sessions. It takes at most a second.
	Sessions(ctx context.Context, player string) []game.SessionInfo
}

// Servers returns the servers of the game; none if this server runs alone.
func (c *Commands) Servers() []game.Server {
	if c.Cluster == nil {
		return nil
	}
	return c.Cluster.Servers()
}

// otherServers is Cluster.On.
func (c *Commands) otherServers(player string) []string {
	if c.Cluster == nil {
		return nil
	}
	return c.Cluster.On(player)
}

// SessionsAnywhere returns a player's sessions on all servers. It takes at most a second.
func (c *Commands) SessionsAnywhere(ctx context.Context, name string) []game.SessionInfo {
	sessions := c.SessionsOf(name)
	if len(c.otherServers(name)) > 0 {
		sessions = append(sessions, c.Cluster.Sessions(ctx, name)...)
	}
	return sessions
}

// serverJSON is a server in JSON.
type serverJSON struct {
	game.Server

	Skew int64 `json:"skew_ms"`
	Up   int64 `json:"up_seconds"`
}

func serversJSON(servers []game.Server) []serverJSON {
	listed := make([]serverJSON, len(servers))
	for i, s := range servers {
		listed[i] = serverJSON{s, s.Skew.Milliseconds(), int64(s.Up.Seconds())}
	}
	return listed
}

// serverPairs returns the lines about servers.
func serverPairs(servers []game.Server, admin bool) []pair {
	count := humanize.Comma(int64(len(servers)))
	if !admin {
		return []pair{{"servers", count}}
	}
	differ := game.ServerMismatch(servers)
	if differ != "" {
		count += ", with " + differ
	}
	pairs := []pair{{"servers", count}}
	for i := range servers {
		line := serverLine(&servers[i])
		if strings.HasSuffix(differ, "host keys") { // so that nobody has to look up which server has which
			line += ", " + identity.Printable(servers[i].HostKey)
		}
		pairs = append(pairs, pair{"server", line})
	}
	return pairs
}

// serverLine describes a server without its keys. It mentions clicks in memory only if something is
// wrong, since there always are some.
func serverLine(s *game.Server) string {
	here, memory := "", ""
	if s.Here {
		here = " (this one)"
	}
	if s.State != game.ServerUp && s.Unjournaled > 0 {
		memory = ", " + countNoun(s.Unjournaled, "click") + " in memory only"
	}
	return fmt.Sprintf("%s%s: %s, %s, %s, %s behind%s, clock %+d ms, running for %v, %s",
		identity.Printable(s.Name), here, s.State, countNoun(uint64(max(0, s.Players)), "player"), countNoun(uint64(max(0, s.Sessions)), "session"),
		countNoun(s.Lag, "event"), memory, s.Skew.Milliseconds(), s.Up.Truncate(time.Second), identity.Printable(s.Version))
}

// countNoun returns a number with its noun.
func countNoun(n uint64, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return commas(n) + " " + noun
}

// serversText says which other servers a player is on.
func serversText(names []string) string {
	return "on " + identity.Printable(strings.Join(names, " and "))
}
