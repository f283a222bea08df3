package server

import (
	"fmt"
	"net/netip"
	"sync/atomic"
	"time"

	"clickky/server/identity"
	"clickky/sync/ledger"
)

// Sentences for banned players.
const (
	messageBanned           = "An admin banned %s until %s."
	messageBannedByOperator = "The operator banned %s."

	yourKey     = "your key"
	yourAddress = "your address"
)

// bans are the operator's and the admins' bans. Bans of addresses don't apply to admins, who
// may share an address with others.
type bans struct {
	ledger   *ledger.Ledger
	operator atomic.Pointer[identity.Bans]
}

// check fails if the operator or an admin has banned the key or the address.
func (b *bans) check(key identity.Fingerprint, isAdmin bool, from netip.Addr) error {
	if err := b.checkOperator(key, isAdmin, from); err != nil {
		return err
	}
	if isAdmin {
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
	return rejection{rejectedBanned, fmt.Sprintf(messageBanned, what, ban.Until.UTC().Format("2006-01-02 15:04 MST"))}
}

// checkOperator fails if the operator has banned the key or the address.
func (b *bans) checkOperator(key identity.Fingerprint, isAdmin bool, from netip.Addr) error {
	switch bans := b.operator.Load(); {
	case bans.HasKey(key):
		return rejection{rejectedBanned, fmt.Sprintf(messageBannedByOperator, yourKey)}
	case !isAdmin && bans.HasAddress(from):
		return rejection{rejectedBanned, fmt.Sprintf(messageBannedByOperator, yourAddress)}
	}
	return nil
}
