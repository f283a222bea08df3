package server

import (
	"context"
	"runtime/metrics"
	"slices"
	"time"

	"clickky/server/commands"
	"clickky/sync/live"
	"clickky/tui/admin"
)

// lookedBack is through how many of the newest acts it is looked for what has become
// of a name.
const lookedBack = 100

// sheet is all that is known of a player, whom the board had under a name not long
// ago. It takes a second at most.
func (s *Server) sheet(ctx context.Context, name string) admin.Sheet {
	sheet := admin.Sheet{Row: live.Row{Name: name}, Now: time.Now()}
	is, err := s.commands.Find(name)
	if err != nil || is.Name != name {
		name = s.nameSince(name)
		if is, err = s.commands.Find(name); err != nil || is.Name != name {
			return sheet
		}
	}
	sheet.Known, sheet.Row, sheet.Of = true, s.Live.RowOf(name), is.Of
	sheet.Day = s.Ledger.DayOf(name)
	for _, k := range s.Ledger.Keys(s.commands.LoginOf(name)) {
		sheet.Keys = append(sheet.Keys, admin.Key{Fingerprint: k.Fingerprint, Bound: k.Bound, Since: k.Since})
	}
	for _, is := range s.commands.SessionsAnywhere(ctx, name) {
		sheet.Sessions = append(sheet.Sessions, admin.Session{Server: is.Server, From: is.From, Terminal: is.Terminal, Since: is.Since})
	}
	slices.SortFunc(sheet.Sessions, func(a, b admin.Session) int { return a.Since.Compare(b.Since) })
	return sheet
}

// nameSince is what admins have made of a name lately.
func (s *Server) nameSince(name string) string {
	for _, r := range slices.Backward(s.Ledger.Audit(lookedBack, 0)) { // the oldest first
		if r.Before.Name == name && r.After.Name != "" {
			name = r.After.Name
		}
	}
	return name
}

// machine is the state of this process, and of the other servers as far as they are
// known. Reading it stops nobody.
func (s *Server) machine() admin.Machine {
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
	is := admin.Machine{Now: time.Now(), Memory: value(0) - min(value(1), value(0)), Goroutines: value(2)}
	servers := s.commands.Servers()
	for _, other := range servers {
		is.Servers = append(is.Servers, admin.Server{
			Name: other.Name, Version: other.Version, Here: other.Here, Players: other.Players, Lag: other.Lag,
			State: other.State, OK: other.State == commands.Up,
		})
	}
	is.Differ = commands.Differ(servers)
	return is
}
