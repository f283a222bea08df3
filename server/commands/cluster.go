package commands

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"clickky/server/identity"
)

// Up is the State of a Server with which nothing is wrong.
const Up = "up"

// Server is a server of the game, as admins see it.
type Server struct {
	// Name is what people call it; no two have the same.
	Name string
	// Version is that of the program, and HostKey has the fingerprints of its
	// keys, with spaces between them.
	Version, HostKey string
	// Here tells that it is this one.
	Here bool
	// State is Up, or in a word or two what is wrong.
	State string
	// Players is how many different ones are connected to it, with so many Sessions.
	Players, Sessions int
	// Lag is how many events of the journal it is behind the others.
	Lag uint64
	// Unjournaled is how many clicks only its memory has.
	Unjournaled uint64
	// Skew is how far its clock is ahead of the one here.
	Skew time.Duration
	// Up is for how long it has been running.
	Up time.Duration
}

// Cluster is the servers of the game, as this one knows them. All but Sessions
// return at once. All are safe for concurrent use.
type Cluster interface {
	// Servers are all of them, by their names. The list must not be changed.
	Servers() []Server
	// On returns the names of the other servers that a player is connected to.
	On(player string) []string
	// Online returns the names of all players who are connected to other servers.
	Online() []string
	// Sessions returns the sessions that a player has on other servers. It asks
	// these, and waits for a second at most.
	Sessions(ctx context.Context, player string) []Session
}

// Servers are the servers of the game; none if there is no other and never will be.
func (c *Commands) Servers() []Server {
	if c.Cluster == nil {
		return nil
	}
	return c.Cluster.Servers()
}

// on is Cluster.On.
func (c *Commands) on(player string) []string {
	if c.Cluster == nil {
		return nil
	}
	return c.Cluster.On(player)
}

// SessionsAnywhere returns the sessions of a player on all servers. It takes a second
// at most.
func (c *Commands) SessionsAnywhere(ctx context.Context, name string) []Session {
	sessions := c.SessionsOf(name)
	if len(c.on(name)) > 0 {
		sessions = append(sessions, c.Cluster.Sessions(ctx, name)...)
	}
	return sessions
}

// Differ says in what servers differ that should be the same for all; empty: in
// nothing.
func Differ(servers []Server) string {
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

// listedServer is a server in JSON.
type listedServer struct {
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

func listServers(servers []Server) []listedServer {
	listed := make([]listedServer, len(servers))
	for i, s := range servers {
		listed[i] = listedServer{
			s.Name, s.Here, s.State, s.Version, s.HostKey, s.Players, s.Sessions, s.Lag, s.Unjournaled, s.Skew.Milliseconds(), int64(s.Up.Seconds()),
		}
	}
	return listed
}

// pairs are the lines about servers.
func serverPairs(servers []Server, admin bool) []pair {
	count := humanize.Comma(int64(len(servers)))
	if !admin {
		return []pair{{"servers", count}}
	}
	differ := Differ(servers)
	if differ != "" {
		count += ", with " + differ
	}
	pairs := []pair{{"servers", count}}
	for i := range servers {
		line := servers[i].line()
		if strings.HasSuffix(differ, "host keys") { // whose is which nobody should have to look up
			line += ", " + identity.Printable(servers[i].HostKey)
		}
		pairs = append(pairs, pair{"server", line})
	}
	return pairs
}

// line is all that is known of a server but for its key. Clicks that could be lost with
// it are told only while there are more than it has at any time.
func (s *Server) line() string {
	here, memory := "", ""
	if s.Here {
		here = " (this one)"
	}
	if s.State != Up && s.Unjournaled > 0 {
		memory = ", " + counted(s.Unjournaled, "click") + " in memory only"
	}
	return fmt.Sprintf("%s%s: %s, %s, %s, %s behind%s, clock %+d ms, running for %v, %s",
		identity.Printable(s.Name), here, s.State, counted(uint64(max(0, s.Players)), "player"), counted(uint64(max(0, s.Sessions)), "session"),
		counted(s.Lag, "event"), memory, s.Skew.Milliseconds(), s.Up.Truncate(time.Second), identity.Printable(s.Version))
}

// counted is a number of things.
func counted(n uint64, what string) string {
	if n != 1 {
		what += "s"
	}
	return commas(n) + " " + what
}

// onServers says on which other servers a player is.
func onServers(names []string) string {
	return "on " + identity.Printable(strings.Join(names, " and "))
}
