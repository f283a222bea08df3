package cluster

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

func TestListenIsPassive(t *testing.T) {
	bubble(t, func(t *testing.T, a *network) {
		one, two := a.joinServer(t, "one"), a.joinServer(t, "two")
		one.setReport(Report{Applied: 700, JournalDown: true})
		two.setReport(Report{Applied: 1000})
		two.setPlayers("alice", "bob")
		leaver := a.joinServer(t, "three")
		time.Sleep(settle)
		deaf := a.wire()
		go func() {
			time.Sleep(ListenFor / 2)
			leaver.Leave()
			_ = deaf.Publish(presencePrefix+"four", []byte("what?"))
			_ = deaf.Publish(presencePrefix+"no.run", encode(message{V: format, Heartbeat: &heartbeat{Name: "x"}}))
		}()
		before := time.Now()
		members, err := listen(t.Context(), a.wire())
		if took := time.Since(before); err != nil || took != ListenFor || len(members) != 2 {
			t.Fatalf("%d servers after %v, %v", len(members), took, err)
		}
		m := members[0]
		is(t, "the first", []any{m.Run, m.State, m.Lag, m.Version, m.HostKey, m.Here}, "[one journal down 300 v1 SHA256:k false]")
		m = members[1]
		is(t, "the second", []any{m.Run, m.State, m.Lag, m.Players, m.Skew}, "[two up 0 2 0s]")
		is(t, "what the servers know", one.states(), "one journal down, two up")
	})
}

func TestListenEndsWithContext(t *testing.T) {
	bubble(t, func(t *testing.T, a *network) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		a.joinServer(t, "one")
		before := time.Now()
		if members, err := listen(ctx, a.wire()); err != nil || len(members) != 0 || time.Since(before) != 0 {
			t.Errorf("%v, %v after %v", members, err, time.Since(before))
		}
		synctest.Wait()
		a.mu.Lock()
		defer a.mu.Unlock()
		for w := range a.wires {
			if len(w.subs) == 1 { // a server has two subscriptions
				t.Error("somebody still listens")
			}
		}
	})
}

func TestListenReportsMissingPermission(t *testing.T) {
	t.Parallel()
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, NoLog: true, NoSigs: true, Users: []*server.User{
		{Username: "u", Password: "p", Permissions: &server.Permissions{Subscribe: &server.SubjectPermission{Allow: []string{"_INBOX.>"}}}},
	}})
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
	if members, err := Listen(t.Context(), nc); !errors.Is(err, nats.ErrPermissionViolation) || len(members) != 0 {
		t.Errorf("%v, %v", members, err)
	}
}

func TestListenOverNATS(t *testing.T) {
	t.Parallel()
	s := natsServer(t)
	one := joinNATS(t, connect(t, s), "one")
	one.setPlayers("alice")
	members, err := Listen(t.Context(), connect(t, s))
	if err != nil || len(members) != 1 || members[0].Name != "server one" || members[0].Players != 1 || members[0].Skew.Abs() > time.Second {
		t.Errorf("%+v, %v", members, err)
	}
	is(t, "nobody else", one.states(), "one up")
}
