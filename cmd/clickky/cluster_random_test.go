package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"clickky/cmd/clickky/sshtest"
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
	crowd  []*tapper // those who click all the time, one on each server
	killed map[*site]time.Time
	frozen map[*site]bool

	contested []string // names that two keys have claimed
}

// strike has something happen to one server.
func (c *chaos) strike(s *site) fault {
	switch c.random.IntN(7) {
	case 0:
		c.killed[s] = time.Now()
		s.kill()
		return fault{"is killed", func() { c.start(s) }}
	case 1:
		c.frozen[s] = true
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

// TestClusterAmongRandomFaults has one or several faults at a time.
func TestClusterAmongRandomFaults(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	t.Parallel()
	lasting := 15 * time.Second
	if *long {
		lasting = 50 * time.Minute
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	g, alice, bob, carol := threePlayers(t)
	c := &chaos{
		trio: g, random: rand.New(rand.NewPCG(seed, 0)), crowd: []*tapper{alice, bob, carol},
		killed: map[*site]time.Time{}, frozen: map[*site]bool{},
	}
	for round, begun := 0, time.Now(); time.Since(begun) < lasting; round++ {
		c.round(round)
	}
	g.end()
	for _, name := range c.contested {
		var keys int
		row := g.conn.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM clickky_keys WHERE username = ?", name)
		if err := row.Scan(&keys); err != nil || keys != 1 {
			t.Errorf("%s has %d keys, %v", name, keys, err)
		}
	}
}

// round has several things happen at once, and waits until all has come right.
func (c *chaos) round(number int) {
	t := c.t
	clear(c.killed)
	clear(c.frozen)
	stop := tap(c.crowd...)
	awaitMore(t, 3, c.crowd...)
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
	contest := c.contest(fmt.Sprint("name", number))
	<-lasts.C
	for _, f := range struck {
		f.end()
	}
	begun := time.Now()
	stop()
	contest() // from now on the journal has or has lost what a server that was killed sent it without a majority
	for i, p := range c.crowd {
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
	c.silent(2*sshtest.Patience, saysInMemory, c.crowd...)
	c.silent(2*sshtest.Patience, saysNoDatabase, c.crowd...)
	c.allSee(2*sshtest.Patience, "after the faults", c.crowd...)
	t.Logf("round %d: all is well %v after the faults", number, time.Since(begun).Round(10*time.Millisecond))
}

// contest has two keys claim a name on servers that answer, whatever else is the matter
// with them. Settle waits until one of them has it, and the other was told.
func (c *chaos) contest(name string) (settle func()) {
	t := c.t
	var screens []*sshtest.Screen
	for i, s := range c.sites {
		if _, dead := c.killed[s]; !dead && !c.frozen[s] && len(screens) < 2 {
			screens = append(screens, c.screen(s, name, byte(50+i)))
		}
	}
	if len(screens) < 2 {
		return func() {}
	}
	for _, s := range screens {
		s.Type(t, " ")
	}
	return func() {
		t.Helper()
		told := func(s *sshtest.Screen) bool { return strings.Contains(s.Text(), "now belongs to another SSH key") }
		c.within(2*sshtest.Patience, "one of two keys has "+name, func() bool { return told(screens[0]) != told(screens[1]) })
		p := &tapper{name: name}
		for _, s := range screens {
			if !told(s) {
				s.WaitUntil(t, "shows the click", func(screen string) bool { return shown(screen) > 0 })
			}
			p.count += leave(t, s)
		}
		if c.players = append(c.players, p); p.count == 0 {
			t.Errorf("nobody has clicked as %s", name)
		}
		c.contested = append(c.contested, name)
	}
}
