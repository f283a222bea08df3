package main

import (
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"clickky/sync/game"
	"clickky/tui"
)

// The duel is an animation of two players at two terminals that repeats forever.
const (
	duelFrames   = 32
	frameSeconds = 0.25
	gap          = 16 // pixels between the two windows
)

// duelPresses returns how often a player presses space in a frame. The player's screen changes at
// once, the other one in the next frame.
func duelPresses(player, frame int) int {
	pattern := [...]string{"10110101101100000000110101101101", "00000001011010110110111011010010"}[player]
	return strings.Count(pattern[frame:frame+1], "1")
}

// drawDuel draws both terminals line by line. Each variant of a line is drawn once, and shown in
// the frames that have it.
func drawDuel(sc shotOptions, t colours) ([]byte, error) {
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
			p.animateLine(reels[i], y)
		}
		p.printf("</g>\n</g>\n")
	}
	p.printf("</svg>\n")
	return p.Bytes(), nil
}

var duelists = [2]string{"alice", "radia"}

// playDuel returns the lines of each frame for each player.
func playDuel(sc shotOptions, t colours) (reels [2][][]string, err error) {
	balances := players()
	for i := range balances {
		switch balances[i].Name {
		case "margaret":
			balances[i].Clicks -= 50_000 // so that they are all below a million
		case "radia":
			balances[i].Clicks = 9_994
		}
	}
	s, err := newFixture(999_990, balances)
	if err != nil {
		return reels, err
	}
	s.online = 2
	var screens [2]tea.Model
	for i, name := range duelists {
		screens[i] = s.newScreen(name, sc)
	}
	var celebrating int
	milestone := &game.Milestone{Count: 1_000_000, Since: 9 * time.Hour, Helpers: 23}
	for frame := range duelFrames {
		for i := range screens {
			for range duelPresses(i, frame) {
				screens[i] = update(screens[i], space())
				if milestone.Name == "" && s.snapshot().Total == milestone.Count {
					milestone.Name = duelists[i]
				}
			}
		}
		if frame%4 == 3 {
			s.addSecond(secondClicks(58+frame/4) / 8)
		}
		now := s.snapshot()
		if now.Total >= milestone.Count && celebrating < 8 {
			celebrating++
			now.Milestone = milestone
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

// animateLine draws line y of all frames.
func (p *picture) animateLine(frames [][]string, y int) {
	for from := 0; from < len(frames); {
		to := from + 1
		for to < len(frames) && frames[to][y] == frames[from][y] {
			to++
		}
		p.animate(frames[from][y], from, to, len(frames))
		from = to
	}
}

// animate shows something from one frame up to another of all.
func (p *picture) animate(svg string, from, to, all int) {
	switch {
	case svg == "":
		return
	case to-from == all:
		p.printf("%s", svg)
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
	p.printf("\n%s</g>\n", svg)
}
