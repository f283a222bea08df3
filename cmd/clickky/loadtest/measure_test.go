package loadtest

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestFramesAreCountedAcrossReads(t *testing.T) {
	const text = "\x1b[?2026$p\x1b[?2027$p\x1b[?2026hab\x1b[?2026l\x1b\x1b[?2026h\x1b[?202\x1b[?2026lc\x1b[?2026x\x1b[?2026l"
	for size := 1; size <= len(text); size++ {
		var s stream
		frames, asked := uint64(0), 0
		for rest := text; rest != ""; {
			n := min(size, len(rest))
			f, a := s.scan([]byte(rest[:n]))
			if frames += f; a {
				asked++
			}
			rest = rest[n:]
		}
		if frames != 3 || asked != 1 || s.open {
			t.Errorf("in pieces of %d: %d frames, asked %d times, open %v", size, frames, asked, s.open)
		}
	}
}

func TestLatencyPercentiles(t *testing.T) {
	h := newHistogram()
	if h.latency() != nil {
		t.Error("something out of nothing")
	}
	for i := 1; i <= 1000; i++ {
		h.add(time.Duration(i) * time.Millisecond)
	}
	h.miss()
	h.add(time.Hour)
	if got, want := *h.latency(), (Latency{P50: 501.1, P99: 991.1, Max: 3.6e6, Samples: 1001, Unseen: 1}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// screenOf is what a server of these counts would send.
func screenOf(own, total int) []byte {
	return fmt.Appendf(nil, "\x1b[10;20H%d clicks by 3 players  \x1b[15;3H│  clicks   %d    │", total, own)
}

func TestLatencyIsThatOfScreens(t *testing.T) {
	e := newLatencies()
	defer e.close()
	alice, bob := e.newSampledScreen(0), e.newSampledScreen(0)
	start := time.Now()
	at := func(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }
	alice.see(screenOf(5, 100), start, true)
	bob.see(screenOf(0, 100), start, true)
	e.begin(start)
	e.press(alice, 0)
	e.press(alice, 0)
	bob.see(screenOf(0, 101), at(10_010), true) // before alice sees it herself
	alice.see([]byte("\x1b[2J"), at(10_015), false)
	alice.see(screenOf(6, 101), at(10_020), true)
	alice.see(screenOf(7, 103), at(10_030), true) // somebody else has clicked too
	bob.see(screenOf(0, 102), at(10_040), true)
	bob.see(screenOf(0, 103), at(10_050), true)
	var r Report
	e.conclude(&r)
	presses, own, others := r.Presses, r.OwnScreen, r.OtherScreens
	if presses != 2 || own == nil || others == nil {
		t.Fatal(presses, own, others)
	}
	near := func(got float64, want int) bool { return got > float64(want)-1000 && got <= float64(want)+0.2 }
	if own.Samples != 2 || own.Unseen != 0 || !near(own.Max, 10_030) {
		t.Errorf("own screen: %+v", own)
	}
	if others.Samples != 2 || others.Unseen != 0 || !near(others.Max, 10_050) {
		t.Errorf("other screens: %+v", others)
	}
}

func TestLatencyCountsUnseenPresses(t *testing.T) {
	e := newLatencies()
	defer e.close()
	alice, bob := e.newSampledScreen(0), e.newSampledScreen(0)
	now := time.Now()
	alice.see(screenOf(5, 100), now, true)
	bob.see(screenOf(0, 100), now, true)
	e.begin(now)
	e.press(alice, 0)
	e.press(alice, 0)
	alice.see(screenOf(6, 101), now.Add(time.Second), true)
	var r Report
	e.conclude(&r)
	own, others := r.OwnScreen, r.OtherScreens
	if own.Samples != 1 || own.Unseen != 1 || others.Samples != 0 || others.Unseen != 1 {
		t.Errorf("own %+v, others %+v", own, others)
	}
}

func TestPlayersKeepNamesAndKeys(t *testing.T) {
	if name := playerName(0); name != "bench-1" {
		t.Error(name)
	}
	one, again := clientConfig(7), clientConfig(7)
	if one.User != again.User || len(one.Auth) != 2 || strings.Contains(one.User, " ") {
		t.Error(one.User, again.User)
	}
}
