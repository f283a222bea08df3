// Command scaling says how far a game of several servers goes on this machine.
//
// It simulates servers and players in virtual time, over the real ledger and the
// real events of the journal: every server's players click on its ledger and it makes
// its event every tenth of a second; a few of the servers, which have everybody in
// their ledgers, decode and fold the events of all. At the end these are compared with
// what really happened. One seed always gives the same game; what it costs is
// processor time of this process, with that of the garbage collector.
//
// Beside that it measures for real what has no virtual time: appending to a log and
// reading it, on NATS servers in processes of their own; saving counts and opening a
// game, with SQLite; what the servers tell each other about themselves. From all of it
// follows which resource is used up first, and at how many servers.
//
// It is a tool for developers. Nothing that it makes is left behind, and it talks to
// nobody but itself, on loopback.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"clickky/sync/journal"
)

// process is what a command gets from the operating system.
type process struct {
	ctx    context.Context //nolint:containedctx // lives as long as the process
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
}

// cli is the command line.
type cli struct {
	Measure measureCmd `cmd:"" default:"withargs" help:"Simulate and measure. This is what scaling does without a command."`
	Node    nodeCmd    `cmd:"" hidden:"" help:"Run a NATS server to measure."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	p := &process{ctx: ctx, stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr}
	parsed := kong.Parse(&cli{}, kong.Name("scaling"), kong.Description("Measure how far a game with several servers scales on this machine."))
	err := parsed.Run(p)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "scaling:", err)
		os.Exit(1)
	}
}

// The parts of a measurement.
const (
	partGame       = "game"
	partPartitions = "partitions"
	partMemory     = "memory"
	partStream     = "stream"
	partJoin       = "join"
	partPresence   = "presence"
)

// measureCmd is the whole measurement.
type measureCmd struct {
	Servers    []int         `default:"3,30,300" help:"How many servers to simulate (${default})."`
	Players    []int         `default:"1000,3300" help:"How many players each server has (${default})."`
	Clickers   float64       `default:"0.1" help:"The share of players who click; the others watch (${default})."`
	Rate       float64       `default:"5" help:"Clicks per second of each clicker (${default})."`
	For        time.Duration `default:"10s" help:"Simulated duration of each game (${default})."`
	Full       int           `default:"3" help:"How many of the servers apply everybody's events (${default})."`
	Seed       uint64        `default:"1" help:"Random seed for who clicks when (${default})."`
	Partitions []int         `default:"10,30,100" help:"How many logs to divide the largest of these games into (${default})."`
	Real       time.Duration `default:"5s" help:"How long to run the measurements that need real time (${default})."`
	OnNATS     []int         `name:"on-nats" default:"3,30,60" help:"How many servers to run on a real NATS (${default})."`
	Crowd      int           `default:"1000000" help:"How many players the game has when a server joins it (${default})."`
	Only       []string      `enum:"game,partitions,memory,stream,join,presence" default:"game,partitions,memory,stream,join,presence" help:"What to measure (${default})."`
	JSON       bool          `name:"json" help:"Print one JSON object."`
}

// Validate implements kong's check.
func (c *measureCmd) Validate() error {
	for what, ns := range map[string][]int{
		"--servers": c.Servers, "--players": c.Players, "--partitions": c.Partitions, "--on-nats": c.OnNATS,
		"--full": {c.Full}, "--crowd": {c.Crowd},
	} {
		if len(ns) == 0 || slices.Min(ns) < 1 {
			return fmt.Errorf("%s must be a list of numbers from 1", what)
		}
	}
	switch {
	case !(c.Clickers > 0 && c.Clickers <= 1):
		return errors.New("--clickers must be more than 0 and at most 1")
	case !(c.Rate > 0 && c.Rate <= 1000):
		return errors.New("--rate must be more than 0 and at most 1000")
	case c.For < time.Second || c.Real < time.Second:
		return errors.New("--for and --real must be at least a second")
	case slices.Contains(c.Only, partPartitions) && slices.Max(c.Partitions) > slices.Max(c.Servers):
		return errors.New("--partitions can't be more than the number of servers")
	}
	return nil
}

// report is all that was found out.
type report struct {
	Machine    machine      `json:"machine"`
	Games      []*played    `json:"games,omitempty"`
	Partitions []*played    `json:"partitions,omitempty"`
	Memory     []remembered `json:"memory,omitempty"`
	Streams    []*streamed  `json:"streams,omitempty"`
	Join       *joined      `json:"join,omitempty"`
	Presence   []*present   `json:"presence,omitempty"`
	Limits     []limit      `json:"limits,omitempty"`
}

// machine is where.
type machine struct {
	Cores  int    `json:"cores"`
	Go     string `json:"go"`
	Before string `json:"load_before"`
	After  string `json:"load_after"`
}

// load is the machine's load average; empty where it does not say.
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return ""
	}
	fields := strings.Fields(string(text))
	return strings.Join(fields[:min(3, len(fields))], " ")
}

// Run implements the command.
func (c *measureCmd) Run(p *process) error {
	r := &report{Machine: machine{Cores: runtime.NumCPU(), Go: runtime.Version(), Before: load()}}
	// Memory first: later on the heap has been stretched.
	for _, part := range []struct {
		name    string
		measure func(context.Context, *report) error
	}{
		{partMemory, c.memory},
		{partGame, c.games},
		{partPartitions, c.partitions},
		{partStream, c.streams},
		{partJoin, c.join},
		{partPresence, c.presences},
	} {
		if !slices.Contains(c.Only, part.name) {
			continue
		}
		_, _ = fmt.Fprintf(p.stderr, "%s …\n", part.name)
		if err := part.measure(p.ctx, r); err != nil {
			return errors.Join(fmt.Errorf("measure %s: %w", part.name, err), c.tell(r, p.stdout)) // what there is
		}
		runtime.GC()
	}
	return c.tell(r, p.stdout)
}

// tell prints the report.
func (c *measureCmd) tell(r *report, to io.Writer) error {
	r.Machine.After = load()
	r.Limits = limitsOf(r)
	if c.JSON {
		return json.NewEncoder(to).Encode(r)
	}
	return r.print(to)
}

func (c *measureCmd) memory(ctx context.Context, r *report) error {
	for _, players := range []int{10_000, 100_000, 1_000_000} {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		m, err := weigh(players)
		if err != nil {
			return err
		}
		r.Memory = append(r.Memory, m)
	}
	return nil
}

// simulation returns one of so many servers and players.
func (c *measureCmd) simulation(servers, players int) simulation {
	return simulation{
		Servers: servers, Players: players, Clickers: c.Clickers, Rate: c.Rate, For: c.For,
		Partitions: 1, Full: c.Full, Seed: c.Seed,
	}
}

func (c *measureCmd) games(ctx context.Context, r *report) error {
	for _, players := range c.Players {
		for _, servers := range c.Servers {
			p, err := simulate(ctx, c.simulation(servers, players))
			if err != nil {
				return err
			}
			r.Games = append(r.Games, p)
		}
	}
	return nil
}

// anywhereShare is how much shorter those games are in which players are anywhere, of
// whom every server needs nearly all.
const anywhereShare = 5

func (c *measureCmd) partitions(ctx context.Context, r *report) error {
	for _, placed := range []bool{true, false} {
		for _, n := range c.Partitions {
			g := c.simulation(slices.Max(c.Servers), slices.Max(c.Players))
			g.Partitions, g.Placed = n, placed
			if !placed {
				g.Full, g.For = 1, max(c.For/anywhereShare, time.Second)
			}
			p, err := simulate(ctx, g)
			if err != nil {
				return err
			}
			r.Partitions = append(r.Partitions, p)
		}
	}
	return nil
}

// sample is events of a server with the most players.
func (c *measureCmd) sample(ctx context.Context) ([][]byte, error) {
	g := c.simulation(1, slices.Max(c.Players))
	g.For = time.Second
	p, err := simulate(ctx, g)
	if err != nil {
		return nil, err
	}
	if len(p.sample) == 0 {
		return nil, errors.New("nobody clicks")
	}
	return p.sample, nil
}

func (c *measureCmd) streams(ctx context.Context, r *report) error {
	sample, err := c.sample(ctx)
	if err != nil {
		return err
	}
	for _, kind := range []struct {
		nodes int
		sync  bool
	}{{1, true}, {3, true}, {3, false}} {
		s, err := measureStream(ctx, kind.nodes, kind.sync, sample[0], c.OnNATS, c.Real)
		if err != nil {
			return err
		}
		r.Streams = append(r.Streams, s)
	}
	return nil
}

func (c *measureCmd) join(ctx context.Context, r *report) error {
	sample, err := c.sample(ctx)
	if err != nil {
		return err
	}
	events := make([]journal.Event, len(sample))
	for i, data := range sample {
		if events[i], err = journal.Decode(data); err != nil {
			return err
		}
	}
	r.Join, err = measureJoin(ctx, c.Crowd, margin, events)
	return err
}

// mostPresent is how many servers can get to know of each other in this one process:
// when one comes, all tell all names to all, who have seconds for it before they ask again.
const mostPresent = 30

func (c *measureCmd) presences(ctx context.Context, r *report) error {
	for _, servers := range c.OnNATS {
		if servers > mostPresent {
			continue
		}
		p, err := measurePresence(ctx, servers, slices.Max(c.Players), c.Real)
		if err != nil {
			return err
		}
		r.Presence = append(r.Presence, p)
	}
	return nil
}
