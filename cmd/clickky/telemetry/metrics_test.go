package telemetry

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"clickky/server"
	"clickky/server/identity"
	"clickky/sync/flush"
	"clickky/sync/game"
	"clickky/sync/journal"
	"clickky/sync/ledger"
	"clickky/sync/live"
	"clickky/sync/store"
)

// newServer is a server that nobody plays on.
func newServer(t *testing.T, l *ledger.Ledger, screens *live.Live, hostKey string) *server.Server {
	t.Helper()
	admins, err := identity.ParseAdmins(nil)
	if err != nil {
		t.Fatal(err)
	}
	srv, err := server.New(server.Config{
		HostKeys: []string{hostKey}, Ledger: l, Live: screens, Admins: admins, MaxRate: 1, MaxPlayers: 1, MaxPerAddress: 1, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return srv
}

// madeHostKey is the path of a host key that a server has made.
func madeHostKey(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "host_key")
	l := ledger.New()
	newServer(t, l, live.New(l), path)
	return path
}

// scripted is a journal that answers as it is told.
type scripted struct {
	flush.Journal

	last uint64
	err  error
}

func (s *scripted) Append(context.Context, journal.Event) (uint64, error) { return s.last, s.err }
func (s *scripted) Last(context.Context) (uint64, error)                  { return s.last, s.err }

// saving is a store that takes everything, or nothing.
type saving struct {
	store.Store

	rejected []store.Rejected
	err      error
}

func (s *saving) Save(context.Context, game.Checkpoint) ([]store.Rejected, error) {
	return s.rejected, s.err
}

func TestMetricsFollowPrometheusConventions(t *testing.T) {
	m, l := NewMetrics(), ledger.New()
	screens := live.New(l)
	l.Open()
	m.Store(&saving{})
	m.MustRegister(Reader{"test", time.Now(), l, screens, newServer(t, l, screens, filepath.Join(t.TempDir(), "key")), m.Journal(&scripted{}), &Startup{}})
	problems, err := testutil.GatherAndLint(m)
	if err != nil || len(problems) > 0 {
		t.Errorf("%v, %v", problems, err)
	}
}

// gathered are the values of a server's gauges and counters without labels.
func gathered(t *testing.T, m *Metrics) map[string]float64 {
	t.Helper()
	found, err := m.Gather()
	if err != nil {
		t.Fatal(err)
	}
	s := map[string]float64{}
	for _, family := range found {
		if first := family.GetMetric()[0]; len(first.GetLabel()) == 0 {
			s[family.GetName()] = first.GetGauge().GetValue() + first.GetCounter().GetValue()
		}
	}
	return s
}

func TestMetricsShowLagOfLedgerAndDatabase(t *testing.T) {
	m, l, book := NewMetrics(), ledger.New(), &scripted{last: 10}
	screens := live.New(l)
	m.MustRegister(Reader{"test", time.Now(), l, screens, newServer(t, l, screens, filepath.Join(t.TempDir(), "key")), m.Journal(book), &Startup{}})
	if s := gathered(t, m); s["clickky_game_open"] != 0 {
		t.Errorf("before the game is open: %v", s)
	} else if _, there := s["clickky_global_clicks"]; there {
		t.Error("a global count is told that nobody knows")
	}
	if err := l.Load(game.Contents{Players: []game.Player{{Name: "alice", Clicks: 5}}, Total: 9, Position: 4}); err != nil {
		t.Fatal(err)
	}
	l.Open()
	l.Apply(5, game.Event{Clicks: map[string]uint64{"bob": 2}}, false)
	l.Join("alice").Click()
	s := gathered(t, m)
	for name, want := range map[string]float64{
		"clickky_journal_last_sequence": 10, "clickky_journal_lag_events": 5, "clickky_database_lag_events": 6,
		"clickky_global_clicks": 12, "clickky_unsaved_clicks": 3, "clickky_unjournaled_clicks": 1, "clickky_players": 2,
	} {
		if got, ok := s[name]; !ok || got != want {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	book.last, book.err = 0, errors.New("no answer")
	if s := gathered(t, m); s["clickky_journal_last_sequence"] != 10 {
		t.Errorf("while the journal does not answer its end is %v", s["clickky_journal_last_sequence"])
	}
}

func TestMetricsMeasureAppends(t *testing.T) {
	m := NewMetrics()
	s := &scripted{last: 7}
	j := m.Journal(s)
	for range 2 {
		if seq, err := j.Append(t.Context(), journal.Event{}); seq != 7 || err != nil {
			t.Errorf("Append = %d, %v", seq, err)
		}
	}
	s.last, s.err = 0, errors.New("the disk is full")
	if _, err := j.Append(t.Context(), journal.Event{}); !errors.Is(err, s.err) {
		t.Errorf("Append = %v", err)
	}
	if n := testutil.ToFloat64(j.failures); n != 1 || j.last.Load() != 7 {
		t.Errorf("%v failures, and the last is %d", n, j.last.Load())
	}
	s.last, s.err = 12, nil
	if seq, err := j.Last(t.Context()); seq != 12 || err != nil || j.last.Load() != 12 {
		t.Errorf("Last = %d, %v, and %d is remembered", seq, err, j.last.Load())
	}
}

func TestMetricsMeasureSaves(t *testing.T) {
	m := NewMetrics()
	s := &saving{rejected: make([]store.Rejected, 1)}
	saved := m.Store(s)
	batch := game.Checkpoint{Players: make([]game.Player, 5), Owners: make([]game.Owner, 2), Records: make([]game.AuditRecord, 3)}
	if rejected, err := saved.Save(t.Context(), batch); len(rejected) != 1 || err != nil {
		t.Errorf("Save = %v, %v", rejected, err)
	}
	s.err = store.ErrUnknown
	if _, err := saved.Save(t.Context(), batch); !errors.Is(err, store.ErrUnknown) {
		t.Errorf("Save = %v", err)
	}
	for kind, want := range map[string]float64{rowPlayer: 4, rowOwner: 2, rowAudit: 3, rowBan: 0} {
		if n := testutil.ToFloat64(saved.rows.WithLabelValues(kind)); n != want {
			t.Errorf("%v rows of kind %s, want %v", n, kind, want)
		}
	}
	if f, a := testutil.ToFloat64(saved.failures), testutil.ToFloat64(saved.setAside); f != 1 || a != 1 {
		t.Errorf("%v failures and %v set aside, want 1 of each", f, a)
	}
}
