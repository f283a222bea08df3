package natstest

import (
	"time"
	_ "unsafe" // for go:linkname
)

// NATS has no settings for how soon servers miss their leader and elect another, which takes up to
// nine seconds. Its own tests change these variables, too. How long a leader without a majority
// believes that it leads stays as it is.
var (
	//go:linkname minElectionTimeout github.com/nats-io/nats-server/v2/server.minElectionTimeout
	minElectionTimeout time.Duration
	//go:linkname maxElectionTimeout github.com/nats-io/nats-server/v2/server.maxElectionTimeout
	maxElectionTimeout time.Duration
	//go:linkname hbInterval github.com/nats-io/nats-server/v2/server.hbInterval
	hbInterval time.Duration
)

// init runs before any server reads them.
func init() {
	minElectionTimeout, maxElectionTimeout = 1500*time.Millisecond, 3*time.Second
	hbInterval = 250 * time.Millisecond
}
