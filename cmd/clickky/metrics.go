package main

import (
	"context"
	"runtime"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"clickky/server"
	"clickky/sync/ledger"
)

const (
	// namespace begins the name of every metric.
	namespace = "clickky"
	// lastTimeout is how long the metrics wait for the journal to say where it
	// ends.
	lastTimeout = time.Second
)

// metrics are those of one server: what is measured while things happen, and what
// the game, the server and the journal say when somebody asks. No label has a value
// that a client can choose.
type metrics struct{ *prometheus.Registry }

func newMetrics() *metrics {
	m := &metrics{prometheus.NewRegistry()}
	m.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *metrics) counter(name, help string) prometheus.Counter {
	c := prometheus.NewCounter(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help})
	m.MustRegister(c)
	return c
}

func (m *metrics) counters(name, help, label string) *prometheus.CounterVec {
	c := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, []string{label})
	m.MustRegister(c)
	return c
}

// histogram has so many buckets, each so many times as wide as the one before.
func (m *metrics) histogram(name, help string, first, factor float64, buckets int) prometheus.Histogram {
	h := prometheus.NewHistogram(prometheus.HistogramOpts{
		Namespace: namespace, Name: name, Help: help, Buckets: prometheus.ExponentialBuckets(first, factor, buckets),
	})
	m.MustRegister(h)
	return h
}

// described is a metric that is read when somebody asks.
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

// What is read when somebody asks.
var (
	buildInfo = gauge("build_info", "1, with the version of Clickky and of Go.", "version", "goversion")
	startTime = gauge("start_time_seconds", "When the server was started, in seconds since 1970.")

	gameOpen     = gauge("game_open", "1 while people can play, 0 until the counts are loaded.")
	players      = gauge("players", "Players who have ever scored.")
	online       = gauge("players_online", "Different players who are connected to this server.")
	onlineInAll  = gauge("game_players_online", "Different players who are connected to any server of the game, as far as this one knows.")
	globalClicks = gauge("global_clicks", "All clicks ever, by everybody.")

	sessions = gauge("sessions", "Sessions that are open: screens, plain games, and commands.", "kind")
	logins   = total("logins_total", "Logins that have begun a session, by what became of them.", "result")

	connsWaiting  = gauge("connections_waiting", "Connections that are open and have no session yet.")
	connsPlaying  = gauge("connections_playing", "Connections that are open and have a session.")
	connsAccepted = total("connections_accepted_total", "Connections that came in.")
	connsRefused  = total("connections_refused_total", "Connections that were refused at the door, for it was crowded.")
	connsEvicted  = total("connections_evicted_total", "Connections that did not get on with their login and were closed to make room for others.")
	connsRekeying = total("connections_rekeying_total", "Connections that were closed because their client asked for new keys too often.")
	handshakes    = total("handshakes_failed_total", "Connections that said something and ended before they had logged in.")

	clicks  = total("clicks_total", "Clicks made on this server that counted.")
	ignored = total("clicks_ignored_total", "Clicks made on this server that did not count, by reason.", "reason")

	frameInterval = gauge("frame_interval_seconds", "The time between two frames as it is now: 0.1, or more while there is no processor time.")
	frameLateness = prometheus.NewDesc(prometheus.BuildFQName(namespace, "", "frame_lateness_seconds"),
		"How late sessions took the game's snapshots to make a frame of.", nil, nil)
	screenWrites = total("terminal_writes_total", "Writes to screens, one for each frame that differed.")
	screenBytes  = total("terminal_bytes_total", "Bytes written to screens, without what SSH adds.")

	databaseUp     = gauge("database_up", "1 if the database answered last time, 0 if not or if it was never read.")
	databaseOwned  = gauge("database_owned", "1 if the database is this server's, 0 while another server has it, or has taken it over.")
	lastSaved      = gauge("flush_last_success_timestamp_seconds", "When the database last took the counts, in seconds since 1970; 0: never since the start.")
	unsaved        = gauge("unsaved_clicks", "Clicks that the database does not have yet.")
	storeLag       = gauge("database_lag_events", "Events of the journal that the database does not have yet.")
	journalUp      = gauge("journal_up", "1 if the journal could be written last time, 0 if not or if it is not open yet.")
	journalLast    = gauge("journal_last_sequence", "The sequence number of the journal's newest event, as far as this server has heard.")
	ledgerLag      = gauge("journal_lag_events", "Events of the journal that this server has not taken in yet.")
	unjournaled    = gauge("unjournaled_clicks", "Clicks that only the memory of this server has.")
	natsConnected  = gauge("nats_connected", "1 while this server is connected to NATS, with --nats only.")
	servers        = gauge("servers", "Servers of the game by their state, this one among them, with --nats only.", "state")
	publisherDelay = gauge("publisher_last_turn_seconds", "How long ago the publisher of snapshots turned over; a second at most while all is well.")
)

// reader is a collector that reads what the parts of the server say of themselves.
type reader struct {
	started time.Time
	game    *ledger.Ledger
	server  *server.Server
	journal *measuredJournal
	at      *stage
}

// Describe implements prometheus.Collector. It describes nothing, so that what is not
// known is left out.
func (reader) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (r reader) Collect(out chan<- prometheus.Metric) {
	e := emitter(out)
	release, _, _ := strings.Cut(version(), " ")
	e.emit(buildInfo, 1, release, runtime.Version())
	e.emit(startTime, seconds(r.started))
	r.collectGame(e)
	r.collectServer(e)
	r.at.collect(e)
	if isLoaded(r.game) { // else what is in memory is not the game
		r.collectCounts(e)
	}
}

func (r reader) collectGame(e emitter) {
	open, now, stats := isLoaded(r.game), r.game.Latest(), r.game.Stats()
	e.emit(gameOpen, truth(open))
	e.emit(publisherDelay, r.game.SinceTurn().Seconds())
	e.emit(online, float64(r.game.Progress().Online))
	e.emit(onlineInAll, float64(now.Online))
	e.emit(frameInterval, stats.Interval.Seconds())
	e <- prometheus.MustNewConstSummary(frameLateness, stats.Taken, stats.Late.Seconds(), nil)
	e.emit(databaseUp, truth(open && !now.StoreDown))
	e.emit(databaseOwned, truth(now.Ownership == ledger.Owned))
	e.emit(journalUp, truth(r.at.isOpen() && !now.JournalDown))
	e.emit(lastSaved, seconds(now.LastSaved))
}

// collectCounts asks where the journal ends before it asks how far the ledger is, so
// that an event that comes in between is not taken for one that is missing.
func (r reader) collectCounts(e emitter) {
	ctx, cancel := context.WithTimeout(context.Background(), lastTimeout)
	defer cancel()
	_, _ = r.journal.Last(ctx) // the newest one that it has said is good enough
	last := r.journal.last.Load()
	now, stats := r.game.Latest(), r.game.Stats()
	last = max(last, stats.Position)
	e.emit(players, float64(now.Players))
	e.emit(globalClicks, float64(now.Total))
	e.emit(unsaved, float64(now.Unsaved))
	e.emit(unjournaled, float64(stats.Unjournaled))
	e.emit(journalLast, float64(last))
	e.emit(ledgerLag, float64(last-stats.Position))
	e.emit(storeLag, float64(last-min(last, stats.StorePosition)))
}

func (r reader) collectServer(e emitter) {
	stats := r.server.Stats()
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
	e.emit(connsWaiting, float64(stats.Door.Waiting))
	e.emit(connsPlaying, float64(stats.Door.Playing))
	e.emit(connsAccepted, float64(stats.Door.Accepted))
	e.emit(connsRefused, float64(stats.Door.Refused))
	e.emit(connsEvicted, float64(stats.Door.Evicted))
	e.emit(connsRekeying, float64(stats.Door.Rekeying))
	e.emit(handshakes, float64(stats.Door.Failed))
}

// emitter takes metrics.
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

// seconds is a time as Prometheus has it; 0 for none.
func seconds(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.UnixMilli()) / 1000
}
