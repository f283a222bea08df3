package main

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"clickky/sync/live"
	"clickky/tui"
)

// The duel is a moving picture of two players at two terminals, that begins
// again and again.
const (
	duelFrames   = 32
	frameSeconds = 0.25
	gap          = 16 // pixels between the two windows
)

// presses are how often each player presses in each frame. Who clicks sees it at
// once, and the other one in the next frame.
func presses(player, frame int) int {
	pattern := [...]string{"10110101101100000000110101101101", "00000001011010110110111011010010"}[player]
	return strings.Count(pattern[frame:frame+1], "1")
}

// drawDuel draws both terminals, line by line: a line that changes is drawn once
// for each way that it looks, and shown while it looks so.
func drawDuel(sc scene, t colours) ([]byte, error) {
	reels, err := playDuel(sc, t)
	if err != nil {
		return nil, err
	}
	w, h := size(sc.width, sc.height)
	p := &picture{theme: t}
	p.begin(2*w+gap, h)
	for i, name := range duelists {
		p.printf(`<g transform="translate(%d 0)">`+"\n", i*(w+gap))
		p.window(sc.width, sc.height, "ssh -p 2222 "+name+"@localhost")
		for y := range sc.height {
			p.reel(reels[i], y)
		}
		p.printf("</g>\n</g>\n")
	}
	p.printf("</svg>\n")
	return p.Bytes(), nil
}

var duelists = [2]string{"alice", "radia"}

// playDuel returns the lines of each frame of each player.
func playDuel(sc scene, t colours) (reels [2][][]string, err error) {
	balances := players()
	for i := range balances {
		switch balances[i].Name {
		case "margaret":
			balances[i].Clicks -= 50_000 // so that all of them are below a million
		case "radia":
			balances[i].Clicks = 9_994
		}
	}
	s, err := newStage(999_990, balances)
	if err != nil {
		return reels, err
	}
	s.online = 2
	var screens [2]tea.Model
	for i, name := range duelists {
		screens[i] = s.enter(name, sc)
	}
	var celebrating int
	for frame := range duelFrames {
		for i := range screens {
			for range presses(i, frame) {
				screens[i] = update(screens[i], space())
			}
		}
		if frame%4 == 3 {
			s.second(wave(58+frame/4) / 8)
		}
		now := s.now()
		reached, _ := live.Milestones(now.Total, live.FirstMilestone)
		if reached == 1_000_000 && celebrating < 8 {
			celebrating++
			now.Milestone = reached
		}
		for i := range screens {
			lines, err := cells(screens[i].View().Content, sc.width, sc.height, t)
			if err != nil {
				return reels, err
			}
			reels[i] = append(reels[i], lines)
			screens[i] = update(screens[i], tui.SnapshotMsg{Snapshot: now.Snapshot})
		}
	}
	return reels, nil
}

// reel draws line y of all frames.
func (p *picture) reel(frames [][]string, y int) {
	for from := 0; from < len(frames); {
		to := from + 1
		for to < len(frames) && frames[to][y] == frames[from][y] {
			to++
		}
		p.shown(frames[from][y], from, to, len(frames))
		from = to
	}
}

// shown draws something that is seen from one frame up to another of all.
func (p *picture) shown(what string, from, to, all int) {
	switch {
	case what == "":
		return
	case to-from == all:
		p.printf("%s", what)
		return
	}
	at := func(frame int) float64 { return float64(frame) / float64(all) }
	values, times := "hidden;visible;hidden", [3]float64{0, at(from), at(to)}
	first := "hidden"
	if from == 0 {
		first = "visible"
	}
	p.printf(`<g visibility="%s"><animate attributeName="visibility" dur="%gs" repeatCount="indefinite" calcMode="discrete" `,
		first, float64(all)*frameSeconds)
	switch {
	case from == 0:
		p.printf(`values="visible;hidden" keyTimes="0;%g"/>`, times[2])
	case to == all:
		p.printf(`values="hidden;visible" keyTimes="0;%g"/>`, times[1])
	default:
		p.printf(`values="%s" keyTimes="0;%g;%g"/>`, values, times[1], times[2])
	}
	p.printf("\n%s</g>\n", what)
}
