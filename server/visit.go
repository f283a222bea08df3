package server

import (
	"net"
	"net/netip"
	"time"

	"charm.land/ssh"

	"clickky/server/commands"
	"clickky/server/identity"
	"clickky/sync/game"
)

// visit is a session as those see it who end it, or have something to say to it:
// admins, and the end of the server.
type visit struct {
	key      identity.Fingerprint
	addr     netip.Addr
	terminal string // what the client calls it; empty without one
	began    time.Time
	since    uint64 // the last act before the visit

	// Server.mu guards these.
	name  string // as the leaderboard has it
	admin bool

	// What follows waits for nobody.
	end    func(why string)  // has the session end, and says why
	tell   func(text string) // shows a message
	rename func(to string)   // shows another name
	judge  func()            // looks again at who this is
}

// visitOf returns the visit of a session that plays as the player. Acts until
// then are in what the name is; those after will come.
func (s *Server) visitOf(sess ssh.Session, player identity.Player, standing func() game.Standing) *visit {
	v := &visit{key: player.Key, admin: player.Admin, addr: addressOf(sess.RemoteAddr()), began: time.Now(), since: s.Ledger.LastAction()}
	v.name = standing().Name
	if pty, _, ok := sess.Pty(); ok {
		v.terminal = excerpt(pty.Term)
	}
	return v
}

// addressOf is the address of a client; invalid if it has none.
func addressOf(a net.Addr) netip.Addr {
	if tcp, ok := a.(*net.TCPAddr); ok {
		return tcp.AddrPort().Addr().Unmap().WithZone("")
	}
	return netip.Addr{}
}

// welcome adds a visit, and ends it if that is to be by now: the server closes,
// or there is a ban. Since the player was judged names and admins may have
// changed, so it is looked again who this is.
func (s *Server) welcome(v *visit) {
	s.mu.Lock()
	s.visits[v] = struct{}{}
	closed := s.closed
	s.mu.Unlock()
	switch err := s.banOf(v); {
	case closed:
		v.end(s.whyRestarting())
	case err != nil:
		v.end(err.Error())
	default:
		v.judge()
	}
}

func (s *Server) forget(v *visit) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.visits, v)
}

// Sessions is how many sessions there are, with a screen or a command.
func (s *Server) Sessions() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.visits)
}

// SessionsOf returns those of a player, by the name on the leaderboard.
func (s *Server) SessionsOf(name string) []commands.Session { return s.commands.SessionsOf(name) }

// present is all visits, for admins.
func (s *Server) present() []commands.Session {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]commands.Session, 0, len(s.visits))
	for v := range s.visits {
		list = append(list, commands.Session{Name: v.name, From: v.addr.String(), Terminal: v.terminal, Since: v.began, Key: v.key, Admin: v.admin})
	}
	return list
}
