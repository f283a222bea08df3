package main

import (
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dustin/go-humanize"
	gossh "golang.org/x/crypto/ssh"

	"clickky/cmd/clickky/sshtest"
)

// tapEvery is how long a tapper waits between two clicks, at least.
const tapEvery = 120 * time.Millisecond

// tapper is a player of a trio: somebody with a key who clicks, and remembers what was
// shown. count is what the screen shows, once nobody taps.
type tapper struct {
	clicker

	name string
	key  gossh.Signer
	gone bool // the session has ended while it tapped
	// dayless is how many of the clicks have no day, because an admin set the count.
	dayless uint64
}

// join has somebody come who has never clicked.
func (g *trio) join(name string, key byte, at *site) *tapper {
	g.t.Helper()
	p := &tapper{name: name, key: sshtest.Signer(g.t, key)}
	p.come(g.t, at)
	g.players = append(g.players, p)
	return p
}

// come has the player come to a server, which must know of all that the player has.
func (p *tapper) come(t *testing.T, at *site) {
	t.Helper()
	sshtest.Eventually(t, "the game is open", func() bool { return mayPlay(t, at, p.name, p.key) })
	p.screen, p.gone = play(t, at.program, p.name, p.key), false
	p.screen.WaitFor(t, "clicks   "+grouped(p.count)+" ")
}

// comeAfterKill has the player come after the server was killed at that moment: at most
// what was not yet shown 250 ms before is lost, and nothing comes from nowhere.
func (p *tapper) comeAfterKill(t *testing.T, at *site, killed time.Time) {
	t.Helper()
	const mayLose = 250 * time.Millisecond
	sshtest.Eventually(t, "the game is open", func() bool { return mayPlay(t, at, p.name, p.key) })
	got := clicksOf(t, at.program, p.name, p.key)
	if safe := p.safe(killed, mayLose); got < safe || got > p.count {
		t.Errorf("%s has %d clicks after the kill; %d were shown %v before, %d were made", p.name, got, safe, mayLose, p.count)
	}
	t.Logf("%s had made %d clicks when the server was killed, and has %d", p.name, p.count, got)
	p.count, p.seen = got, []sighting{{time.Time{}, got}}
	p.come(t, at)
}

// tap has players click again and again until stop is called, which returns when they
// have ended. Who cannot, because the session has ended, is gone.
func tap(players ...*tapper) (stop func()) {
	done := make(chan struct{})
	var tapping sync.WaitGroup
	for _, p := range players {
		tapping.Go(func() {
			tick := time.NewTicker(tapEvery)
			defer tick.Stop()
			for !p.gone {
				select {
				case <-done:
					return
				case <-tick.C:
					p.gone = !p.click()
				}
			}
		})
	}
	return sync.OnceFunc(func() { close(done); tapping.Wait() })
}

// mustTap is tap for those who can click all the time.
func mustTap(t *testing.T, players ...*tapper) (stop func()) {
	end := tap(players...)
	return func() {
		t.Helper()
		end()
		for _, p := range players {
			if p.gone {
				t.Errorf("click %d of %s is not on the screen:\n%s", p.count, p.name, p.screen.Text())
			}
		}
	}
}

// clicks makes so many clicks.
func (p *tapper) clicks(t *testing.T, n int) {
	t.Helper()
	for range n {
		if !p.click() {
			t.Fatalf("click %d of %s is not on the screen:\n%s", p.count, p.name, p.screen.Text())
		}
	}
}

// Where the screen says what a player has, and the farewell that, and what has counted in
// the session.
var (
	ownOnScreen   = regexp.MustCompile(`│  clicks +([\d,]+) `)
	ownInFarewell = regexp.MustCompile(`\n\s+you +([\d,]+)`)
	ofSession     = regexp.MustCompile(`\n\s+this session +([\d,]+)`)
)

// number reads one of these; 0 if it is not there.
func number(screen string, where *regexp.Regexp) uint64 {
	found := where.FindStringSubmatch(screen)
	if found == nil {
		return 0
	}
	n, err := strconv.ParseUint(strings.ReplaceAll(found[1], ",", ""), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// shown is how many clicks a screen says that its player has; 0 if it says nothing.
func shown(screen string) uint64 { return number(screen, ownOnScreen) }

// awaitMore waits until each of those who tap has clicked some more.
func awaitMore(t *testing.T, more uint64, players ...*tapper) {
	t.Helper()
	for _, p := range players {
		from := shown(p.screen.Text())
		p.screen.WaitUntil(t, "shows more clicks", func(screen string) bool { return shown(screen) >= from+more })
	}
}

// bidden reads what the player has, after the server has ended the session: what it
// says at the end is what counts.
func (p *tapper) bidden(t *testing.T) {
	t.Helper()
	p.screen.WaitUntil(t, "bids farewell", ownInFarewell.MatchString)
	p.count = number(p.screen.Text(), ownInFarewell)
}

// leave ends a session, if it has not ended, and returns how many of its clicks have
// counted.
func leave(t *testing.T, s *sshtest.Screen) uint64 {
	t.Helper()
	_ = s.TryType("q")
	s.WaitUntil(t, "bids farewell", ofSession.MatchString)
	return number(s.Text(), ofSession)
}

func grouped(n uint64) string { return humanize.Comma(int64(n)) }
