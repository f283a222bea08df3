package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/dustin/go-humanize"

	"clickky/sync/journal"
)

// print writes the report for people.
func (r *report) print(to io.Writer) error {
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', tabwriter.AlignRight)
	t := &table{w}
	t.title(fmt.Sprintf("%d cores, %s, load before %s and after %s", r.Machine.Cores, r.Machine.Go, r.Machine.Before, r.Machine.After))
	r.printGames(t)
	r.printPartitions(t)
	r.printStreams(t)
	r.printJoin(t)
	r.printMemory(t)
	r.printPresence(t)
	r.printLimits(t)
	return w.Flush()
}

// table writes lines of columns. Flush tells of the errors.
type table struct{ w *tabwriter.Writer }

// title begins a table.
func (t *table) title(s string) {
	_ = t.w.Flush()
	_, _ = fmt.Fprintln(t.w, s)
	_ = t.w.Flush()
}

func (t *table) line(cells ...string) { _, _ = fmt.Fprintln(t.w, strings.Join(cells, "\t")+"\t") }

func (r *report) printGames(t *table) {
	if len(r.Games) == 0 {
		return
	}
	t.title("\nOne game, one log")
	t.line("servers", "players each", "clicks/s", "events/s", "bytes/event", "stream", "8 GiB last", "click", "take", "decode", "fold", "own", "fold all", "snapshot", "board", "rows/flush", "rows/s", "others in all", "NATS cores")
	for _, p := range r.Games {
		t.line(whole(p.Servers), whole(p.Players), number(p.ClicksPerSecond), number(p.EventsPerSecond), number(p.EventBytes),
			bytes(p.BytesPerSecond)+"/s", lasts(p), short(p.Click), short(p.Take), short(p.Decode), short(p.Fold), percent(p.OwnShare),
			percent(p.FoldShare), short(p.Snapshot), short(p.Board), whole(p.Rows), number(float64(p.Rows)/flushEvery.Seconds()),
			r.others(p), r.serving(p))
	}
}

func (r *report) printPartitions(t *table) {
	if len(r.Partitions) == 0 {
		return
	}
	t.title("\nThe largest game, divided into partitions")
	t.line("partitions", "players", "appends/s", "of each log", "bytes/event", "read by a server", "events/s", "deliveries/s", "in all", "take", "decode", "fold", "sums", "fold all", "board", "others in all", "NATS cores")
	for _, p := range r.Partitions {
		where := "anywhere"
		if p.Placed {
			where = "placed"
		}
		servers := float64(p.Servers)
		t.line(whole(p.Partitions), where, number(p.EventsPerSecond), number(p.EventsPerSecond/float64(p.Partitions)), number(p.EventBytes),
			bytes(p.FoldedBytes)+"/s", number(p.FoldedPerSecond), number(p.deliveries()), bytes(servers*p.FoldedBytes)+"/s",
			short(p.Take), short(p.Decode), short(p.Fold), short(p.Sums), percent(p.FoldShare), short(p.Board), r.others(p), r.serving(p))
	}
}

// lasts is for how long the log has room while the database is away.
func lasts(p *played) string {
	if p.BytesPerSecond == 0 {
		return "-"
	}
	return time.Duration(journal.DefaultMaxBytes / p.BytesPerSecond * float64(time.Second)).Round(time.Minute).String()
}

// others and serving need a stream that was measured.
func (r *report) others(p *played) string {
	if s := r.stream(); s != nil {
		return percent(s.read(p))
	}
	return "-"
}

func (r *report) serving(p *played) string {
	if s := r.stream(); s != nil {
		return fmt.Sprintf("%.2f", s.serve(p))
	}
	return "-"
}

func (r *report) printStreams(t *table) {
	if len(r.Streams) == 0 {
		return
	}
	t.title(fmt.Sprintf("\nA stream on NATS, events of %d bytes", r.Streams[0].Bytes))
	t.line("nodes", "synced", "append p50", "p99", "appends/s", "CPU each", "servers", "appends/s", "deliveries/s", "late p50", "p99", "nodes", "idle", "a delivery", "a reader's")
	for _, s := range r.Streams {
		for _, d := range s.Runs {
			t.line(whole(s.Nodes), fmt.Sprint(s.Sync), short(s.Append.P50), short(s.Append.P99), number(s.Most), short(s.AppendCPU),
				whole(d.Servers), number(d.Appends), number(d.Deliveries), short(d.Late.P50), short(d.Late.P99),
				percent(d.Nodes), percent(d.Idle), short(d.Deliver), short(d.Receive))
		}
	}
}

func (r *report) printJoin(t *table) {
	if r.Join == nil {
		return
	}
	j := r.Join
	t.title(fmt.Sprintf("\nOne server with its own log and SQLite: an append of %d bytes takes %s (99th percentile %s) and %s of CPU;\n"+
		"opening a game of %s players takes %s; replaying %s events on its own takes %s",
		j.Bytes, short(j.Append.P50), short(j.Append.P99), short(j.AppendCPU),
		whole(j.Players), short(j.Load), whole(j.Events), short(j.Replay)))
	t.line("rows", "save", "rows/s", "CPU")
	for _, s := range j.Saves {
		t.line(whole(s.Rows), short(s.Took), number(float64(s.Rows)/s.Took.Seconds()), short(s.CPU))
	}
}

func (r *report) printMemory(t *table) {
	if len(r.Memory) == 0 {
		return
	}
	t.title("\nMemory of a ledger")
	t.line("players", "known", "have clicked", "and are online elsewhere")
	for _, m := range r.Memory {
		t.line(whole(m.Players), bytes(float64(m.Bytes)), bytes(float64(m.Clicked)), bytes(float64(m.Clicked+m.Elsewhere)))
	}
}

func (r *report) printPresence(t *table) {
	if len(r.Presence) == 0 {
		return
	}
	t.title("\nPresence")
	t.line("servers", "players each", "a server sends", "and receives", "all its names", "CPU each", "one more: bytes", "CPU of all")
	for _, p := range r.Presence {
		t.line(whole(p.Servers), whole(p.Players), bytes(p.Told)+"/s", bytes(p.Told*float64(p.Servers-1))+"/s", bytes(float64(p.Names)), percent(p.CPU),
			bytes(float64(p.JoinBytes)), short(p.JoinCPU))
	}
}

func (r *report) printLimits(t *table) {
	if len(r.Limits) == 0 {
		return
	}
	t.title("\nAt how many servers each resource alone runs out")
	t.line("players each", "servers", "resource")
	for _, l := range r.Limits {
		t.line(whole(l.Players), number(l.Servers), l.Resource)
	}
}

func whole(n int) string { return humanize.Comma(int64(n)) }

// number is one to about three digits.
func number(x float64) string {
	if x < 10 {
		return fmt.Sprintf("%.1f", x)
	}
	return humanize.Comma(int64(x + 0.5))
}

func percent(x float64) string { return fmt.Sprintf("%.2f %%", 100*x) }

// bytes has units of 1,000.
func bytes(x float64) string { return humanize.Bytes(uint64(x)) }

// short is a time to about three digits.
func short(d time.Duration) string {
	unit := time.Nanosecond
	for unit < d/1000 {
		unit *= 10
	}
	return d.Round(unit).String()
}
