package commands

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"clickky/server/identity"
	"clickky/sync/game"
)

type showCmd struct {
	Name string `arg:"" help:"The player."`
	JSON bool   `name:"json" help:"One JSON object."`
}

// playerJSON is the output of "players show".
type playerJSON struct {
	Name     string        `json:"name"`
	Clicks   uint64        `json:"clicks"`
	Rank     int           `json:"rank"`
	Keys     []keyJSON     `json:"keys"`
	Sessions []sessionJSON `json:"sessions"`
	activityJSON
	Day   *dayJSON   `json:"day"`
	Notes []noteJSON `json:"notes"`
}

// noteJSON is an admin's note about a player, in JSON.
type noteJSON struct {
	Number uint64 `json:"number"`
	At     string `json:"at"`
	Who    string `json:"who"`
	Text   string `json:"text"`
}

// notesOn returns the notes about a player, newest first.
func (r *request) notesOn(name string) []noteJSON {
	notes := []noteJSON{}
	records := r.Ledger.Audit(game.KeptRecords, 0)
	slices.Reverse(records)
	for _, n := range slices.Backward(game.Notes(records, name)) {
		notes = append(notes, noteJSON{n.Number, timestamp(n.At), n.Admin, n.After.Text})
	}
	return notes
}

// sessionJSON is a session of a player in JSON. From, Terminal and Since are empty if another
// server doesn't answer.
type sessionJSON struct {
	From     string `json:"from"`
	Terminal string `json:"terminal"`
	Since    string `json:"since"`
	Server   string `json:"server,omitempty"`
}

func newSessionJSON(s game.SessionInfo) sessionJSON {
	if s.IsUnreachable() {
		return sessionJSON{Server: identity.Printable(s.Server)}
	}
	return sessionJSON{s.From, identity.Printable(s.Terminal), timestamp(s.Since), identity.Printable(s.Server)}
}

func (s sessionJSON) details() string {
	on := ""
	switch {
	case s.Server != "" && s.Since == "":
		return "on " + s.Server + ", which isn't answering"
	case s.Server != "":
		on = "  on " + s.Server
	}
	return "from " + s.From + " since " + s.Since + "  " + cmp.Or(s.Terminal, "no terminal") + on
}

// dayJSON has the clicks of 24 hours in JSON; null for players without clicks.
type dayJSON struct {
	Until   string   `json:"until"`
	Minutes int      `json:"minutes"`
	Clicks  []uint32 `json:"clicks"`
}

// Run implements the command.
func (c *showCmd) Run(r *request) error {
	p, err := r.Find(c.Name)
	if err != nil {
		return err
	}
	a := playerJSON{
		Name: identity.Printable(p.Name), Clicks: p.Clicks, Rank: p.Rank,
		Keys: r.keysOf(r.LoginOf(p.Name)), Sessions: []sessionJSON{}, activityJSON: newActivityJSON(r.Live.Row(p.Name)),
	}
	for _, s := range r.SessionsAnywhere(r.ctx, p.Name) {
		a.Sessions = append(a.Sessions, newSessionJSON(s))
	}
	a.Notes = r.notesOn(p.Name)
	d := r.Ledger.Last24Hours(p.Name)
	if !d.Until.IsZero() {
		a.Day = &dayJSON{timestamp(d.Until), int(24 * time.Hour / time.Minute / time.Duration(len(d.Clicks))), d.Clicks[:]}
	}
	if c.JSON {
		return printJSON(r.out, a)
	}
	pairs := []pair{
		{"name", a.Name},
		{"clicks", commas(a.Clicks)},
		{"rank", humanize.Comma(int64(a.Rank))},
		{"clicks a second", fmt.Sprintf("%.1f", a.Rate)},
		{"seen", a.seen("not since the server started")},
		{"last 24 hours", chart(d)},
	}
	for _, k := range a.Keys {
		pairs = append(pairs, pair{"key", k.Fingerprint + "\t" + k.details()})
	}
	for _, s := range a.Sessions {
		pairs = append(pairs, pair{"session", s.details()})
	}
	for _, n := range a.Notes {
		pairs = append(pairs, pair{"note", identity.Printable(fmt.Sprintf("#%d  %s  %s: %s", n.Number, n.At, n.Who, n.Text))})
	}
	return printPairs(r.out, pairs...)
}

// chart draws a bar for each hour of a day, relative to the highest, and their total.
func chart(d game.Last24Hours) string {
	const hours = 24
	var bars [hours]uint64
	var highest, sum uint64
	for i, n := range d.Clicks {
		hour := i * hours / len(d.Clicks)
		bars[hour] += uint64(n)
		highest = max(highest, bars[hour])
		sum += uint64(n)
	}
	levels := []rune("▁▂▃▄▅▆▇█")
	var b strings.Builder
	for _, n := range bars {
		if n == 0 {
			b.WriteByte(' ')
			continue
		}
		b.WriteRune(levels[(n*uint64(len(levels))-1)/highest])
	}
	return b.String() + "  " + commas(sum)
}
