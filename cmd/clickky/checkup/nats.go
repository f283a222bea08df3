package checkup

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/nats-io/nats.go"

	"clickky/sync/cluster"
	"clickky/sync/journal"
	"clickky/sync/store"
)

// NATS judges what became of connecting to the NATS servers, one by one. Reached
// tells whether any of them can be used.
func NATS(tried []cluster.Tried) (results []Result, reached bool) {
	for _, t := range tried {
		reached = reached || t.Err == nil
	}
	clusters := map[string]bool{}
	for _, t := range tried {
		results = append(results, judgeNATS(t, reached))
		if t.Err == nil {
			clusters[t.Cluster] = true
		}
	}
	const name = "nats"
	switch {
	case len(clusters) > 1:
		results = append(results, problem(name, "these NATS servers are not of one cluster", "name only those of one cluster in --nats"))
	case len(tried) == 1 && tried[0].Cluster != "":
		results = append(results, warning(name, "--nats names one server of a cluster; while that one is away no Clickky can start", "name all of them in --nats, separated by commas"))
	}
	if reached {
		results = append(results, judgeNATSTLS(tried))
	}
	return results, reached
}

// judgeNATS judges one server. Others tells that another one can be used.
func judgeNATS(t cluster.Tried, others bool) Result {
	const name = "nats"
	took := t.Took.Round(time.Millisecond / 10)
	switch {
	case t.Err == nil && t.Cluster == "":
		return ok(name, "%s answers: %s, version %s, in no cluster; connecting took %v", t.Server, t.Name, t.Version, took)
	case t.Err == nil:
		return ok(name, "%s answers: %s, version %s, in the cluster %s; connecting took %v", t.Server, t.Name, t.Version, t.Cluster, took)
	case errors.Is(t.Err, nats.ErrAuthorization), errors.Is(t.Err, nats.ErrAuthExpired), errors.Is(t.Err, nats.ErrAuthRevoked):
		return problem(name, fmt.Sprintf("%s does not let this user in: %v", t.Server, t.Err),
			"mend the user in --nats and the password in --nats-password-file, or --nats-creds; or add that user to the configuration of the NATS server")
	}
	finding, mend := fmt.Sprintf("%s cannot be used: %v", t.Server, t.Err), "start it, or mend host and port in --nats; with tls:// --nats-ca has to name who vouches for it"
	if errors.Is(t.Err, nats.ErrNoServers) {
		finding, mend = t.Server+" does not answer", "start it, or mend host and port in --nats"
	}
	if others {
		return warning(name, finding, mend)
	}
	return problem(name, finding, mend)
}

func judgeNATSTLS(tried []cluster.Tried) Result {
	const name = "nats-tls"
	far := false
	for _, t := range tried {
		switch {
		case t.Err != nil:
		case t.TLS != "":
			return ok(name, "the connections have %s", t.TLS)
		default:
			far = far || !isNear(t.Server)
		}
	}
	if far {
		return warning(name, "the connections to NATS on other machines are not encrypted",
			"give the NATS servers certificates and --nats tls:// URLs, unless nobody else is on that network")
	}
	return ok(name, "not used, and not needed on this machine")
}

// isNear tells whether a URL leads to this machine.
func isNear(server string) bool {
	u, err := url.Parse(server)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

// Stream judges what was seen of a journal that NATS servers keep, and the error that
// came with it.
func Stream(f journal.Facts, err error) []Result {
	results := []Result{judgeJetStream(f, err), judgePayload(f)}
	if err != nil {
		return results
	}
	results = append(results, judgeStream(f))
	if f.Made {
		results = append(results, judgeRoom(f), judgeCopies(f))
	}
	return append(results, skipped("sync", "whether the NATS servers sync each event to their disks cannot be known from here: each needs sync_interval: always in its jetstream block"))
}

func judgeJetStream(f journal.Facts, err error) Result {
	const name = "jetstream"
	switch {
	case err == nil:
		return ok(name, "it answers in %v", f.Took.Round(time.Millisecond/10))
	case errors.Is(err, journal.ErrNotEnabled):
		return problem(name, err.Error(), "give the NATS servers a jetstream block, and the account of this user, too, if it has one of its own")
	case errors.Is(err, journal.ErrNotAllowed):
		return problem(name, err.Error(), "allow the user clickky.v1.>, $JS.API.>, $JS.ACK.>, $KV.clickky-codes.> and _INBOX.>")
	case errors.Is(err, journal.ErrNoMajority), errors.Is(err, context.DeadlineExceeded), errors.Is(err, nats.ErrTimeout):
		return problem(name, "it takes nothing: most likely half of the NATS servers are away, or more",
			"start the others; clicks wait in the memory of the Clickky servers meanwhile")
	}
	return problem(name, err.Error(), "mend what NATS says")
}

// smallPayload is what a NATS server takes as one message unless it is told otherwise.
const smallPayload = 1 << 20

func judgePayload(f journal.Facts) Result {
	const name = "max_payload"
	finding := humanize.IBytes(uint64(max(f.MaxPayload, 0))) + " for one message" //nolint:gosec // not negative
	mend := fmt.Sprintf("max_payload: %dMB in the configuration of each NATS server", f.BestPayload>>20)
	switch {
	case f.MaxPayload < f.LeastPayload:
		return problem(name, finding+" are too few", mend)
	case f.MaxPayload < min(smallPayload, f.BestPayload):
		return warning(name, finding+" make many small events of a busy moment", mend)
	}
	return ok(name, "%s", finding)
}

func judgeStream(f journal.Facts) Result {
	const name = "stream"
	room := humanize.IBytes(uint64(max(f.MaxBytes, 0))) //nolint:gosec // not negative
	if !f.Made {
		return judgeMaking(name, f, room)
	}
	switch {
	case f.ID == "":
		return problem(name, "the stream clickky is none of Clickky's", "give Clickky an account of its own, or, if nobody needs that stream: nats stream rm clickky")
	case f.Altered != "":
		return problem(name, "the stream clickky was changed so that events can be lost: "+f.Altered, "change that back with: nats stream edit clickky")
	case f.Untrusted != nil:
		return problem(name, f.Untrusted.Error(), "start the NATS servers that are down, and mend the network between them; clicks wait in the memory of the Clickky servers meanwhile")
	case f.Last < f.First:
		return ok(name, "without events; the next one is %d", f.First)
	}
	return ok(name, "events %d to %d", f.First, f.Last)
}

// judgeMaking judges whether a server can make the stream.
func judgeMaking(name string, f journal.Facts, room string) Result {
	const streams = 2 // the journal, and the one-time codes
	need := f.MaxBytes
	if f.Flat {
		need *= int64(f.WantedCopies)
	}
	switch {
	case f.Limit >= 0 && f.Limit-f.Used < need:
		return problem(name, fmt.Sprintf("there is none yet, and it needs %s of this account, which has %s left",
			humanize.IBytes(uint64(need)), humanize.IBytes(uint64(max(0, f.Limit-f.Used)))), //nolint:gosec // not negative
			"raise max_file in the jetstream limits of the account")
	case f.MaxStreams >= 0 && f.Streams+streams > f.MaxStreams:
		return problem(name, fmt.Sprintf("there is none yet, and this account may have %s", count(f.MaxStreams, "stream")),
			"raise max_streams in the jetstream limits of the account, by two for Clickky")
	}
	return ok(name, "there is none yet; the server makes it, with %s of at most %s", countCopies(f.WantedCopies), room)
}

const (
	// Clickky cuts the stream when it is half full. Of more than littleRoom percent of
	// it the operator is warned, and of more than noRoom told that it has to be mended.
	littleRoom = 75
	noRoom     = 95
)

func judgeRoom(f journal.Facts) Result {
	const name = "room"
	size := humanize.IBytes(uint64(max(0, f.Bytes))) //nolint:gosec // not negative
	if f.MaxBytes == 0 {
		return ok(name, "%s; the stream has no limit but the disks", size)
	}
	finding := fmt.Sprintf("%s of %s", size, humanize.IBytes(uint64(f.MaxBytes))) //nolint:gosec // positive
	const mend = "mend the database, for what is saved is cut from the stream; to have time for that: nats stream edit clickky --max-bytes"
	switch percent := float64(f.Bytes) / float64(f.MaxBytes) * 100; {
	case percent > noRoom:
		return problem(name, finding+": hardly any click can be written", mend)
	case percent > littleRoom:
		return warning(name, finding, mend)
	}
	return ok(name, "%s", finding)
}

func judgeCopies(f journal.Facts) Result {
	const name = "copies"
	var away, late []string
	for _, c := range f.Others {
		switch {
		case c.Offline:
			away = append(away, c.Server)
		case !c.Current:
			late = append(late, fmt.Sprintf("%s (%s behind)", c.Server, count64(c.Lag, "operation")))
		}
	}
	const edit = "nats stream edit clickky --replicas 3"
	switch {
	case len(away) > 0:
		return warning(name, fmt.Sprintf("of %d copies those on %s are away", f.Copies, strings.Join(away, " and ")),
			"start these NATS servers; for one that is gone for good: nats server cluster peer-remove NAME, as a user of the system account")
	case len(late) > 0:
		return warning(name, "not all copies are up to date: "+strings.Join(late, ", "), "wait a minute and look again; if it stays so, look into the logs of these NATS servers")
	case !f.Clustered && f.Copies == 1:
		return warning(name, "there is one, on the one NATS server: while that is away clicks wait in memory, and without its disk those are lost that are not saved yet",
			"set up three as in deploy/cluster, stop all Clickky servers with SIGTERM, so that all is in the database, and start them with the new --nats")
	case f.Copies < f.WantedCopies:
		return warning(name, fmt.Sprintf("there are %d, and should be %d so that a NATS server may be lost", f.Copies, f.WantedCopies), edit)
	}
	return ok(name, "%d, all up to date; %s leads", f.Copies, f.Leader)
}

// SharedPosition says what a server that starts would make of the database and the
// journal that NATS servers keep. State was read before the journal was looked at; nil:
// it is not known.
func SharedPosition(f journal.Facts, err error, state *store.State) Result {
	const name = "position"
	const mend = "to go on with the counts of the database, stop all Clickky servers, and: nats stream rm clickky"
	switch {
	case err != nil:
		return skipped(name, "the journal's is not known")
	case state == nil:
		return skipped(name, "the database's is not known")
	case !f.Made && state.Journal == "":
		return ok(name, "the database belongs to no journal yet")
	case !goesOn(f.ID, state) && state.LeaseLeft > 0:
		return skipped(name, "another journal (%s) has the database", state.Journal)
	case !goesOn(f.ID, state):
		return warning(name, fmt.Sprintf("the database belongs to another journal (%s); servers that start with this one go on with its counts as they are", state.Journal),
			"if that journal is one in a data directory and its server was killed, start that server once more and stop it with SIGTERM before")
	case f.Untrusted != nil:
		return skipped(name, "what NATS says of the journal may be old")
	case state.Position > f.Last:
		return problem(name, fmt.Sprintf("the database is at %d, and the journal ends at %d: a server that starts ends at once", state.Position, f.Last), mend)
	case state.Position+1 < f.First:
		return problem(name, fmt.Sprintf("events %d to %d are gone, which the database does not have: a server that starts ends at once", state.Position+1, f.First-1), mend)
	case f.Last > state.Position:
		return ok(name, "the database is at %d; a server that starts replays %s", state.Position, count64(f.Last-state.Position, "event"))
	}
	return ok(name, "the database has everything up to %d", state.Position)
}

// SharedLease says who is using the database, if the journal is one that NATS servers
// keep, with that identity; empty: there is none. Heard is how many servers were.
func SharedLease(state store.State, id string, heard int) Result {
	const name = "lease"
	left := state.LeaseLeft.Round(time.Second)
	switch {
	case id == "" && heard > 0:
		return problem(name, "servers play, and their stream is gone from NATS",
			"stop all Clickky servers and start them again: the game goes on with the counts that are saved")
	case left > 0 && state.Journal == id && heard == 0:
		return ok(name, "the servers of this game ended, the last one without a goodbye; one that starts goes on at once")
	case left > 0 && state.Journal == id:
		return ok(name, "the servers of this game have the database (%v more)", left)
	case left > 0:
		return warning(name, fmt.Sprintf("a server with another journal (%s) has the database, or ended without a goodbye (%v more); one that starts here waits", state.Journal, left),
			"stop that server if this game is to go on; if none runs, wait until its time is over")
	case heard > 0:
		return warning(name, "servers play, and none of them has the database", "look into their logs")
	}
	return ok(name, "no server is using the database")
}

func countCopies(n int) string {
	if n == 1 {
		return "one copy"
	}
	return fmt.Sprintf("%d copies", n)
}
