package telemetry

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"clickky/sync/flush"
	"clickky/sync/game"
	"clickky/sync/journal"
	"clickky/sync/store"
)

// Journal is a journal with metrics of its appends.
type Journal struct {
	flush.Journal

	took     prometheus.Histogram
	failures prometheus.Counter
	last     atomic.Uint64 // the newest known sequence number
}

// Journal wraps the journal and registers its metrics with m.
func (m *Metrics) Journal(j flush.Journal) *Journal {
	return &Journal{
		Journal: j,
		took: m.histogram("journal_append_duration_seconds",
			"Time to append an event to the journal and sync it to disk, including failures.", 0.00025, 2, 15),
		failures: m.counter("journal_append_failures_total", "Failed appends to the journal; they are retried."),
	}
}

// Append implements flush.Journal.
func (j *Journal) Append(ctx context.Context, e journal.Event) (uint64, error) {
	start := time.Now()
	seq, err := j.Journal.Append(ctx, e)
	j.took.Observe(time.Since(start).Seconds())
	if err != nil {
		j.failures.Inc()
	}
	j.saw(seq)
	return seq, err
}

// Last implements flush.Journal.
func (j *Journal) Last(ctx context.Context) (uint64, error) {
	seq, err := j.Journal.Last(ctx)
	j.saw(seq)
	return seq, err
}

func (j *Journal) saw(seq uint64) {
	for {
		old := j.last.Load()
		if seq <= old || j.last.CompareAndSwap(old, seq) {
			return
		}
	}
}

// Store is a store with metrics of its saves.
type Store struct {
	store.Store

	took     prometheus.Histogram
	failures prometheus.Counter
	setAside prometheus.Counter
	rows     *prometheus.CounterVec
}

// The kinds of rows that a transaction writes.
const (
	rowPlayer  = "player"
	rowRemoved = "removed"
	rowOwner   = "owner"
	rowChoice  = "choice"
	rowBan     = "ban"
	rowAudit   = "audit"
)

// Store wraps the store and registers its metrics with m.
func (m *Metrics) Store(s store.Store) *Store {
	measured := &Store{
		Store: s,
		took: m.histogram("flush_duration_seconds",
			"Time to save counts in a database transaction, including failures.", 0.001, 2, 15),
		failures: m.counter("flush_failures_total", "Saves that failed or had an unknown outcome; they are retried."),
		setAside: m.counter("flush_set_aside_total", "Counts set aside because the database rejected them; clickky doctor lists them."),
		rows:     m.counters("flush_rows_total", "Rows written to the database, by kind.", "kind"),
	}
	for _, kind := range []string{rowPlayer, rowRemoved, rowOwner, rowChoice, rowBan, rowAudit} {
		measured.rows.WithLabelValues(kind)
	}
	return measured
}

// Save implements store.Store.
func (s *Store) Save(ctx context.Context, b game.Checkpoint) ([]store.Rejected, error) {
	start := time.Now()
	rejected, err := s.Store.Save(ctx, b)
	s.took.Observe(time.Since(start).Seconds())
	if err != nil {
		s.failures.Inc()
		return rejected, err
	}
	s.setAside.Add(float64(len(rejected)))
	for kind, n := range map[string]int{
		rowPlayer: len(b.Players) - len(rejected), rowRemoved: len(b.Removed), rowOwner: len(b.Owners),
		rowChoice: len(b.Preferences), rowBan: len(b.Bans), rowAudit: len(b.Records),
	} {
		s.rows.WithLabelValues(kind).Add(float64(n))
	}
	return rejected, nil
}
