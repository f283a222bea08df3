package server

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"charm.land/ssh"

	"clickky/server/identity"
	"clickky/sync/game"
)

// Sentences for those whom an act of an admin is about.
const (
	sayBanned  = "An admin banned %s until %s."
	sayBarred  = "The operator banned %s."
	sayKicked  = "An admin ended your sessions. You can reconnect."
	sayDeleted = "An admin deleted the player %s. You can reconnect and start over."
)

// errBanned is a sentence for somebody who is kept out.
type errBanned string

func (e errBanned) Error() string { return string(e) }

// What is said to be banned.
const (
	yourKey     = "your key"
	yourAddress = "your address"
)

// whyBarred is why the operator keeps somebody out; nil for most. An admin is kept
// out by a ban of the key, and not by one of addresses, which may be shared.
func (s *Server) whyBarred(key identity.Fingerprint, admin bool, from netip.Addr) error {
	switch bans := s.bans.Load(); {
	case bans.Key(key):
		return errBanned(fmt.Sprintf(sayBarred, yourKey))
	case !admin && bans.Address(from):
		return errBanned(fmt.Sprintf(sayBarred, yourAddress))
	}
	return nil
}

// whyBanned is why the operator or an admin keeps somebody out; nil for most.
// Admins are treated as by whyBarred.
func (s *Server) whyBanned(key identity.Fingerprint, admin bool, from netip.Addr) error {
	if err := s.whyBarred(key, admin, from); err != nil {
		return err
	}
	if admin {
		from = netip.Addr{}
	}
	ban, banned := s.Ledger.Banned(string(key), from, time.Now())
	if !banned {
		return nil
	}
	what := yourAddress
	if ban.Target == string(key) {
		what = yourKey
	}
	return errBanned(fmt.Sprintf(sayBanned, what, ban.Until.UTC().Format("2006-01-02 15:04 MST")))
}

// banned is whyBanned for a session of which it is not known yet who it is.
func (s *Server) banned(sess ssh.Session) error {
	player, _ := s.judge(sess) // who may not come in is no admin
	return s.whyBanned(identity.FingerprintOf(sess.PublicKey()), player.Admin, addressOf(sess.RemoteAddr()))
}

// banOf is why a visit is to end; nil for most.
func (s *Server) banOf(v *visit) error {
	s.mu.Lock()
	admin := v.admin
	s.mu.Unlock()
	return s.whyBanned(v.key, admin, v.addr)
}

// followActs does to the visits what acts of admins after the last one say, in
// their order, until ctx ends.
func (s *Server) followActs(ctx context.Context, last uint64) {
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
			s.enact(r) // in any case: somebody may have come already
			if last > known {
				s.Log.Info("admin action", "number", last, "do", r.Kind, "target", excerpt(r.Target),
					"who", r.Admin, "key", r.Key, "why", excerpt(r.Reason))
			}
		}
	}
}

// enact does to the visits what an act says.
func (s *Server) enact(r *game.AuditRecord) {
	s.mu.Lock()
	var meant []*visit
	for v := range s.visits {
		if r.Number > v.since && concerns(r, v) {
			meant = append(meant, v)
			if r.After.Name != "" {
				v.name = r.After.Name
			}
		}
	}
	s.mu.Unlock()
	for _, v := range meant {
		s.apply(r, v)
	}
}

// concerns tells whether a visit has to know of an act.
func concerns(r *game.AuditRecord, v *visit) bool {
	switch {
	case r.Kind == game.ActionMessage:
		return r.Target == "" || r.Target == v.name
	case r.Kind == game.ActionKick:
		return r.Target == v.name
	case !r.After.Until.IsZero():
		prefix, err := netip.ParsePrefix(r.Target)
		return r.Target == string(v.key) || err == nil && prefix.Contains(v.addr)
	default:
		return r.Before.Name == v.name && r.After.Name != v.name
	}
}

// apply does to a visit what an act says that concerns it.
func (s *Server) apply(r *game.AuditRecord, v *visit) {
	switch {
	case r.Kind == game.ActionMessage:
		v.tell(r.After.Text)
	case r.Kind == game.ActionKick:
		v.end(strings.TrimSpace(sayKicked + " " + r.After.Text))
	case !r.After.Until.IsZero():
		if err := s.banOf(v); err != nil {
			v.end(err.Error())
		}
	case r.After.Name == "":
		v.end(fmt.Sprintf(sayDeleted, identity.Printable(r.Before.Name)))
	default:
		v.rename(r.After.Name)
	}
}
