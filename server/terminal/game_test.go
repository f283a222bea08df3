package terminal

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"clickky/sync/game"
	"clickky/sync/live"
	"clickky/tui"
)

// recording is the game as one player of a recorded minute meets it: ten
// others click five times a second each, and a snapshot comes ten times a
// second. It is the same each time and on each machine.
type recording struct {
	standing  game.Standing
	total     uint64
	snapshots []live.Snapshot
}

// The recordings: of a game that has just begun, whose digits are the largest,
// and of one that has been played for long.
func youngGame() *recording { return record(0) }
func oldGame() *recording   { return record(1_342_977) }

// Click implements tui.Player.
func (r *recording) Click() (game.Score, tui.Verdict) {
	r.standing.Clicks++
	r.total++
	return game.Score{Clicks: r.standing.Clicks, Total: r.total}, tui.Counted
}

// Standing implements tui.Player.
func (r *recording) Standing() game.Standing { return r.standing }

// framesASecond is how many snapshots come in a second, and recentFor for how
// many of them a click is recent, as the ledger has it.
const framesASecond, recentFor = 10, 5

// record makes the recording of a game that starts with that many clicks.
func record(total uint64) *recording {
	const clickers, everySecond, seconds, window = 10, 5, 60 + 3, 3 * framesASecond
	r := &recording{standing: game.Standing{Name: "alice", Place: game.Place{Clicks: 23_529, Rank: 17, Of: 120}}, total: total}
	rng := rand.New(rand.NewPCG(1, 2))
	totals := slices.Repeat([]uint64{total}, window)
	settled, told := total, 0.0
	history, milestone, news := &live.History{}, celebration{}, &live.News{}
	for frame := range seconds * framesASecond {
		for range clickers {
			if rng.IntN(framesASecond) < everySecond {
				total++
			}
		}
		totals = append(totals, total)
		if frame%recentFor == 0 {
			settled = total
		}
		if frame%framesASecond == 0 {
			rate := float64(total-totals[len(totals)-1-window]) / window * framesASecond
			told = math.Round(rate*10) / 10
			history = after(history, uint32(total-totals[max(len(totals)-1-framesASecond, 0)]))
		}
		if frame%(4*framesASecond) == 0 { // there is always news
			news = &live.News{Items: []game.News{{Kind: game.RoundNumber, Name: "margaret", Count: total}}, Recent: 1, Last: news.Last + 1}
		}
		r.snapshots = append(r.snapshots, live.Snapshot{
			Total: total, Recent: total - settled, Players: 120, Online: 11, Rate: told, Unsaved: total - totals[0],
			News: news, History: history, Milestone: milestone.at(frame, total),
		})
	}
	// The first seconds, in which the speed rises, are no everyday life.
	r.snapshots = r.snapshots[window:]
	return r
}

// after returns the history a second later.
func after(h *live.History, clicks uint32) *live.History {
	next := live.History{End: h.End + 1}
	copy(next.Seconds[:], h.Seconds[1:])
	next.Seconds[len(next.Seconds)-1] = clicks
	for _, n := range next.Seconds {
		next.Peak = max(next.Peak, n)
	}
	return &next
}

// celebration celebrates each milestone for five seconds.
type celebration struct {
	next    uint64
	reached *game.Milestone
	until   int
}

func (c *celebration) at(frame int, total uint64) *game.Milestone {
	if c.next > 0 && total >= c.next {
		reached, _ := game.Milestones(total, game.FirstMilestone)
		c.reached = &game.Milestone{Count: reached, Name: "margaret", Since: time.Hour, Helpers: 41}
		c.until = frame + 5*framesASecond
	}
	_, c.next = game.Milestones(total, game.FirstMilestone)
	if frame >= c.until {
		return nil
	}
	return c.reached
}

// snapshot delivers snapshot i. After the last one the minute repeats, while the counts go on.
func (r *recording) snapshot(i int) tea.Msg {
	n := len(r.snapshots)
	snap := r.snapshots[i%n]
	snap.Total += uint64(i/n) * (r.snapshots[n-1].Total - r.snapshots[0].Total + 1)
	return tui.SnapshotMsg{Snapshot: &snap}
}

var space = tea.Msg(tea.KeyPressMsg{Code: tea.KeySpace, Text: " "})

// player is one terminal on which the recording is played, from the message to
// the bytes of a Write, without the goroutines in between.
type player struct {
	fake   *recording
	model  Model
	writer *renderer
	wrote  []byte
}

func (r *recording) player() *player { return r.playerAmong(nil, nil) }

// playerAmong returns a player who shares with the others what can be shared.
func (r *recording) playerAmong(screens *tui.Cache, frames *Cache) *player {
	const width, height, profile = 80, 24, colorprofile.ANSI256
	return &player{
		fake: r,
		model: tui.New(tui.Options{
			Name: "alice", Player: r, Snapshot: &live.Snapshot{Total: r.total, Players: 120, Online: 11},
			Width: width, Height: height, Profile: profile, Cache: screens,
		}),
		writer: newRenderer(Config{Width: width, Height: height, Profile: profile, Cache: frames}, nil),
	}
}

// take shows the result of a message and returns the bytes written for it.
func (p *player) take(msg tea.Msg) []byte {
	if snap, ok := msg.(tui.SnapshotMsg); ok {
		p.fake.total = snap.Total
	}
	next, _ := p.model.Update(msg)
	p.model, _ = next.(Model)
	p.writer.setFrame(p.model.Layers())
	newest, _, _ := p.writer.newest()
	newest.checkWidths(&p.writer.sent)
	p.wrote = appendFrame(p.wrote[:0], p.writer.sent, newest, p.writer.cfg.Cache)
	p.writer.sent = newest
	return p.wrote
}

// The budgets of a frame. A change that makes frames cheaper lowers its bound. A bound rises only
// for something that players see, such as digits that glow, and ten frames of others' clicks stay
// below the 1,000 bytes of a second.
const (
	maxBytesOthersClickYoung = 91 // on average over the recording
	maxBytesOthersClickOld   = 82
	maxBytesOwnClickYoung    = 248
	maxBytesOwnClickOld      = 244

	maxAllocsUnchanged   = 1
	maxAllocsWatched     = 0
	maxAllocsOthersClick = 16
	maxAllocsOwnClick    = 44
)

func TestFrameBytesBudget(t *testing.T) {
	for _, c := range []struct {
		name   string
		r      *recording
		others float64 // most bytes a frame when others click
		own    float64 // and when the player does
	}{
		{"young game", youngGame(), maxBytesOthersClickYoung, maxBytesOwnClickYoung},
		{"old game", oldGame(), maxBytesOthersClickOld, maxBytesOwnClickOld},
	} {
		p := c.r.player()
		p.take(c.r.snapshot(0))
		watched, others, own := 0, 0, 0
		const frames = 500
		for i := 1; i <= frames; i++ {
			watched += len(p.take(c.r.snapshot(i)))
		}
		for i := frames + 1; i <= 2*frames; i++ {
			others += len(p.take(c.r.snapshot(i)))
			own += len(p.take(space))
		}
		within(t, c.name+", others click: bytes a frame", float64(watched)/frames, c.others)
		within(t, c.name+", own click: bytes a frame", float64(own)/frames, c.own)
	}
}

func within(t *testing.T, what string, got, most float64) {
	t.Helper()
	t.Logf("%s: %.1f, at most %.0f", what, got, most)
	if got > most {
		t.Errorf("%s: %.1f, want at most %.0f", what, got, most)
	}
}

func TestFrameAllocationsBudget(t *testing.T) {
	if raceDetector {
		t.Skip("under the race detector, pools drop what they hold")
	}
	const frames = 500
	for _, c := range []struct {
		name string
		msg  func(r *recording, i int) tea.Msg
		most float64
	}{
		{"unchanged", func(r *recording, _ int) tea.Msg { return r.snapshot(0) }, maxAllocsUnchanged},
		{"others click", (*recording).snapshot, maxAllocsOthersClick},
		{"own click", func(*recording, int) tea.Msg { return space }, maxAllocsOwnClick},
	} {
		r := oldGame()
		p := r.player()
		p.take(r.snapshot(0))
		var msgs []tea.Msg // made beforehand: they are not the frame's
		for i := range frames + 2 {
			msgs = append(msgs, c.msg(r, i))
		}
		i := 0
		got := testing.AllocsPerRun(frames, func() {
			i++
			p.take(msgs[i])
		})
		within(t, c.name+": allocations", got, c.most)
	}
}

// watchers returns players of the recorded game who share everything.
func (r *recording) watchers(n int) []*player {
	screens, frames := tui.NewCache(), NewCache()
	players := make([]*player, n)
	for i := range players {
		players[i] = r.playerAmong(screens, frames)
	}
	return players
}

// TestFrameOfWatcherAllocatesNothing compares a few players who watch with many: what is
// rendered once for all costs both the same.
func TestFrameOfWatcherAllocatesNothing(t *testing.T) {
	if raceDetector {
		t.Skip("under the race detector, pools drop what they hold")
	}
	const few, many, frames = 3, 53, 300
	bytes := 0
	allocations := func(n int) float64 {
		r := oldGame()
		watchers := r.watchers(n)
		var msgs []tea.Msg // made beforehand: they are not the frame's
		for i := range frames + 2 {
			msgs = append(msgs, r.snapshot(i))
		}
		i := 0
		return testing.AllocsPerRun(frames, func() {
			i++
			for _, p := range watchers {
				bytes += len(p.take(msgs[i]))
			}
		})
	}
	within(t, "watched: allocations of a player", (allocations(many)-allocations(few))/(many-few), maxAllocsWatched)
	if bytes < (few+many)*frames*30 {
		t.Errorf("%d bytes were written: this is about nothing", bytes)
	}
}

// TestFrameOfRecordedGameIsShown makes sure that the budgets measure a real game.
func TestFrameOfRecordedGameIsShown(t *testing.T) {
	r := youngGame()
	p := r.player()
	e := newEmulator(t, 80, 24)
	for i := range r.snapshots {
		if _, err := e.Write(p.take(r.snapshot(i))); err != nil {
			t.Fatal(err)
		}
	}
	want := newEmulator(t, 80, 24)
	if _, err := want.Write(appendFrame(nil, frame{}, p.writer.sent, nil)); err != nil {
		t.Fatal(err)
	}
	compare(t, "after a minute", e, want)
}
