package server

import (
	"fmt"
	"net/netip"
	"sync/atomic"
	"time"

	"clickky/server/identity"
	"clickky/sync/ledger"
)

// Sentences for those who are banned.
const (
	sayBanned = "An admin banned %s until %s."
	sayBarred = "The operator banned %s."

	yourKey     = "your key"
	yourAddress = "your address"
)

// errBanned is a sentence for somebody who is banned.
type errBanned string

func (e errBanned) Error() string { return string(e) }

// bans are the operator's and the admins' bans. Admins can be banned by key, but not by
// address, which others may share.
type bans struct {
	ledger   *ledger.Ledger
	operator atomic.Pointer[identity.Bans]
}

// check fails if the operator or an admin has banned somebody.
func (b *bans) check(key identity.Fingerprint, admin bool, from netip.Addr) error {
	if err := b.checkOperator(key, admin, from); err != nil {
		return err
	}
	if admin {
		from = netip.Addr{}
	}
	ban, banned := b.ledger.Banned(string(key), from, time.Now())
	if !banned {
		return nil
	}
	what := yourAddress
	if ban.Target == string(key) {
		what = yourKey
	}
	return errBanned(fmt.Sprintf(sayBanned, what, ban.Until.UTC().Format("2006-01-02 15:04 MST")))
}

// checkOperator fails if the operator has banned somebody.
func (b *bans) checkOperator(key identity.Fingerprint, admin bool, from netip.Addr) error {
	switch bans := b.operator.Load(); {
	case bans.HasKey(key):
		return errBanned(fmt.Sprintf(sayBarred, yourKey))
	case !admin && bans.HasAddress(from):
		return errBanned(fmt.Sprintf(sayBarred, yourAddress))
	}
	return nil
}
