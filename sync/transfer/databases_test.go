package transfer

import (
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"clickky/sync/game"
	"clickky/sync/store"
	"clickky/sync/store/mysql"
	"clickky/sync/store/mysql/mariadbtest"
	"clickky/sync/store/sqlite"
)

func TestMain(m *testing.M) { mariadbtest.Main(m) }

// databases create new databases of each kind.
var databases = map[string]func(t testing.TB) store.Store{
	"SQLite": func(t testing.TB) store.Store {
		s, err := sqlite.Open(filepath.Join(t.TempDir(), "clickky.db"), slog.New(slog.DiscardHandler))
		return opened(t, s, err)
	},
	"MariaDB": func(t testing.TB) store.Store {
		config, err := mysql.ParseURL(mariadbtest.New(t).URL)
		if err != nil {
			t.Fatal(err)
		}
		s, err := mysql.Open(config, slog.New(slog.DiscardHandler))
		return opened(t, s, err)
	},
}

func opened(t testing.TB, s store.Store, err error) store.Store {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

// importInto runs an import like the command.
func importInto(t testing.TB, s store.Store, in *Input, rule Rule) (report Report) {
	t.Helper()
	merge := NewMerge(in, rule)
	err := s.Amend(t.Context(), merge.Player, func(there store.Snapshot) (batch game.Checkpoint, err error) {
		batch, report, err = merge.Batch(there)
		return batch, err
	})
	if err != nil {
		t.Fatalf("Amend: %v", err)
	}
	return report
}

// TestReplaceIntoEmptyDatabaseKeepsExport uses random contents, and replaces twice: the second
// time changes nothing.
func TestReplaceIntoEmptyDatabaseKeepsExport(t *testing.T) {
	for kind, create := range databases {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			for range 8 {
				seed := rand.Uint64()
				g := randomGame(rand.New(rand.NewPCG(seed, 0)))
				want := lines(t, g)
				s := create(t)
				in := read(t, exported(t, g))
				importInto(t, s, in, Replace)
				if got := lines(t, s); got != want {
					t.Fatalf("seed %d: the export is\n%s\nwant\n%s", seed, got, want)
				}
				for _, rule := range []Rule{Keep, Replace} {
					r := importInto(t, s, in, rule)
					if r.New+r.Changed+r.NamesGiven+r.Preferences+r.Bans+len(r.NamesKept) > 0 || r.Before != r.After {
						t.Errorf("seed %d: importing the same by %s changes %+v", seed, rule, r)
					}
				}
				if got := lines(t, s); got != want {
					t.Fatalf("seed %d: after importing it again the export is\n%s\nwant\n%s", seed, got, want)
				}
				// From database to database, without a file.
				direct, _, err := Load(t.Context(), s)
				if err != nil || len(direct.Rejected) > 0 {
					t.Fatalf("Load: %v, %+v", err, direct)
				}
				other := create(t)
				importInto(t, other, direct, Replace)
				if got := lines(t, other); got != want {
					t.Fatalf("seed %d: from database to database the export is\n%s\nwant\n%s", seed, got, want)
				}
			}
		})
	}
}

// TestAddAddsCountsAndTotals adds any two games in which no two names differ only in case.
func TestAddAddsCountsAndTotals(t *testing.T) {
	for kind, create := range databases {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			for range 6 {
				seed := rand.Uint64()
				r := rand.New(rand.NewPCG(seed, 0))
				a, b := withoutCapitals(randomGame(r)), withoutCapitals(randomGame(r))
				s := create(t)
				importInto(t, s, read(t, exported(t, a)), Keep)
				importInto(t, s, read(t, exported(t, b)), Add)
				want, days := map[string]uint64{}, map[string]game.Days{}
				for _, p := range append(a.players, b.players...) {
					want[p.Name] += p.Clicks
					for _, d := range p.Days {
						days[p.Name] = days[p.Name].Add(d.Date, d.Clicks)
					}
				}
				found, err := s.Load(t.Context(), func(p game.Player) error {
					if p.Clicks != want[p.Name] {
						t.Errorf("seed %d: %q has %d clicks, want %d", seed, p.Name, p.Clicks, want[p.Name])
					}
					if !slices.Equal(p.Days, days[p.Name]) {
						t.Errorf("seed %d: the days of %q are %v, want %v", seed, p.Name, p.Days, days[p.Name])
					}
					delete(want, p.Name)
					return nil
				})
				if err != nil || len(want) > 0 || found.Total != a.Total+b.Total {
					t.Fatalf("seed %d: %v, the total is %d, want %d and %d; missing are %v", seed, err, found.Total, a.Total, b.Total, want)
				}
			}
		})
	}
}

// withoutCapitals removes players whose names have capitals.
func withoutCapitals(g *memory) *memory {
	all := g.players
	g.players = nil
	var sum uint64
	for _, p := range all {
		if strings.ToLower(p.Name) == p.Name {
			g.players = append(g.players, p)
			sum += p.Clicks
		}
	}
	g.Total = max(g.Total, sum)
	return g
}
