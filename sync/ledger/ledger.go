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
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// ErrLoaded is returned by Load when the ledger has its counts already.
var ErrLoaded = errors.New("the counts are already loaded")

// player is one player who has scored. The ledger's mutex guards it.
type player struct {
	name     string
	at       *tier     // nil for a moment while the player moves
	activity *activity // nil until the player clicks
	pending  uint32    // own clicks that no event has yet
	taken    uint32    // own clicks in an event that has not been folded yet
	seen     uint32    // when the player last clicked or left, as in Balance
	changed  uint64    // the position of the journal at which what the store is to have last changed
	unsaved  bool      // is in Ledger.unsaved
	parted   bool      // has left, which the store may not know, and the journal does not tell
	moved    bool      // is in Ledger.moved
	busy     bool      // is in Ledger.busy
	departed bool      // is in Ledger.departed
	known    bool      // the journal has the player, or the store
	stored   bool      // the store has a row of that name, for all that is known
	gone     bool      // was deleted, or became one with another
}

// balance is the count as everybody sees it.
func (p *player) balance() Balance { return Balance{Name: p.name, Clicks: p.at.clicks, Seen: p.seen} }

// logged is the count as the journal has it.
func (p *player) logged() uint64 { return p.at.clicks - uint64(p.pending) - uint64(p.taken) }

func (p *player) loggedBalance() Balance {
	return Balance{Name: p.name, Clicks: p.logged(), Seen: p.seen}
}

// Ledger is the game's state. Make one with New; it can be played once Open has
// been called.
type Ledger struct {
	loaded chan struct{} // closed by Open
	opened sync.Once
	epoch  time.Time
	pace   pace
	turned atomic.Int64  // when Run last turned over, since the epoch
	stir   chan struct{} // gets a value when Run is to wake
	due    chan struct{} // has a value when there is something to Take

	mu         sync.Mutex
	loadedOnce bool
	players    map[string]*player   // by exact name
	folded     map[string][]*player // by lower-case name, those with capitals in theirs
	ranking    ranking
	total      uint64
	online     map[string]map[*Seat]struct{} // sessions by name
	away       elsewhere
	journal    progress
	pending    []*player           // with pending clicks
	nobody     uint64              // pending clicks of players who were deleted
	unsaved    []*player           // of whom the store may lack something
	moved      []*player           // changed since the last table of a board
	left       map[string]struct{} // names that players lost since the last table
	departed   []*player           // whose last session has left since the last table
	busy       []*player           // who had a rate when the last board was made, or were about to
	keys       keyring
	acts       actlog
	choices    choices
	storage    storage
	totals     totals
	rate       rate
	history    history
	milestones milestones
	settled    uint64 // the global count without the clicks of the last moment
	dozing     bool   // Run sleeps until it is stirred
	clock      clock
	onlineAt   int       // in ticks of rate, when the last change of who is online was told
	latest     *Snapshot // as last published
	subs       [phases][]*Subscription
	nextSub    int

	boards boards
}

// progress is how far the ledger is in the journal.
type progress struct {
	position uint64 // of the last event that was folded
	total    uint64 // the global count up to there
	sum      uint64 // of all players' counts up to there
	down     bool
}

// storage is what the ledger was told about the store.
type storage struct {
	position  uint64 // in the journal, that the store has
	total     uint64 // the global count there
	lastSaved time.Time
	down      bool
	refuses   bool // it answered, when it was last found to be down
	ownership Ownership
	// incomplete tells that the store has lost rows, and that everything is unsaved.
	incomplete bool
}

// New returns an empty ledger.
func New() *Ledger {
	l := &Ledger{
		loaded:  make(chan struct{}),
		epoch:   time.Now(),
		stir:    make(chan struct{}, 1),
		due:     make(chan struct{}, 1),
		players: make(map[string]*player),
		folded:  make(map[string][]*player),
		online:  make(map[string]map[*Seat]struct{}),
		left:    make(map[string]struct{}),
		latest:  &Snapshot{},
		// The first change is told at once.
		onlineAt: -onlineEvery,
		keys:     newKeyring(),
		acts:     newActlog(),
		choices:  newChoices(),
		away:     newElsewhere(),
	}
	l.boards.latest = &Board{boards: &l.boards}
	l.pace.told.interval.Store(int64(interval))
	return l
}

// Contents is what a store has, each in any order but for the records.
type Contents struct {
	Players []Balance
	// Total is the global count, and Position that in the journal which all of
	// it reaches.
	Total, Position uint64
	Owners          []Owner
	// Choices are those of players, each with its name once.
	Choices []Choice
	Bans    []BanUntil
	// Records are the newest, in the order of their numbers: KeptRecords of
	// them, or all that there are.
	Records []Record
}

// Load is Restore for a game in which no admin has ever acted.
func (l *Ledger) Load(balances []Balance, total, position uint64, owners ...Owner) error {
	return l.Restore(Contents{Players: balances, Total: total, Position: position, Owners: owners})
}

// Restore takes over what the store has. The global count is raised to the sum of
// all players if it is less, and nobody was seen later than now: somebody's clock was
// wrong. It fails with ErrLoaded when called a second time, and when a name comes
// twice.
func (l *Ledger) Restore(c Contents) error {
	l.boards.mu.Lock()
	defer l.boards.mu.Unlock()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.loadedOnce {
		return ErrLoaded
	}
	sorted := append([]Balance(nil), c.Players...)
	sortBalances(sorted)
	players := make(map[string]*player, len(sorted))
	ps := make([]player, len(sorted)) // one allocation for all
	var sum uint64
	now := secondsOf(time.Now())
	for i := range sorted {
		b := &sorted[i]
		if players[b.Name] != nil {
			return fmt.Errorf("load counts: player %q appears twice", b.Name)
		}
		b.Seen = min(b.Seen, now)
		ps[i].name, ps[i].seen, ps[i].known, ps[i].stored, ps[i].changed = b.Name, b.Seen, true, true, c.Position
		players[b.Name] = &ps[i]
		sum += b.Clicks
	}
	l.players = players
	l.ranking.load(ps, sorted)
	l.boards.latest = &Board{table: newTable(sorted), boards: &l.boards}
	l.foldNames(ps)
	l.keys.load(c.Owners)
	l.acts.load(c.Records, c.Bans)
	l.choices.load(c.Choices)
	l.total = max(c.Total, sum)
	l.journal = progress{total: l.total, sum: sum}
	l.arrive(c.Position)
	l.storage.total, l.storage.position = l.total, c.Position
	l.loadedOnce = true
	return nil
}

// Open lets people play. What was folded before is not taken for clicking.
func (l *Ledger) Open() {
	l.opened.Do(func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.rate.reset(l.total)
		l.history.reset(l.total)
		l.milestones.reset(l.total)
		l.settled = l.total
		close(l.loaded)
	})
}

// foldNames lets a player whose name the old version kept with capitals be
// reached under the lower-case login name, unless somebody has that very name.
// Among several the one with the most clicks is meant, who comes first here.
func (l *Ledger) foldNames(players []player) {
	for i := range players {
		p := &players[i]
		if low := strings.ToLower(p.name); low != p.name {
			l.folded[low] = append(l.folded[low], p)
		}
	}
}

// Loaded is closed by Open: before that, nobody plays.
func (l *Ledger) Loaded() <-chan struct{} { return l.loaded }

// lookup finds the player that a login name means. l.mu is held.
func (l *Ledger) lookup(name string) *player {
	if p := l.players[name]; p != nil {
		return p
	}
	if folded := l.folded[name]; len(folded) > 0 {
		return folded[0]
	}
	return nil
}

// player returns the player of that exact name, made if there is none. l.mu is
// held.
func (l *Ledger) player(name string) *player {
	p := l.players[name]
	if p == nil {
		p = &player{name: name}
		l.name(p)
		l.ranking.enter(p, 0)
		l.shift(p)
	}
	return p
}

// meet notes that the journal has the player. l.mu is held.
func (l *Ledger) meet(p *player) {
	if !p.known {
		p.known = true
		delete(l.acts.removed, p.name)
	}
}

// score counts one click of p, wherever it was made. l.mu is held.
func (l *Ledger) score(p *player) {
	l.stirred()
	l.ranking.bump(p)
	l.total++
	l.shift(p)
}

// shift notes that the board has to say something else of the player. l.mu is held.
func (l *Ledger) shift(p *player) {
	if !p.moved { // grows to at most one entry for each player
		p.moved = true
		l.moved = append(l.moved, p)
	}
}

// Standing is where the player of that login name stands, whether or not there
// is one.
func (l *Ledger) Standing(name string) Standing {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.standing(name, l.lookup(name))
}

// standing of a player, or of somebody who has not scored yet when p is nil.
// l.mu is held.
func (l *Ledger) standing(name string, p *player) Standing {
	if p == nil {
		// Everybody with a click is above; those without share the place.
		rank := 1 + len(l.players) - l.ranking.zeros()
		return Standing{Name: name, Rank: rank, Of: len(l.players) + 1}.behind(l.ranking.lowest())
	}
	return Standing{Name: p.name, Clicks: p.at.clicks, Rank: p.at.rank, Of: len(l.players), Ties: p.at.size - 1}.behind(p.at.up)
}
