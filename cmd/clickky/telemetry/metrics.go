// Package telemetry is what machines and operators can ask a running server over HTTP: health checks
// and metrics. It knows the whole server; package monitor, which serves the answers, knows none.
package telemetry

import (
	"context"
	"runtime"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

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
	c := prometheus.NewCounter(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help})
	m.MustRegister(c)
	return c
}

func (m *Metrics) counters(name, help, label string) *prometheus.CounterVec {
	c := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, []string{label})
	m.MustRegister(c)
	return c
}

// histogram registers a histogram with the given number of buckets, each factor times as wide as the
// one before.
func (m *Metrics) histogram(name, help string, first, factor float64, buckets int) prometheus.Histogram {
	h := prometheus.NewHistogram(prometheus.HistogramOpts{
		Namespace: namespace, Name: name, Help: help, Buckets: prometheus.ExponentialBuckets(first, factor, buckets),
	})
	m.MustRegister(h)
	return h
}

// described is a metric that is read at each scrape.
type described struct {
	*prometheus.Desc

	kind prometheus.ValueType
}

func gauge(name, help string, labels ...string) described {
	return described{prometheus.NewDesc(prometheus.BuildFQName(namespace, "", name), help, labels, nil), prometheus.GaugeValue}
}

func total(name, help string, labels ...string) described {
	return described{prometheus.NewDesc(prometheus.BuildFQName(namespace, "", name), help, labels, nil), prometheus.CounterValue}
}

// The metrics that are read at each scrape.
var (
	buildInfo = gauge("build_info", "Always 1; the labels are the versions of Clickky and Go.", "version", "goversion")
	startTime = gauge("start_time_seconds", "When the server started, in seconds since 1970.")

	gameOpen     = gauge("game_open", "1 while people can play, 0 until the counts are loaded.")
	players      = gauge("players", "Players who have ever scored.")
	online       = gauge("players_online", "Distinct players connected to this server.")
	onlineInAll  = gauge("game_players_online", "Distinct players connected to any server of the game, as far as this server knows.")
	globalClicks = gauge("global_clicks", "All clicks ever made, by all players.")

	sessions = gauge("sessions", "Open sessions: screens, plain games and commands.", "kind")
	logins   = total("logins_total", "Logins that started a session, by result.", "result")

	connsWaiting  = gauge("connections_waiting", "Open connections that have no session yet.")
	connsPlaying  = gauge("connections_playing", "Open connections that have a session.")
	connsAccepted = total("connections_accepted_total", "Connections accepted.")
	connsRefused  = total("connections_refused_total", "Connections refused because too many clients were waiting to log in.")
	connsEvicted  = total("connections_evicted_total", "Connections closed to make room for others, because their login made no progress.")
	connsRekeying = total("connections_rekeying_total", "Connections closed because the client asked for new keys too often.")
	handshakes    = total("handshakes_failed_total", "Connections that sent something but ended before login.")

	clicks  = total("clicks_total", "Clicks made on this server that counted.")
	ignored = total("clicks_ignored_total", "Clicks made on this server that didn't count, by reason.", "reason")

	frameInterval = gauge("frame_interval_seconds", "Current time between two frames: 0.1, or more while the CPU can't keep up.")
	frameLateness = prometheus.NewDesc(prometheus.BuildFQName(namespace, "", "frame_lateness_seconds"),
		"How late sessions picked up the game's snapshots to draw a frame.", nil, nil)
	screenWrites = total("terminal_writes_total", "Writes to screens, one for each frame that changed something.")
	screenBytes  = total("terminal_bytes_total", "Bytes written to screens, before SSH's own overhead.")

	databaseUp     = gauge("database_up", "1 if the database answered last time, 0 if it didn't or was never read.")
	databaseOwned  = gauge("database_owned", "1 if this server has the database, 0 while another server has it.")
	lastSaved      = gauge("flush_last_success_timestamp_seconds", "When counts were last saved to the database, in seconds since 1970; 0 if never since the start.")
	unsaved        = gauge("unsaved_clicks", "Clicks that aren't in the database yet.")
	storeLag       = gauge("database_lag_events", "Journal events that aren't in the database yet.")
	journalUp      = gauge("journal_up", "1 if the last write to the journal succeeded, 0 if it failed or the journal isn't open yet.")
	journalLast    = gauge("journal_last_sequence", "Sequence number of the newest journal event, as far as this server knows.")
	ledgerLag      = gauge("journal_lag_events", "Journal events that this server hasn't applied yet.")
	unjournaled    = gauge("unjournaled_clicks", "Clicks that are only in this server's memory.")
	natsConnected  = gauge("nats_connected", "1 while this server is connected to NATS (only with --nats).")
	servers        = gauge("servers", "Servers of the game by state, including this one (only with --nats).", "state")
	publisherDelay = gauge("publisher_last_turn_seconds", "Time since snapshots were last published; normally at most a second.")
)

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
	e.emit(buildInfo, 1, release, runtime.Version())
	e.emit(startTime, seconds(r.Started))
	r.collectGame(e)
	r.collectServer(e)
	r.Startup.collect(e)
	if r.Game.Status().Open { // else what is in memory is not the game
		r.collectCounts(e)
	}
}

func (r Reader) collectGame(e emitter) {
	status, now, stats := r.Game.Status(), r.Live.Latest(), r.Live.Stats()
	e.emit(gameOpen, truth(status.Open))
	e.emit(publisherDelay, r.Live.SinceLastTick().Seconds())
	e.emit(online, float64(status.Online))
	e.emit(onlineInAll, float64(now.Online))
	e.emit(frameInterval, stats.Interval.Seconds())
	e <- prometheus.MustNewConstSummary(frameLateness, stats.Taken, stats.Late.Seconds(), nil)
	e.emit(databaseUp, truth(status.Open && !now.StoreDown))
	e.emit(databaseOwned, truth(now.Ownership == game.Owned))
	e.emit(journalUp, truth(r.Startup.isOpen() && !now.JournalDown))
	e.emit(lastSaved, seconds(now.LastSaved))
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
	e.emit(players, float64(now.Players))
	e.emit(globalClicks, float64(now.Total))
	e.emit(unsaved, float64(now.Unsaved))
	e.emit(unjournaled, float64(now.Unjournaled))
	e.emit(journalLast, float64(last))
	e.emit(ledgerLag, float64(last-now.Position))
	e.emit(storeLag, float64(last-min(last, now.StorePosition)))
}

func (r Reader) collectServer(e emitter) {
	stats := r.Server.Stats()
	for kind, n := range stats.Sessions {
		e.emit(sessions, float64(n), kind)
	}
	for result, n := range stats.Logins {
		e.emit(logins, float64(n), result)
	}
	e.emit(clicks, float64(stats.Clicks))
	for reason, n := range stats.Ignored {
		e.emit(ignored, float64(n), reason)
	}
	e.emit(screenWrites, float64(stats.Writes))
	e.emit(screenBytes, float64(stats.Bytes))
	e.emit(connsWaiting, float64(stats.Conns.Waiting))
	e.emit(connsPlaying, float64(stats.Conns.Playing))
	e.emit(connsAccepted, float64(stats.Conns.Accepted))
	e.emit(connsRefused, float64(stats.Conns.Refused))
	e.emit(connsEvicted, float64(stats.Conns.Evicted))
	e.emit(connsRekeying, float64(stats.Conns.Rekeying))
	e.emit(handshakes, float64(stats.Conns.Failed))
}

// emitter sends metrics to a collection.
type emitter chan<- prometheus.Metric

func (e emitter) emit(d described, value float64, labels ...string) {
	e <- prometheus.MustNewConstMetric(d.Desc, d.kind, value, labels...)
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
