package commands_test

import (
	"strings"
	"testing"
	"time"

	"clickky/server/commands"
	"clickky/sync/game"
	"clickky/sync/ledger/ledgertest"
)

// present puts these sessions on the server.
func present(c *commands.Commands, sessions ...game.SessionInfo) {
	c.Sessions = func() []game.SessionInfo { return sessions }
}

func TestBanOfAddressNamesAffectedPlayers(t *testing.T) {
	c := newGame(t)
	admin := player(t, "carol", true)
	admin.Key = bossKey
	chief := game.SessionInfo{Name: "carol", From: "203.0.113.1", Key: bossKey, Admin: true}
	far := []game.SessionInfo{chief, {Name: "u", From: "203.0.113.2"}, {Name: "v", From: "203.0.113.3"}, {Name: "w", From: "203.0.113.4"}}
	troll := game.SessionInfo{Name: "bob", From: "2001:db8:0:7::1", Key: testKey}
	for _, tc := range []struct {
		what   string
		in     []game.SessionInfo
		target string
		says   string
	}{
		{"nobody", far, "192.0.2.7", "ban 192.0.2.7/32 until 2"},
		{"nobody", far, "192.0.2.7", " and end no sessions;"},
		{"an IPv6 address is its /64", append(far, troll, troll), "2001:db8:0:7::9", "ban 2001:db8:0:7::/64 until 2"},
		{"sessions and whose", append(far, troll, troll, game.SessionInfo{Name: "al", From: "2001:db8:0:7::2"}), "2001:db8:0:7::9", "end 3 sessions: bob (2), al;"},
		{"one address of IPv6", append(far, troll), "2001:db8:0:7::9/128", "ban 2001:db8:0:7::9/128 until 2"},
		{"not the others", append(far, troll), "2001:db8:0:7::9/128", "end no sessions;"},
		{"a key", append(far, troll), testKey, "end 1 session: bob;"},
		{"only one other is here", []game.SessionInfo{chief, troll}, "2001:db8:0:7::1", "end 1 session: bob;"},
		{"many", append(far, troll), "203.0.113.0/30", "you're connected from there yourself, so this may ban everybody (right now it would end 2 sessions: u, v); ban a key instead, or add --force"},
		{"a prefix of many", append(far[1:], troll), "203.0.113.0/24", "end 3 sessions: u, v, w;"},
		{"a load balancer", []game.SessionInfo{{Name: "u", From: "10.0.0.5"}, {Name: "bob", From: "10.0.0.5"}, {Name: "v", From: "10.0.0.6"}}, "10.0.0.5", "2 of the 3 players here share one address there, as if behind a load balancer"},
		{"a load balancer, and its admin", []game.SessionInfo{{Name: "carol", From: "10.0.0.5", Key: bossKey, Admin: true}, {Name: "bob", From: "10.0.0.5"}}, "10.0.0.5", "you're connected from there yourself, so this may ban everybody (right now it would end 1 session: bob);"},
		{"loopback", far, "127.0.0.1", "any load balancer on it"},
		{"IPv6 loopback", far, "::1", "any load balancer on it"},
		{"everything", far, "0.0.0.0/0", "this machine and any load balancer on it connect from there, so this may ban everybody (right now it would end 3 sessions: u, v, w);"},
	} {
		present(c, tc.in...)
		if status, out, errs := run(t, c, admin, "players ban "+tc.target+" --for 1h"); status != commands.Failed || out != "" || !strings.Contains(errs, tc.says) {
			t.Errorf("%s: %q, %q, want %q", tc.what, out, errs, tc.says)
		}
		refused := strings.Contains(tc.says, "you're connected from there") || strings.Contains(tc.says, "share one address") || strings.Contains(tc.says, "this machine") || strings.Contains(tc.says, "load balancer")
		status, out, errs := run(t, c, admin, "players ban "+tc.target+" --for 1h --yes")
		if (status == commands.Done) == refused {
			t.Errorf("%s with --yes: %q, %q", tc.what, out, errs)
		}
		if status, out, errs := run(t, c, admin, "players ban "+tc.target+" --for 1h --yes --force"); status != commands.Done {
			t.Errorf("%s with --force: %q, %q", tc.what, out, errs)
		}
	}
}

// TestUnbanAcceptsAddressAsBanned covers bans of a /64, and older ones of a single IPv6
// address.
func TestUnbanAcceptsAddressAsBanned(t *testing.T) {
	c := newGame(t)
	admin := player(t, "carol", true)
	until := time.Now().Add(time.Hour)
	if _, err := ledgertest.SubmitAction(t.Context(), c.Ledger, game.AdminAction{Kind: game.ActionBan, Target: "2001:db8::1", Until: until}); err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"2001:db8::1/128", "2001:db8::/64"} {
		if _, out, errs := run(t, c, admin, "players unban 2001:db8::1 --yes"); !strings.Contains(out, want+" can connect again") {
			t.Errorf("unban %d: %q, %q, want %s", i, out, errs, want)
		}
		if status, _, errs := run(t, c, admin, "players ban 2001:db8::1 --for 1h --yes"); status != commands.Done {
			t.Fatal(errs)
		}
	}
}

// TestBanNamesAffectedPlayersOnOtherServers lists the players on the servers that answer.
func TestBanNamesAffectedPlayersOnOtherServers(t *testing.T) {
	c := newGame(t)
	c.Cluster = cluster{}
	present(c, game.SessionInfo{Name: "alice", From: "192.0.2.1"}, game.SessionInfo{Name: "zoe", From: "203.0.113.4"})
	admin := player(t, "carol", true)
	admin.Key = bossKey
	for target, says := range map[string]string{
		"192.0.2.1":    "end 2 sessions: alice, bob, and maybe more on other servers;",
		"203.0.113.99": "end no sessions, and maybe more on other servers;",
		testKey:        "end 1 session: bob;",
	} {
		if _, out, errs := run(t, c, admin, "players ban "+target+" --for 1h"); out != "" || !strings.Contains(errs, says) {
			t.Errorf("%s: %q, %q, want %q", target, out, errs, says)
		}
	}
}
