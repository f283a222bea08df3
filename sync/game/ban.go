package game

import (
	"iter"
	"maps"
	"net/netip"
	"strings"
	"time"
)

// Ban rejects a key or a prefix of addresses until a time in UTC and whole seconds. A zero time
// means that the ban is over. Its JSON form is that of "players bans".
type Ban struct {
	Target string    `json:"target"`
	Until  time.Time `json:"until"`
}

// keyPrefix starts the fingerprint of every key.
const keyPrefix = "SHA256:"

var (
	ban   = actionKind{version: 3, validate: validateBan, apply: applyBan, undo: undoBan}
	unban = actionKind{version: 3, validate: validateBan, apply: applyUnban, undo: undoBan}
)

func parsePrefix(s string) (netip.Prefix, bool) {
	if addr, err := netip.ParseAddr(s); err == nil {
		addr = addr.Unmap().WithZone("")
		return netip.PrefixFrom(addr, addr.BitLen()), true
	}
	prefix, err := netip.ParsePrefix(s)
	return prefix.Masked(), err == nil && !prefix.Addr().Is4In6()
}

func validateBan(a AdminAction) error {
	prefix, ok := parsePrefix(a.Target)
	switch {
	case ok && prefix.String() == a.Target:
	case !strings.HasPrefix(a.Target, keyPrefix):
		return impossible("%q is neither a key (%s…) nor an address or network", a.Target, keyPrefix)
	}
	if a.Kind == ActionBan && (a.Until.Year() > 9999 || a.Until.Unix() <= 0) {
		return impossible("the end of the ban is missing or out of range")
	}
	return nil
}

func applyBan(s *State, a AdminAction, r *AuditRecord) error {
	if !a.Until.After(r.At) {
		return impossible("the ban would end in the past")
	}
	r.Before.Until = s.bans[a.Target]
	r.After.Until = a.Until.UTC().Truncate(time.Second)
	s.setBan(a.Target, r.After.Until)
	return nil
}

func applyUnban(s *State, a AdminAction, r *AuditRecord) error {
	if r.Before.Until = s.bans[a.Target]; r.Before.Until.IsZero() {
		return impossible("%s isn't banned", a.Target)
	}
	s.setBan(a.Target, time.Time{})
	return nil
}

func undoBan(s *State, undone, r *AuditRecord, _ string) error {
	now, until := s.bans[undone.Target], undone.Before.Until
	switch {
	case !now.Equal(undone.After.Until):
		return impossible("the ban on %s has ended or was changed later", undone.Target)
	case !until.After(r.At) && now.IsZero():
		return impossible("the ban on %s would be over by now", undone.Target)
	case !until.After(r.At):
		until = time.Time{}
	}
	r.Before.Until, r.After.Until = now, until
	s.setBan(undone.Target, until)
	return nil
}

// setBan bans a target until a time; a zero time ends its ban.
func (s *State) setBan(target string, until time.Time) {
	if until.IsZero() {
		delete(s.bans, target)
	} else {
		s.bans[target] = until
	}
	s.addChange(BanChanged{target})
}

// pruneBans removes bans that are over by the time of an event, so that they don't accumulate.
func (s *State) pruneBans(at time.Time) {
	for target, until := range s.bans {
		if !until.After(at) {
			s.setBan(target, time.Time{})
		}
	}
}

// Ban returns the end of a target's ban; zero if it isn't banned.
func (s *State) Ban(target string) time.Time { return s.bans[target] }

// Bans returns all bans in any order, including expired ones that weren't pruned yet.
func (s *State) Bans() iter.Seq2[string, time.Time] { return maps.All(s.bans) }

// Banned returns the longest ban of a key or an address that lasts beyond a time; false if neither
// is banned. The key can be empty and the address invalid.
func (s *State) Banned(key string, addr netip.Addr, at time.Time) (longest Ban, banned bool) {
	if len(s.bans) == 0 {
		return Ban{}, false
	}
	check := func(target string) {
		if until := s.bans[target]; until.After(at) && until.After(longest.Until) {
			longest = Ban{target, until}
		}
	}
	check(key)
	if addr = addr.Unmap().WithZone(""); addr.IsValid() {
		for bits := addr.BitLen(); bits >= 0; bits-- {
			check(netip.PrefixFrom(addr, bits).Masked().String())
		}
	}
	return longest, longest.Target != ""
}
