package commands

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/dustin/go-humanize"

	"clickky/server/identity"
	"clickky/sync/game"
	"clickky/sync/live"
)

// totalsJSON is a line of "watch" with the totals.
type totalsJSON struct {
	Total  uint64  `json:"total"`
	Online int     `json:"online"`
	Rate   float64 `json:"clicks_per_second"`
}

// newsJSON is a line of "watch --json" about something that happened.
type newsJSON struct {
	Event string `json:"event"` // always "news"
	Kind  string `json:"kind"`
	Name  string `json:"name"` // empty if nobody is named
	At    string `json:"at"`
	Text  string `json:"text"`
}

func newNewsJSON(n *game.News) newsJSON {
	name := identity.Printable(n.Name)
	shown := name
	if n.Guest {
		shown = "~" + name
	}
	return newsJSON{"news", n.Kind.String(), name, timestamp(n.At), n.Sentence(shown, commas(n.Count), identity.Printable(n.Text))}
}

type watchCmd struct {
	JSON  bool          `name:"json" help:"One JSON object per line, news included."`
	Count int           `name:"count" placeholder:"N" help:"Stop after N lines with totals."`
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
	var newest uint64 // the number of the newest item that was printed, or is older than the command
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
			if err := c.printNews(r.out, s.News, &newest, due); err != nil {
				return err
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

// printNews prints the news after the item with number *newest as JSON, the oldest first, and updates
// *newest. If due is false it prints nothing, as for news from before the command started.
func (c *watchCmd) printNews(out *bufio.Writer, n *live.News, newest *uint64, due bool) error {
	if n == nil || n.Last == *newest {
		return nil
	}
	added := n.Items[:min(n.Last-*newest, uint64(len(n.Items)))]
	*newest = n.Last
	if !due || !c.JSON {
		return nil
	}
	for _, item := range slices.Backward(added) {
		if err := printJSON(out, newNewsJSON(&item)); err != nil {
			return err
		}
	}
	return out.Flush()
}

func (c *watchCmd) print(w io.Writer, t totalsJSON) error {
	if c.JSON {
		return printJSON(w, t)
	}
	_, err := fmt.Fprintf(w, "%s clicks, %s online, %.1f clicks a second\n",
		commas(t.Total), humanize.Comma(int64(t.Online)), t.Rate)
	return err
}
