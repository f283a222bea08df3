package checkup

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"clickky/sync/finding"
	"clickky/sync/finding/findingtest"
	"clickky/sync/game"
	"clickky/sync/journal"
	"clickky/sync/store"
)

func TestPositionInDataDir(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "journal")
	j, err := journal.Open(t.Context(), journal.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	for range 10 {
		if _, err := j.Append(t.Context(), journal.Event{Event: game.Event{Clicks: map[string]uint64{"alice": 1}}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.Purge(t.Context(), 5); err != nil {
		t.Fatal(err)
	}
	id := j.ID()
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	fit := func(dir string, running bool, state *store.State) (r finding.Report, found *journal.Found) {
		game := Game{Dir: dir, State: state}
		after := uint64(math.MaxUint64)
		if state != nil {
			after = state.Position
		}
		log, one := journal.ExamineDir(t.Context(), dir, running, after)
		r.Add("journal", one)
		if game.Log = log; log != nil {
			r.Add("position", game.Position())
		}
		return r, game.Log
	}
	for _, c := range []struct {
		name      string
		state     *store.State
		want      finding.Severity
		says, fix string
	}{
		{"all saved", &store.State{Journal: id, Position: 10}, finding.OK, "everything up to event 10", ""},
		{"some not", &store.State{Journal: id, Position: 7}, finding.OK, "replays 3 events", ""},
		{"cut too far", &store.State{Journal: id, Position: 3}, finding.Problem, "events 4 to 5 are missing", "mv " + dir},
		{"too short", &store.State{Journal: id, Position: 12}, finding.Problem, "at event 12", "mv " + dir},
		{"a new database", &store.State{}, finding.Problem, "events 1 to 5 are missing", "mv " + dir},
		{"another journal's", &store.State{Journal: "other", Position: 100}, finding.Warning, "another journal (other)", "--data"},
		{"not known", nil, finding.Skipped, "unknown", ""},
	} {
		results, found := fit(dir, false, c.state)
		if len(results) != 2 || results[0].Severity != finding.OK || !strings.Contains(results[0].Text, "events 6 to 10") || found.ID != id {
			t.Fatalf("%s: %+v of %+v", c.name, results, found)
		}
		findingtest.Judged(t, c.name, results[1], c.want, c.says, c.fix)
	}
	results, _ := fit(dir, true, &store.State{Journal: id})
	if len(results) != 1 {
		t.Errorf("%+v", results)
	}
	findingtest.Judged(t, "in use", results[0], finding.Skipped, "a server is using it", "")
	results, _ = fit(dir+"-none", false, &store.State{Journal: "other", LeaseLeft: time.Second})
	if len(results) != 1 || results[0].Severity != finding.OK {
		t.Errorf("no journal, and a database that another server has: %+v", results)
	}
}

func TestPositionAndLeaseOnNATS(t *testing.T) {
	at := func(position uint64) *store.State { return &store.State{Journal: "i", Position: position} }
	f := journal.Found{Made: true, ID: "i", First: 100, Last: 200}
	for what, c := range map[string]struct {
		f     journal.Found
		err   error
		state *store.State
		want  finding.Severity
		says  string
	}{
		"nothing known":   {f, errors.New("no"), at(1), finding.Skipped, "journal's"},
		"no database":     {f, nil, nil, finding.Skipped, "database's"},
		"both new":        {journal.Found{}, nil, &store.State{}, finding.OK, "nothing to replay yet"},
		"taken over":      {f, nil, &store.State{Position: 150}, finding.OK, "replays 50 events"},
		"moving here":     {journal.Found{}, nil, at(5), finding.Warning, "continue with the saved counts"},
		"another's":       {f, nil, &store.State{Journal: "other"}, finding.Warning, "another journal (other)"},
		"another's lease": {f, nil, &store.State{Journal: "other", LeaseLeft: 1}, finding.Skipped, "another journal"},
		"all saved":       {f, nil, at(200), finding.OK, "everything up to event 200"},
		"the oldest":      {f, nil, at(99), finding.OK, "replays 101 events"},
		"cut":             {f, nil, at(98), finding.Problem, "events 99 to 99 are gone"},
		"lost":            {f, nil, at(201), finding.Problem, "ends at 200"},
		"old news":        {journal.Found{Made: true, ID: "i", Untrusted: errors.New("no leader")}, nil, at(201), finding.Skipped, "may be out of date"},
	} {
		game := Game{Log: &c.f, State: c.state}
		if c.err != nil {
			game.Log = nil
		}
		findingtest.Judged(t, what, game.Position(), c.want, c.says, "")
	}
	lease := func(state store.State, id string, heard int) finding.Finding {
		game := Game{Log: &journal.Found{ID: id}, State: &state}
		return game.Lease(heard > 0)
	}
	held := store.State{Journal: "i", LeaseLeft: 20 * time.Second}
	findingtest.Judged(t, "in use", lease(held, "i", 2), finding.OK, "20s left", "")
	findingtest.Judged(t, "ended", lease(held, "i", 0), finding.OK, "continue at once", "")
	findingtest.Judged(t, "elsewhere", lease(held, "j", 2), finding.Warning, "another journal (i)", "stop that server")
	findingtest.Judged(t, "lost", lease(store.State{Journal: "i"}, "i", 2), finding.Warning, "none is using the database", "log")
	findingtest.Judged(t, "no stream", lease(held, "", 2), finding.Problem, "gone", "start them again")
	findingtest.Judged(t, "no stream yet", lease(store.State{}, "", 0), finding.OK, "no server", "")
	findingtest.Judged(t, "free", lease(store.State{Journal: "i"}, "i", 0), finding.OK, "no server", "")
}

func TestLeaseInDataDir(t *testing.T) {
	lease := func(state store.State, running bool, id string) finding.Finding {
		game := Game{Dir: "journal", State: &state}
		if id != "" { // otherwise it is not known
			game.Log = &journal.Found{ID: id}
		}
		return game.Lease(running)
	}
	held := store.State{Journal: "a", LeaseLeft: time.Minute}
	findingtest.Judged(t, "in use", lease(held, true, ""), finding.OK, "1m0s", "")
	findingtest.Judged(t, "killed here", lease(held, false, "a"), finding.OK, "continue at once", "")
	findingtest.Judged(t, "elsewhere", lease(held, false, "b"), finding.Warning, "another journal (a)", "stop that server")
	findingtest.Judged(t, "free", lease(store.State{Journal: "a"}, false, "a"), finding.OK, "no server", "")
	findingtest.Judged(t, "new", lease(store.State{}, false, ""), finding.OK, "no server", "")
	findingtest.Judged(t, "a server without it", lease(store.State{Journal: "a"}, true, ""), finding.Warning, "none is using the database", "log")
}

// rows is a database with these rows only.
type rows struct {
	store.Store

	rejected []store.Rejected
	bindings []store.Binding
}

func (d rows) Rejected(context.Context) ([]store.Rejected, error) { return d.rejected, nil }

func (d rows) Bindings(context.Context) ([]store.Binding, error) { return d.bindings, nil }

func TestRowsReportsSetAsideAndBindings(t *testing.T) {
	report := func(d rows, leased bool) (r finding.Report) {
		Rows(t.Context(), d, leased, &r)
		return r
	}
	bindings := func(n int, leased bool) finding.Finding {
		return report(rows{bindings: make([]store.Binding, n)}, leased)[1]
	}
	findingtest.Judged(t, "no bindings", bindings(0, true), finding.OK, "none", "")
	findingtest.Judged(t, "for the start", bindings(2, false), finding.OK, "2 pending", "")
	findingtest.Judged(t, "for a server", bindings(1, true), finding.Warning, "1 pending", "log")
	findingtest.Judged(t, "nothing refused", report(rows{}, false)[0], finding.OK, "every count", "")
	refused := []store.Rejected{{Player: game.Player{Name: "mallory", Clicks: 1}, Reason: "no"}}
	findingtest.Judged(t, "refused", report(rows{rejected: refused}, false)[0], finding.Problem, "mallory with 1 click since", "next click")
	many := report(rows{rejected: make([]store.Rejected, 5000)}, false)
	if len(many) != maxRejected+2 || !strings.Contains(many[maxRejected].Text, "4,980 more") {
		t.Errorf("%d results for 5000 rows", len(many))
	}
}
