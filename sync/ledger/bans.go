package ledger

import (
	"net/netip"
	"slices"
	"strings"
	"time"
)

// keyPrefix is how the fingerprint of a key begins.
const keyPrefix = "SHA256:"

// bans are until when keys and addresses are kept out.
type bans map[string]time.Time

// BanUntil is a ban. Target is the fingerprint of a key, or a prefix of
// addresses.
type BanUntil struct {
	Target string
	Until  time.Time
}

// isBan tells whether a record is about a ban.
func (r *Record) isBan() bool { return !r.Before.Until.IsZero() || !r.After.Until.IsZero() }

// Banned tells whether a key or an address is kept out at a time, and by which
// ban: the one that lasts longest. The key may be empty, and the address invalid.
func (l *Ledger) Banned(key string, addr netip.Addr, at time.Time) (longest BanUntil, banned bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.acts.bans
	if len(b) == 0 {
		return BanUntil{}, false
	}
	look := func(target string) {
		if until := b[target]; until.After(at) && until.After(longest.Until) {
			longest = BanUntil{target, until}
		}
	}
	look(key)
	if addr = addr.Unmap().WithZone(""); addr.IsValid() {
		for bits := addr.BitLen(); bits >= 0; bits-- {
			look(netip.PrefixFrom(addr, bits).Masked().String())
		}
	}
	return longest, longest.Target != ""
}

// Bans returns the bans that last at a time, in the order of their targets.
func (l *Ledger) Bans(at time.Time) []BanUntil {
	l.mu.Lock()
	defer l.mu.Unlock()
	var lasting []BanUntil
	for target, until := range l.acts.bans {
		if until.After(at) {
			lasting = append(lasting, BanUntil{target, until})
		}
	}
	slices.SortFunc(lasting, func(a, b BanUntil) int { return strings.Compare(a.Target, b.Target) })
	return lasting
}

// ban keeps a target out until a time; the zero time lets it in. l.mu is held.
func (l *Ledger) ban(target string, until time.Time) {
	if until.IsZero() {
		delete(l.acts.bans, target)
	} else {
		l.acts.bans[target] = until
	}
	l.acts.banned[target] = l.acts.at
}

// pruneBans drops those that have ended by the time of an event, so that they do
// not pile up. l.mu is held.
func (l *Ledger) pruneBans(at time.Time) {
	for target, until := range l.acts.bans {
		if !until.After(at) {
			l.ban(target, time.Time{})
		}
	}
}
