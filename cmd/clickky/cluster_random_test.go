package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"clickky/server/sshtest"
)

// fault is something that happens to servers of a trio, and how it ends.
type fault struct {
	name string
	end  func()
}

// chaos has faults happen to a trio at random.
type chaos struct {
	*trio

	random *rand.Rand
	killed map[*site]time.Time
}

// strike has something happen to one server.
func (c *chaos) strike(s *site) fault {
	switch c.random.IntN(7) {
	case 0:
		c.killed[s] = time.Now()
		s.kill()
		return fault{"is killed", func() { c.start(s) }}
	case 1:
		s.freeze(c.t)
		return fault{"is frozen", func() { s.thaw(c.t) }}
	case 2:
		s.noNATS(false)
		return fault{"is refused by NATS", s.someNATS}
	case 3:
		s.noNATS(true)
		return fault{"hears nothing of NATS", s.someNATS}
	case 4:
		s.db.Down()
		return fault{"is refused by the database", s.db.Up}
	case 5:
		s.db.Pause()
		return fault{"hears nothing of the database", s.db.Resume}
	default:
		s.noNATS(true)
		s.db.Down()
		return fault{"hears nothing of NATS and is refused by the database", func() { s.db.Up(); s.someNATS() }}
	}
}

// strikeNATS has one or two of the NATS servers stop, or cuts one off from the others.
func (c *chaos) strikeNATS() fault {
	node := c.random.IntN(c.nats.Size())
	switch c.random.IntN(4) {
	case 0:
		c.nats.Stop(node)
		return fault{fmt.Sprintf("NATS server %d stops", node), func() { c.nats.Start(node) }}
	case 1:
		other := (node + 1) % c.nats.Size()
		c.nats.Stop(node)
		c.nats.Stop(other)
		return fault{fmt.Sprintf("NATS servers %d and %d stop", node, other), func() { c.nats.Start(other); c.nats.Start(node) }}
	case 2:
		c.nats.Isolate(node)
		return fault{fmt.Sprintf("NATS server %d is cut off from the others", node), c.nats.Join}
	default:
		return fault{"all is well with NATS", func() {}}
	}
}

// TestServersOfOneGameAmongFaults that come at random, one or several at a time.
func TestServersOfOneGameAmongFaults(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	t.Parallel()
	const lasting = 15 * time.Second
	seed := uint64(time.Now().UnixNano()) //nolint:gosec // any will do
	t.Logf("seed %d", seed)
	g, _, _, _ := threePlayers(t)
	c := &chaos{trio: g, random: rand.New(rand.NewPCG(seed, 0)), killed: map[*site]time.Time{}} //nolint:gosec // to be repeated
	for round, begun := 0, time.Now(); time.Since(begun) < lasting; round++ {
		c.round(round)
	}
	g.end()
}

// round has several things happen at once, and waits until all has come right.
func (c *chaos) round(number int) {
	t := c.t
	clear(c.killed)
	stop := tap(c.players...)
	awaitMore(t, 3, c.players...)
	var struck []fault
	said := []string{}
	if c.random.IntN(2) == 0 {
		f := c.strikeNATS()
		struck, said = append(struck, f), append(said, f.name)
	}
	for _, i := range c.random.Perm(len(c.sites))[:1+c.random.IntN(2)] {
		f := c.strike(c.sites[i])
		struck, said = append(struck, f), append(said, c.sites[i].name+" "+f.name)
	}
	t.Logf("round %d: %s", number, strings.Join(said, "; "))
	lasts := time.NewTimer(time.Duration(500+c.random.IntN(4000)) * time.Millisecond)
	<-lasts.C
	for _, f := range struck {
		f.end()
	}
	begun := time.Now()
	stop()
	for i, p := range c.players {
		s := c.sites[i]
		switch at, dead := c.killed[s]; {
		case dead && len(struck) == 1: // else clicks may have waited in memory
			p.comeAfterKill(t, s, at)
		case dead:
			p.comeAfterKill(t, s, time.Time{})
		case p.gone:
			t.Errorf("click %d of %s is not on the screen:\n%s", p.count, p.name, p.screen.Text())
		}
	}
	c.silent(2*sshtest.Patience, saysInMemory, c.players...)
	c.silent(2*sshtest.Patience, saysNoDatabase, c.players...)
	c.allSee(2*sshtest.Patience, "after the faults", c.players...)
	t.Logf("round %d: all is well %v after the faults", number, time.Since(begun).Round(10*time.Millisecond))
}
