// Package ledger is the running game on one server: a game.State behind one mutex, plus this
// server's own clicks and claims that the log doesn't have yet. They count here at once; the log
// decides in the end. It lives in memory only. ../game/DESIGN.md explains why.
//
//   - A click counts once, whether it is in memory, in flight to the log or back from it.
//   - A click, a rank and a count take constant time, however many players there are; only the first
//     one after midnight (UTC) visits all players.
//   - Players without a key use only bounded memory, and so does what is kept of a player's
//     activity.
//
// All methods of all types are safe for concurrent use.
package ledger

import (
	"errors"
	"sync"
	"time"

	"clickky/sync/game"
)

// ErrLoaded is returned by Load if the ledger was already loaded.
var ErrLoaded = errors.New("the counts are already loaded")

// Ledger is the running game. Make one with New; people can play once Open was called. Its methods
// lock the mutex and leave the work to guarded.
type Ledger struct {
	loaded chan struct{} // closed by Open

	mu sync.Mutex
	guarded
}

// guarded is everything that the mutex of a Ledger guards. Its methods are called with the mutex
// held.
type guarded struct {
	hasLoaded bool
	isOpen    bool
	state     *game.State

	newPlayers           map[string]*player // who have clicked here and are in no event yet
	unlogged             uint64             // own clicks that the log doesn't have: in the outbox or in flight
	outbox               outbox
	claims               map[string]string         // own claims on which the log hasn't decided, by login name
	ownPreferences       map[string]*ownPreference // own preferences on which the log hasn't decided, by login name
	unclaimedPreferences unclaimedPreferences
	keysRevision         uint64        // incremented with each change of owners and claims
	newRecord            chan struct{} // closed and replaced when a record is added
	health               game.Health

	unsaved unsaved
	storage storage
	totals  totals
	news    news

	ranking        ranking
	today          today
	clock          clock
	online         online
	publicRevision uint64 // incremented when a player hides, no longer hides, or loses the name
	baseline       uint64 // the part of the global count that wasn't clicked in this server's time
	wakeups        chan struct{}
	sleeping       bool // the next activity sends to wakeups
	changes        changes
}

// storage is how far the store is, as reported to the ledger.
type storage struct {
	position uint64 // the position in the log that the store has
	total    uint64 // the global count there
}

// New returns an empty ledger.
func New() *Ledger {
	state, _ := game.Load(game.Contents{}, nil) // can't fail without players
	return &Ledger{loaded: make(chan struct{}), guarded: guarded{
		state:                state,
		newPlayers:           map[string]*player{},
		outbox:               outbox{due: make(chan struct{}, 1)},
		claims:               map[string]string{},
		ownPreferences:       map[string]*ownPreference{},
		unclaimedPreferences: unclaimedPreferences{},
		keysRevision:         1,
		newRecord:            make(chan struct{}),
		unsaved:              newUnsaved(),
		news:                 news{epoch: 1},
		clock:                clock{epoch: time.Now()},
		online:               online{sessions: map[string]map[*Session]struct{}{}, revision: 1},
		wakeups:              make(chan struct{}, 1),
		changes:              changes{removedNames: map[string]struct{}{}, wentOffline: map[*player]struct{}{}},
	}}
}

// Load takes over the contents of the store and sorts c.Players by rank. Times later than now come
// from a wrong clock, and become now. It fails with ErrLoaded if called twice, and where game.Load
// fails.
func (l *Ledger) Load(c game.Contents) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.hasLoaded {
		return ErrLoaded
	}
	ps := make([]player, len(c.Players)) // one allocation for all
	state, err := game.Load(c, func(i int) *game.Entry { return &ps[i].loaded })
	if err != nil {
		return err
	}
	l.state = state
	lines := linesOf(c.Players, secondsOf(time.Now()))
	for i := range ps {
		p := &ps[i]
		p.entry, p.name, p.seen, p.stored = &p.loaded, p.loaded.Name, lines[i].Seen, true
		p.loaded.Local = p
		l.ranking.push(&p.place, p.loaded.Clicks)
		l.today.add(p)
	}
	l.changes.loaded = lines
	l.storage.total, l.storage.position = state.Total(), c.Position
	l.hasLoaded = true
	return nil
}

// Open lets people play.
func (l *Ledger) Open() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.isOpen {
		l.baseline, l.isOpen = l.total(), true // nothing was clicked in this server's time yet
		close(l.loaded)
	}
}

// Loaded returns a channel that Open closes. Before that, nobody plays.
func (l *Ledger) Loaded() <-chan struct{} { return l.loaded }

// total returns the global count that everybody sees.
func (g *guarded) total() uint64 { return g.state.Total() + g.unlogged }

// Standing returns the place of the player with this login name, whether or not the player exists.
func (l *Ledger) Standing(name string) game.Standing {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.standing(name, l.lookup(name))
}

// standing returns the place of p, or of somebody who hasn't clicked yet if p is nil.
func (g *guarded) standing(name string, p *player) game.Standing {
	g.startDay()
	s := game.Standing{Name: name, Today: g.today.standing(p)}
	if p == nil {
		s.Place = g.ranking.at(nil)
		s.Of++
	} else {
		s.Name, s.Place = p.name, g.ranking.at(p.tier)
	}
	return s
}
