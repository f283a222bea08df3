// Package cluster is how the servers of one game know of each other, by NATS.
//
// Dial guarantees that the connection is made again for as long as it is needed, that nothing is
// sent late which was meant for now, and that no password and no content of a credentials file is
// ever logged, or is in an error.
//
// Presence guarantees that
//   - what a server says of itself is known to all others within about a second, and
//     so is that it leaves; a server that is silent for five seconds has nobody
//     online any more, and is back as soon as it is heard again;
//   - whatever was lost on the way is noticed and told again; nothing has to be
//     acknowledged or stored, and no server waits for another;
//   - what others say is checked and bounded: a message that makes no sense, or that
//     a later version has sent, changes nothing, and neither many servers nor many
//     names take more than bounded memory;
//   - it changes nothing in the game but who is online elsewhere: whoever can write
//     to NATS can write the journal as well, and is trusted with the game.
//
// Listen and Try are for whoever looks from outside: they send nothing, and no server
// knows of them.
//
// Codes guarantees that a code is used once, whichever server it comes to.
//
// All methods are safe for concurrent use.
package cluster

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

// Subjects; each ends with the run of a server. On the first it tells of itself, on
// the second it is asked.
const (
	presencePrefix = "clickky.v1.presence."
	askPrefix      = "clickky.v1.ask."
)

const (
	// beatEvery is how often a server says that it is there, goneAfter how long it
	// may be silent, and forgottenAfter for how long it is remembered then.
	beatEvery      = time.Second
	goneAfter      = 5 * time.Second
	forgottenAfter = time.Minute
	// aloneAfter is for how long nobody else may have been heard by whoever is alone.
	aloneAfter = 15 * time.Second
	// answerIn is how long another server may take to answer, and byeIn how long
	// leaving may take.
	answerIn = time.Second
	byeIn    = time.Second
)

// Report is what a server says of itself each second.
type Report struct {
	// Players is how many different ones are connected to it, with so many Sessions.
	Players  int `json:"players"`
	Sessions int `json:"sessions"`
	// Folded is the position in the journal up to which it has taken in the game,
	// and Stored the one of the database, as far as it knows.
	Folded uint64 `json:"folded"`
	Stored uint64 `json:"stored"`
	// Unjournaled is how many clicks only its memory has.
	Unjournaled uint64 `json:"unjournaled"`
	// JournalDown and StoreDown tell that these cannot be reached.
	JournalDown bool `json:"journal_down,omitempty"`
	StoreDown   bool `json:"store_down,omitempty"`
}

// Self is a server as it presents itself. All but Saved and Log is required, and no
// function may wait for anything.
type Self struct {
	// Run, Name, Version and HostKey are those of a Member.
	Run, Name, Version, HostKey string
	// Started is since when it has been running.
	Started time.Time
	// Report returns how it is.
	Report func() Report
	// Names returns the names of the players who are connected, and a revision that
	// changes whenever they do; no names if that is the known one.
	Names func(known uint64) (names []string, revision uint64)
	// Sessions returns those of a player.
	Sessions func(name string) []Session
	// Elsewhere learns which names have come to another server, and which have left
	// it, and Gone that it has none any more. Both are called by one goroutine.
	Elsewhere func(run string, come, left []string)
	Gone      func(run string)
	// Saved learns up to where another server says that the database is, whenever one
	// says so of a position that it has not said before.
	Saved func(position uint64)
	// Log gets who comes and goes.
	Log *slog.Logger
}

// Presence is the servers of a game as one of them knows them. Join makes one.
type Presence struct {
	self    Self
	wire    wire
	log     *slog.Logger
	in      chan *nats.Msg
	leaving chan struct{} // closed by Leave
	done    chan struct{} // closed when run has returned
	leave   sync.Once
	stops   []func() // end the subscriptions
	changed chan struct{}

	// Only run touches these.
	register register
	puzzled  bool // a message made no sense; for one line in the log
	crowded  bool // there were too many servers; likewise

	mu      sync.Mutex
	own     beat
	ownLag  uint64
	peers   peers
	members []Member
	link    uint64    // the connection
	since   time.Time // when it was made or found; zero while there is none
}

// Join tells the other servers that this one is there, and listens to them, until
// Leave is called. It does not wait: while NATS is away, it is as if there were
// nobody else. The caller keeps the connection open until then.
func Join(nc *nats.Conn, self Self) (*Presence, error) { return join(natsWire{nc}, self) }

func join(w wire, self Self) (*Presence, error) {
	if !isRun(self.Run) {
		return nil, fmt.Errorf("join the other servers: %q isn't a valid run ID", self.Run)
	}
	p := &Presence{
		self: self, wire: w, log: self.Log, in: make(chan *nats.Msg), leaving: make(chan struct{}), done: make(chan struct{}),
		changed: make(chan struct{}, 1), peers: peers{},
	}
	if p.log == nil {
		p.log = slog.New(slog.DiscardHandler)
	}
	p.self.Name, p.self.Version, p.self.HostKey = label(self.Name), label(self.Version), text(self.HostKey, maxHostKey)
	if p.self.Name == "" {
		p.self.Name = self.Run
	}
	for _, subject := range []string{presencePrefix + "*", askPrefix + self.Run} {
		stop, err := w.subscribe(subject, p.take)
		if err != nil {
			p.unsubscribe()
			return nil, fmt.Errorf("join the other servers: %w", err)
		}
		p.stops = append(p.stops, stop)
	}
	p.beat() // so that this one is a member from the beginning
	p.renew()
	go p.run()
	return p, nil
}

// take hands a message to run.
func (p *Presence) take(m *nats.Msg) {
	select {
	case p.in <- m:
	case <-p.leaving:
	}
}

func (p *Presence) unsubscribe() {
	p.leave.Do(func() { close(p.leaving) })
	for _, stop := range p.stops {
		stop()
	}
}

// Leave tells the other servers that this one leaves, and waits until all has
// ended. Nobody is online elsewhere from then on. Leaving again only waits.
func (p *Presence) Leave() {
	p.leave.Do(func() { close(p.leaving) })
	<-p.done
}

// run is the one goroutine that does it all.
func (p *Presence) run() {
	defer close(p.done)
	beats := time.NewTicker(beatEvery)
	defer beats.Stop()
	for {
		select {
		case <-p.leaving:
			p.bye()
			return
		case <-beats.C:
			p.beat()
			p.expire(time.Now())
		case m := <-p.in:
			p.hear(m)
		}
		p.renew()
	}
}

// bye ends the subscriptions and says so.
func (p *Presence) bye() {
	p.unsubscribe()
	if _, up := p.wire.link(); up {
		p.tell(message{V: format, Bye: true})
		ctx, cancel := context.WithTimeout(context.Background(), byeIn)
		defer cancel()
		_ = p.wire.FlushWithContext(ctx) // whoever does not hear it finds out
	}
	p.mu.Lock()
	runs := slices.Collect(maps.Keys(p.peers))
	p.mu.Unlock()
	for _, run := range runs {
		p.self.Gone(run)
	}
}

// beat tells of this server. While there is no connection it does not: what would be
// sent later on would be old.
func (p *Presence) beat() {
	now := time.Now()
	r := p.self.Report()
	link, up := p.wire.link()
	p.mu.Lock()
	switch {
	case !up:
		p.since = time.Time{}
	case p.since.IsZero() || link != p.link:
		p.link, p.since = link, now
	}
	p.mu.Unlock()
	if up {
		p.tellNames(now)
	}
	b := beat{
		Name: p.self.Name, Version: p.self.Version, HostKey: p.self.HostKey, Started: p.self.Started.UTC(), At: now.UTC(),
		Report: r, Names: p.register.number,
	}
	p.mu.Lock()
	p.own = b
	p.ownLag = p.peers.newest(b.Folded) - b.Folded
	p.mu.Unlock()
	if up {
		p.tell(message{V: format, Beat: &b})
	}
}

// tellNames tells who is here, as far as the others may not know.
func (p *Presence) tellNames(now time.Time) {
	names, revision := p.self.Names(p.register.source)
	p.register.source = revision
	for _, part := range p.register.changes(names, now, min(maxPart, int(p.wire.MaxPayload()))) {
		p.publish(presencePrefix+p.self.Run, part)
	}
}

func (p *Presence) tell(m message) { p.publish(presencePrefix+p.self.Run, encode(m)) }

func (p *Presence) publish(subject string, data []byte) {
	if err := p.wire.Publish(subject, data); err != nil {
		p.log.Debug("couldn't notify another server", "subject", subject, "err", err)
	}
}

// expire finds out who is not heard any more.
func (p *Presence) expire(now time.Time) {
	type gone struct{ run, name string }
	var silent []gone
	p.mu.Lock()
	for run, known := range p.peers {
		switch ago := now.Sub(known.heard); {
		case ago >= forgottenAfter:
			delete(p.peers, run)
		case ago >= goneAfter && !known.silent:
			known.silent = true
			known.names.forget()
			silent = append(silent, gone{run, known.Name})
		}
	}
	p.mu.Unlock()
	for _, g := range silent {
		p.log.Warn("another server went silent; its players no longer count as online", "server", g.name, "run", g.run)
		p.self.Gone(g.run)
	}
}

// renew makes the list of the servers anew, and says so if something has changed
// that matters.
func (p *Presence) renew() {
	p.mu.Lock()
	here := memberOf(p.self.Run, &p.own, p.ownLag)
	here.Here = true
	members := sorted(append(p.peers.members(), here))
	same := alike(p.members, members)
	p.members = members
	p.mu.Unlock()
	if same {
		return
	}
	select {
	case p.changed <- struct{}{}:
	default:
	}
}

// Members are the servers of the game by their names, this one among them, and
// those that have been silent for less than a minute. The list must not be changed.
func (p *Presence) Members() []Member {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.members
}

// Changed has a value when a server has come or gone, or its state, version or host
// key has changed. It is never closed.
func (p *Presence) Changed() <-chan struct{} { return p.changed }

// On returns the names of the other servers that a player is connected to, by the
// name on the leaderboard, and their runs.
func (p *Presence) On(name string) []Member {
	p.mu.Lock()
	defer p.mu.Unlock()
	var on []Member
	for _, m := range p.members {
		if known := p.peers[m.Run]; known != nil {
			if _, ok := known.names.names[name]; ok {
				on = append(on, m)
			}
		}
	}
	return on
}

// Names returns the names of the players who are connected to other servers, in any
// order.
func (p *Presence) Names() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var names []string
	for _, known := range p.peers {
		names = slices.AppendSeq(names, maps.Keys(known.names.names))
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Alone tells whether certainly no other server plays the game: this one has been
// connected for long enough to hear of any, and none that has not said that it
// leaves was heard in the last 15 s. It is meant for the end, before Leave.
func (p *Presence) Alone() bool {
	link, up := p.wire.link()
	p.mu.Lock()
	defer p.mu.Unlock()
	if !up || link != p.link || p.since.IsZero() || time.Since(p.since) < goneAfter {
		return false
	}
	for _, known := range p.peers {
		if time.Since(known.heard) < aloneAfter {
			return false
		}
	}
	return true
}
