package journal

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"clickky/sync/finding"
	"clickky/sync/finding/findingtest"
)

func TestReportAnswerAndPayload(t *testing.T) {
	for _, c := range []struct {
		err, last error
		want      finding.Severity
		says, fix string
	}{
		{nil, nil, finding.OK, "answers in", ""},
		{jetstream.ErrJetStreamNotEnabledForAccount, nil, finding.Problem, "isn't enabled", "jetstream block"},
		{context.DeadlineExceeded, nats.ErrPermissionViolation, finding.Problem, "isn't allowed", "$JS.API.>"},
		{fmt.Errorf("ask: %w", context.DeadlineExceeded), nil, finding.Problem, "half of the NATS servers", "start the others"},
		{fmt.Errorf("ask: %w", &jetstream.APIError{ErrorCode: codeNotNow}), nil, finding.Problem, "half of the NATS servers", "start the others"},
		{errors.New("what?"), nil, finding.Problem, "what?", "NATS reports"},
	} {
		findingtest.Judged(t, c.says, answer(0, "ask", c.err, c.last), c.want, c.says, c.fix)
	}
	for most, want := range map[int64]finding.Severity{8 << 20: finding.OK, 1 << 20: finding.OK, 512 << 10: finding.Warning, 32 << 10: finding.Problem} {
		findingtest.Judged(t, fmt.Sprint(most), payload(most), want, "per message", "")
	}
}

// aStream returns a stream like Clickky's, with some events.
func aStream(first, last uint64) *jetstream.StreamInfo {
	info := &jetstream.StreamInfo{Config: streamConfig(8<<30, 3), State: jetstream.StreamState{Msgs: last + 1 - first, FirstSeq: first, LastSeq: last}}
	info.Config.Metadata = map[string]string{identity: "i"}
	return info
}

func TestReportStreamAndRoom(t *testing.T) {
	const gib = 1 << 30
	limited := func(limit int64, flat bool, streams, maxStreams int) *jetstream.AccountInfo {
		tier := jetstream.Tier{Streams: streams, Limits: jetstream.AccountLimits{MaxStore: limit, MaxStreams: maxStreams}}
		if flat {
			return &jetstream.AccountInfo{Tier: tier}
		}
		return &jetstream.AccountInfo{Tiers: map[string]jetstream.Tier{"R3": tier}}
	}
	for _, c := range []struct {
		account   *jetstream.AccountInfo
		want      finding.Severity
		says, fix string
	}{
		{limited(-1, true, 0, -1), finding.OK, "3 copies of at most 8.0 GiB", ""},
		{limited(24*gib, true, 1, 3), finding.OK, "the server creates it", ""},
		{limited(23*gib, true, 0, 3), finding.Problem, "needs 24 GiB", "max_file"},
		{limited(23*gib, false, 0, 3), finding.OK, "the server creates it", ""},
		{limited(0, false, 0, 3), finding.Problem, "0 B left", "max_file"},
		{limited(-1, false, 2, 3), finding.Problem, "3 streams", "max_streams"},
	} {
		findingtest.Judged(t, fmt.Sprintf("%+v", c.account), roomToCreate(c.account, 3), c.want, c.says, c.fix)
	}
	inMemory := aStream(4, 9)
	inMemory.Config.Storage = jetstream.MemoryStorage
	for _, c := range []struct {
		info      *jetstream.StreamInfo
		f         Found
		want      finding.Severity
		says, fix string
	}{
		{aStream(4, 9), Found{}, finding.Problem, "another program", "nats stream rm"},
		{inMemory, Found{ID: "i"}, finding.Problem, "stored in memory", "nats stream edit"},
		{aStream(4, 9), Found{ID: "i", Untrusted: errors.New("no leader")}, finding.Problem, "no leader", "start the NATS servers"},
		{aStream(4, 3), Found{ID: "i", First: 4, Last: 3}, finding.OK, "the next one is 4", ""},
		{aStream(4, 9), Found{ID: "i", First: 4, Last: 9}, finding.OK, "events 4 to 9", ""},
	} {
		findingtest.Judged(t, c.says, c.f.check(c.info.Config), c.want, c.says, c.fix)
	}
	room := func(bytes uint64, most int64) finding.Finding {
		info := aStream(1, 1)
		info.State.Bytes, info.Config.MaxBytes = bytes, most
		return roomLeft(info)
	}
	for bytes, want := range map[uint64]finding.Severity{0: finding.OK, 4 * gib: finding.OK, 7 * gib: finding.Warning, 8 * gib: finding.Problem} {
		findingtest.Judged(t, fmt.Sprint(bytes), room(bytes, 8*gib), want, "of 8.0 GiB", "")
	}
	findingtest.Judged(t, "no limit", room(gib, -1), finding.OK, "no limit", "")
}

func TestReportCopies(t *testing.T) {
	current := []*jetstream.PeerInfo{{Name: "n2", Current: true}, {Name: "n3", Current: true}}
	on := func(copies int, others ...*jetstream.PeerInfo) *jetstream.StreamInfo {
		info := aStream(1, 1)
		info.Config.Replicas = copies
		info.Cluster = &jetstream.ClusterInfo{Leader: "n1", Replicas: others}
		return info
	}
	alone := on(1)
	alone.Cluster = nil
	for what, c := range map[string]struct {
		info      *jetstream.StreamInfo
		copies    int // the wanted number
		want      finding.Severity
		says, fix string
	}{
		"three":    {on(3, current...), 3, finding.OK, "n1 is the leader", ""},
		"one away": {on(3, current[0], &jetstream.PeerInfo{Name: "n3", Offline: true}), 3, finding.Warning, "those on n3 are down", "peer-remove"},
		"one late": {on(3, current[0], &jetstream.PeerInfo{Name: "n3", Lag: 7}), 3, finding.Warning, "n3 (7 operations behind)", "wait"},
		"too few":  {on(1), 3, finding.Warning, "should be 3", "--replicas 3"},
		"alone":    {alone, 1, finding.Warning, "the only NATS server", "three"},
	} {
		findingtest.Judged(t, what, checkCopies(c.info, c.copies), c.want, c.says, c.fix)
	}
}
