package game_test

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"clickky/sync/game"
	"clickky/sync/game/gametest"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 700, time.UTC)

func load(t *testing.T, c game.Contents) *game.State {
	t.Helper()
	s, err := game.Load(c, func(int) *game.Entry { return &game.Entry{} })
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// contents returns everything in a state, in a fixed order.
func contents(s *game.State) game.Contents {
	c := game.Contents{Total: s.Total(), Position: s.Position(), Records: slices.Clone(s.RecordsAfter(0))}
	for p := range s.Players() {
		c.Players = append(c.Players, game.Player{Name: p.Name, Clicks: p.Clicks, Days: slices.Clone(p.Days)})
	}
	slices.SortFunc(c.Players, game.ByRank)
	for _, login := range slices.Sorted(keysOf(s.Owners())) {
		c.Owners = append(c.Owners, game.Owner{Name: login, Keys: s.Owner(login)})
	}
	for _, login := range slices.Sorted(keysOf(s.Preferences())) {
		c.Preferences = append(c.Preferences, game.Preference{Name: login, Text: s.Preference(login)})
	}
	for _, target := range slices.Sorted(keysOf(s.Bans())) {
		c.Bans = append(c.Bans, game.Ban{Target: target, Until: s.Ban(target)})
	}
	return c
}

func keysOf[V any](all func(func(string, V) bool)) func(func(string) bool) {
	return func(yield func(string) bool) {
		all(func(key string, _ V) bool { return yield(key) })
	}
}

// randomLog is events as several servers write them, each of which may be late.
type randomLog struct {
	rng     *rand.Rand
	events  []game.Event
	actions uint64 // that took effect so far, by a state that is always up to date
}

func (l *randomLog) name() string { return "abcdef"[l.rng.IntN(6):][:1] }
func (l *randomLog) key() string  { return fmt.Sprint("SHA256:k", l.rng.IntN(3)) }

func (l *randomLog) event() game.Event {
	late := l.rng.Uint64N(4)
	e := game.Event{
		At: noon.Add(time.Duration(len(l.events)) * time.Minute), LastAction: l.actions - min(late, l.actions),
		Clicks: map[string]uint64{l.name(): 1 + l.rng.Uint64N(5)},
	}
	switch l.rng.IntN(4) {
	case 0:
		e.Actions = []game.AdminAction{l.action(), l.action()}
	case 1:
		e.KeyChanges = []game.KeyChange{
			{Kind: game.KeyClaim, Name: l.name(), Key: l.key()},
			{Kind: game.KeyBind, Name: l.name(), Key: l.key(), Sole: l.rng.IntN(2) == 0},
		}
	case 2:
		e.Preferences = map[string]string{l.name(): fmt.Sprint(len(l.events)), l.name(): fmt.Sprint(len(l.events), "!")}
	}
	if days := len(l.events)/20 - l.rng.IntN(2); len(e.Actions) == 0 { // a ban would have ended by then
		e.At = e.At.AddDate(0, 0, days)
	}
	return e
}

func (l *randomLog) action() game.AdminAction {
	until := noon.Add(time.Duration(len(l.events)+l.rng.IntN(200)) * time.Minute)
	return gametest.RandomAction(l.rng, l.name, l.actions, until)
}

// grow adds an event.
func (l *randomLog) grow(s *game.State) {
	e := l.event()
	l.events = append(l.events, e)
	s.Apply(uint64(len(l.events)), e)
	l.actions = s.LastAction()
}

// TestStateConvergesOnOneLog covers states that have applied the whole log, and states that
// started from a database in between.
func TestStateConvergesOnOneLog(t *testing.T) {
	for range 200 {
		seed := rand.Uint64()
		log := &randomLog{rng: rand.New(rand.NewPCG(seed, 3))}
		s := load(t, game.Contents{})
		var between game.Contents
		for i := range 150 {
			log.grow(s)
			if i == 75 {
				between = contents(s)
			}
		}
		again, rest := load(t, game.Contents{}), load(t, between)
		for i, e := range log.events {
			again.Apply(uint64(i+1), e)
			if i > 75 {
				rest.Apply(uint64(i+1), e)
			}
		}
		want := contents(s)
		if got := contents(again); !reflect.DeepEqual(got, want) {
			t.Fatalf("seed %d: applied again it is\n%+v, want\n%+v", seed, got, want)
		}
		if got := contents(rest); !reflect.DeepEqual(got, want) {
			t.Fatalf("seed %d: from a database it is\n%+v, want\n%+v", seed, got, want)
		}
	}
}

// TestStateEqualsNaiveInterpreter also holds what State promises about the global count.
func TestStateEqualsNaiveInterpreter(t *testing.T) {
	for range 200 {
		seed := rand.Uint64()
		log := &randomLog{rng: rand.New(rand.NewPCG(seed, 4))}
		s := load(t, game.Contents{})
		for range 100 {
			total := s.Total()
			if log.grow(s); s.Total() < total {
				t.Fatalf("seed %d: the global count goes from %d to %d", seed, total, s.Total())
			}
		}
		w := gametest.Interpret(log.events)
		days := map[string]game.Days{}
		counts, keys, chosen, bans := map[string]uint64{}, map[string][]string{}, maps.Collect(s.Preferences()), maps.Collect(s.Bans())
		for p := range s.Players() {
			counts[p.Name] = p.Clicks
			if len(p.Days) > 0 {
				days[p.Name] = p.Days
			}
		}
		for login, owner := range s.Owners() {
			for _, k := range owner {
				keys[login] = append(keys[login], k.Fingerprint+map[bool]string{true: "!"}[k.Bound])
			}
			slices.Sort(keys[login])
		}
		var actions []string
		for _, r := range s.RecordsAfter(0) {
			actions = append(actions, fmt.Sprint(r.Number, " ", r.Kind, " ", r.UndoneBy))
		}
		for what, pair := range map[string][2]any{
			"counts": {counts, w.Counts()}, "days": {days, w.Days("")}, "keys": {keys, w.Keys()}, "preferences": {chosen, w.Preferences()},
			"bans": {bans, w.Bans}, "actions": {actions, w.Actions()}, "total": {s.Total(), w.Total},
		} {
			if !reflect.DeepEqual(pair[0], pair[1]) {
				t.Fatalf("seed %d: %s are %v, want %v", seed, what, pair[0], pair[1])
			}
		}
	}
}

// TestNoteFollowsRename follows a player until the note is undone.
func TestNoteFollowsRename(t *testing.T) {
	s := load(t, game.Contents{Players: []game.Player{{Name: "alice", Clicks: 3}, {Name: "bob", Clicks: 2}}})
	texts := func(name string) (texts []string) {
		for _, n := range game.Notes(s.RecordsAfter(0), name) {
			texts = append(texts, n.After.Text)
		}
		return texts
	}
	for _, step := range []struct {
		action     game.AdminAction
		alice, bob []string
	}{
		{game.AdminAction{Kind: game.ActionNote, Target: "alice", Text: "one"}, []string{"one"}, nil},
		{game.AdminAction{Kind: game.ActionNote, Target: "alice", Text: "two"}, []string{"one", "two"}, nil},
		{game.AdminAction{Kind: game.ActionUndo, Number: 1}, []string{"two"}, nil},
		{game.AdminAction{Kind: game.ActionDelete, Target: "bob"}, []string{"two"}, nil},
		{game.AdminAction{Kind: game.ActionRename, Target: "alice", To: "bob"}, nil, []string{"two"}},
		{game.AdminAction{Kind: game.ActionUndo, Number: 5}, []string{"two"}, nil},
		{game.AdminAction{Kind: game.ActionDelete, Target: "alice"}, nil, nil},
		{game.AdminAction{Kind: game.ActionUndo, Number: 7}, []string{"two"}, nil},
		{game.AdminAction{Kind: game.ActionUndo, Number: 2}, nil, nil},
	} {
		r := s.Apply(s.Position()+1, game.Event{At: noon, LastAction: s.LastAction(), Actions: []game.AdminAction{step.action}})
		if r.Actions[0].Err != nil {
			t.Fatalf("%+v: %v", step.action, r.Actions[0].Err)
		}
		if alice, bob := texts("alice"), texts("bob"); !slices.Equal(alice, step.alice) || !slices.Equal(bob, step.bob) {
			t.Errorf("after %+v alice has %q, bob %q; want %q, %q", step.action, alice, bob, step.alice, step.bob)
		}
	}
}

func TestNoteNeedsTextAndPlayer(t *testing.T) {
	s := load(t, game.Contents{Players: []game.Player{{Name: "alice", Clicks: 3}}})
	for _, a := range []game.AdminAction{
		{Kind: game.ActionNote, Target: "alice"}, {Kind: game.ActionNote, Target: "nobody", Text: "x"}, {Kind: game.ActionNote, Text: "x"},
	} {
		r := s.Apply(s.Position()+1, game.Event{At: noon, Actions: []game.AdminAction{a}})
		if !errors.Is(r.Actions[0].Err, game.ErrImpossible) || s.LastAction() != 0 {
			t.Errorf("%+v: %v", a, r.Actions[0].Err)
		}
	}
}
