package loadtest

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/dustin/go-humanize"
)

// Print writes the report for people.
func (r *Report) Print(to io.Writer) error {
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	line := func(label, format string, args ...any) {
		_, _ = fmt.Fprintf(w, label+"\t"+format+"\n", args...) // Flush tells of the error
	}
	line("players", "%s of %s connected; %s logins refused and retried, %s players never got in, %s lost",
		comma(r.Connected), comma(r.Players), comma(r.Refused), comma(r.Failed), comma(r.Lost))
	if r.Reason != "" {
		line("", "why the last of them never got in: %s", r.Reason)
	}
	line("logins", "%.0f a second", r.LoginsPerSecond)
	if r.Seconds > 0 {
		r.printPlay(line)
	}
	if r.Interrupted {
		line("", "interrupted; these are the results so far")
	}
	r.printServers(line)
	if err := w.Flush(); err != nil {
		return err
	}
	said := definitions
	if len(r.Servers) > 0 {
		said += definitionsOfSeveral
	}
	_, err := fmt.Fprint(to, said)
	return err
}

const definitions = `
A frame is one synchronized update. Own screen: from a press until the player's own count shows it. Other screens: until
they show a global count at least as high as the one on the player's own screen. Both include the time this client takes.
1 KB is 1,000 bytes.
`

const definitionsOfSeveral = `
Other screens are those on the server that took the press. Other servers: the same for a screen on another server, while
clickers press on one server at a time. Catching up: clickers on all servers stop at once; the time from the last press
until a screen on another server shows all clicks.
`

func (r *Report) printPlay(line func(label, format string, args ...any)) {
	line("played", "%.1f s; %s clickers at %g a second each, %s presses",
		r.Seconds, comma(r.Clickers), r.Rate, comma(r.Presses))
	r.Watching.print(line, "a watcher got")
	r.Clicking.print(line, "a clicker got")
	r.OwnScreen.print(line, "own screen", "presses")
	r.OtherScreens.print(line, "other screens", "sightings")
	r.OtherServers.print(line, "other servers", "sightings")
	r.CatchingUp.print(line, "catching up", "sightings")
	if len(r.Servers) > 0 && r.OtherServers == nil && r.Presses > 0 && !r.Interrupted {
		line("other servers", "not measured: the servers never showed the same count; do they share one game, without other players?")
	}
}

func (r *Received) print(line func(label, format string, args ...any), label string) {
	if r.Players == 0 {
		return
	}
	each := 0.0
	if r.Frames > 0 {
		each = float64(r.Bytes) / float64(r.Frames)
	}
	line(label, "%.1f frames a second, %.0f bytes a second, %.0f bytes a frame", r.FramesPerSecond, r.BytesPerSecond, each)
}

func (l *Latency) print(line func(label, format string, args ...any), label, what string) {
	if l == nil {
		return
	}
	line(label, "p50 %.1f ms, p99 %.1f ms, max %.1f ms of %s %s; %s never seen",
		l.P50, l.P99, l.Max, humanize.Comma(int64(l.Samples)), what, humanize.Comma(int64(l.Unseen))) //nolint:gosec // small
}

func (r *Report) printServers(line func(label, format string, args ...any)) {
	label := "server"
	if len(r.Servers) > 0 {
		label = "all servers"
	}
	r.Server.print(line, label)
	for i := range r.Servers {
		r.Servers[i].print(line)
	}
	if r.ClientCPU > 0 {
		line("this client", "CPU %.1f %% of a core", 100*r.ClientCPU)
	}
}

func (s *ServerReport) print(line func(label, format string, args ...any)) {
	line(s.Target, "%s connected, %.0f logins a second, %s refused, %s never got in, %s lost",
		comma(s.Connected), s.LoginsPerSecond, comma(s.Refused), comma(s.Failed), comma(s.Lost))
	s.Watching.print(line, "  a watcher got")
	s.Clicking.print(line, "  a clicker got")
	s.Use.print(line, "  server")
}

func (u *ServerUse) print(line func(label, format string, args ...any), label string) {
	if u == nil {
		line(label, "can't see the server's process from here")
		return
	}
	line(label, "CPU %.1f %% of a core, %.1f µs a frame, %.1f ms a login", 100*u.CPU, u.CPUPerFrame, u.CPUPerLogin/1000)
	line("", "memory %.0f MB, %.0f KB a player over the %.0f MB before", float64(u.RSS)/1e6, float64(u.RSSPerPlayer)/1e3, float64(u.EmptyRSS)/1e6)
}

func comma(n int) string { return humanize.Comma(int64(n)) }
