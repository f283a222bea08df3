package server

import (
	"context"
	"errors"
	"runtime/metrics"
	"slices"
	"sync"
	"time"

	"github.com/anmitsu/go-shlex"
	"golang.org/x/time/rate"

	"clickky/server/commands"
	"clickky/server/identity"
	"clickky/sync/live"
	"clickky/tui/admin"
)

// backendFor returns the data source of the player's dashboard; nil if the player is no admin. The
// screen calls it on goroutines of its own.
func (s *Session) backendFor(player identity.Player) *admin.Backend {
	if !player.Admin {
		return nil
	}
	return &admin.Backend{Status: s.server.status, Details: s.details, Run: s.run, WaitSecond: s.second}
}

// boardEvery is how long a screen waits between two leaderboards: a table costs more to
// draw than a frame of the game.
const boardEvery = 400 * time.Millisecond

// boardFor returns where the player sees the leaderboard; nil if that is not allowed.
func (s *Session) boardFor(player identity.Player) func() *live.Leaderboard {
	if !s.server.commands.MayList(player) {
		return nil
	}
	return paced(s.ctx, boardEvery, s.server.Live.Leaderboard)
}

// paced returns a function that calls look, but at most once in a while until ctx ends.
func paced[T any](ctx context.Context, every time.Duration, look func() T) func() T {
	turns := rate.NewLimiter(rate.Every(every), 1)
	return func() T {
		_ = turns.Wait(ctx) // at the end, look at once
		return look()
	}
}

// callGroup counts running calls, so that somebody can wait for them.
type callGroup struct {
	mu      sync.Mutex
	closed  bool
	running sync.WaitGroup // grows only while not closed
}

// begin reports whether a call may begin. Call running.Done at its end.
func (g *callGroup) begin() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.closed {
		g.running.Add(1)
	}
	return !g.closed
}

func (g *callGroup) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
}

// second returns after a second, or when the screen is over.
func (s *Session) second() {
	if !s.calls.begin() {
		return
	}
	defer s.calls.running.Done()
	timer := time.NewTimer(time.Second)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-s.ctx.Done():
	}
}

// details returns a player's details.
func (s *Session) details(name string) admin.Details {
	if !s.calls.begin() {
		return admin.Details{Row: live.Row{Name: name}}
	}
	defer s.calls.running.Done()
	return s.server.details(s.ctx, name)
}

// run runs a command line as if it had come over SSH, with the player's rights as they
// are now.
func (s *Session) run(line string, confirmed bool) admin.Output {
	if !s.calls.begin() {
		return admin.Output{}
	}
	defer s.calls.running.Done()
	player, err := s.server.reidentify(s.currentLogin(), s.key)
	if err != nil {
		return failed(err)
	}
	args, err := shlex.Split(line, true)
	if err != nil {
		return failed(errors.New("the command has an unmatched quotation mark or backslash"))
	}
	s.server.Log.Debug("command", "player", player.Name.String(), "line", excerpt(line))
	var out answer
	err = s.server.commands.RunInGame(s.ctx, player, args, confirmed, &out)
	var question commands.Question
	switch {
	case errors.As(err, &question):
		return admin.Output{Question: identity.Printable(string(question))}
	case err != nil:
		return failed(err)
	}
	return admin.Output{Lines: out.lines(), OK: true}
}

func failed(err error) admin.Output {
	return admin.Output{Lines: []string{identity.Printable(err.Error())}}
}

// lookedBack is how many of the newest admin actions are searched for a player's new name.
const lookedBack = 100

// details returns a player's details. The player may have been renamed a moment ago. It takes a
// second at most.
func (s *Server) details(ctx context.Context, name string) admin.Details {
	details := admin.Details{Row: live.Row{Name: name}, Now: time.Now()}
	standing, err := s.commands.Find(name)
	if err != nil || standing.Name != name {
		name = s.nameSince(name)
		if standing, err = s.commands.Find(name); err != nil || standing.Name != name {
			return details
		}
	}
	details.Exists, details.Row, details.Players = true, s.Live.Row(name), standing.Of
	details.Day = s.Ledger.Day(name)
	details.Keys = s.Ledger.Keys(s.commands.LoginOf(name))
	for _, standing := range s.commands.SessionsAnywhere(ctx, name) {
		details.Sessions = append(details.Sessions, admin.Session{Server: standing.Server, From: standing.From, Terminal: standing.Terminal, Since: standing.Since})
	}
	slices.SortFunc(details.Sessions, func(a, b admin.Session) int { return a.Since.Compare(b.Since) })
	return details
}

// nameSince returns the name that a player has after the latest admin actions.
func (s *Server) nameSince(name string) string {
	for _, r := range slices.Backward(s.Ledger.Audit(lookedBack, 0)) { // the oldest first
		if r.Before.Name == name && r.After.Name != "" {
			name = r.After.Name
		}
	}
	return name
}

// status returns the state of this process and of the other servers. It doesn't stop the
// world.
func (s *Server) status() admin.Status {
	samples := [...]metrics.Sample{
		{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}, {Name: "/sched/goroutines:goroutines"},
	}
	metrics.Read(samples[:])
	value := func(i int) uint64 {
		if samples[i].Value.Kind() != metrics.KindUint64 {
			return 0
		}
		return samples[i].Value.Uint64()
	}
	is := admin.Status{Now: time.Now(), Memory: value(0) - min(value(1), value(0)), Goroutines: value(2)}
	servers := s.commands.Servers()
	for _, other := range servers {
		is.Servers = append(is.Servers, admin.Server{
			Name: other.Name, Version: other.Version, Here: other.Here, Players: other.Players, Lag: other.Lag,
			State: other.State, OK: other.State == commands.Up,
		})
	}
	is.Mismatch = commands.Mismatch(servers)
	return is
}
