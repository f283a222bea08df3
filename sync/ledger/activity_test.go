package ledger

import (
	"testing"
	"time"

	"clickky/sync/game"
)

func momentIn(p uint32) *moment {
	return &moment{slot: int64(p) * int64(dayPart/rateSlot), seconds: p * uint32(dayPart/time.Second), part: p}
}

func TestActivityDayIsBounded(t *testing.T) {
	a := &activity{}
	for p := range uint32(1000) {
		now := momentIn(1000 + p)
		a.add(now, 1, now.part)
		late := momentIn(1000 + p - p%300)
		a.add(late, 2, now.part)
		if len(a.day) > dayParts {
			t.Fatalf("%d parts are kept, want %d at most", len(a.day), dayParts)
		}
	}
	if len(a.day) != dayParts || cap(a.day) > 2*dayParts {
		t.Errorf("%d parts are kept, with room for %d", len(a.day), cap(a.day))
	}
}

func TestActivityClockSetBackLosesFuture(t *testing.T) {
	p := &player{}
	p.recordClick(momentIn(500_000)) // somebody's clock was years ahead
	a := p.activity
	now := momentIn(1000)
	now.slot = a.slot + 1 // that clock nobody sets
	p.recordClick(now)
	p.recordClick(now)
	if len(a.day) != 1 || a.day[0] != (partClicks{1000, 2}) || p.seen != now.seconds || p.rate(now.slot+1) != 0.6 {
		t.Errorf("%+v, want the present two", a)
	}
}

func TestActivityCountSaturates(t *testing.T) {
	p := &player{}
	a := p.ensureActivity()
	now := momentIn(10)
	a.add(now, 1<<32-2, now.part)
	a.add(now, 1<<40, now.part)
	if a.day[0].clicks != 1<<32-1 || p.rate(now.slot+1) != 858993459 {
		t.Errorf("%+v at a rate of %v", a, p.rate(now.slot+1))
	}
}

func TestActivityNeedsClick(t *testing.T) {
	l := New()
	if err := l.Load(game.Contents{Players: []game.Player{{Name: "a", Clicks: 1}}}); err != nil {
		t.Fatal(err)
	}
	l.Open()
	l.Join("a").Leave()
	if p := l.playerByName("a"); p.activity != nil || p.seen == 0 {
		t.Errorf("%+v, who has only left, has an activity", p)
	}
}

func TestClickAllocatesNothing(t *testing.T) {
	l := New()
	if err := l.Load(game.Contents{}); err != nil {
		t.Fatal(err)
	}
	l.Open()
	session := l.Join("a")
	session.Click()
	if n := testing.AllocsPerRun(1000, func() { session.Click() }); n != 0 {
		t.Errorf("%v allocations for a click", n)
	}
}
