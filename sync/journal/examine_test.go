package journal

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"clickky/sync/cluster/natstest"
	"clickky/sync/finding"
	"clickky/sync/finding/findingtest"
)

// examine returns what Examine reports, by the names of the checks, and what it has seen.
func examine(ctx context.Context, nc *nats.Conn) (map[string]finding.Finding, *Found) {
	var r finding.Report
	seen := Examine(ctx, nc, &r)
	found := map[string]finding.Finding{}
	for _, one := range r {
		found[one.Name] = one
	}
	return found, seen
}

func TestExamineLogOnCluster(t *testing.T) {
	t.Parallel()
	c := natstest.Start(t, 3)
	nc := c.Connect(0)
	judged := func(r finding.Finding, severity finding.Severity, says string) {
		t.Helper()
		findingtest.Judged(t, r.Name, r, severity, says, "")
	}
	f, seen := examine(shortContext(t), nc)
	if seen == nil || seen.Made || strings.HasSuffix(f["jetstream"].Text, " 0s") {
		t.Fatalf("before there is a log: %+v, %+v", f, seen)
	}
	judged(f["jetstream"], finding.OK, "answers in ")
	judged(f["max_payload"], finding.OK, "at most 1.0 MiB")
	judged(f["stream"], finding.OK, "none yet; the server creates it with 3 copies")
	if _, seen = examine(shortContext(t), nc); seen == nil || seen.Made {
		t.Fatal("looking has made a log")
	}
	j := openRemotely(t, c)
	appendClicks(t, j, "alice", "bob")
	f, seen = examine(shortContext(t), nc)
	if seen == nil || !seen.Made || seen.ID != j.ID() || seen.First != 1 || seen.Last != 2 || seen.Untrusted != nil {
		t.Errorf("of a log with two events: %+v", seen)
	}
	judged(f["stream"], finding.OK, "events 1 to 2")
	judged(f["room"], finding.OK, " of 64 MiB")
	if strings.HasPrefix(f["room"].Text, "0 B") {
		t.Errorf("two events take no room: %+v", f["room"])
	}
	c.Await("three copies that are up to date", func() bool {
		f, _ := examine(shortContext(t), nc)
		return strings.HasPrefix(f["copies"].Text, "3, all up to date; n")
	})
	c.Stop((c.AwaitLeader(streamName) + 1) % 3)
	c.Stop(c.AwaitLeader(streamName))
	nc = c.Connect()
	c.Await("that nobody is to be trusted", func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		f, seen := examine(ctx, nc)
		return strings.Contains(f["jetstream"].Text, "half of the NATS servers") || seen != nil && seen.Untrusted != nil
	})
}

func TestExamineServerRestoringLostCopy(t *testing.T) {
	t.Parallel()
	c := natstest.Start(t, 3)
	j := openRemotely(t, c)
	appendClicks(t, j, "alice", "bob")
	lost := c.AwaitLeader(streamName)
	c.Stop(lost)
	c.Wipe(lost)
	c.Start(lost)
	appendClicks(t, j, "carol")
	nc := c.Connect()
	c.Await("three copies that are up to date", func() bool {
		f, seen := examine(shortContext(t), nc)
		return seen != nil && seen.Untrusted == nil && f["copies"].Severity == finding.OK && seen.Last == 3 && currentCopies(t, nc) == 2
	})
	c.Stop((lost + 1) % 3) // so that its copy is needed
	appendClicks(t, j, "dave")
	if got := readAfter(t, j, 0); len(got) != 4 {
		t.Errorf("%d events are left of 4", len(got))
	}
}

// currentCopies returns how many copies besides the leader's lack nothing.
func currentCopies(t *testing.T, nc *nats.Conn) (n int) {
	t.Helper()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	st, err := js.Stream(shortContext(t), streamName)
	if err != nil {
		return 0
	}
	for _, c := range st.CachedInfo().Cluster.Replicas {
		if c.Current && !c.Offline && c.Lag == 0 {
			n++
		}
	}
	return n
}

func TestExamineReportsWhyJetStreamDoesNotAnswer(t *testing.T) {
	t.Parallel()
	silent := server.Permissions{Publish: &server.SubjectPermission{Allow: []string{"other.>"}}}
	for what, c := range map[string]struct {
		options server.Options
		says    string
	}{
		"no JetStream": {server.Options{}, "JetStream isn't enabled for this account"},
		"not allowed": {server.Options{JetStream: true, StoreDir: t.TempDir(), Users: []*server.User{
			{Username: "u", Password: "p", Permissions: &silent},
		}}, "this user isn't allowed to use JetStream"},
	} {
		c.options.Host, c.options.Port, c.options.NoLog, c.options.NoSigs = "127.0.0.1", server.RANDOM_PORT, true, true
		s, err := server.NewServer(&c.options)
		if err != nil {
			t.Fatal(err)
		}
		s.Start()
		t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
		nc, err := nats.Connect(s.ClientURL(), nats.UserInfo("u", "p"), nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(nc.Close)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		f, seen := examine(ctx, nc)
		if seen != nil {
			t.Errorf("%s: it has seen %+v", what, seen)
		}
		findingtest.Judged(t, what, f["jetstream"], finding.Problem, c.says, "")
	}
}

func TestAlteredFindsSettingsThatLoseEvents(t *testing.T) {
	t.Parallel()
	for what, change := range map[string]func(*jetstream.StreamConfig){
		"memory":       func(c *jetstream.StreamConfig) { c.Storage = jetstream.MemoryStorage },
		"dropping":     func(c *jetstream.StreamConfig) { c.Discard = jetstream.DiscardOld },
		"work queue":   func(c *jetstream.StreamConfig) { c.Retention = jetstream.WorkQueuePolicy },
		"age":          func(c *jetstream.StreamConfig) { c.MaxAge = time.Hour },
		"messages":     func(c *jetstream.StreamConfig) { c.MaxMsgs = 1000 },
		"asynchronous": func(c *jetstream.StreamConfig) { c.PersistMode = jetstream.AsyncPersistMode },
		"subjects":     func(c *jetstream.StreamConfig) { c.Subjects = append(c.Subjects, "more") },
	} {
		c := streamConfig(DefaultMaxBytes, 3)
		if got := altered(c); got != "" {
			t.Fatalf("a new log is altered: %s", got)
		}
		if change(&c); altered(c) == "" {
			t.Errorf("%s: nothing is noticed", what)
		}
	}
}
