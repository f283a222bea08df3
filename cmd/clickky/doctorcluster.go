package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"clickky/cmd/clickky/checkup"
	"clickky/sync/cluster"
	"clickky/sync/journal"
	"clickky/sync/store"
)

const (
	// natsTimeout is how long connecting to NATS may take once a server of it has
	// answered, and askTimeout how long JetStream may take to answer.
	natsTimeout = 5 * time.Second
	askTimeout  = 5 * time.Second
)

// shared is what was found of the journal that NATS servers keep, and of the servers
// that play.
type shared struct {
	facts   journal.Facts
	err     error // why the journal is not known
	members []cluster.Member
}

// examineCluster looks at the NATS servers, the journal that they keep, and the servers
// that play. State is the database's; nil: it is not known.
func (c *doctorCmd) examineCluster(ctx context.Context, running bool, state *store.State) ([]checkup.Finding, shared) {
	config, err := c.config()
	if err != nil { // which has changed since Validate
		return []checkup.Finding{{Name: "nats", Severity: checkup.Problem, Text: err.Error(), Fix: "correct the file"}}, shared{err: err}
	}
	config.Name += ", doctor"
	results, reached := checkup.NATS(cluster.Try(config))
	if !reached {
		return results, shared{err: errors.New("can't reach any NATS server")}
	}
	dialling, cancel := context.WithTimeout(ctx, natsTimeout)
	defer cancel()
	conn, err := cluster.Dial(dialling, config, slog.New(slog.DiscardHandler))
	if err != nil {
		return append(results, checkup.Finding{Name: "nats", Severity: checkup.Problem, Text: err.Error(), Fix: "fix what NATS reports"}), shared{err: err}
	}
	defer conn.Close()
	found := shared{}
	asking, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	found.facts, found.err = journal.Examine(asking, conn)
	results = append(results, checkup.Stream(found.facts, found.err)...)
	results = append(results, checkup.SharedPosition(found.facts, found.err, state))
	if found.members, err = cluster.Listen(ctx, conn); err != nil {
		return append(results, checkup.Finding{Name: "servers", Severity: checkup.Warning, Text: err.Error(), Fix: "let the user in --nats subscribe to clickky.v1.>"}), found
	}
	name, err := c.name()
	if err != nil {
		name = "?"
	}
	here := checkup.Here{Name: name, Version: version(), KeyFiles: c.hostKeyFiles(), Running: running}
	return append(results, checkup.Servers(found.members, here)...), found
}

// examineShared looks at what several servers share besides the database, of which
// there are results already.
func (c *doctorCmd) examineShared(ctx context.Context, db *database, running bool, results []checkup.Finding, state *store.State) []checkup.Finding {
	found, seen := c.examineCluster(ctx, running, state)
	results = append(results, found...)
	if state == nil {
		return results
	}
	if seen.err == nil {
		results = append(results, checkup.SharedLease(*state, seen.facts.ID, len(seen.members)))
	}
	return append(results, examineRows(ctx, db, state.LeaseLeft > 0)...)
}
