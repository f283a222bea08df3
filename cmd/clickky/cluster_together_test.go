package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"clickky/cmd/clickky/sshtest"
)

// run has somebody run a command on a server, which must not fail, and returns what it
// says.
func (g *trio) run(at *site, name string, key byte, command string) string {
	g.t.Helper()
	r := sshtest.Dial(g.t, at.Addr, name, sshtest.Signer(g.t, key)).Run(g.t, command, false)
	if r.Status != 0 {
		g.t.Errorf("%s on %s: %+v", command, at.name, r)
	}
	return r.Out
}

// admin has the admin do something on a server.
func (g *trio) admin(at *site, command string) {
	g.t.Helper()
	g.run(at, "chief", chiefKey, command)
}

// mayPlay reports whether a player with these keys may play on a server.
func mayPlay(t *testing.T, at *site, name string, keys ...gossh.Signer) bool {
	t.Helper()
	return sshtest.Dial(t, at.Addr, name, keys...).Run(t, "me", false).Status == 0
}

// TestClusterOfThreePlaysOneGame compares what players see: counts, ranks, who is online, and
// names.
func TestClusterOfThreePlaysOneGame(t *testing.T) {
	t.Parallel()
	g, alice, bob, carol := threePlayers(t)
	a, b, c := g.sites[0], g.sites[1], g.sites[2]
	alice.clicks(t, 3)
	bob.clicks(t, 2)
	carol.clicks(t, 1)
	g.allSee(sshtest.Patience, "from three servers", alice, bob, carol)
	for p, rank := range map[*tapper]string{alice: "#1 of 3", bob: "#2 of 3", carol: "#3 of 3"} {
		p.screen.WaitFor(t, rank, "6 clicks by 3 players", "3 here")
	}
	bob.clicks(t, 2)
	alice.screen.WaitFor(t, "#2 of 3")

	second := g.screen(b, "alice", 1) // somebody who is there already
	second.WaitFor(t, "clicks   3 ")
	second.Type(t, " ")
	alice.count++
	alice.screen.WaitFor(t, "clicks   4 ", "3 here")
	bob.screen.WaitFor(t, "3 here")
	second.Type(t, "q")
	second.Status(t)
	alice.clicks(t, 1)
	bob.screen.WaitFor(t, "3 here", "10 clicks by 3 players")

	guest := play(t, b.program, "dave")
	guest.WaitFor(t, "~dave")
	looker := g.screen(c, "dave", 12)
	looker.WaitFor(t, "your first click makes dave yours")
	begun := time.Now()
	dave := g.join("dave", 11, a)
	dave.clicks(t, 1)
	for _, s := range []*sshtest.Screen{guest, looker} {
		s.WaitFor(t, "The name dave now belongs to another SSH key")
		if status := s.Status(t); status != 0 {
			t.Errorf("who has lost the name leaves with status %d", status)
		}
	}
	t.Logf("a claim ends sessions on other servers within %v", time.Since(begun))
	g.raceForNames()
	g.codes(alice)
	g.end()
}

// raceForNames has three keys on three servers claim a name at the same moment.
func (g *trio) raceForNames() {
	t := g.t
	for round := range 3 {
		name := fmt.Sprint("racer", round)
		screens := make([]*sshtest.Screen, len(g.sites))
		for i, s := range g.sites {
			screens[i] = g.screen(s, name, byte(20+i))
		}
		for _, s := range screens {
			go s.TryType(" ")
		}
		owner := -1
		g.within(sshtest.Patience, "all but one are told that the name is another's", func() bool {
			told := 0
			for i, s := range screens {
				if strings.Contains(s.Text(), "now belongs to another SSH key") {
					told++
				} else {
					owner = i
				}
			}
			return told == len(screens)-1
		})
		for i := range screens {
			for _, s := range g.sites {
				if may := mayPlay(t, s, name, sshtest.Signer(t, byte(20+i))); may != (i == owner) {
					t.Errorf("on %s key %d may play %s: %v; the owner's is %d", s.name, i, name, may, owner)
				}
			}
		}
		// A player who clicked before hearing of the other has clicked for the name.
		winner := &tapper{name: name, key: sshtest.Signer(t, byte(20+owner))}
		winner.count = clicksOf(t, g.sites[owner].program, name, winner.key)
		if winner.count < 1 || winner.count > 3 {
			t.Errorf("%s has %d clicks", name, winner.count)
		}
		g.players = append(g.players, winner)
	}
}

// codes lets in another key by a code of another server, which two of them use at the
// same moment.
func (g *trio) codes(p *tapper) {
	t := g.t
	out := g.run(g.sites[0], p.name, 1, "keys add")
	code := regexp.MustCompile(`\+[a-z0-9-]+`).FindString(out)
	results := make([]sshtest.Result, 2)
	var using sync.WaitGroup
	for i, at := range g.sites[1:] {
		conn := sshtest.Dial(t, at.Addr, code, sshtest.Signer(t, byte(30+i)))
		using.Go(func() { results[i] = conn.Run(t, "", true) })
	}
	using.Wait()
	done := 0
	for i, r := range results {
		key := sshtest.Signer(t, byte(30+i))
		switch {
		case r.Status == 0 && strings.Contains(r.Out, "now plays as "+p.name):
			done++
			g.within(sshtest.Patience, "the key may play", func() bool { return mayPlay(t, g.sites[0], p.name, key) })
		case r.Status != 1 || !strings.Contains(r.Errors, "unknown, used or expired"):
			t.Errorf("a code that two use at once: %+v", r)
		case mayPlay(t, g.sites[0], p.name, key):
			t.Errorf("the key may play whose code was used: %+v", r)
		}
	}
	if done != 1 {
		t.Errorf("a code was good %d times", done)
	}
	if r := sshtest.Dial(t, g.sites[0].Addr, code, sshtest.Signer(t, 33)).Run(t, "", true); r.Status != 1 || !strings.Contains(r.Errors, "unknown, used or expired") {
		t.Errorf("the code once more: %+v", r)
	}
}

// TestClusterAdminActionsReachAllServers ends or changes sessions of the other servers.
func TestClusterAdminActionsReachAllServers(t *testing.T) {
	t.Parallel()
	g, alice, bob, carol := threePlayers(t)
	a, b, c := g.sites[0], g.sites[1], g.sites[2]
	for _, p := range g.players {
		p.clicks(t, 2)
	}
	g.allSee(sshtest.Patience, "before the acts", alice, bob, carol)

	begun := time.Now()
	g.admin(a, "players message --yes good morning")
	for _, p := range g.players {
		p.screen.WaitFor(t, "good morning")
	}
	t.Logf("a message is on all screens within %v", time.Since(begun))
	g.admin(a, "players message --yes --to carol only you")
	carol.screen.WaitFor(t, "only you")

	g.admin(a, "players rename carol carla --yes")
	carol.screen.WaitFor(t, "you're now carla")
	carol.name = "carla"
	carol.clicks(t, 1)

	g.admin(a, "players set bob 1000 --yes")
	bob.screen.WaitFor(t, "clicks   1,000 ", "#1 of 3")
	bob.count, bob.dayless = 1000, 1000-bob.count
	bob.clicks(t, 1)
	g.allSee(sshtest.Patience, "after a count was set", alice, bob, carol)

	g.admin(a, "players kick bob --yes")
	bob.screen.WaitFor(t, "An admin ended your sessions")
	bob.come(t, c)
	bob.clicks(t, 1)

	key := sshtestFingerprint(t, 3)
	g.admin(a, "players ban "+key+" --for 1h --yes")
	carol.screen.WaitFor(t, "An admin banned your key")
	for _, s := range g.sites {
		g.within(sshtest.Patience, "the banned key is kept out", func() bool { return !mayPlay(t, s, "carla", carol.key) })
	}
	g.admin(b, "players unban "+key+" --yes") // on another one
	g.within(sshtest.Patience, "the key is let in", func() bool { return mayPlay(t, c, "carla", carol.key) })
	carol.come(t, c)
	carol.clicks(t, 1)
	if out := g.run(c, "chief", chiefKey, "audit"); strings.Count(out, "chief") < 7 {
		t.Errorf("the audit log of another server is\n%s", out)
	}
	g.allSee(sshtest.Patience, "after all acts", alice, bob, carol)
	g.end()
}

// TestClusterPlayerHasOneRate holds a key on two servers: it scores as fast as on one, except
// for the second's worth that each server allows at once.
func TestClusterPlayerHasOneRate(t *testing.T) {
	t.Parallel()
	const rate, lasting = 20, 5 * time.Second
	// What each server has not heard of the other yet is about half a second's worth.
	atMost := func(took time.Duration) uint64 { return uint64(rate*took.Seconds() + 2*rate + rate/2) }
	g := newTrio(t, 2, "--max-rate", fmt.Sprint(rate))
	alice := g.join("alice", 1, g.sites[0])
	alice.clicks(t, 1) // claims the name
	other := g.screen(g.sites[1], "alice", 1)
	other.WaitFor(t, "clicks   1 ")
	begun := time.Now()
	var pressed atomic.Uint64
	var holding sync.WaitGroup
	for _, s := range []*sshtest.Screen{alice.screen, other} {
		holding.Go(func() {
			// A slow machine presses less often, and for longer.
			for late := time.After(4 * lasting); time.Since(begun) < lasting || pressed.Load() < atMost(time.Since(begun)); {
				// Presses that are faster than the rate, or as even as a clock, would be a held key.
				const shortest, longest = 38 * time.Millisecond, 78 * time.Millisecond
				select {
				case <-time.After(shortest + rand.N(longest-shortest)):
					if s.TryType(" ") {
						pressed.Add(1)
					}
				case <-late:
					return
				}
			}
		})
	}
	holding.Wait()
	took := time.Since(begun)
	last := leave(t, alice.screen) + leave(t, other)
	alice.count = last
	most := atMost(took)
	if last > most || last < rate*uint64(lasting.Seconds())/2 {
		t.Errorf("in %v %d clicks have counted, at %d a second; at most %d may", took, last, rate, most)
	}
	if pressed.Load() < most {
		t.Errorf("only %d presses in %v tell nothing", pressed.Load(), took)
	}
	t.Logf("%d of %d clicks counted in %v, at %d a second on two servers", last, pressed.Load(), took, rate)
	g.end()
}

// TestClusterOfMixedVersions accepts the events of older servers, and shows admins which
// servers differ.
func TestClusterOfMixedVersions(t *testing.T) {
	t.Parallel()
	g, alice, bob, carol := threePlayers(t)
	alice.clicks(t, 1)
	const run = "20250101-000000-abcdefghij"
	nc := g.nats.Connect()
	at := time.Now().UTC().Format(time.RFC3339)
	olga := &tapper{name: "olga", key: sshtest.Signer(t, 40), clicker: clicker{count: 12}, dayless: 6}
	for number, event := range []string{
		`{"v":1,"server":%q,"number":%d,"at":%q,"clicks":{"olga":3}}`,
		`{"v":2,"server":%q,"number":%d,"at":%q,"changes":[{"do":"claim","name":"olga","key":"` + sshtestFingerprint(t, 40) + `"}],"clicks":{"olga":1}}`,
		`{"v":3,"server":%q,"number":%d,"at":%q,"acts":[{"do":"count","who":"chief","target":"olga","clicks":10},` +
			`{"do":"message","who":"chief","text":"from an old server"}],"clicks":{"olga":2}}`,
	} {
		if _, err := nc.Request("clickky.v1.events."+run, fmt.Appendf(nil, event, run, number+1, at), 10*time.Second); err != nil {
			t.Fatal(err)
		}
	}
	g.players = append(g.players, olga)
	g.allSee(sshtest.Patience, "with those of old events", alice, bob, carol)
	for _, p := range []*tapper{alice, bob, carol} {
		p.screen.WaitFor(t, "from an old server")
	}

	beat := func() {
		text := fmt.Sprintf(`{"v":1,"beat":{"name":"old","version":"v0.0.1","hostkey":"SHA256:another","started":%q,"at":%q,"future":true}}`,
			at, time.Now().UTC().Format(time.RFC3339Nano))
		if err := nc.Publish("clickky.v1.presence."+run, []byte(text)); err != nil {
			t.Error(err)
		}
	}
	for _, s := range g.sites {
		var stats struct {
			Count   int `json:"server_count"`
			Servers []struct {
				Name    string `json:"name"`
				Version string `json:"version"`
				HostKey string `json:"host_key"`
				State   string `json:"state"`
			} `json:"servers"`
		}
		g.within(sshtest.Patience, "an admin on "+s.name+" sees the old server", func() bool {
			beat()
			if err := json.Unmarshal([]byte(g.run(s, "chief", chiefKey, "stats --json")), &stats); err != nil {
				t.Fatal(err)
			}
			for _, one := range stats.Servers {
				if one.Name == "old" && one.Version == "v0.0.1" && one.HostKey == "SHA256:another" {
					return stats.Count == len(g.sites)+1
				}
			}
			return false
		})
		if len(stats.Servers) != stats.Count || stats.Servers[0].Version == "v0.0.1" || stats.Servers[0].HostKey != stats.Servers[1].HostKey {
			t.Errorf("an admin on %s reads %+v", s.name, stats)
		}
		if out := g.run(s, "chief", chiefKey, "stats"); !strings.Contains(out, "different versions and host keys") {
			t.Errorf("an admin on %s reads %s", s.name, out)
		}
		if out := g.run(s, "alice", 1, "stats --json"); strings.Contains(out, "v0.0.1") {
			t.Errorf("a player on %s reads %s", s.name, out)
		}
	}
	if !mayPlay(t, g.sites[2], "olga", olga.key) || mayPlay(t, g.sites[2], "olga", alice.key) {
		t.Error("the claim of the old server does not count")
	}
	g.end()
}
