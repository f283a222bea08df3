package cluster

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
)

// hear takes in what another server says, or answers it.
func (p *Presence) hear(m *nats.Msg) {
	if strings.HasPrefix(m.Subject, askPrefix) {
		p.answer(m)
		return
	}
	if m.Subject == presencePrefix+p.self.Run {
		return
	}
	run, said, err := open(m)
	switch {
	case err != nil:
		p.puzzle(m.Subject, err)
	case said.Beat != nil:
		p.hearBeat(run, said.Beat)
	case said.Names != nil:
		p.hearNames(run, said.Names)
	case said.Bye:
		p.hearBye(run)
	}
}

// puzzle logs that a message makes no sense, the first time where it is seen.
func (p *Presence) puzzle(subject string, err error) {
	level := slog.LevelDebug
	if !p.puzzled {
		p.puzzled, level = true, slog.LevelWarn
	}
	p.log.Log(context.Background(), level, "ignoring a NATS message that isn't from a Clickky server, or is from a newer version",
		"subject", label(subject), "err", label(err.Error()))
}

func (p *Presence) hearBeat(run string, b *beat) {
	now := time.Now()
	folded := p.self.Report().Folded
	p.mu.Lock()
	known := p.peers.of(run)
	if known == nil {
		p.mu.Unlock()
		p.crowd()
		return
	}
	was := *known
	p.own.Folded = max(p.own.Folded, folded)
	p.peers.hear(known, b, p.own.Folded, now)
	ask := known.names.missing(b.Names, now)
	p.mu.Unlock()
	switch {
	case was.heard.IsZero():
		p.log.Info("another server joined the game", "server", b.Name, "run", run, "version", b.Version)
	case was.silent:
		p.log.Info("another server is back", "server", b.Name, "run", run)
	}
	if was.Version != b.Version || was.HostKey != b.HostKey {
		p.compare(b)
	}
	if b.Stored > was.Stored && p.self.Saved != nil {
		p.self.Saved(b.Stored)
	}
	if ask {
		p.publish(askPrefix+run, encode(question{V: format, Names: true}))
	}
}

// compare logs in what another server differs that should be the same for all.
func (p *Presence) compare(b *beat) {
	if b.Version != p.self.Version {
		p.log.Warn("another server runs a different version", "server", b.Name, "version", b.Version, "ours", p.self.Version)
	}
	if b.HostKey != p.self.HostKey {
		p.log.Warn("another server has a different host key, so ssh warns players who connect to both; copy the host keys of one server to all of them",
			"server", b.Name, "hostkey", b.HostKey, "ours", p.self.HostKey)
	}
}

// crowd logs once that there are too many servers.
func (p *Presence) crowd() {
	if !p.crowded {
		p.crowded = true
		p.log.Error("there are too many servers; ignoring the rest", "most", maxPeers+1)
	}
}

func (p *Presence) hearNames(run string, r *roll) {
	p.mu.Lock()
	known := p.peers[run]
	var come, left []string
	if known != nil && !known.silent {
		come, left = known.names.hear(r)
	}
	p.mu.Unlock()
	if len(come)+len(left) > 0 {
		p.self.Elsewhere(run, come, left)
	}
}

func (p *Presence) hearBye(run string) {
	p.mu.Lock()
	known := p.peers[run]
	delete(p.peers, run)
	p.mu.Unlock()
	if known != nil {
		p.log.Info("another server left the game", "server", known.Name, "run", run)
		p.self.Gone(run)
	}
}

// answer answers another server.
func (p *Presence) answer(m *nats.Msg) {
	var q question
	err := read(m.Data, &q)
	if err == nil && q.V != format {
		err = errMessage
	}
	switch {
	case err != nil:
		p.puzzle(m.Subject, err)
	case q.Names:
		p.register.wanted = true
		if now := time.Now(); now.Sub(p.register.toldAt) >= beatEvery {
			p.tellNames(now)
		}
	case m.Reply != "" && areNames([]string{q.Sessions}):
		sessions := p.self.Sessions(q.Sessions)
		p.publish(m.Reply, encode(answer{V: format, Sessions: sessions[:min(len(sessions), maxSessions)]}))
	}
}

// errNoAnswer is a sentence for whoever asked.
var errNoAnswer = errors.New("the server isn't answering")

// SessionsOn asks another server for the sessions of a player, at most a hundred. It
// takes a second at most.
func (p *Presence) SessionsOn(ctx context.Context, run, name string) ([]Session, error) {
	ctx, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	m, err := p.wire.RequestWithContext(ctx, askPrefix+run, encode(question{V: format, Sessions: name}))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNoAnswer, err)
	}
	return decodeAnswer(m.Data)
}
