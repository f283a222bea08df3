// Package ledger is the truth of a running game: who has how many clicks, who
// is where in the ranking, who is online, which keys a name belongs to, and what
// its player has chosen. It lives in memory only, as what the database had at the
// start (Load), with the events of the journal since then folded in (Fold), and
// with this server's own clicks that are not in the journal yet laid over it (Take).
//
// It guarantees that
//   - a click is counted for the player and for everybody in one step: no
//     reader ever sees one without the other;
//   - a click counts once, whether it is still in memory, on its way into the
//     journal or back from it;
//   - a name that belongs to nobody is given to one key only, the first that
//     scores under it, in the order of the journal, and from then on nobody
//     else scores under it;
//   - the global count never goes down, and a player's count only by an act of an
//     admin;
//   - what admins do takes effect in the order of the journal, and the clicks that
//     were on their way then follow whoever was renamed;
//   - what the owner of a name chooses counts at once on this server, and in the end
//     everywhere; who has no key for a name fills nothing but bounded memory;
//   - a click, a rank and a count take constant time, however many players
//     there are; setting a count takes time in proportion to how many different
//     counts there are;
//   - what it remembers of when and how fast a player clicks is bounded, a day at
//     most, and of this server's time only, but for when the player was last seen,
//     which goes to the store along with the count: nobody else is told, and nothing
//     of it is journaled;
//   - a player counts as online once, on however many servers, as far as these say
//     who is there; their word changes nothing else;
//   - readers get immutable snapshots and never hold up a click, and nobody
//     who is slow holds up anybody else: a mailbox has one slot that always
//     holds the newest snapshot.
//
// All methods of all types are safe for concurrent use.
package ledger

import (
	"errors"
	"slices"
	"sync"
	"time"

	"clickky/sync/game"
)

// ErrLoaded is returned by Load when the ledger has its counts already.
var ErrLoaded = errors.New("the counts are already loaded")

// Ledger is the game's state. Make one with New; it can be played once Open has
// been called.
type Ledger struct {
	loaded chan struct{} // closed by Open
	opened sync.Once
	epoch  time.Time
	woken  chan struct{}
	due    chan struct{} // has a value when there is something to Take

	mu               sync.Mutex
	loadedOnce       bool
	isOpen           bool
	state            *game.State
	early            map[string]*player // who have clicked here and are in no event yet
	ahead            uint64             // own clicks that the log does not have: in the outbox and in flight
	outbox           outbox
	claims           map[string]string          // own claims that the log has not decided, by login name
	chosen           map[string]*choice         // own preferences that the log has not decided, by login name
	earlyPreferences map[string]earlyPreference // by login name
	unsaved          unsaved
	storage          storage
	totals           totals
	journalDown      bool
	keysRevision     uint64        // grows with each change of owners and claims
	newRecord        chan struct{} // closed, and replaced, when there is a record more
	ranking          ranking

	online         map[string]map[*Seat]struct{} // sessions by name
	onlineRevision uint64                        // grows whenever a name comes or leaves
	clock          clock
	dozing         bool // Woken is to be told what happens
	raised         uint64
	loadedLines    []Line              // until the first Survey
	moved          []*player           // changed since the last Survey
	left           map[string]struct{} // names that players lost since the last Survey
	departed       []*player           // whose last session has left since the last Survey with moved players
	busy           []*player           // who had a rate at the last Survey, or were about to
}

// storage is what the ledger was told about the store.
type storage struct {
	position  uint64 // in the log, that the store has
	total     uint64 // the global count there
	lastSaved time.Time
	down      bool
	refuses   bool // it answered, when it was last found to be down
	ownership game.Ownership
}

// New returns an empty ledger.
func New() *Ledger {
	state, _, _ := game.Load(game.Contents{}) // no name can come twice
	l := &Ledger{
		loaded:           make(chan struct{}),
		epoch:            time.Now(),
		woken:            make(chan struct{}, 1),
		due:              make(chan struct{}, 1),
		state:            state,
		early:            map[string]*player{},
		claims:           map[string]string{},
		chosen:           map[string]*choice{},
		earlyPreferences: map[string]earlyPreference{},
		unsaved:          newUnsaved(),
		keysRevision:     1,
		newRecord:        make(chan struct{}),
		online:           map[string]map[*Seat]struct{}{},
		left:             map[string]struct{}{},
		onlineRevision:   1,
	}
	return l
}

// Load is Restore for a game in which no admin has ever acted.
func (l *Ledger) Load(players []game.Player, total, position uint64, owners ...game.Owner) error {
	return l.Restore(game.Contents{Players: slices.Clone(players), Total: total, Position: position, Owners: owners})
}

// Restore takes over what the store has, and sorts c.Players. Nobody was seen later than now: if
// so, somebody's clock was wrong. It fails with ErrLoaded when called a second time, and as
// game.Load does.
func (l *Ledger) Restore(c game.Contents) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.loadedOnce {
		return ErrLoaded
	}
	state, ranked, err := game.Load(c)
	if err != nil {
		return err
	}
	l.state = state
	lines := linesOf(c.Players, secondsOf(time.Now()))
	ps := make([]player, len(ranked)) // one allocation for all
	for i := range ranked {
		e, p := &ranked[i], &ps[i]
		p.entry, p.name, p.seen, p.stored = e, e.Name, lines[i].Seen, true
		e.Local = p
	}
	l.ranking.load(ps, lines)
	l.loadedLines = lines
	l.storage.total, l.storage.position = state.Total(), c.Position
	l.loadedOnce = true
	return nil
}

// Open lets people play.
func (l *Ledger) Open() {
	l.opened.Do(func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.raised, l.isOpen = l.total(), true // none of it is of this server's time
		close(l.loaded)
	})
}

// Loaded is closed by Open: before that, nobody plays.
func (l *Ledger) Loaded() <-chan struct{} { return l.loaded }

// total returns the global count as everybody sees it. l.mu is held.
func (l *Ledger) total() uint64 { return l.state.Total() + l.ahead }

// Standing is where the player of that login name stands, whether or not there
// is one.
func (l *Ledger) Standing(name string) game.Standing {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.standing(name, l.lookup(name))
}

// standing of a player, or of somebody who has not scored yet when p is nil.
// l.mu is held.
func (l *Ledger) standing(name string, p *player) game.Standing {
	if p == nil {
		// Everybody with a click is above; those without share the place.
		rank := 1 + l.players() - l.ranking.zeros()
		return behind(game.Standing{Name: name, Rank: rank, Of: l.players() + 1}, l.ranking.lowest())
	}
	return behind(game.Standing{Name: p.name, Clicks: p.at.clicks, Rank: p.at.rank, Of: l.players(), Ties: p.at.size - 1}, p.at.up)
}
