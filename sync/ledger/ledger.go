// Package ledger is the running game on one server: a game.State behind one mutex, with this
// server's own clicks that are not in the log yet laid over it: clicks and claims count here at
// once, and the log decides. It lives in memory only.
//
// It guarantees that
//   - a click counts once, whether it is still in memory, on its way into the log or back from it,
//     and in one step for the player and for everybody;
//   - a click, a rank and a count take constant time, however many players there are; setting a
//     count takes time in proportion to how many different counts there are;
//   - what the owner of a name chooses counts at once here, and in the end everywhere; somebody
//     without a key fills nothing but bounded memory;
//   - what it remembers of when and how fast a player clicks is bounded, a day at most. Only when
//     the player was last seen is saved, and nothing of it is in the log.
//
// All methods of all types are safe for concurrent use.
package ledger

import (
	"errors"
	"sync"
	"time"

	"clickky/sync/game"
)

// ErrLoaded is returned by Load when the ledger has its counts already.
var ErrLoaded = errors.New("the counts are already loaded")

// Ledger is the game's state. Make one with New; it can be played once Open has
// been called.
//
// Its methods lock, and leave the work to the book.
type Ledger struct {
	loaded chan struct{} // closed by Open

	mu sync.Mutex
	book
}

// book is what the mutex of a Ledger guards. Its methods are called with the mutex held.
type book struct {
	hasLoaded bool
	isOpen    bool
	state     *game.State

	// What only this server knows of players, and what of it is on its way into the log.
	early            map[string]*player // who have clicked here and are in no event yet
	ahead            uint64             // own clicks that the log does not have: in the outbox and in flight
	outbox           outbox
	due              chan struct{}              // has a value when there is something to Drain
	claims           map[string]string          // own claims that the log has not decided, by login name
	chosen           map[string]*choice         // own preferences that the log has not decided, by login name
	earlyPreferences map[string]earlyPreference // by login name
	keysRevision     uint64                     // grows with each change of owners and claims
	newRecord        chan struct{}              // closed, and replaced, when there is a record more
	health           game.Health

	unsaved unsaved
	storage storage
	totals  totals

	ranking        ranking
	clock          clock
	online         map[string]map[*Session]struct{} // sessions by name
	onlineRevision uint64                           // grows whenever a name comes or leaves
	raised         uint64                           // how much of the global count is not clicks of this server's time
	woken          chan struct{}
	dozing         bool // woken is to be told what happens

	// For the next Survey.
	loadedLines []Line              // until the first one
	moved       []*player           // changed since the last one
	left        map[string]struct{} // names that players lost since the last one
	departed    []*player           // whose last session has left since the last one with moved players
	busy        []*player           // who had a rate at the last one, or were about to
}

// storage is how far the store is, as the ledger was told.
type storage struct {
	position uint64 // in the log, that the store has
	total    uint64 // the global count there
}

// New returns an empty ledger.
func New() *Ledger {
	state, _ := game.Load(game.Contents{}, nil) // no name can come twice
	return &Ledger{loaded: make(chan struct{}), book: book{
		state:            state,
		early:            map[string]*player{},
		due:              make(chan struct{}, 1),
		claims:           map[string]string{},
		chosen:           map[string]*choice{},
		earlyPreferences: map[string]earlyPreference{},
		keysRevision:     1,
		newRecord:        make(chan struct{}),
		unsaved:          newUnsaved(),
		clock:            clock{epoch: time.Now()},
		online:           map[string]map[*Session]struct{}{},
		onlineRevision:   1,
		woken:            make(chan struct{}, 1),
		left:             map[string]struct{}{},
	}}
}

// Load takes over what the store has, and sorts c.Players. Nobody was seen later than now: if
// so, somebody's clock was wrong. It fails with ErrLoaded when called a second time, and as
// game.Load does.
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
	}
	l.ranking.load(ps, lines)
	l.loadedLines = lines
	l.storage.total, l.storage.position = state.Total(), c.Position
	l.hasLoaded = true
	return nil
}

// Open lets people play.
func (l *Ledger) Open() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.isOpen {
		l.raised, l.isOpen = l.total(), true // none of it is of this server's time
		close(l.loaded)
	}
}

// Loaded is closed by Open: before that, nobody plays.
func (l *Ledger) Loaded() <-chan struct{} { return l.loaded }

// total returns the global count as everybody sees it.
func (b *book) total() uint64 { return b.state.Total() + b.ahead }

// Standing is where the player of that login name stands, whether or not there
// is one.
func (l *Ledger) Standing(name string) game.Standing {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.standing(name, l.lookup(name))
}

// standing of a player, or of somebody who has not scored yet when p is nil.
func (b *book) standing(name string, p *player) game.Standing {
	if p == nil {
		// Everybody with a click is above; those without share the place.
		rank := 1 + b.players() - b.ranking.zeros()
		return behind(game.Standing{Name: name, Rank: rank, Of: b.players() + 1}, b.ranking.lowest())
	}
	return behind(game.Standing{Name: p.name, Clicks: p.at.clicks, Rank: p.at.rank, Of: b.players(), Ties: p.at.size - 1}, p.at.up)
}
