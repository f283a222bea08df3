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

// shown is the answer to "players show".
type shown struct {
	Name     string    `json:"name"`
	Clicks   uint64    `json:"clicks"`
	Rank     int       `json:"rank"`
	Keys     []key     `json:"keys"`
	Sessions []session `json:"sessions"`
	activity
	Day   *lastDay `json:"day"`
	Notes []note   `json:"notes"`
}

// note is what an admin wrote about a player, in JSON.
type note struct {
	Number uint64 `json:"number"`
	At     string `json:"at"`
	Who    string `json:"who"`
	Text   string `json:"text"`
}

// notesOn returns the notes about a player, newest first.
func (r *request) notesOn(name string) []note {
	notes := []note{}
	records := r.Ledger.Audit(game.KeptRecords, 0)
	slices.Reverse(records)
	for _, n := range slices.Backward(game.Notes(records, name)) {
		notes = append(notes, note{n.Number, n.At.UTC().Format(time.RFC3339), n.Admin, n.After.Text})
	}
	return notes
}

// session is a session of a player in JSON. Of one on another server, which has its
// name there and may not answer, From, Terminal and Since may be empty.
type session struct {
	From     string `json:"from"`
	Terminal string `json:"terminal"`
	Since    string `json:"since"`
	Server   string `json:"server,omitempty"`
}

func sessionOf(s Session) session {
	if s.unknown() {
		return session{Server: identity.Printable(s.Server)}
	}
	return session{s.From, identity.Printable(s.Terminal), s.Since.UTC().Format(time.RFC3339), identity.Printable(s.Server)}
}

// remark is what there is to say of a session.
func (s session) remark() string {
	on := ""
	switch {
	case s.Server != "" && s.Since == "":
		return "on " + s.Server + ", which isn't answering"
	case s.Server != "":
		on = "  on " + s.Server
	}
	return "from " + s.From + " since " + s.Since + "  " + cmp.Or(s.Terminal, "no terminal") + on
}

// lastDay is the clicks of 24 hours in JSON; null for who has not scored.
type lastDay struct {
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
	a := shown{
		Name: identity.Printable(p.Name), Clicks: p.Clicks, Rank: p.Rank,
		Keys: r.keysOf(r.LoginOf(p.Name)), Sessions: []session{}, activity: activityOf(r.Live.RowOf(p.Name)),
	}
	for _, s := range r.SessionsAnywhere(r.ctx, p.Name) {
		a.Sessions = append(a.Sessions, sessionOf(s))
	}
	a.Notes = r.notesOn(p.Name)
	d := r.Ledger.DayOf(p.Name)
	if !d.Until.IsZero() {
		a.Day = &lastDay{d.Until.UTC().Format(time.RFC3339), int(24 * time.Hour / time.Minute / time.Duration(len(d.Clicks))), d.Clicks[:]}
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
		pairs = append(pairs, pair{"key", k.Fingerprint + k.remark()})
	}
	for _, s := range a.Sessions {
		pairs = append(pairs, pair{"session", s.remark()})
	}
	for _, n := range a.Notes {
		pairs = append(pairs, pair{"note", identity.Printable(fmt.Sprintf("#%d  %s  %s: %s", n.Number, n.At, n.Who, n.Text))})
	}
	return printPairs(r.out, pairs...)
}

// chart draws a bar for each hour of a day, by the tallest of them, and says how
// many clicks they are.
func chart(d game.Day) string {
	const hours = 24
	var bars [hours]uint64
	var most, sum uint64
	for i, n := range d.Clicks {
		hour := i * hours / len(d.Clicks)
		bars[hour] += uint64(n)
		most = max(most, bars[hour])
		sum += uint64(n)
	}
	levels := []rune("▁▂▃▄▅▆▇█")
	var b strings.Builder
	for _, n := range bars {
		if n == 0 {
			b.WriteByte(' ')
			continue
		}
		b.WriteRune(levels[(n*uint64(len(levels))-1)/most])
	}
	return b.String() + "  " + commas(sum)
}
