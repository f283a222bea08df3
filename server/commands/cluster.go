package commands

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"clickky/server/identity"
)

// Up is the State of a Server without a problem.
const Up = "up"

// Server is a server of the game, as admins see it.
type Server struct {
	// Name is the server's unique name.
	Name string
	// Version is the program's version, and HostKey the fingerprints of the host keys, separated by
	// spaces.
	Version, HostKey string
	// Here is true for this server.
	Here bool
	// State is Up, or the problem in a word or two.
	State string
	// Players is the number of players connected to it, and Sessions the number of their sessions.
	Players, Sessions int
	// Lag is how many journal events it is behind the others.
	Lag uint64
	// Unjournaled is how many clicks are only in its memory.
	Unjournaled uint64
	// Skew is how far its clock is ahead of this server's.
	Skew time.Duration
	// Up is how long it has been running.
	Up time.Duration
}

// Cluster knows the servers of the game. All methods except Sessions return at once. All are safe
// for concurrent use.
type Cluster interface {
	// Servers returns all servers, sorted by name. The list must not be modified.
	Servers() []Server
	// On returns the names of the other servers that a player is connected to.
	On(player string) []string
	// Online returns the names of all players connected to other servers.
	Online() []string
	// Sessions asks the other servers for a player's sessions. It takes at most a second.
	Sessions(ctx context.Context, player string) []SessionInfo
}

// Servers returns the servers of the game; none if this server runs alone.
func (c *Commands) Servers() []Server {
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
func (c *Commands) SessionsAnywhere(ctx context.Context, name string) []SessionInfo {
	sessions := c.SessionsOf(name)
	if len(c.otherServers(name)) > 0 {
		sessions = append(sessions, c.Cluster.Sessions(ctx, name)...)
	}
	return sessions
}

// Mismatch says what differs between servers although it should be equal; empty if nothing does.
func Mismatch(servers []Server) string {
	var version, key bool
	for i := range servers {
		version = version || servers[i].Version != servers[0].Version
		key = key || servers[i].HostKey != servers[0].HostKey
	}
	switch {
	case version && key:
		return "different versions and host keys"
	case version:
		return "different versions"
	case key:
		return "different host keys"
	}
	return ""
}

// serverJSON is a server in JSON.
type serverJSON struct {
	Name     string `json:"name"`
	Here     bool   `json:"here"`
	State    string `json:"state"`
	Version  string `json:"version"`
	HostKey  string `json:"host_key"`
	Players  int    `json:"players"`
	Sessions int    `json:"sessions"`
	Lag      uint64 `json:"lag"`
	InMemory uint64 `json:"in_memory"`
	Skew     int64  `json:"skew_ms"`
	Up       int64  `json:"up_seconds"`
}

func serversJSON(servers []Server) []serverJSON {
	listed := make([]serverJSON, len(servers))
	for i, s := range servers {
		listed[i] = serverJSON{
			s.Name, s.Here, s.State, s.Version, s.HostKey, s.Players, s.Sessions, s.Lag, s.Unjournaled, s.Skew.Milliseconds(), int64(s.Up.Seconds()),
		}
	}
	return listed
}

// serverPairs returns the lines about servers.
func serverPairs(servers []Server, admin bool) []pair {
	count := humanize.Comma(int64(len(servers)))
	if !admin {
		return []pair{{"servers", count}}
	}
	differ := Mismatch(servers)
	if differ != "" {
		count += ", with " + differ
	}
	pairs := []pair{{"servers", count}}
	for i := range servers {
		line := servers[i].line()
		if strings.HasSuffix(differ, "host keys") { // so that nobody has to look up which server has which
			line += ", " + identity.Printable(servers[i].HostKey)
		}
		pairs = append(pairs, pair{"server", line})
	}
	return pairs
}

// line describes a server without its keys. It mentions clicks in memory only if something is
// wrong, since there always are some.
func (s *Server) line() string {
	here, memory := "", ""
	if s.Here {
		here = " (this one)"
	}
	if s.State != Up && s.Unjournaled > 0 {
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
