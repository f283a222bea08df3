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
func NATS(tried []cluster.Tried) (results []Finding, reached bool) {
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
		results = append(results, problem(name, "these NATS servers belong to different clusters", "list only servers of one cluster in --nats"))
	case len(tried) == 1 && tried[0].Cluster != "":
		results = append(results, warning(name, "--nats names only one server of a cluster; while it is down, no Clickky server can start", "list all of them in --nats, separated by commas"))
	}
	if reached {
		results = append(results, judgeNATSTLS(tried))
	}
	return results, reached
}

// judgeNATS judges one server. Others tells that another one can be used.
func judgeNATS(t cluster.Tried, others bool) Finding {
	const name = "nats"
	took := t.Took.Round(time.Millisecond / 10)
	switch {
	case t.Err == nil && t.Cluster == "":
		return ok(name, "%s answers: %s, version %s, not in a cluster (connected in %v)", t.Server, t.Name, t.Version, took)
	case t.Err == nil:
		return ok(name, "%s answers: %s, version %s, in the cluster %s (connected in %v)", t.Server, t.Name, t.Version, t.Cluster, took)
	case errors.Is(t.Err, nats.ErrAuthorization), errors.Is(t.Err, nats.ErrAuthExpired), errors.Is(t.Err, nats.ErrAuthRevoked):
		return problem(name, fmt.Sprintf("%s rejects this user: %v", t.Server, t.Err),
			"correct the user in --nats and the password in --nats-password-file, or --nats-creds; or add the user to the NATS server's configuration")
	}
	finding, fix := fmt.Sprintf("can't use %s: %v", t.Server, t.Err), "start it, or correct the host and port in --nats; with tls://, set --nats-ca to the CA that signed its certificate"
	if errors.Is(t.Err, nats.ErrNoServers) {
		finding, fix = t.Server+" doesn't answer", "start it, or correct the host and port in --nats"
	}
	if others {
		return warning(name, finding, fix)
	}
	return problem(name, finding, fix)
}

func judgeNATSTLS(tried []cluster.Tried) Finding {
	const name = "nats-tls"
	far := false
	for _, t := range tried {
		switch {
		case t.Err != nil:
		case t.TLS != "":
			return ok(name, "the connections use %s", t.TLS)
		default:
			far = far || !isNear(t.Server)
		}
	}
	if far {
		return warning(name, "the connections to NATS on other machines aren't encrypted",
			"give the NATS servers certificates and use tls:// URLs in --nats, unless you trust that network")
	}
	return ok(name, "not used; not needed on this machine")
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
func Stream(f journal.Facts, err error) []Finding {
	results := []Finding{judgeJetStream(f, err), judgePayload(f)}
	if err != nil {
		return results
	}
	results = append(results, judgeStream(f))
	if f.Made {
		results = append(results, judgeRoom(f), judgeCopies(f))
	}
	return append(results, skipped("sync", "can't check this from here: every NATS server needs sync_interval: always in its jetstream block"))
}

func judgeJetStream(f journal.Facts, err error) Finding {
	const name = "jetstream"
	switch {
	case err == nil:
		return ok(name, "answers in %v", f.Took.Round(time.Millisecond/10))
	case errors.Is(err, journal.ErrNotEnabled):
		return problem(name, err.Error(), "give each NATS server a jetstream block, and enable JetStream for this user's account if it has its own")
	case errors.Is(err, journal.ErrNotAllowed):
		return problem(name, err.Error(), "let the user publish and subscribe to clickky.v1.>, $JS.API.>, $JS.ACK.>, $KV.clickky-codes.> and _INBOX.>")
	case errors.Is(err, journal.ErrNoMajority), errors.Is(err, context.DeadlineExceeded), errors.Is(err, nats.ErrTimeout):
		return problem(name, "no answer: probably half of the NATS servers or more are down",
			"start the others; until then, new clicks are only in the Clickky servers' memory")
	}
	return problem(name, err.Error(), "fix what NATS reports")
}

// smallPayload is what a NATS server takes as one message unless it is told otherwise.
const smallPayload = 1 << 20

func judgePayload(f journal.Facts) Finding {
	const name = "max_payload"
	finding := "at most " + humanize.IBytes(uint64(max(f.MaxPayload, 0))) + " per message"
	fix := fmt.Sprintf("set max_payload: %dMB in the configuration of each NATS server", f.BestPayload>>20)
	switch {
	case f.MaxPayload < f.LeastPayload:
		return problem(name, finding+" is too little", fix)
	case f.MaxPayload < min(smallPayload, f.BestPayload):
		return warning(name, finding+" splits busy moments into many small events", fix)
	}
	return ok(name, "%s", finding)
}

func judgeStream(f journal.Facts) Finding {
	const name = "stream"
	room := humanize.IBytes(uint64(max(f.MaxBytes, 0)))
	if !f.Made {
		return judgeMaking(name, f, room)
	}
	switch {
	case f.ID == "":
		return problem(name, "the stream clickky belongs to another program", "give Clickky its own account, or, if nobody needs that stream, run: nats stream rm clickky")
	case f.Altered != "":
		return problem(name, "the stream clickky was changed and can lose events: "+f.Altered, "change it back with: nats stream edit clickky")
	case f.Untrusted != nil:
		return problem(name, f.Untrusted.Error(), "start the NATS servers that are down, and fix the network between them; until then, new clicks are only in the Clickky servers' memory")
	case f.Last < f.First:
		return ok(name, "no events; the next one is %d", f.First)
	}
	return ok(name, "events %d to %d", f.First, f.Last)
}

// judgeMaking judges whether a server can make the stream.
func judgeMaking(name string, f journal.Facts, room string) Finding {
	const streams = 2 // the journal, and the one-time codes
	need := f.MaxBytes
	if f.Flat {
		need *= int64(f.WantedCopies)
	}
	switch {
	case f.Limit >= 0 && f.Limit-f.Used < need:
		return problem(name, fmt.Sprintf("none yet; it needs %s, but this account has only %s left",
			humanize.IBytes(uint64(need)), humanize.IBytes(uint64(max(0, f.Limit-f.Used)))),
			"raise max_file in the account's JetStream limits")
	case f.MaxStreams >= 0 && f.Streams+streams > f.MaxStreams:
		return problem(name, fmt.Sprintf("none yet; this account is limited to %s", count(f.MaxStreams, "stream")),
			"raise max_streams in the account's JetStream limits by two")
	}
	return ok(name, "none yet; the server creates it with %s of at most %s", countCopies(f.WantedCopies), room)
}

const (
	// Clickky cuts the stream when it is half full. Of more than littleRoom percent of
	// it the operator is warned, and of more than noRoom told that it has to be mended.
	littleRoom = 75
	noRoom     = 95
)

func judgeRoom(f journal.Facts) Finding {
	const name = "room"
	size := humanize.IBytes(uint64(max(0, f.Bytes)))
	if f.MaxBytes == 0 {
		return ok(name, "%s; no limit but the disk space", size)
	}
	finding := fmt.Sprintf("%s of %s", size, humanize.IBytes(uint64(f.MaxBytes)))
	const fix = "fix the database, because only saved events can be deleted from the stream; to gain time: nats stream edit clickky --max-bytes"
	switch percent := float64(f.Bytes) / float64(f.MaxBytes) * 100; {
	case percent > noRoom:
		return problem(name, finding+": almost no room for new clicks", fix)
	case percent > littleRoom:
		return warning(name, finding, fix)
	}
	return ok(name, "%s", finding)
}

func judgeCopies(f journal.Facts) Finding {
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
		return warning(name, fmt.Sprintf("of %d copies, those on %s are down", f.Copies, strings.Join(away, " and ")),
			"start these NATS servers; if one is gone for good, run nats server cluster peer-remove NAME as a user of the system account")
	case len(late) > 0:
		return warning(name, "not all copies are up to date: "+strings.Join(late, ", "), "wait a minute and check again; if nothing changes, check the logs of these NATS servers")
	case !f.Clustered && f.Copies == 1:
		return warning(name, "one, on the only NATS server: while that server is down, clicks wait in memory; if its disk fails, unsaved clicks are lost",
			"set up three NATS servers as in deploy/cluster, stop all Clickky servers with SIGTERM so that everything is saved, and start them with the new --nats")
	case f.Copies < f.WantedCopies:
		return warning(name, fmt.Sprintf("%d, but should be %d to survive the loss of a NATS server", f.Copies, f.WantedCopies), edit)
	}
	return ok(name, "%d, all up to date; %s is the leader", f.Copies, f.Leader)
}

// SharedPosition says what a server that starts would make of the database and the
// journal that NATS servers keep. State was read before the journal was looked at; nil:
// it is not known.
func SharedPosition(f journal.Facts, err error, state *store.State) Finding {
	const name = "position"
	const fix = "to continue with the counts in the database, stop all Clickky servers and run: nats stream rm clickky"
	switch {
	case err != nil:
		return skipped(name, "the journal's position is unknown")
	case state == nil:
		return skipped(name, "the database's position is unknown")
	case !f.Made && state.Journal == "":
		return ok(name, "nothing to replay yet")
	case !goesOn(f.ID, state) && state.LeaseLeft > 0:
		return skipped(name, "the database belongs to another journal (%s)", state.Journal)
	case !goesOn(f.ID, state):
		return warning(name, fmt.Sprintf("the database belongs to another journal (%s); servers started with this one continue with the saved counts", state.Journal),
			"if that journal is in the data directory of a server that was killed, start that server once more and stop it with SIGTERM first")
	case f.Untrusted != nil:
		return skipped(name, "what NATS reports may be out of date")
	case state.Position > f.Last:
		return problem(name, fmt.Sprintf("the database is at event %d, but the journal ends at %d: no server can start", state.Position, f.Last), fix)
	case state.Position+1 < f.First:
		return problem(name, fmt.Sprintf("events %d to %d are gone, and the database doesn't have them: no server can start", state.Position+1, f.First-1), fix)
	case f.Last > state.Position:
		return ok(name, "the database is at event %d; the next server to start replays %s", state.Position, count64(f.Last-state.Position, "event"))
	}
	return ok(name, "the database has everything up to event %d", state.Position)
}

// SharedLease says who is using the database, if the journal is one that NATS servers
// keep, with that identity; empty: there is none. Heard is how many servers were.
func SharedLease(state store.State, id string, heard int) Finding {
	const name = "lease"
	left := state.LeaseLeft.Round(time.Second)
	switch {
	case id == "" && heard > 0:
		return problem(name, "servers are running, but their stream is gone from NATS",
			"stop all Clickky servers and start them again: the game continues with the saved counts")
	case left > 0 && state.Journal == id && heard == 0:
		return ok(name, "all servers of this game have stopped, the last one not cleanly; the next one can continue at once")
	case left > 0 && state.Journal == id:
		return ok(name, "the servers of this game are using the database (lease: %v left)", left)
	case left > 0:
		return warning(name, fmt.Sprintf("a server with another journal (%s) is using the database, or didn't shut down cleanly (lease: %v left); a server started here waits", state.Journal, left),
			"to continue this game, stop that server; if none is running, wait until the lease ends")
	case heard > 0:
		return warning(name, "servers are running, but none of them is using the database", "check their logs")
	}
	return ok(name, "no server is using the database")
}

func countCopies(n int) string {
	if n == 1 {
		return "one copy"
	}
	return fmt.Sprintf("%d copies", n)
}
