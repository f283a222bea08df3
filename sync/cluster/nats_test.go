package cluster

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// joinNATS joins a server over a real NATS.
func joinNATS(t *testing.T, nc *nats.Conn, run string) *host {
	t.Helper()
	h := &host{}
	var err error
	if h.Presence, err = Join(nc, h.self(run)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Leave)
	return h
}

// awaitHost waits until a condition holds for a host.
func awaitHost(t *testing.T, h *host, what string, is func() bool) {
	t.Helper()
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	late := time.After(30 * time.Second)
	for !is() {
		select {
		case <-look.C:
		case <-late:
			t.Fatalf("not %s: %s, %v", what, h.states(), h.Online())
		}
	}
}

func TestMembersOverNATS(t *testing.T) {
	t.Parallel()
	s := natsServer(t)
	conns := []*nats.Conn{connect(t, s), connect(t, s), connect(t, s)}
	one, two := joinNATS(t, conns[0], "one"), joinNATS(t, conns[1], "two")
	names := make([]string, 10_000)
	for i := range names {
		names[i] = fmt.Sprint("player", i)
	}
	two.setPlayers(names...)
	slices.Sort(names)
	awaitHost(t, one, "all of two's players known", func() bool { return slices.Equal(one.Online(), names) })
	three := joinNATS(t, conns[2], "three") // a newcomer
	awaitHost(t, three, "all known to the newcomer", func() bool {
		return three.states() == "one up, three up, two up" && slices.Equal(three.onlineOn("two"), names)
	})
	got, err := three.sessionsOn(t.Context(), "two", "alice")
	if err != nil || len(got) != 2 || got[0].Terminal != "of alice" {
		t.Errorf("%+v, %v", got, err)
	}
	if err := conns[0].Publish(presencePrefix+"two", []byte(strings.Repeat("x", 1<<20))); err != nil {
		t.Fatal(err)
	}
	two.Leave()
	awaitHost(t, one, "two gone", func() bool { return one.states() == "one up, three up" && len(one.onlineOn("two")) == 0 })
	if _, err := three.sessionsOn(t.Context(), "two", "alice"); err == nil {
		t.Error("who has left answers")
	}
	conns[2].Close() // without a goodbye
	awaitHost(t, one, "three silent", func() bool { return one.states() == "one up, three silent" })
	if one.Alone() {
		t.Error("alone, while somebody was heard a few seconds ago")
	}
}

func TestMembersReconnectAfterNATSOutage(t *testing.T) {
	t.Parallel()
	s := natsServer(t)
	var port int
	if _, err := fmt.Sscanf(s.ClientURL(), "nats://127.0.0.1:%d", &port); err != nil {
		t.Fatal(err)
	}
	one, two := joinNATS(t, connect(t, s), "one"), joinNATS(t, connect(t, s), "two")
	two.setPlayers("carol")
	awaitHost(t, one, "carol known", func() bool { return slices.Equal(one.Online(), []string{"carol"}) })
	s.Shutdown()
	s.WaitForShutdown()
	awaitHost(t, one, "two silent", func() bool { return one.states() == "one up, two silent" && len(one.Online()) == 0 })
	again, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: port, NoLog: true, NoSigs: true})
	if err != nil {
		t.Fatal(err)
	}
	again.Start()
	defer again.Shutdown()
	awaitHost(t, one, "two back", func() bool { return one.states() == "one up, two up" && slices.Equal(one.Online(), []string{"carol"}) })
}
