package commands_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"clickky/server/commands"
	"clickky/server/identity"
	"clickky/sync/game"
)

// cluster is two servers, on the other of which are bob and somebody who has never
// scored, and a third that does not answer.
type cluster struct{}

func (cluster) Servers() []game.Server {
	return []game.Server{
		{Name: "alpha", Version: "v1", HostKey: "SHA256:a", Here: true, State: game.ServerUp, Players: 3, Sessions: 4, Up: time.Hour},
		{Name: "be\x1bta", Version: "v2", HostKey: "SHA256:a", State: "behind", Players: 1, Sessions: 2, Lag: 1500, Unjournaled: 9, Skew: -1500 * time.Millisecond, Up: 90 * time.Minute},
	}
}

func (cluster) On(player string) []string {
	if player == "bob" || player == "newcomer" {
		return []string{"be\x1bta"}
	}
	return nil
}

func (cluster) Online() []string { return []string{"bob", "newcomer"} }

func (cluster) Sessions(_ context.Context, player string) []game.SessionInfo {
	if player == "newcomer" {
		return []game.SessionInfo{{Server: "be\x1bta"}}
	}
	return []game.SessionInfo{{Server: "be\x1bta", From: "192.0.2.1", Terminal: "xterm\x1b", Since: time.Unix(7, 0)}}
}

func TestClusterShowsInAnswers(t *testing.T) {
	c := setup(t)
	here := []game.SessionInfo{{Name: "alice", From: "198.51.100.1", Since: time.Unix(5, 0)}}
	c.Sessions = func() []game.SessionInfo { return here }
	c.Cluster = cluster{}
	alice, admin := player(t, "alice", false), player(t, "bob", true)
	for _, tc := range []struct {
		who  identity.Player
		line string
		want []string // ! before what must not be there
	}{
		{alice, "stats --json", []string{`"server_count":2}`, "!alpha", "!servers\""}},
		{alice, "stats", []string{"servers          2\n", "!alpha", "!beta", "!v1"}},
		{admin, "stats --json", []string{
			`"uptime_seconds":0,"server_count":2,"servers":[{"name":"alpha","here":true,"state":"up","version":"v1","host_key":"SHA256:a","players":3,"sessions":4,"lag":0,"in_memory":0,"skew_ms":0,"up_seconds":3600}`,
			`"lag":1500,"in_memory":9,"skew_ms":-1500,"up_seconds":5400`,
		}},
		{admin, "stats", []string{
			"servers          2, with different versions\n",
			"server           alpha (this one): up, 3 players, 4 sessions, 0 events behind, clock +0 ms, running for 1h0m0s, v1\n",
			"server           be·ta: behind, 1 player, 2 sessions, 1,500 events behind, 9 clicks in memory only, clock -1500 ms, running for 1h30m0s, v2\n",
		}},
		{admin, "players --online", []string{"alice", "1\n", "bob", "0, on be·ta\n", "newcomer", "!carol"}},
		{admin, "players --json", []string{`"name":"bob"`, `"servers":["be\u001bta"]`, `"name":"carol"`}},
		{admin, "players show bob", []string{"session          from 192.0.2.1 since 1970-01-01T00:00:07Z  xterm·  on be·ta\n"}},
		{admin, "players show newcomer", []string{"session          on be·ta, which isn't answering\n"}},
		{admin, "players show bob --json", []string{`"since":"1970-01-01T00:00:07Z","server":"be·ta"`}},
		{admin, "players kick newcomer", []string{"!no player"}},
	} {
		_, out, errs := run(t, c, tc.who, tc.line)
		for _, want := range tc.want {
			if without, hides := strings.CutPrefix(want, "!"); strings.Contains(out+errs, without) == hides {
				t.Errorf("%s: %q in\n%s%s", tc.line, want, out, errs)
			}
		}
	}
}

// twoKeys are servers with different host keys.
type twoKeys struct{ cluster }

func (twoKeys) Servers() []game.Server {
	servers := cluster{}.Servers()
	servers[1].HostKey = "SHA256:b"
	return servers
}

func TestClusterShowsDifferingHostKeys(t *testing.T) {
	c := setup(t)
	c.Cluster = twoKeys{}
	_, out, _ := run(t, c, player(t, "bob", true), "stats")
	for _, want := range []string{"2, with different versions and host keys\n", "v1, SHA256:a\n", "v2, SHA256:b\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
}

func TestClusterIsHiddenWithOneServer(t *testing.T) {
	c := setup(t)
	for _, line := range []string{"stats", "stats --json"} {
		if _, out, _ := run(t, c, player(t, "bob", true), line); strings.Contains(out, "server") {
			t.Errorf("%s: %s", line, out)
		}
	}
}

// noCodes are codes that cannot be reached.
type noCodes struct{ identity.Codes }

func (noCodes) New(context.Context, identity.Grant) (string, error) {
	return "", errors.New("nats: no servers available for connection")
}

func TestCodesUnreachableAreExplained(t *testing.T) {
	c := setup(t)
	c.Codes = noCodes{}
	owner := player(t, "alice", false)
	owner.Role, owner.Key = identity.Owner, "SHA256:k"
	status, out, errs := run(t, c, owner, "keys add")
	if want := "codes can't be stored right now; try again in a minute\n"; status != commands.Failed || out != "" || errs != want {
		t.Errorf("status %d, %q, %q", status, out, errs)
	}
}
