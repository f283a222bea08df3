package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"go.uber.org/goleak"

	"clickky/sync/game"
	"clickky/sync/journal"
)

// TestMain lets the test binary be a node, as this program starts itself.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "node" {
		main()
		return
	}
	goleak.VerifyTestMain(m)
}

// run calls the program and returns what it prints.
func run(t *testing.T, args ...string) (string, error) {
	t.Helper()
	parser, err := kong.New(&cli{})
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		return "", err
	}
	var out, progress strings.Builder
	err = parsed.Run(&process{ctx: t.Context(), stdout: &out, stderr: &progress})
	return out.String(), err
}

func TestTheReportHasAGameForEachSize(t *testing.T) {
	t.Parallel()
	args := []string{"--servers", "2,3", "--players", "10", "--partitions", "2", "--for", "1s", "--only", "game,partitions"}
	out, err := run(t, append(args, "--json")...)
	if err != nil {
		t.Fatal(err)
	}
	var r report
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatal(err)
	}
	if len(r.Games) != 2 || r.Games[0].Servers != 2 || r.Games[1].Servers != 3 || len(r.Partitions) != 2 {
		t.Fatalf("%s", out)
	}
	if g := r.Games[1]; g.EventBytes < 80 || g.EventsPerSecond < 5 || g.Rows != 3 || g.Fold <= 0 && g.Decode <= 0 {
		t.Errorf("%+v", g)
	}
	if out, err = run(t, args...); err != nil || !strings.Contains(out, "One game, one log") || !strings.Contains(out, "anywhere") {
		t.Errorf("%v: %s", err, out)
	}
}

func TestNonsenseIsRefused(t *testing.T) {
	t.Parallel()
	for _, args := range []string{
		"--servers 0", "--players -1", "--clickers 2", "--rate 0", "--for 10ms", "--servers 3 --partitions 4 --only partitions", "--only everything",
	} {
		if _, err := run(t, strings.Fields(args)...); err == nil {
			t.Errorf("%s is accepted", args)
		}
	}
}

func TestAStreamReachesAllReaders(t *testing.T) {
	t.Parallel()
	const d = 300 * time.Millisecond
	s, err := measureStream(t.Context(), 1, false, []byte(strings.Repeat("x", 200)), []int{2}, d)
	if err != nil {
		t.Fatal(err)
	}
	if s.Most <= 0 || s.AppendCPU <= 0 || s.Append.P50 <= 0 || s.Append.P99 < s.Append.P50 {
		t.Errorf("%+v", s)
	}
	if run := s.Runs[0]; math.Abs(run.Appends-20) > 1e-9 || math.Abs(run.Deliveries-40) > 1e-9 || run.Late.P50 <= 0 {
		t.Errorf("%+v, want 2 servers of 10 events a second, which both have", run)
	}
}

func TestAMeasurementCanBeEnded(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	start := time.Now()
	if _, err := measureStream(ctx, 1, false, make([]byte, 100), []int{1}, time.Hour); err == nil || time.Since(start) > time.Minute {
		t.Errorf("it ended after %v: %v", time.Since(start), err)
	}
}

func TestAGameIsJoinedWithWhatTheLogHas(t *testing.T) {
	t.Parallel()
	j, err := measureJoin(t.Context(), 1500, 20, []journal.Event{{Event: game.Event{Clicks: map[string]uint64{nameOf(1): 2}}}})
	if err != nil {
		t.Fatal(err)
	}
	if j.Load <= 0 || j.Replay <= 0 || j.Append.P50 <= 0 || len(j.Saves) != 1 || j.Saves[0].Rows != 1000 || j.Events != 20 {
		t.Errorf("%+v", j)
	}
}

func TestServersGetToKnowOfEachOther(t *testing.T) {
	t.Parallel()
	p, err := measurePresence(t.Context(), 2, 5, 100*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	if p.Names < 100 || p.Told <= 0 || p.JoinBytes < p.Names {
		t.Errorf("%+v", p)
	}
}

func TestALedgerIsWeighed(t *testing.T) {
	m, err := weigh(20_000)
	if err != nil {
		t.Fatal(err)
	}
	if each := m.Bytes / 20_000; each < 50 || each > 500 || m.Clicked < m.Bytes+20_000*64 || m.Elsewhere < 20_000*16 {
		t.Errorf("%+v", m)
	}
}

func TestWhatIsUsedUpFirstComesFirst(t *testing.T) {
	t.Parallel()
	r := &report{
		Games: []*played{
			{simulation: simulation{Servers: 3, Players: 1000, Clickers: 0.1}, Decode: time.Hour},
			{simulation: simulation{Servers: 300, Players: 1000, Clickers: 0.1}, EventBytes: 1000, Decode: 300 * time.Microsecond, Fold: 600 * time.Microsecond},
		},
		Streams: []*streamed{
			{Nodes: 3, Most: 1e9, Runs: []delivered{{}}},
			{
				Nodes: 3, Sync: true, Most: 1000, AppendCPU: 100 * time.Microsecond,
				Runs: []delivered{{Deliver: time.Hour}, {Receive: 100 * time.Microsecond, Deliver: 25 * time.Microsecond}},
			},
		},
		Memory: []remembered{{Players: 1_000_000, Clicked: 300e6, Elsewhere: 100e6}},
		Join:   &joined{Saves: []saved{{Rows: 100_000, Took: 2 * time.Second}}},
	}
	var got []string
	for _, l := range limitsOf(r) {
		got = append(got, fmt.Sprintf("%.0f %s", l.Servers, l.Resource))
	}
	want := []string{
		"65 other servers that one server can track",
		"100 appends per second to the stream on this machine",
		"100 one core of each server, for reading, decoding and applying the others' events", // a millisecond each, and ten a second
		"108 one core of each NATS server, for appends and deliveries",                       // 250 µs · s² + 1 ms · s is three seconds
		"194 1 Gbit/s out of each NATS server, for deliveries",                               // 10 kB · s² is 3 · 125 MB
		"10737 4 GiB of memory on each server, for the ledger",                               // 400 bytes for each of a thousand players
		"12500 1 Gbit/s into each server, for deliveries",                                    // 10 kB · s is 125 MB
		"15000 rows per second into the database (SQLite)",                                   // 100 of each server in 30 seconds, of 50,000 a second
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if limitsOf(&report{Games: r.Games}) != nil {
		t.Error("limits follow from nothing")
	}
}

func TestAGameIsServedAtTheCostOfOneThatIsNotLarger(t *testing.T) {
	t.Parallel()
	s := &streamed{AppendCPU: time.Millisecond, Runs: []delivered{
		{Servers: 3, Deliveries: 90, Deliver: 3 * time.Millisecond, Receive: 3 * time.Millisecond},
		{Servers: 30, Deliveries: 9000, Deliver: time.Millisecond, Receive: 2 * time.Millisecond},
	}}
	for _, c := range []struct {
		servers     int
		serve, read float64
	}{
		{2, 0.02 + 0.12, 0.06 + 0.5}, // as the smallest
		{20, 0.2 + 12, 0.6 + 0.5},    // 4,000 deliveries are fewer than 9,000
		{40, 0.4 + 16, 0.8 + 0.5},    // 16,000 are more
	} {
		events := float64(10 * c.servers)
		p := &played{simulation: simulation{Servers: c.servers, Partitions: 1}, EventsPerSecond: events, FoldedPerSecond: events, FoldShare: 0.5}
		if serve, read := s.serve(p), s.read(p); math.Abs(serve-c.serve) > 1e-9 || math.Abs(read-c.read) > 1e-9 {
			t.Errorf("%d servers: NATS takes %.3f cores and a server reads for %.3f, want %.3f and %.3f", c.servers, serve, read, c.serve, c.read)
		}
	}
}
