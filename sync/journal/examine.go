package journal

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/dustin/go-humanize/english"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"clickky/sync/finding"
)

// Found is what Examine or ExamineDir found out about a log.
type Found struct {
	// Made reports whether there is a log; otherwise all other fields are zero.
	Made bool
	// ID is the log's identity; empty if it isn't Clickky's.
	ID string
	// First and Last are its bounds, as Bounds returns them.
	First, Last uint64
	// Gap is why the events that a server would replay at its start can't be read. It is nil if
	// they can, and if that wasn't tried.
	Gap error
	// Untrusted is why the bounds may be out of date.
	Untrusted error
}

// ExamineDir examines the log in a directory. It returns what it found, or nil if it couldn't look.
// running reports whether a server is using the log. It reads the events after a position, as a
// server does at its start, or all of them if the log ends before that position.
func ExamineDir(ctx context.Context, dir string, running bool, after uint64) (*Found, finding.Finding) {
	const fixAccess = "run this as the server's user, or fix the permissions in "
	bytes, err := Size(dir)
	size := humanize.IBytes(uint64(max(0, bytes)))
	f, readable := Found{Made: !errors.Is(err, fs.ErrNotExist)}, err == nil
	if readable && !running {
		err = withCopy(ctx, dir, func(j *Journal) error { return f.read(ctx, j, after) })
	}
	switch {
	case !f.Made:
		return &f, finding.OKf("none yet; the server creates it")
	case errors.Is(err, ErrLarge), errors.Is(err, ErrNoCopy), ctx.Err() != nil:
		return nil, finding.Skipf("%s in %s: %v", size, dir, err)
	case !readable, errors.Is(err, fs.ErrPermission):
		return nil, finding.Problemf(fixAccess+finding.Quote(dir), "%v", err)
	case err != nil:
		return nil, finding.Problemf(FixDir(dir), "%v", err)
	case running:
		return nil, finding.Skipf("%s in %s; not checked, because a server is using it", size, dir)
	case f.Last < f.First:
		return &f, finding.OKf("%s, no events; the next one is %d", size, f.First)
	}
	return &f, finding.OKf("%s, events %d to %d", size, f.First, f.Last)
}

// FixDir returns how to go on without the log in a directory.
func FixDir(dir string) string {
	return "to continue with the counts in the database, move the journal away: " + finding.MoveAway(dir)
}

// errEnough ends Follow.
var errEnough = errors.New("enough")

func (f *Found) read(ctx context.Context, j *Journal, after uint64) (err error) {
	f.ID = j.ID()
	if f.First, f.Last, err = j.Bounds(ctx); err != nil {
		return err
	}
	if after > f.Last {
		after = f.First - 1
	}
	if after == f.Last {
		return nil
	}
	err = j.Follow(ctx, after, func(seq uint64, _ Event) error {
		if seq >= f.Last {
			return errEnough
		}
		return nil
	})
	if ctx.Err() != nil {
		return err
	}
	if !errors.Is(err, errEnough) {
		f.Gap = err
	}
	return nil
}

// Examine reports on the log on NATS and changes nothing; it doesn't create a missing log. It
// returns what it found, or nil if it couldn't look.
func Examine(ctx context.Context, nc *nats.Conn, r *finding.Report) *Found {
	js, _ := jetstream.New(nc) // only options could be invalid
	begun := time.Now()
	account, err := js.AccountInfo(ctx)
	took, doing := time.Since(begun), "query JetStream"
	var stream jetstream.Stream
	if err == nil {
		doing = "read the stream " + streamName
		stream, err = js.Stream(ctx, streamName)
	}
	isMissing := errors.Is(err, jetstream.ErrStreamNotFound)
	if isMissing {
		err = nil
	}
	r.Add("jetstream", answer(took, doing, err, nc.LastError()))
	r.Add("max_payload", payload(nc.MaxPayload()))
	if err != nil {
		return nil
	}
	copies, found := 1, Found{Made: !isMissing}
	if nc.ConnectedClusterName() != "" {
		copies = maxReplicas
	}
	if isMissing {
		r.Add("stream", roomToCreate(account, copies))
	} else {
		info := stream.CachedInfo()
		found.First, found.Last = boundsOf(info)
		found.ID, found.Untrusted = info.Config.Metadata[identity], checkLeader(info)
		r.Add("stream", found.check(info.Config))
		r.Add("room", roomLeft(info))
		r.Add("copies", checkCopies(info, copies))
	}
	r.Add("sync", finding.Skipf("can't check this from here: every NATS server needs sync_interval: always in its jetstream block"))
	return &found
}

// answer reports how JetStream answers. A request that isn't permitted gets no answer, but
// sets the connection's last error.
func answer(took time.Duration, doing string, err, last error) finding.Finding {
	switch {
	case err == nil:
		return finding.OKf("answers in %v", took.Round(time.Millisecond/10))
	case isNotEnabled(err), errors.Is(err, nats.ErrNoResponders):
		return finding.Problemf("give each NATS server a jetstream block, and enable JetStream for this user's account if it has its own",
			"%s: JetStream isn't enabled for this account: %v", doing, err)
	case errors.Is(last, nats.ErrPermissionViolation):
		return finding.Problemf("let the user publish and subscribe to clickky.v1.>, $JS.API.>, $JS.ACK.>, $KV.clickky-codes.> and _INBOX.>",
			"%s: this user isn't allowed to use JetStream: %v", doing, err)
	case errorCode(err) == codeNotNow, errors.Is(err, context.DeadlineExceeded), errors.Is(err, nats.ErrTimeout):
		return finding.Problemf("start the others; until then, new clicks are only in the Clickky servers' memory",
			"no answer: probably half of the NATS servers or more are down")
	}
	return finding.Problemf("fix what NATS reports", "%s: %v", doing, err)
}

// usualPayload is the maximum size of a message on a NATS server with default settings.
const usualPayload = 1 << 20

func payload(most int64) finding.Finding {
	severity, says := finding.OK, ""
	switch {
	case most < minPayload:
		severity, says = finding.Problem, " is too little"
	case most < usualPayload:
		severity, says = finding.Warning, " splits busy moments into many small events"
	}
	return finding.Newf(severity, fmt.Sprintf("set max_payload: %dMB in the configuration of each NATS server", maxMessage>>20),
		"at most %s per message%s", humanize.IBytes(uint64(max(most, 0))), says)
}

// roomToCreate reports whether a server could create the stream.
func roomToCreate(account *jetstream.AccountInfo, copies int) finding.Finding {
	const streams = 2 // the journal, and the one-time codes
	tier, tiered := account.Tiers[fmt.Sprintf("R%d", copies)]
	need := int64(DefaultMaxBytes)
	if !tiered { // each copy counts
		tier, need = account.Tier, need*int64(copies)
	}
	limits := tier.Limits
	left := limits.MaxStore - int64(max(tier.Store, tier.ReservedStore))
	switch {
	case limits.MaxStore >= 0 && left < need:
		return finding.Problemf("raise max_file in the account's JetStream limits", "none yet; it needs %s, but this account has only %s left",
			humanize.IBytes(uint64(need)), humanize.IBytes(uint64(max(0, left))))
	case limits.MaxStreams >= 0 && tier.Streams+streams > limits.MaxStreams:
		return finding.Problemf("raise max_streams in the account's JetStream limits by two",
			"none yet; this account is limited to %s", english.Plural(limits.MaxStreams, "stream", ""))
	}
	return finding.OKf("none yet; the server creates it with %s of at most %s", english.Plural(copies, "copy", ""), humanize.IBytes(DefaultMaxBytes))
}

// check reports whether the stream is Clickky's and whole.
func (f *Found) check(config jetstream.StreamConfig) finding.Finding {
	change := altered(config)
	switch {
	case f.ID == "":
		return finding.Problemf("give Clickky its own account, or, if nobody needs that stream, run: nats stream rm clickky", "the stream clickky belongs to another program")
	case change != "":
		return finding.Problemf("change it back with: nats stream edit clickky", "the stream clickky was changed and can lose events: %s", change)
	case f.Untrusted != nil:
		return finding.Problemf("start the NATS servers that are down, and fix the network between them; until then, new clicks are only in the Clickky servers' memory", "%v", f.Untrusted)
	case f.Last < f.First:
		return finding.OKf("no events; the next one is %d", f.First)
	}
	return finding.OKf("events %d to %d", f.First, f.Last)
}

// altered returns which of a stream's settings would lose events, or have lost some.
func altered(c jetstream.StreamConfig) string {
	switch {
	case c.Storage != jetstream.FileStorage:
		return "it's stored in memory"
	case c.Discard != jetstream.DiscardNew:
		return "old events are deleted when it's full"
	case c.Retention != jetstream.LimitsPolicy:
		return "events are deleted once read"
	case c.MaxAge > 0:
		return "events are deleted after " + c.MaxAge.String()
	case c.MaxMsgs > 0 || c.MaxMsgsPerSubject > 0:
		return "the number of events is limited"
	case c.PersistMode == jetstream.AsyncPersistMode:
		return "events are acknowledged before they are written"
	case len(c.Subjects) != 1 || c.Subjects[0] != subjectPrefix+"*":
		return fmt.Sprintf("its subjects are %q", c.Subjects)
	}
	return ""
}

const (
	// Clickky purges the stream when it is half full. Above littleRoom percent doctor warns, and
	// above noRoom percent it reports a problem.
	littleRoom = 75
	noRoom     = 95
)

func roomLeft(info *jetstream.StreamInfo) finding.Finding {
	const fix = "fix the database, because only saved events can be deleted from the stream; to gain time: nats stream edit clickky --max-bytes"
	size, most := humanize.IBytes(info.State.Bytes), info.Config.MaxBytes
	if most <= 0 {
		return finding.OKf("%s; no limit but the disk space", size)
	}
	severity, warning := finding.OK, ""
	switch percent := float64(info.State.Bytes) / float64(most) * 100; {
	case percent > noRoom:
		severity, warning = finding.Problem, ": almost no room for new clicks"
	case percent > littleRoom:
		severity = finding.Warning
	}
	return finding.Newf(severity, fix, "%s of %s%s", size, humanize.IBytes(uint64(most)), warning)
}

// checkCopies reports on the copies of the stream; want is how many there should be.
func checkCopies(info *jetstream.StreamInfo, want int) finding.Finding {
	var away, late []string
	var cluster jetstream.ClusterInfo
	if info.Cluster != nil {
		cluster = *info.Cluster
	}
	for _, c := range cluster.Replicas {
		switch {
		case c.Offline:
			away = append(away, c.Name)
		case !c.Current:
			late = append(late, fmt.Sprintf("%s (%s behind)", c.Name, english.Plural(int(c.Lag), "operation", "")))
		}
	}
	copies := max(info.Config.Replicas, 1)
	switch {
	case len(away) > 0:
		return finding.Warnf("start these NATS servers; if one is gone for good, run nats server cluster peer-remove NAME as a user of the system account",
			"of %d copies, those on %s are down", copies, strings.Join(away, " and "))
	case len(late) > 0:
		return finding.Warnf("wait a minute and check again; if nothing changes, check the logs of these NATS servers",
			"not all copies are up to date: %s", strings.Join(late, ", "))
	case want == 1 && copies == 1:
		return finding.Warnf("set up three NATS servers as in deploy/cluster, stop all Clickky servers with SIGTERM so that everything is saved, and start them with the new --nats",
			"one, on the only NATS server: while that server is down, clicks wait in memory; if its disk fails, unsaved clicks are lost")
	case copies < want:
		return finding.Warnf("nats stream edit clickky --replicas 3", "%d, but should be %d to survive the loss of a NATS server", copies, want)
	}
	return finding.OKf("%d, all up to date; %s is the leader", copies, cluster.Leader)
}
