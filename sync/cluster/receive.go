package cluster

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"clickky/sync/game"
)

func (p *Presence) receive(m *nats.Msg) {
	if strings.HasPrefix(m.Subject, askPrefix) {
		p.reply(m)
		return
	}
	if m.Subject == presencePrefix+p.self.Run {
		return
	}
	run, msg, err := parse(m)
	switch {
	case err != nil:
		p.logInvalid(m.Subject, err)
	case msg.Heartbeat != nil:
		p.receiveHeartbeat(run, msg.Heartbeat)
	case msg.Names != nil:
		p.receiveNames(run, msg.Names)
	case msg.Goodbye:
		p.receiveGoodbye(run)
	}
}

// logInvalid logs an invalid message, the first one as a warning.
func (p *Presence) logInvalid(subject string, err error) {
	level := slog.LevelDebug
	if !p.invalidLogged {
		p.invalidLogged, level = true, slog.LevelWarn
	}
	p.log.Log(context.Background(), level, "ignoring a NATS message that isn't from a Clickky server, or is from a newer version",
		"subject", cleanLabel(subject), "err", cleanLabel(err.Error()))
}

func (p *Presence) receiveHeartbeat(run string, b *heartbeat) {
	now := time.Now()
	applied := p.self.Report().Applied
	p.mu.Lock()
	known := p.peers.getOrAdd(run)
	if known == nil {
		p.mu.Unlock()
		p.tooManyLogged.Do(func() { p.log.Error("there are too many servers; ignoring the rest", "most", maxPeers+1) })
		return
	}
	was := *known
	p.own.Applied = max(p.own.Applied, applied)
	p.peers.update(known, b, p.own.Applied, now)
	ask := known.names.shouldRequest(b.Names, now)
	p.mu.Unlock()
	switch {
	case was.lastHeartbeat.IsZero():
		p.log.Info("another server joined the game", "server", b.Name, "run", run, "version", b.Version)
	case was.silent:
		p.log.Info("another server is back", "server", b.Name, "run", run)
	}
	if was.Version != b.Version || was.HostKey != b.HostKey {
		p.logDifferences(b)
	}
	if b.Stored > was.Stored && p.self.PeerSaved != nil {
		p.self.PeerSaved(b.Stored)
	}
	if ask {
		p.publish(askPrefix+run, encode(request{V: format, Names: true}))
	}
}

// logDifferences logs how another server differs in what should be the same everywhere.
func (p *Presence) logDifferences(b *heartbeat) {
	if b.Version != p.self.Version {
		p.log.Warn("another server runs a different version", "server", b.Name, "version", b.Version, "ours", p.self.Version)
	}
	if b.HostKey != p.self.HostKey {
		p.log.Warn("another server has a different host key, so ssh warns players who connect to both; copy the host keys of one server to all of them",
			"server", b.Name, "hostkey", b.HostKey, "ours", p.self.HostKey)
	}
}

func (p *Presence) receiveNames(run string, r *nameUpdate) {
	p.mu.Lock()
	known := p.peers[run]
	var joined, left []string
	if known != nil && !known.silent {
		joined, left = known.names.receive(r)
	}
	p.mu.Unlock()
	if len(joined)+len(left) > 0 {
		p.self.NamesChanged(run, joined, left)
	}
}

func (p *Presence) receiveGoodbye(run string) {
	p.mu.Lock()
	known := p.peers[run]
	delete(p.peers, run)
	p.mu.Unlock()
	if known != nil {
		p.log.Info("another server left the game", "server", known.Name, "run", run)
		p.self.PeerGone(run)
	}
}

// reply answers the request of another server.
func (p *Presence) reply(m *nats.Msg) {
	var q request
	err := unmarshal(m.Data, &q)
	if err == nil && q.V != format {
		err = errMessage
	}
	switch {
	case err != nil:
		p.logInvalid(m.Subject, err)
	case q.Names:
		p.names.requested = true
		if now := time.Now(); now.Sub(p.names.sentAt) >= heartbeatInterval {
			p.sendNames(now)
		}
	case m.Reply != "" && areValidNames([]string{q.Sessions}):
		sessions := p.self.Sessions(q.Sessions)
		p.publish(m.Reply, encode(response{V: format, Sessions: sessions[:min(len(sessions), maxSessions)]}))
	}
}

// Sessions asks the other servers for the sessions of a player, at most a hundred of each. It takes
// at most a second. For a server that doesn't answer, one session has only the server's name.
func (p *Presence) Sessions(ctx context.Context, player string) []game.SessionInfo {
	on := p.serversOf(player)
	answers := make([][]game.SessionInfo, len(on))
	var asking sync.WaitGroup
	for i, m := range on {
		asking.Go(func() {
			sessions, err := p.sessionsOn(ctx, m.Run, player)
			if err != nil {
				sessions = []game.SessionInfo{{}}
			}
			for j := range sessions { // none, if the last one has just ended
				s := &sessions[j]
				s.Name, s.Server = player, m.Name
				if err == nil {
					s.From = cmp.Or(s.From, "somewhere")
				}
			}
			answers[i] = sessions
		})
	}
	asking.Wait()
	return slices.Concat(answers...)
}

func (p *Presence) sessionsOn(ctx context.Context, run, player string) ([]game.SessionInfo, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	m, err := p.conn.RequestWithContext(ctx, askPrefix+run, encode(request{V: format, Sessions: player}))
	if err != nil {
		return nil, err
	}
	return decodeResponse(m.Data)
}
