package server

import (
	"context"
	"fmt"
	"net/netip"
	"strings"

	"clickky/server/identity"
	"clickky/sync/game"
)

// Sentences for players whom an admin action concerns.
const (
	messageKicked  = "An admin ended your sessions. You can reconnect."
	messageDeleted = "An admin deleted the player %s. You can reconnect and start over."
)

// followActions applies admin actions after number last to the sessions, in order, until ctx
// ends.
func (s *Server) followActions(ctx context.Context, last uint64) {
	select {
	case <-s.Ledger.Loaded():
	case <-ctx.Done():
		return
	}
	old := s.Ledger.Status().LastAction // actions up to here were logged before
	for {
		records, err := s.Ledger.AwaitRecords(ctx, last)
		if err != nil {
			return
		}
		for i := range records {
			r := &records[i]
			last = r.Number
			s.apply(r) // old ones too, because a session may have begun before they were loaded
			if last > old {
				s.Log.Info("admin action", "number", last, "do", r.Kind, "target", excerpt(r.Target),
					"who", r.Admin, "key", r.Key, "why", excerpt(r.Reason))
			}
		}
	}
}

// apply applies an admin action to the sessions that it concerns.
func (s *Server) apply(r *game.AuditRecord) {
	for _, session := range s.concernedSessions(r) {
		session.apply(r)
	}
}

// concernedSessions returns the sessions that an admin action concerns, after setting their new
// name.
func (s *Server) concernedSessions(r *game.AuditRecord) []*Session {
	s.mu.Lock()
	defer s.mu.Unlock()
	var concerned []*Session
	for session := range s.sessions {
		if r.Number > session.lastAction && session.isConcerned(r) {
			concerned = append(concerned, session)
			if r.After.Name != "" {
				session.name = r.After.Name
			}
		}
	}
	return concerned
}

// isConcerned reports whether an admin action concerns the session. The caller holds Server.mu.
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

func (s *Session) apply(r *game.AuditRecord) {
	switch {
	case r.Kind == game.ActionMessage:
		s.showMessage(r.After.Text)
	case r.Kind == game.ActionKick:
		s.end(strings.TrimSpace(messageKicked + " " + r.After.Text))
	case !r.After.Until.IsZero():
		if err := s.server.bans.check(s.key, s.isAdmin(), s.addr); err != nil {
			s.end(err.Error())
		}
	case r.After.Name == "":
		s.end(fmt.Sprintf(messageDeleted, identity.Printable(r.Before.Name)))
	default:
		s.rename(r.After.Name)
	}
}
