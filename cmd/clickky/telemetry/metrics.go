// Package telemetry is what machines and operators can ask a running server over HTTP: health checks
// and metrics. It knows the whole server; package monitor, which serves the answers, knows none.
package telemetry

import (
	"context"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"clickky/server"
	"clickky/sync/game"
	"clickky/sync/ledger"
	"clickky/sync/live"
)

const (
	// namespace is the first part of every metric's name.
	namespace = "clickky"
	// lastTimeout is how long a scrape waits for the journal's last position.
	lastTimeout = time.Second
)

// Metrics are the metrics of one server: counters and histograms that are updated as things happen,
// and figures of game, server and journal that are read at each scrape. No label has a value that
// a client can choose.
type Metrics struct{ *prometheus.Registry }

// NewMetrics returns the metrics of Go and the process.
func NewMetrics() *Metrics {
	m := &Metrics{prometheus.NewRegistry()}
	m.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *Metrics) counter(name, help string) prometheus.Counter {
	return promauto.With(m).NewCounter(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help})
}

func (m *Metrics) counters(name, help, label string) *prometheus.CounterVec {
	return promauto.With(m).NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, []string{label})
}

// histogram registers a histogram with the given number of buckets, each factor times as wide as the
// one before.
func (m *Metrics) histogram(name, help string, first, factor float64, buckets int) prometheus.Histogram {
	return promauto.With(m).NewHistogram(prometheus.HistogramOpts{
		Namespace: namespace, Name: name, Help: help, Buckets: prometheus.ExponentialBuckets(first, factor, buckets),
	})
}

// Reader is a collector that reads the figures of all parts of the server.
type Reader struct {
	Version string // of the program
	Started time.Time
	Game    *ledger.Ledger
	Live    *live.Live
	Server  *server.Server
	Journal *Journal
	Startup *Startup
}

// Describe implements prometheus.Collector. It describes nothing, so that Collect may leave out
// unknown values.
func (Reader) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (r Reader) Collect(out chan<- prometheus.Metric) {
	e := emitter(out)
	release, _, _ := strings.Cut(r.Version, " ")
	e.gauge("build_info", "Always 1; the labels are the versions of Clickky and Go.", 1, "version", release, "goversion", runtime.Version())
	e.gauge("start_time_seconds", "When the server started, in seconds since 1970.", seconds(r.Started))
	r.collectGame(e)
	r.collectServer(e)
	r.Startup.collect(e)
	if r.Game.Status().Open { // else what is in memory is not the game
		r.collectCounts(e)
	}
}

func (r Reader) collectGame(e emitter) {
	status, now, stats := r.Game.Status(), r.Live.Latest(), r.Live.Stats()
	e.gauge("game_open", "1 while people can play, 0 until the counts are loaded.", truth(status.Open))
	e.gauge("publisher_last_turn_seconds", "Time since snapshots were last published; normally at most a second.", r.Live.SinceLastTick().Seconds())
	e.gauge("players_online", "Distinct players connected to this server.", float64(status.Online))
	e.gauge("game_players_online", "Distinct players connected to any server of the game, as far as this server knows.", float64(now.Online))
	e.gauge("frame_interval_seconds", "Current time between two frames: 0.1, or more while the CPU can't keep up.", stats.Interval.Seconds())
	e.summary("frame_lateness_seconds", "How late sessions picked up the game's snapshots to draw a frame.", stats.Taken, stats.Late)
	e.gauge("database_up", "1 if the database answered last time, 0 if it didn't or was never read.", truth(status.Open && !now.StoreDown))
	e.gauge("database_owned", "1 if this server has the database, 0 while another server has it.", truth(now.Ownership == game.Owned))
	e.gauge("journal_up", "1 if the last write to the journal succeeded, 0 if it failed or the journal isn't open yet.", truth(r.Startup.isOpen() && !now.JournalDown))
	e.gauge("flush_last_success_timestamp_seconds", "When counts were last saved to the database, in seconds since 1970; 0 if never since the start.", seconds(now.LastSaved))
}

// collectCounts reads the journal's last position before the ledger's, so that an event in between
// doesn't count as one that the ledger lacks.
func (r Reader) collectCounts(e emitter) {
	ctx, cancel := context.WithTimeout(context.Background(), lastTimeout)
	defer cancel()
	_, _ = r.Journal.Last(ctx) // the newest one that it has said is good enough
	last := r.Journal.last.Load()
	now := r.Game.Status()
	last = max(last, now.Position)
	e.gauge("players", "Players who have ever scored.", float64(now.Players))
	e.gauge("global_clicks", "All clicks ever made, by all players.", float64(now.Total))
	e.gauge("unsaved_clicks", "Clicks that aren't in the database yet.", float64(now.Unsaved))
	e.gauge("unjournaled_clicks", "Clicks that are only in this server's memory.", float64(now.Unjournaled))
	e.gauge("journal_last_sequence", "Sequence number of the newest journal event, as far as this server knows.", float64(last))
	e.gauge("journal_lag_events", "Journal events that this server hasn't applied yet.", float64(last-now.Position))
	e.gauge("database_lag_events", "Journal events that aren't in the database yet.", float64(last-min(last, now.StorePosition)))
}

func (r Reader) collectServer(e emitter) {
	stats := r.Server.Stats()
	for kind, n := range stats.Sessions {
		e.gauge("sessions", "Open sessions: screens, plain games and commands.", float64(n), "kind", kind)
	}
	for result, n := range stats.Logins {
		e.total("logins_total", "Logins that started a session, by result.", float64(n), "result", result)
	}
	e.total("clicks_total", "Clicks made on this server that counted.", float64(stats.Clicks))
	for reason, n := range stats.Ignored {
		e.total("clicks_ignored_total", "Clicks made on this server that didn't count, by reason.", float64(n), "reason", reason)
	}
	e.total("terminal_writes_total", "Writes to screens, one for each frame that changed something.", float64(stats.Writes))
	e.total("terminal_bytes_total", "Bytes written to screens, before SSH's own overhead.", float64(stats.Bytes))
	e.gauge("connections_waiting", "Open connections that have no session yet.", float64(stats.Conns.Waiting))
	e.gauge("connections_playing", "Open connections that have a session.", float64(stats.Conns.Playing))
	e.total("connections_accepted_total", "Connections accepted.", float64(stats.Conns.Accepted))
	e.total("connections_refused_total", "Connections refused because too many clients were waiting to log in.", float64(stats.Conns.Refused))
	e.total("connections_evicted_total", "Connections closed to make room for others, because their login made no progress.", float64(stats.Conns.Evicted))
	e.total("connections_rekeying_total", "Connections closed because the client asked for new keys too often.", float64(stats.Conns.Rekeying))
	e.total("handshakes_failed_total", "Connections that sent something but ended before login.", float64(stats.Conns.Failed))
}

// emitter sends metrics that are read at each scrape. Each label is a name and a value.
type emitter chan<- prometheus.Metric

func (e emitter) gauge(name, help string, value float64, labels ...string) {
	e <- prometheus.MustNewConstMetric(describe(name, help, labels), prometheus.GaugeValue, value)
}

func (e emitter) total(name, help string, value float64, labels ...string) {
	e <- prometheus.MustNewConstMetric(describe(name, help, labels), prometheus.CounterValue, value)
}

func (e emitter) summary(name, help string, count uint64, sum time.Duration) {
	e <- prometheus.MustNewConstSummary(describe(name, help, nil), count, sum.Seconds(), nil)
}

func describe(name, help string, labels []string) *prometheus.Desc {
	values := prometheus.Labels{}
	for label := range slices.Chunk(labels, 2) {
		values[label[0]] = label[1]
	}
	return prometheus.NewDesc(prometheus.BuildFQName(namespace, "", name), help, nil, values)
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// seconds returns a time in seconds since 1970; 0 for the zero time.
func seconds(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.UnixMilli()) / 1000
}
