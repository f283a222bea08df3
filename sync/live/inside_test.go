package live

import "clickky/sync/ledger"

// inside is a ledger, and what screens see of it, for tests that look into the latter.
type inside struct {
	*ledger.Ledger
	*Live
}

func newInside() inside {
	l := ledger.New()
	return inside{l, New(l)}
}
