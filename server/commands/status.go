package commands

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/dustin/go-humanize"

	"clickky/server/identity"
)

// meJSON is the output of "me".
type meJSON struct {
	Name    string `json:"name"`
	Clicks  uint64 `json:"clicks"`
	Rank    int    `json:"rank"`
	Claimed bool   `json:"claimed"`
	Admin   bool   `json:"admin"`
}

type meCmd struct {
	JSON bool `name:"json" help:"One JSON object."`
}

// Run implements the command.
func (c *meCmd) Run(r *request) error {
	s := r.Ledger.Standing(r.player.Name.String())
	a := meJSON{Name: s.Name, Clicks: s.Clicks, Rank: s.Rank, Claimed: r.player.Role == identity.Owner, Admin: r.player.Admin}
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
		pair{"claimed", claimText(r.player)},
		pair{"admin", yesNo(a.Admin)},
	)
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

// statsJSON is the output of "stats".
type statsJSON struct {
	Total     uint64  `json:"total"`
	Players   int     `json:"players"`
	Online    int     `json:"online"`
	Rate      float64 `json:"clicks_per_second"`
	Unsaved   uint64  `json:"unsaved"`
	LastFlush *string `json:"last_flush"`
	Database  string  `json:"database"`
	Uptime    int64   `json:"uptime_seconds"`

	// Only with a cluster; Servers is for admins.
	ServerCount int          `json:"server_count,omitempty"`
	Servers     []serverJSON `json:"servers,omitempty"`
}

type statsCmd struct {
	JSON bool `name:"json" help:"One JSON object."`
}

// Run implements the command.
func (c *statsCmd) Run(r *request) error {
	s := r.Live.Latest()
	a := statsJSON{
		Total: s.Total, Players: s.Players, Online: s.Online, Rate: s.Rate, Unsaved: s.Unsaved,
		Database: "up", Uptime: int64(time.Since(r.Started).Seconds()),
	}
	if s.StoreDown {
		a.Database = "down"
	}
	flushed := "never"
	if !s.LastSaved.IsZero() {
		flushed = s.LastSaved.UTC().Format(time.RFC3339)
		a.LastFlush = &flushed
	}
	servers := r.Servers()
	a.ServerCount = len(servers)
	if r.player.Admin {
		a.Servers = serversJSON(servers)
	}
	if c.JSON {
		return printJSON(r.out, a)
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

// totalsJSON is one line of "watch".
type totalsJSON struct {
	Total  uint64  `json:"total"`
	Online int     `json:"online"`
	Rate   float64 `json:"clicks_per_second"`
}

type watchCmd struct {
	JSON  bool          `name:"json" help:"One JSON object per line."`
	Count int           `name:"count" placeholder:"N" help:"Stop after N lines."`
	Every time.Duration `name:"every" placeholder:"D" help:"Print a line this often, such as 10s, even if the totals don't change."`
}

// Validate implements kong's check.
func (c *watchCmd) Validate() error {
	switch {
	case c.Count < 0:
		return errors.New("--count takes a number of lines, such as 1")
	case c.Every != 0 && c.Every < time.Second:
		return errors.New("--every must be at least 1s, such as 10s")
	}
	return nil
}

// Run implements the command. It ends when the client disconnects, or after --count lines.
func (c *watchCmd) Run(r *request) error {
	sub := r.Live.Subscribe()
	defer sub.Close()
	var every <-chan time.Time // nil without --every
	if c.Every > 0 {
		ticker := time.NewTicker(c.Every)
		defer ticker.Stop()
		every = ticker.C
	}
	var now, printed totalsJSON
	for lines := 0; c.Count == 0 || lines < c.Count; {
		due := lines > 0
		select {
		case <-r.ctx.Done():
			if cause := context.Cause(r.ctx); !errors.Is(cause, context.Canceled) {
				return cause // the server ended it
			}
			return nil
		case <-every:
		case <-sub.Ready():
			s := sub.Take()
			if s == nil {
				continue
			}
			now = totalsJSON{Total: s.Total, Online: s.Online, Rate: s.Rate}
			due = lines == 0 || c.Every == 0 && (now.Total != printed.Total || now.Online != printed.Online)
		}
		if !due {
			continue
		}
		if err := c.print(r.out, now); err != nil {
			return err
		}
		if err := r.out.Flush(); err != nil {
			return err
		}
		lines++
		printed = now
	}
	return nil
}

func (c *watchCmd) print(w io.Writer, t totalsJSON) error {
	if c.JSON {
		return printJSON(w, t)
	}
	_, err := fmt.Fprintf(w, "%s clicks, %s online, %.1f clicks a second\n",
		commas(t.Total), humanize.Comma(int64(t.Online)), t.Rate)
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
