package journal

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"clickky/sync/cluster/natstest"
)

func examine(t *testing.T, nc *nats.Conn) Facts {
	t.Helper()
	f, err := Examine(soon(t), nc)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestALogOnAClusterIsExamined(t *testing.T) {
	t.Parallel()
	c := natstest.Start(t, 3)
	nc := c.Connect(0)
	f := examine(t, nc)
	if f.Made || !f.Clustered || f.WantedCopies != 3 || f.Limit >= 0 || f.MaxStreams >= 0 || f.MaxPayload != 1<<20 || f.Took <= 0 || !f.Flat {
		t.Errorf("before there is a log: %+v", f)
	}
	if f = examine(t, nc); f.Made {
		t.Fatal("looking has made a log")
	}
	j := remotely(t, c)
	appended(t, j, "alice", "bob")
	f = examine(t, nc)
	if !f.Made || f.ID != j.ID() || f.First != 1 || f.Last != 2 || f.Bytes == 0 || f.MaxBytes != 64<<20 || f.Copies != 3 || len(f.Others) != 2 ||
		f.Leader == "" || f.Untrusted != nil || f.Altered != "" || f.Streams != 1 || f.Used < f.MaxBytes {
		t.Errorf("of a log with two events: %+v", f)
	}
	c.Stop((c.AwaitLeader(streamName) + 1) % 3)
	c.Stop(c.AwaitLeader(streamName))
	nc = c.Connect()
	c.Await("that nobody is to be trusted", func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		f, err := Examine(ctx, nc)
		return errors.Is(err, ErrNoMajority) || errors.Is(err, context.DeadlineExceeded) || f.Untrusted != nil
	})
}

func TestANATSServerThatHasLostItsDiskGetsItsCopyAgain(t *testing.T) {
	t.Parallel()
	c := natstest.Start(t, 3)
	j := remotely(t, c)
	appended(t, j, "alice", "bob")
	lost := c.AwaitLeader(streamName)
	c.Stop(lost)
	c.Wipe(lost)
	c.Start(lost)
	appended(t, j, "carol")
	nc := c.Connect()
	c.Await("three copies that are up to date", func() bool {
		f, err := Examine(soon(t), nc)
		current := 0
		for _, other := range f.Others {
			if other.Current && !other.Offline && other.Lag == 0 {
				current++
			}
		}
		return err == nil && f.Untrusted == nil && current == 2 && f.Last == 3
	})
	c.Stop((lost + 1) % 3) // so that its copy is needed
	appended(t, j, "dave")
	if got := read(t, j, 0); len(got) != 4 {
		t.Errorf("%d events are left of 4", len(got))
	}
}

func TestWhatKeepsJetStreamFromAnsweringIsTold(t *testing.T) {
	t.Parallel()
	silent := server.Permissions{Publish: &server.SubjectPermission{Allow: []string{"other.>"}}}
	for what, c := range map[string]struct {
		options server.Options
		want    error
	}{
		"no JetStream": {server.Options{}, ErrNotEnabled},
		"not allowed": {server.Options{JetStream: true, StoreDir: t.TempDir(), Users: []*server.User{
			{Username: "u", Password: "p", Permissions: &silent},
		}}, ErrNotAllowed},
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
		if _, err := Examine(ctx, nc); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", what, err, c.want)
		}
	}
}

func TestSettingsThatLoseEventsAreNoticed(t *testing.T) {
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
