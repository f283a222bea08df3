package commands

import (
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/dustin/go-humanize"

	"clickky/server/identity"
	"clickky/sync/game"
	"clickky/sync/live"
)

// meJSON is the output of "me".
type meJSON struct {
	Name    string `json:"name"`
	Clicks  uint64 `json:"clicks"`
	Rank    int    `json:"rank"`
	Claimed bool   `json:"claimed"`
	Admin   bool   `json:"admin"`
	// These are about the current UTC day. The rank is 0 before the first click.
	ClicksToday uint64 `json:"clicks_today"`
	RankToday   int    `json:"rank_today"`
	DaysInARow  int    `json:"days_in_a_row"`
}

type meCmd struct {
	JSON bool `name:"json" help:"One JSON object."`
}

// Run implements the command.
func (c *meCmd) Run(r *request) error {
	s := r.Ledger.Standing(r.player.Name.String())
	a := meJSON{Name: s.Name, Clicks: s.Clicks, Rank: s.Rank, Claimed: r.player.Role == identity.Owner, Admin: r.player.Admin, ClicksToday: s.Today.Clicks, DaysInARow: s.Today.Streak}
	if s.Today.Clicks > 0 {
		a.RankToday = s.Today.Rank
	}
	if c.JSON {
		return printJSON(r.out, a)
	}
	rank := fmt.Sprintf("%s of %s", humanize.Comma(int64(s.Rank)), humanize.Comma(int64(s.Of)))
	if s.Clicks == 0 {
		rank = "none yet"
	}
	return printPairs(r.out,
		pair{"name", s.Name},
		pair{"clicks", commas(a.Clicks)},
		pair{"rank", rank},
		pair{"today", todayText(s.Today)},
		pair{"claimed", claimText(r.player)},
		pair{"admin", yesNo(a.Admin)},
	)
}

func todayText(t game.DayStanding) string {
	if t.Clicks == 0 {
		return "no clicks yet"
	}
	words := fmt.Sprintf("%s, rank %s of %s", countNoun(t.Clicks, "click"), humanize.Comma(int64(t.Rank)), humanize.Comma(int64(t.Of)))
	if t.Streak > 1 {
		words += fmt.Sprintf(", day %d in a row", t.Streak)
	}
	return words
}

// claimText says whether the player owns the name.
func claimText(p identity.Player) string {
	switch p.Role {
	case identity.Owner:
		return "yes"
	case identity.Newcomer:
		return "no, your first click claims it"
	case identity.Sharer:
		return "no, everybody shares ~" + p.Name.String()
	default:
		return "no, you're a guest: ~" + p.Name.String()
	}
}

// Totals are the totals of the game, with the same JSON in "stats" and on the web page.
type Totals struct {
	Total     uint64  `json:"total"`
	Players   int     `json:"players"`
	Online    int     `json:"online"`
	Rate      float64 `json:"clicks_per_second"`
	Unsaved   uint64  `json:"unsaved"`
	LastFlush *string `json:"last_flush"`
	Database  string  `json:"database"`
}

// NewTotals returns the totals in a snapshot.
func NewTotals(s *live.Snapshot) Totals {
	t := Totals{
		Total: s.Total, Players: s.Players, Online: s.Online, Rate: s.Rate, Unsaved: s.Unsaved,
		LastFlush: knownTime(s.LastSaved), Database: "up",
	}
	if s.StoreDown {
		t.Database = "down"
	}
	return t
}

// Stats is the output of "stats".
type Stats struct {
	Totals
	Uptime int64 `json:"uptime_seconds"`

	// Only with a cluster; Servers is for admins.
	ServerCount int          `json:"server_count,omitempty"`
	Servers     []serverJSON `json:"servers,omitempty"`
}

// Stats returns the current totals, without the servers by name.
func (c *Commands) Stats() Stats {
	return Stats{
		Totals: NewTotals(c.Live.Latest()),
		Uptime: int64(time.Since(c.Started).Seconds()), ServerCount: len(c.Servers()),
	}
}

type statsCmd struct {
	JSON bool `name:"json" help:"One JSON object."`
}

// Run implements the command.
func (c *statsCmd) Run(r *request) error {
	a := r.Stats()
	servers := r.Servers()
	if r.player.Admin {
		a.Servers = serversJSON(servers)
	}
	if c.JSON {
		return printJSON(r.out, a)
	}
	flushed := "never"
	if a.LastFlush != nil {
		flushed = *a.LastFlush
	}
	pairs := []pair{
		{"total", commas(a.Total)},
		{"players", humanize.Comma(int64(a.Players))},
		{"online", humanize.Comma(int64(a.Online))},
		{"clicks a second", fmt.Sprintf("%.1f", a.Rate)},
		{"unsaved", commas(a.Unsaved)},
		{"last flush", flushed},
		{"database", a.Database},
		{"uptime", (time.Duration(a.Uptime) * time.Second).String()},
	}
	if len(servers) > 0 {
		pairs = append(pairs, serverPairs(servers, r.player.Admin)...)
	}
	return printPairs(r.out, pairs...)
}

type versionCmd struct{}

// Run implements the command.
func (versionCmd) Run(r *request) error {
	_, err := fmt.Fprintln(r.out, "clickky", r.Version)
	return err
}

func printJSON(w io.Writer, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = w.Write(append(text, '\n'))
	return err
}

// pair is a line of plain output.
type pair struct{ name, value string }

// printPairs prints names and values in two columns.
func printPairs(w io.Writer, pairs ...pair) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, p := range pairs {
		_, _ = fmt.Fprintf(tw, "%s\t%s\n", p.name, p.value) // Flush returns the error
	}
	return tw.Flush()
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
