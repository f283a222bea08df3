package server

import (
	"context"
	"errors"
	"runtime/metrics"
	"slices"
	"time"

	"github.com/anmitsu/go-shlex"
	"golang.org/x/time/rate"

	"clickky/server/commands"
	"clickky/server/identity"
	"clickky/sync/game"
	"clickky/sync/live"
	"clickky/tui/admin"
)

// backendFor returns the data source of an admin's dashboard; nil for other players. The screen
// calls it on its own goroutines.
func (s *Session) backendFor(player identity.Player) *admin.Backend {
	if !player.Admin {
		return nil
	}
	return &admin.Backend{Status: s.server.status, Details: s.details, Run: s.run, WaitSecond: s.waitSecond}
}

// leaderboardInterval is the minimum time between two leaderboards on a screen, because a table
// costs more to draw than a frame of the game.
const leaderboardInterval = 400 * time.Millisecond

// leaderboardFor returns the source of the player's leaderboard; nil if the player may not see
// it.
func (s *Session) leaderboardFor(player identity.Player) func(days int) *live.Leaderboard {
	if !s.server.commands.MayList(player) {
		return nil
	}
	return rateLimited(s.ctx, leaderboardInterval, s.server.Live.DayLeaderboard)
}

// rateLimited returns a function that calls get, at most once per interval until ctx ends.
func rateLimited[T any](ctx context.Context, interval time.Duration, get func(days int) T) func(days int) T {
	limiter := rate.NewLimiter(rate.Every(interval), 1)
	return func(days int) T {
		_ = limiter.Wait(ctx) // returns at once when ctx has ended
		return get(days)
	}
}

// beginCall reports whether the dashboard may begin a call, which is so while the session is
// registered. If so, the caller calls calls.Done at its end, and unregister waits for that.
func (s *Session) beginCall() bool {
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	_, isRegistered := s.server.sessions[s]
	if isRegistered {
		s.calls.Add(1)
	}
	return isRegistered
}

// waitSecond returns after a second, or when the session ends.
func (s *Session) waitSecond() {
	if !s.beginCall() {
		return
	}
	defer s.calls.Done()
	timer := time.NewTimer(time.Second)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-s.ctx.Done():
	}
}

func (s *Session) details(name string) admin.Details {
	if !s.beginCall() {
		return admin.Details{Row: live.Row{Name: name}}
	}
	defer s.calls.Done()
	return s.server.details(s.ctx, name)
}

// run runs a command line like one that came over SSH, with the player's current rights.
func (s *Session) run(line string, confirmed bool) admin.Output {
	if !s.beginCall() {
		return admin.Output{}
	}
	defer s.calls.Done()
	player, err := s.server.reauthorize(s.currentLogin(), s.key)
	if err != nil {
		return failed(err)
	}
	args, err := shlex.Split(line, true)
	if err != nil {
		return failed(errors.New("the command has an unmatched quotation mark or backslash"))
	}
	s.server.Log.Debug("command", "player", player.Name.String(), "line", excerpt(line))
	var out output
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

// renameLookback is how many of the newest admin actions are searched for a player's new name.
const renameLookback = 100

// details returns a player's details, also if the player was renamed a moment ago. It takes at
// most a second.
func (s *Server) details(ctx context.Context, name string) admin.Details {
	details := admin.Details{Row: live.Row{Name: name}, Now: time.Now()}
	exists := func(name string) bool {
		standing, err := s.commands.Find(name)
		return err == nil && standing.Name == name
	}
	if !exists(name) {
		if name = s.nameAfterRenames(name); !exists(name) {
			return details
		}
	}
	details.Exists, details.Row = true, s.Live.Row(name)
	details.Last24Hours = s.Ledger.Last24Hours(name)
	details.Keys = s.Ledger.Keys(s.commands.LoginOf(name))
	details.Sessions = s.commands.SessionsAnywhere(ctx, name)
	slices.SortFunc(details.Sessions, func(a, b game.SessionInfo) int { return a.Since.Compare(b.Since) })
	return details
}

// nameAfterRenames returns the name that a player has after the latest admin actions.
func (s *Server) nameAfterRenames(name string) string {
	for _, r := range slices.Backward(s.Ledger.Audit(renameLookback, 0)) { // the oldest first
		if r.Before.Name == name && r.After.Name != "" {
			name = r.After.Name
		}
	}
	return name
}

// status returns the state of this process and of the game's servers. Reading it doesn't stop
// the process, as runtime.ReadMemStats would.
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
	return admin.Status{Now: time.Now(), Memory: value(0) - min(value(1), value(0)), Goroutines: value(2), Servers: s.commands.Servers()}
}
