package server

import (
	"context"
	"fmt"
	"net/netip"
	"strings"

	"clickky/server/identity"
	"clickky/sync/game"
)

// Sentences for those whom an admin action is about.
const (
	sayKicked  = "An admin ended your sessions. You can reconnect."
	sayDeleted = "An admin deleted the player %s. You can reconnect and start over."
)

// followActions tells sessions about the admin actions after number last, in order, until
// ctx ends.
func (s *Server) followActions(ctx context.Context, last uint64) {
	select {
	case <-s.Ledger.Loaded():
	case <-ctx.Done():
		return
	}
	known := s.Ledger.LastAction() // from before this server
	for {
		records, err := s.Ledger.AwaitRecords(ctx, last)
		if err != nil {
			return
		}
		for i := range records {
			r := &records[i]
			last = r.Number
			s.announce(r) // even if it is old: a session may have begun already
			if last > known {
				s.Log.Info("admin action", "number", last, "do", r.Kind, "target", excerpt(r.Target),
					"who", r.Admin, "key", r.Key, "why", excerpt(r.Reason))
			}
		}
	}
}

// announce tells an admin action to the sessions that it concerns.
func (s *Server) announce(r *game.AuditRecord) {
	for _, session := range s.concerned(r) {
		session.apply(r)
	}
}

// concerned returns the sessions that an admin action concerns, which have their new name
// from now on.
func (s *Server) concerned(r *game.AuditRecord) []*Session {
	s.mu.Lock()
	defer s.mu.Unlock()
	var concerned []*Session
	for session := range s.present {
		if r.Number > session.lastAction && session.isConcerned(r) {
			concerned = append(concerned, session)
			if r.After.Name != "" {
				session.name = r.After.Name
			}
		}
	}
	return concerned
}

// isConcerned reports whether an admin action concerns the session. Server.mu is held.
func (s *Session) isConcerned(r *game.AuditRecord) bool {
	switch {
	case r.Kind == game.ActionMessage:
		return r.Target == "" || r.Target == s.name
	case r.Kind == game.ActionKick:
		return r.Target == s.name
	case !r.After.Until.IsZero():
		prefix, err := netip.ParsePrefix(r.Target)
		return r.Target == string(s.key) || err == nil && prefix.Contains(s.addr)
	default:
		return r.Before.Name == s.name && r.After.Name != s.name
	}
}

// apply applies an admin action to the session.
func (s *Session) apply(r *game.AuditRecord) {
	switch {
	case r.Kind == game.ActionMessage:
		s.tell(r.After.Text)
	case r.Kind == game.ActionKick:
		s.end(strings.TrimSpace(sayKicked + " " + r.After.Text))
	case !r.After.Until.IsZero():
		if err := s.server.bans.check(s.key, s.isAdmin(), s.addr); err != nil {
			s.end(err.Error())
		}
	case r.After.Name == "":
		s.end(fmt.Sprintf(sayDeleted, identity.Printable(r.Before.Name)))
	default:
		s.rename(r.After.Name)
	}
}
