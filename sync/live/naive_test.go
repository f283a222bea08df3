package live_test

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"clickky/sync/game"
	"clickky/sync/ledger"
	"clickky/sync/ledger/ledgertest"
	"clickky/sync/live"
)

// naive is a game in its simplest form: it remembers every click.
type naive struct {
	epoch   time.Time
	players map[string]*naivePlayer
	online  map[string]int // sessions by name
}

type naivePlayer struct {
	clicks uint64
	seen   time.Time
	at     []naiveClick // those that this server has seen
}

// naiveClick is when a click was made, and in which half second since the epoch.
type naiveClick struct {
	at   time.Time
	half time.Duration
}

const half = 500 * time.Millisecond

func (n *naive) player(name string) *naivePlayer {
	if n.players[name] == nil {
		n.players[name] = &naivePlayer{}
	}
	return n.players[name]
}

// rate counts the clicks of the ten half seconds before the current one.
func (n *naive) rate(p *naivePlayer) float64 {
	present := time.Since(n.epoch).Truncate(half)
	clicks := 0
	for _, c := range p.at {
		if ago := present - c.half; ago > 0 && ago <= 10*half {
			clicks++
		}
	}
	return float64(2*clicks) / 10
}

// rows returns all players in an order, which is implemented a second time here.
func (n *naive) rows(o live.SortBy) []live.Row {
	var rows []live.Row
	for name, p := range n.players {
		row := live.Row{Rank: 1, Name: name, Clicks: p.clicks, Rate: n.rate(p), Online: n.online[name] > 0}
		for _, other := range n.players {
			if other.clicks > p.clicks {
				row.Rank++
			}
		}
		if !row.Online && !p.seen.IsZero() {
			row.Seen = p.seen.Truncate(time.Second).UTC()
		}
		rows = append(rows, row)
	}
	slices.SortFunc(rows, func(a, b live.Row) int {
		byRank := cmp.Or(cmp.Compare(a.Rank, b.Rank), cmp.Compare(a.Name, b.Name))
		switch o {
		case live.ByName:
			return cmp.Compare(a.Name, b.Name)
		case live.ByRate:
			return cmp.Or(cmp.Compare(b.Rate, a.Rate), byRank)
		case live.BySeen:
			if a.Online != b.Online {
				return map[bool]int{true: -1, false: 1}[a.Online]
			}
			return cmp.Or(b.Seen.Compare(a.Seen), byRank)
		default:
			return byRank
		}
	})
	return rows
}

// day counts the clicks of each ten minutes.
func (n *naive) day(p *naivePlayer) game.Last24Hours {
	d := game.Last24Hours{Until: time.Now().Truncate(10 * time.Minute).Add(10 * time.Minute).UTC()}
	for _, c := range p.at {
		if i := 143 - int(d.Until.Sub(c.at.Add(1))/(10*time.Minute)); i >= 0 { // at the border it is the newer one
			d.Clicks[i]++
		}
	}
	return d
}

// play is one game in the ledger and in the naive one.
type play struct {
	t        *testing.T
	rng      *rand.Rand
	l        fixture
	n        *naive
	sessions []*ledger.Session
}

func (p *play) name() string { return "abcdefghijkl"[p.rng.IntN(12):][:1] }

// act applies an action as if another server had proposed it, and reports whether it took
// effect.
func (p *play) act(a game.AdminAction) bool {
	ledgertest.ApplyOne(p.l.Ledger) // so that the journal has everybody
	last := p.l.Status().LastAction
	p.l.Apply(p.l.Position()+1, game.Event{At: time.Now(), Actions: []game.AdminAction{a}, LastAction: last}, false)
	return p.l.Status().LastAction > last
}

func (p *play) step() {
	switch p.rng.IntN(12) {
	case 0, 1:
		name := p.name()
		p.sessions = append(p.sessions, p.l.Join(name))
		p.n.online[name]++
	case 2:
		if len(p.sessions) > 0 {
			i := p.rng.IntN(len(p.sessions))
			p.leave(p.sessions[i])
			p.sessions = slices.Delete(p.sessions, i, i+1)
		}
	case 3, 4, 5, 6:
		if len(p.sessions) > 0 {
			p.click(p.sessions[p.rng.IntN(len(p.sessions))])
		}
	case 7:
		p.others()
	case 8:
		name := p.name()
		if n := p.n.players[name]; p.act(game.AdminAction{Kind: game.ActionSetCount, Target: name, Clicks: 3}) {
			n.clicks = 3
		}
	case 9:
		if p.rng.IntN(3) == 0 {
			p.rename(p.name(), p.name())
		}
	case 10:
		if name := p.name(); p.rng.IntN(4) == 0 && p.act(game.AdminAction{Kind: game.ActionDelete, Target: name}) {
			delete(p.n.players, name)
		}
	case 11:
		spans := []time.Duration{time.Second, time.Second, time.Second, time.Minute, time.Hour, 20 * time.Hour}
		time.Sleep(time.Duration(p.rng.Int64N(int64(spans[p.rng.IntN(len(spans))]))))
	}
}

func (p *play) leave(s *ledger.Session) {
	name := s.Name()
	s.Leave()
	if p.n.online[name]--; p.n.online[name] == 0 && p.n.players[name] != nil {
		p.n.players[name].seen = time.Now()
	}
}

func (p *play) click(s *ledger.Session) {
	for range 1 + p.rng.IntN(5) {
		s.Click()
		n := p.n.player(s.Name())
		n.clicks++
		n.seen = time.Now()
		n.at = append(n.at, naiveClick{n.seen, n.seen.Sub(p.n.epoch).Truncate(half)})
	}
}

// others have clicked on another server, some time ago.
func (p *play) others() {
	spans := []time.Duration{1, 6 * time.Second, time.Hour, 30 * time.Hour}
	ago := time.Duration(p.rng.Int64N(int64(spans[p.rng.IntN(len(spans))])))
	name, at := p.name(), time.Now().Add(-ago)
	clicks := 1 + p.rng.IntN(5)
	p.l.Apply(p.l.Position()+1, game.Event{
		At: at, LastAction: p.l.Status().LastAction, Clicks: map[string]uint64{name: uint64(clicks)},
	}, false)
	n := p.n.player(name)
	n.clicks += uint64(clicks)
	if n.seen.Before(at) {
		n.seen = at
	}
	if ago >= 24*time.Hour {
		return
	}
	for range clicks { // half seconds ago are counted from now
		n.at = append(n.at, naiveClick{at, time.Since(p.n.epoch).Truncate(half) - ago.Truncate(half)})
	}
}

func (p *play) rename(from, to string) {
	if !p.act(game.AdminAction{Kind: game.ActionRename, Target: from, To: to}) {
		return
	}
	p.n.players[to] = p.n.players[from]
	delete(p.n.players, from)
	if n := p.n.online[from]; n > 0 {
		p.n.online[to] += n
		delete(p.n.online, from)
	}
}

func (p *play) check(step int) {
	p.t.Helper()
	board := p.l.Leaderboard()
	for _, o := range allOrders {
		var got []live.Row
		listing := board.SortedBy(o)
		for i := range listing.Len() {
			got = append(got, listing.At(i))
		}
		if want := p.n.rows(o); !slices.Equal(got, want) {
			p.t.Fatalf("step %d, order %d:\n%+v, want\n%+v", step, o, got, want)
		}
	}
	for name, n := range maps.All(p.n.players) {
		if got, want := p.l.Last24Hours(name), p.n.day(n); got != want {
			p.t.Fatalf("step %d: the day of %s is %s until %v, want %s until %v", step, name, inDay(got), got.Until, inDay(want), want.Until)
		}
	}
}

// TestLeaderboardEqualsNaiveSort plays at random.
func TestLeaderboardEqualsNaiveSort(t *testing.T) {
	for range 50 {
		seed := rand.Uint64()
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := &play{t: t, rng: rand.New(rand.NewPCG(seed, 7)), n: &naive{
					epoch: time.Now(), players: map[string]*naivePlayer{}, online: map[string]int{},
				}}
				var start []game.Player
				for i := range p.rng.IntN(6) {
					b := game.Player{Name: "abcdef"[i:][:1], Clicks: p.rng.Uint64N(4)}
					n := p.n.player(b.Name)
					n.clicks = b.Clicks
					if p.rng.IntN(3) > 0 {
						n.seen = time.Now().Add(-time.Duration(p.rng.Int64N(int64(40 * time.Hour)))).Truncate(time.Second)
						b.Seen = n.seen
					}
					start = append(start, b)
				}
				p.l = loaded(t, 0, start...)
				for step := range 400 {
					if p.step(); p.rng.IntN(3) == 0 {
						p.check(step)
					}
				}
				p.check(400)
			})
		})
	}
}
