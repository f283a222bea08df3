package admission

import (
	"fmt"
	"net"
	"testing"
	"testing/synctest"
	"time"
)

func tcp(ip string) net.Addr { return &net.TCPAddr{IP: net.ParseIP(ip), Port: 1234} }

// made returns how many of the tries to create a name succeed.
func made(n *NameLimiter, tries int, key, ip string) int {
	count := 0
	for i := range tries {
		k := key
		if key == "each" {
			k = fmt.Sprintf("%s %d", ip, i)
		}
		if n.Allow(k, tcp(ip), false) {
			count++
		}
	}
	return count
}

func TestNameLimiterLimitsKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := NewNameLimiter(NameConfig{}, 1)
		if got := made(n, 3, "mine", "192.0.2.1") + made(n, 10, "mine", "127.0.0.1"); got != 5 {
			t.Errorf("%d names at once, want 5", got)
		}
		if got := made(n, 10, "other", "192.0.2.1"); got != 5 {
			t.Errorf("%d names of another key, want 5", got)
		}
		time.Sleep(59 * time.Second)
		if got := made(n, 10, "mine", "192.0.2.1"); got != 0 {
			t.Errorf("%d names after 59 s, want 0", got)
		}
		time.Sleep(time.Second)
		if got := made(n, 10, "mine", "192.0.2.1"); got != 1 {
			t.Errorf("%d names after a minute, want 1", got)
		}
	})
}

func TestNameLimiterLimitsAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := NewNameLimiter(NameConfig{}, 1)
		if got := made(n, 100, "", "192.0.2.1") + made(n, 300, "each", "192.0.2.1"); got != 200 {
			t.Errorf("%d names at once, want 200", got)
		}
		if got := made(n, 300, "", "192.0.2.2"); got != 200 {
			t.Errorf("%d names of the next address, want 200", got)
		}
		time.Sleep(time.Minute)
		if got := made(n, 300, "", "192.0.2.1"); got != 20 {
			t.Errorf("%d names after a minute, want 20", got)
		}
		if got := made(n, 1000, "each", "::1") + made(n, 1000, "", "127.0.0.1"); got != 2000 {
			t.Errorf("%d names of loopback, want all", got)
		}
		for range 300 {
			n.Allow("", tcp("127.0.0.1"), true)
		}
		if n.Allow("", tcp("127.0.0.1"), true) {
			t.Error("loopback has no limit when it is only a proxy that says so")
		}
	})
}

func TestNameLimiterGivesWiderNetworksMore(t *testing.T) {
	n := NewNameLimiter(NameConfig{AddressEvery: time.Hour}, 1)
	for _, c := range []struct {
		ip   string
		want int
	}{
		{"2001:db8:1:100::1", 200},
		{"2001:db8:1:100::2", 0},   // the same /64
		{"2001:db8:1:101::1", 200}, // the same /56
		{"2001:db8:1:102::1", 0},
		{"2001:db8:1:200::1", 200}, // the same /48
		{"2001:db8:1:201::1", 200},
		{"2001:db8:1:300::1", 0},
		{"2001:db8:2::1", 200},
	} {
		if got := made(n, 300, "", c.ip); got != c.want {
			t.Errorf("%d names of %s, want %d", got, c.ip, c.want)
		}
	}
}

func TestNameLimiterFollowsSessionsOfAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for sessions, want := range map[int]int{1: 200, 100: 200, 1000: 2000} {
			n := NewNameLimiter(NameConfig{}, sessions)
			if got := made(n, 3000, "", "192.0.2.1"); got != want {
				t.Errorf("%d names at once with %d sessions, want %d", got, sessions, want)
			}
			time.Sleep(time.Minute)
			if got := made(n, 3000, "", "192.0.2.1"); got != want/10 {
				t.Errorf("%d names a minute with %d sessions, want %d", got, sessions, want/10)
			}
		}
	})
}

func TestNameLimiterIsBounded(t *testing.T) {
	t.Parallel()
	n := NewNameLimiter(NameConfig{}, 1)
	for i := range 2 * maxCreators {
		if !n.Allow(fmt.Sprint(i), tcp("127.0.0.1"), false) {
			t.Fatal("a new key may make no name")
		}
		n.Allow("busy", tcp("127.0.0.1"), false)
	}
	if len(n.creators.entries) != maxCreators || n.creators.order.Len() != maxCreators {
		t.Errorf("%d and %d makers, want %d", len(n.creators.entries), n.creators.order.Len(), maxCreators)
	}
	if n.Allow("busy", tcp("127.0.0.1"), false) {
		t.Error("the key that makes names all the time is forgotten")
	}
}
