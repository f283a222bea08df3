package ledger_test

import (
	"net/netip"
	"testing"
	"time"

	"clickky/sync/game"
	"clickky/sync/ledger/ledgertest"
)

func TestBans(t *testing.T) {
	l := ledgertest.Game(t)
	hour := ledgertest.Noon.Truncate(time.Second).Add(time.Hour)
	for _, a := range []game.AdminAction{
		{Target: "SHA256:evil", Until: hour},
		{Target: "192.0.2.77/24", Until: hour},
		{Target: "192.0.2.1", Until: hour.Add(time.Hour)},
		{Target: "2001:db8::/64", Until: hour},
		{Target: "::ffff:203.0.113.7", Until: hour},
	} {
		a.Kind = game.ActionBan
		ledgertest.MustApplyAction(t, l, a)
	}
	for _, c := range []struct {
		key, addr string
		at        time.Time
		by        string
	}{
		{"SHA256:evil", "198.51.100.1", ledgertest.Noon, "SHA256:evil"},
		{"SHA256:evil", "", ledgertest.Noon, "SHA256:evil"},
		{"SHA256:good", "198.51.100.1", ledgertest.Noon, ""},
		{"", "192.0.2.200", ledgertest.Noon, "192.0.2.0/24"},
		{"", "192.0.2.1", ledgertest.Noon, "192.0.2.1/32"},
		{"", "::ffff:192.0.2.200", ledgertest.Noon, "192.0.2.0/24"},
		{"", "203.0.113.7", ledgertest.Noon, "203.0.113.7/32"},
		{"", "2001:db8::ffff", ledgertest.Noon, "2001:db8::/64"},
		{"", "2001:db8:0:1::", ledgertest.Noon, ""},
		{"SHA256:evil", "192.0.2.200", hour, ""},
		{"", "192.0.2.1", hour, "192.0.2.1/32"},
	} {
		addr, _ := netip.ParseAddr(c.addr)
		if got, banned := l.Banned(c.key, addr, c.at); got.Target != c.by || banned != (c.by != "") {
			t.Errorf("%s from %s at %v is banned by %+v, want %q", c.key, c.addr, c.at, got, c.by)
		}
	}
	l.Saved(l.Unsaved(), ledgertest.Noon)
	ledgertest.MustApplyAction(t, l, game.AdminAction{Kind: game.ActionUnban, Target: "SHA256:evil"})
	ledgertest.MustApplyAction(t, l, game.AdminAction{Kind: game.ActionBan, Target: "192.0.2.0/24", Until: hour.Add(3 * time.Hour)})
	ledgertest.MustApplyAction(t, l, undo(7))
	ledgertest.MustApplyAction(t, l, undo(6))
	ledgertest.MustApplyAction(t, l, undo(1))
	if got := l.Bans(ledgertest.Noon); len(got) != 4 || got[0] != (game.Ban{Target: "192.0.2.0/24", Until: hour}) {
		t.Errorf("bans %v", got)
	}
	wantRefused(t, l, undo(6), "undone")
	// An act of a later time drops bans that have ended, and these are not undone.
	if _, err := ledgertest.ApplyAction(t, l, hour, game.AdminAction{Kind: game.ActionUnban, Target: "192.0.2.1"}); err != nil {
		t.Error(err)
	}
	if b := l.Unsaved(); len(b.Bans) != 5 || len(l.Bans(ledgertest.Noon)) != 0 {
		t.Errorf("the batch has the bans %v, left are %v", b.Bans, l.Bans(ledgertest.Noon))
	}
	wantRefused(t, l, undo(4), "has ended")
}
