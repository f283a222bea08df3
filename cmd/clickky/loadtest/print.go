package loadtest

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/dustin/go-humanize"
)

// Print writes the report as text.
func (r *Report) Print(to io.Writer) error {
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	line := func(label, format string, args ...any) {
		_, _ = fmt.Fprintf(w, label+"\t"+format+"\n", args...) // Flush tells of the error
	}
	line("players", "%s of %s connected; %s logins refused and retried, %s players never got in, %s lost",
		comma(r.Connected), comma(r.Players), comma(r.Refused), comma(r.Failed), comma(r.Lost))
	if r.Reason != "" {
		line("", "last reason for not getting in: %s", r.Reason)
	}
	line("logins", "%.0f per second", r.LoginsPerSecond)
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
A frame is one synchronized update. Own screen: from a press until the player's own count shows it. Other screens: until they
show a global count at least as high as the player's own screen did after the press. Both include this client's own delay.
1 KB is 1,000 bytes.
`

const definitionsOfSeveral = `
Other screens are on the same server as the press. Other servers: the same on a screen of another server, while the clickers
of one server at a time press. Catching up: from the last press, when all clickers stop at once, until a screen of another
server shows all clicks.
`

func (r *Report) printPlay(line func(label, format string, args ...any)) {
	line("played", "%.1f s; %s clickers at %g per second each, %s presses",
		r.Seconds, comma(r.Clickers), r.Rate, comma(r.Presses))
	r.Watching.print(line, "a watcher got")
	r.Clicking.print(line, "a clicker got")
	r.OwnScreen.print(line, "own screen", "presses")
	r.OtherScreens.print(line, "other screens", "sightings")
	r.OtherServers.print(line, "other servers", "sightings")
	r.CatchingUp.print(line, "catching up", "sightings")
	if len(r.Servers) > 0 && r.OtherServers == nil && r.Presses > 0 && !r.Interrupted {
		line("other servers", "not measured, because the servers never showed the same count: check that they share one game, and that nobody else is playing")
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
	line(label, "%.1f frames per second, %.0f bytes per second, %.0f bytes per frame", r.FramesPerSecond, r.BytesPerSecond, each)
}

func (l *Latency) print(line func(label, format string, args ...any), label, what string) {
	if l == nil {
		return
	}
	line(label, "p50 %.1f ms, p99 %.1f ms, max %.1f ms of %s %s; %s never seen",
		l.P50, l.P99, l.Max, humanize.Comma(int64(l.Samples)), what, humanize.Comma(int64(l.Unseen)))
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
	line(s.Target, "%s connected, %.0f logins per second, %s refused, %s never got in, %s lost",
		comma(s.Connected), s.LoginsPerSecond, comma(s.Refused), comma(s.Failed), comma(s.Lost))
	s.Watching.print(line, "  a watcher got")
	s.Clicking.print(line, "  a clicker got")
	s.Use.print(line, "  server")
}

func (u *ServerUse) print(line func(label, format string, args ...any), label string) {
	if u == nil {
		line(label, "can't measure it, because its process isn't visible from here")
		return
	}
	line(label, "CPU %.1f %% of a core, %.1f µs per frame, %.1f ms per login", 100*u.CPU, u.CPUPerFrame, u.CPUPerLogin/1000)
	line("", "memory %.0f MB, %.0f KB per player on top of the initial %.0f MB", float64(u.RSS)/1e6, float64(u.RSSPerPlayer)/1e3, float64(u.EmptyRSS)/1e6)
}

func comma(n int) string { return humanize.Comma(int64(n)) }
