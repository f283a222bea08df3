// Package cluster is how the servers of one game know of each other, over NATS: connecting (Dial),
// who is there and who plays where (Presence), and one-time codes (Codes). DESIGN.md explains why.
//
//   - Dial reconnects for as long as necessary. No password gets into a log or an error.
//   - What a server reports is known to all others within about a second. After five seconds of
//     silence, none of its players is online.
//   - Messages of others are validated and bounded. A code is redeemed once, on whichever server.
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

	"clickky/sync/game"
)

// Subjects, each followed by a run: a server broadcasts on the first, and gets requests on the
// second.
const (
	presencePrefix = "clickky.v1.presence."
	askPrefix      = "clickky.v1.ask."
)

const (
	// heartbeatInterval is the time between two heartbeats. A server is silent after silentAfter
	// without one, and is forgotten after forgetAfter.
	heartbeatInterval = time.Second
	silentAfter       = 5 * time.Second
	forgetAfter       = time.Minute
	// aloneAfter is how long no other server may have been heard if this one is alone.
	aloneAfter = 15 * time.Second
	// requestTimeout limits a request to another server, and goodbyeTimeout leaving.
	requestTimeout = time.Second
	goodbyeTimeout = time.Second
)

// Report is what a server reports about itself each second.
type Report struct {
	// Players is the number of connected players, and Sessions that of their sessions.
	Players  int `json:"players"`
	Sessions int `json:"sessions"`
	// Applied is the position in the journal of the last applied event, and Stored that of the
	// database, as far as known.
	Applied uint64 `json:"folded"`
	Stored  uint64 `json:"stored"`
	// Unjournaled is how many clicks only its memory has.
	Unjournaled uint64 `json:"unjournaled"`
	// JournalDown and StoreDown report whether these can't be reached.
	JournalDown bool `json:"journal_down,omitempty"`
	StoreDown   bool `json:"store_down,omitempty"`
}

// Self is this server. Everything but PeerSaved and Log is required, and no function may block.
type Self struct {
	// Run, Name, Version and HostKey are those of a game.Server.
	Run, Name, Version, HostKey string
	// Started is when the server started.
	Started time.Time
	// Report returns the current report.
	Report func() Report
	// Names returns the names of the connected players, and a revision that changes whenever they
	// do. If the caller knows the revision, it returns no names.
	Names func(known uint64) (names []string, revision uint64)
	// Sessions returns the sessions of a player.
	Sessions func(name string) []game.SessionInfo
	// NamesChanged is called with the names that went online and offline on another server, and
	// PeerGone when it has none any longer. Both are called by one goroutine.
	NamesChanged func(run string, come, left []string)
	PeerGone     func(run string)
	// PeerSaved is called with the position of the database that another server reports, if it is
	// newer than that server's previous report.
	PeerSaved func(position uint64)
	// Log gets servers that join and leave.
	Log *slog.Logger
}

// Presence is the servers of a game, as known to one of them. Join makes one.
type Presence struct {
	self     Self
	conn     conn
	log      *slog.Logger
	messages chan *nats.Msg
	leaving  context.Context // ended by Leave
	leave    context.CancelFunc
	done     chan struct{} // closed after run has returned
	stops    []func()      // end the subscriptions

	// Only run touches these.
	names         ownNames
	invalidLogged bool      // an invalid message was logged as a warning
	tooManyLogged sync.Once // too many servers were logged

	mu             sync.Mutex
	own            heartbeat
	ownLag         uint64
	peers          peers
	members        []game.Server
	connection     uint64    // its number
	connectedSince time.Time // zero while there is none
}

// Join announces this server to the others and listens to them, until Leave is called. It doesn't
// wait: without NATS there simply are no other servers. The caller keeps the connection open until
// then.
func Join(nc *nats.Conn, self Self) (*Presence, error) { return join(natsConn{nc}, self) }

func join(w conn, self Self) (*Presence, error) {
	if !isValidRun(self.Run) {
		return nil, fmt.Errorf("join the other servers: %q isn't a valid run ID", self.Run)
	}
	p := &Presence{
		self: self, conn: w, log: self.Log, messages: make(chan *nats.Msg), done: make(chan struct{}), peers: peers{},
	}
	p.leaving, p.leave = context.WithCancel(context.Background())
	if p.log == nil {
		p.log = slog.New(slog.DiscardHandler)
	}
	p.self.Name, p.self.Version, p.self.HostKey = cleanLabel(self.Name), cleanLabel(self.Version), cleanText(self.HostKey, maxHostKey)
	if p.self.Name == "" {
		p.self.Name = self.Run
	}
	for _, subject := range []string{presencePrefix + "*", askPrefix + self.Run} {
		stop, err := w.subscribe(subject, p.deliver)
		if err != nil {
			p.unsubscribe()
			return nil, fmt.Errorf("join the other servers: %w", err)
		}
		p.stops = append(p.stops, stop)
	}
	p.sendHeartbeat() // so that this server is a member from the start
	p.updateMembers()
	go p.run()
	return p, nil
}

// deliver passes a message to run.
func (p *Presence) deliver(m *nats.Msg) {
	select {
	case p.messages <- m:
	case <-p.leaving.Done():
	}
}

func (p *Presence) unsubscribe() {
	p.leave()
	for _, stop := range p.stops {
		stop()
	}
}

// Leave announces that this server leaves, and waits until everything has ended. From then on,
// nobody is online elsewhere. Calling it again only waits.
func (p *Presence) Leave() {
	p.leave()
	<-p.done
}

func (p *Presence) run() {
	defer close(p.done)
	beats := time.NewTicker(heartbeatInterval)
	defer beats.Stop()
	for {
		select {
		case <-p.leaving.Done():
			p.sendGoodbye()
			return
		case <-beats.C:
			p.sendHeartbeat()
			p.expire(time.Now())
		case m := <-p.messages:
			p.receive(m)
		}
		p.updateMembers()
	}
}

// sendGoodbye ends the subscriptions and announces that this server leaves.
func (p *Presence) sendGoodbye() {
	p.unsubscribe()
	if _, up := p.conn.connection(); up {
		p.broadcast(message{V: format, Goodbye: true})
		ctx, cancel := context.WithTimeout(context.Background(), goodbyeTimeout)
		defer cancel()
		_ = p.conn.FlushWithContext(ctx) // the others notice the silence otherwise
	}
	p.mu.Lock()
	runs := slices.Collect(maps.Keys(p.peers))
	p.mu.Unlock()
	for _, run := range runs {
		p.self.PeerGone(run)
	}
}

// sendHeartbeat broadcasts the state of this server. It sends nothing without a connection, because
// it would arrive late.
func (p *Presence) sendHeartbeat() {
	now := time.Now()
	r := p.self.Report()
	link, up := p.conn.connection()
	p.mu.Lock()
	switch {
	case !up:
		p.connectedSince = time.Time{}
	case p.connectedSince.IsZero() || link != p.connection:
		p.connection, p.connectedSince = link, now
	}
	p.mu.Unlock()
	if up {
		p.sendNames(now)
	}
	b := heartbeat{
		Name: p.self.Name, Version: p.self.Version, HostKey: p.self.HostKey, Started: p.self.Started.UTC(), At: now.UTC(),
		Report: r, Names: p.names.number,
	}
	p.mu.Lock()
	p.own = b
	p.ownLag = p.peers.newest(b.Applied) - b.Applied
	p.mu.Unlock()
	if up {
		p.broadcast(message{V: format, Heartbeat: &b})
	}
}

// sendNames broadcasts the names that the others may not know.
func (p *Presence) sendNames(now time.Time) {
	names, revision := p.self.Names(p.names.revision)
	p.names.revision = revision
	for _, part := range p.names.updates(names, now, min(maxPart, int(p.conn.MaxPayload()))) {
		p.publish(presencePrefix+p.self.Run, part)
	}
}

func (p *Presence) broadcast(m message) { p.publish(presencePrefix+p.self.Run, encode(m)) }

func (p *Presence) publish(subject string, data []byte) {
	if err := p.conn.Publish(subject, data); err != nil {
		p.log.Debug("couldn't notify another server", "subject", subject, "err", err)
	}
}

// expire finds servers that have gone silent.
func (p *Presence) expire(now time.Time) {
	type gone struct{ run, name string }
	var silent []gone
	p.mu.Lock()
	for run, known := range p.peers {
		switch ago := now.Sub(known.lastHeartbeat); {
		case ago >= forgetAfter:
			delete(p.peers, run)
		case ago >= silentAfter && !known.silent:
			known.silent = true
			known.names = peerNames{}
			silent = append(silent, gone{run, known.Name})
		}
	}
	p.mu.Unlock()
	for _, g := range silent {
		p.log.Warn("another server went silent; its players no longer count as online", "server", g.name, "run", g.run)
		p.self.PeerGone(g.run)
	}
}

func (p *Presence) updateMembers() {
	p.mu.Lock()
	defer p.mu.Unlock()
	self := newMember(p.self.Run, &p.own, p.ownLag)
	self.Here = true
	p.members = sortMembers(append(p.peers.members(), self))
}

// Servers returns the servers of the game by name, including this one and those that have been
// silent for less than a minute. The caller must not modify the list.
func (p *Presence) Servers() []game.Server {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.members
}

// On returns the names of the other servers to which a player is connected. The player's name is
// that of the leaderboard.
func (p *Presence) On(player string) []string {
	var names []string
	for _, m := range p.serversOf(player) {
		names = append(names, m.Name)
	}
	return names
}

func (p *Presence) serversOf(player string) []game.Server {
	p.mu.Lock()
	defer p.mu.Unlock()
	var on []game.Server
	for _, m := range p.members {
		if known := p.peers[m.Run]; known != nil {
			if _, ok := known.names.names[player]; ok {
				on = append(on, m)
			}
		}
	}
	return on
}

// Online returns the names of the players connected to other servers, sorted and without duplicates.
func (p *Presence) Online() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var names []string
	for _, known := range p.peers {
		names = slices.AppendSeq(names, maps.Keys(known.names.names))
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Alone reports whether certainly no other server is running: this one has been connected for long
// enough to hear others, and in the last 15 s none was heard that hasn't left. Call it before
// Leave.
func (p *Presence) Alone() bool {
	link, up := p.conn.connection()
	p.mu.Lock()
	defer p.mu.Unlock()
	if !up || link != p.connection || p.connectedSince.IsZero() || time.Since(p.connectedSince) < silentAfter {
		return false
	}
	for _, known := range p.peers {
		if time.Since(known.lastHeartbeat) < aloneAfter {
			return false
		}
	}
	return true
}
