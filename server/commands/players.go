package commands

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/dustin/go-humanize"

	"clickky/server/identity"
	"clickky/sync/ledger"
)

type playersCmd struct {
	List    playersListCmd `cmd:"" default:"withargs" help:"Show the players."`
	Show    showCmd        `cmd:"" help:"Show all that is known of a player."`
	Set     setCmd         `cmd:"" help:"Set how many clicks a player has."`
	Rename  renameCmd      `cmd:"" help:"Give a player another name."`
	Delete  deleteCmd      `cmd:"" help:"Delete a player; the global count stays."`
	Release releaseCmd     `cmd:"" help:"Take a name from all of its keys."`
	Kick    kickCmd        `cmd:"" help:"End the sessions of a player."`
	Ban     banCmd         `cmd:"" help:"Keep out a key, or addresses, for a time."`
	Unban   unbanCmd       `cmd:"" help:"Let in again what was banned."`
	Bans    bansCmd        `cmd:"" help:"Show who is banned, and until when."`
	Message messageCmd     `cmd:"" help:"Show a line on the screens of all, or of one."`
}

// top is how many lines an answer has.
type top struct {
	Top int `help:"Only the first N (${default}); 0 prints all." placeholder:"N" default:"20"`
}

// Validate implements kong's check.
func (t *top) Validate() error {
	if t.Top < 0 {
		return errors.New("--top takes a number, or 0 for all")
	}
	return nil
}

type playersListCmd struct {
	top

	Page   int    `help:"Page N of the list, of so many lines as --top says." placeholder:"N" default:"1"`
	Sort   string `help:"By rank, name, rate or seen." placeholder:"ORDER" enum:"rank,name,rate,seen" default:"rank"`
	Search string `help:"Only names with TEXT in them." placeholder:"TEXT"`
	Online bool   `help:"Only who is connected."`
	JSON   bool   `name:"json" help:"One JSON array."`

	Key fingerprint `help:"Only names of this key (SHA256:…)." placeholder:"KEY"`
}

// orders are what --sort can say.
var orders = map[string]ledger.Order{"rank": ledger.ByRank, "name": ledger.ByName, "rate": ledger.ByRate, "seen": ledger.BySeen}

// Validate implements kong's check.
func (c *playersListCmd) Validate() error {
	switch err := c.top.Validate(); {
	case err != nil:
		return err
	case c.Page < 1:
		return errors.New("--page counts from 1")
	case c.Page > 1 && c.Top == 0:
		return errors.New("--page needs a --top of 1 or more")
	}
	return nil
}

// listed is one player of "players" in JSON.
type listed struct {
	row

	Sessions int `json:"sessions"` // on this server
	activity
	Servers []string `json:"servers,omitempty"` // the others that the player is connected to
}

// activity is when and how fast a player clicks, in JSON.
type activity struct {
	Rate   float64 `json:"rate"`
	Online bool    `json:"online"`
	Seen   *string `json:"seen"`
}

func activityOf(r ledger.Row) activity {
	a := activity{Rate: r.Rate, Online: r.Online}
	if !r.Seen.IsZero() {
		seen := r.Seen.UTC().Format(time.RFC3339)
		a.Seen = &seen
	}
	return a
}

// seen tells when, or never in the words that fit there.
func (a *activity) seen(never string) string {
	switch {
	case a.Online:
		return "now"
	case a.Seen != nil:
		return *a.Seen
	default:
		return never
	}
}

// Run implements the command.
func (c *playersListCmd) Run(r *request) error {
	sessions := map[string]int{}
	for _, s := range r.sessions() {
		sessions[s.Name]++
	}
	var all list
	switch o := orders[c.Sort]; {
	case c.Key != "":
		names := r.Ledger.NamesOf(string(c.Key))
		if c.Online {
			names = slices.DeleteFunc(names, func(name string) bool { return sessions[name] == 0 && len(r.on(name)) == 0 })
		}
		all = r.rowsOf(names, o)
	case c.Online:
		all = r.rowsOf(r.connected(sessions), o)
	default:
		all = r.Ledger.Board().In(o)
	}
	if c.Search != "" {
		all = search(all, c.Search)
	}
	from, to := c.lines(all.Len())
	players := make([]listed, 0, to-from)
	for i := from; i < to; i++ {
		p := all.At(i)
		players = append(players, listed{row{p.Rank, identity.Printable(p.Name), p.Clicks}, sessions[p.Name], activityOf(p), r.on(p.Name)})
	}
	if c.JSON {
		return printJSON(r.out, players)
	}
	return r.printPlayers(players)
}

// lines are those of the page, of so many in all.
func (c *playersListCmd) lines(all int) (from, to int) {
	switch {
	case c.Top == 0:
		return 0, all
	case c.Page-1 > all/c.Top: // the next line might be more than there are numbers
		return all, all
	}
	from = (c.Page - 1) * c.Top
	return from, from + min(c.Top, all-from)
}

// list is players in an order.
type list interface {
	Len() int
	At(i int) ledger.Row
}

// rows are a list of few players.
type rows []ledger.Row

// Len implements list.
func (r rows) Len() int { return len(r) }

// At implements list.
func (r rows) At(i int) ledger.Row { return r[i] }

// connected is whoever has sessions on any server, also without having scored.
func (r *request) connected(sessions map[string]int) []string {
	names := slices.Collect(maps.Keys(sessions))
	if r.Cluster != nil {
		for _, name := range r.Cluster.Online() {
			if sessions[name] == 0 {
				names = append(names, name)
			}
		}
	}
	return names
}

// rowsOf are the lines of some names.
func (r *request) rowsOf(names []string, o ledger.Order) rows {
	all := make(rows, len(names))
	for i, name := range names {
		all[i] = r.Ledger.RowOf(name)
	}
	slices.SortFunc(all, func(a, b ledger.Row) int {
		byRank := cmp.Or(cmp.Compare(a.Rank, b.Rank), cmp.Compare(a.Name, b.Name))
		switch o {
		case ledger.ByName:
			return cmp.Compare(a.Name, b.Name)
		case ledger.ByRate:
			return cmp.Or(cmp.Compare(b.Rate, a.Rate), byRank)
		case ledger.BySeen:
			if a.Online == b.Online {
				return cmp.Or(b.Seen.Compare(a.Seen), byRank)
			} else if a.Online {
				return -1
			}
			return 1
		default:
			return byRank
		}
	})
	return all
}

// found are the lines of a list that were searched for.
type found struct {
	list

	lines []int
}

// Len implements list.
func (f found) Len() int { return len(f.lines) }

// At implements list.
func (f found) At(i int) ledger.Row { return f.list.At(f.lines[i]) }

// search finds the names with a text in them, in capitals or not.
func search(all list, text string) found {
	f := found{list: all}
	text = strings.ToLower(text)
	for i := range all.Len() {
		if strings.Contains(strings.ToLower(all.At(i).Name), text) {
			f.lines = append(f.lines, i)
		}
	}
	return f
}

func (r *request) printPlayers(players []listed) error {
	if len(players) == 0 {
		_, err := fmt.Fprintln(r.out, "There are none.")
		return err
	}
	w := tabwriter.NewWriter(r.out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "rank\tname\tclicks\trate\tseen\tsessions") // Flush tells of the error
	for _, p := range players {
		sessions := strconv.Itoa(p.Sessions)
		if len(p.Servers) > 0 {
			sessions += ", " + onServers(p.Servers)
		}
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%.1f\t%s\t%s\n",
			humanize.Comma(int64(p.Rank)), p.Name, commas(p.Clicks), p.Rate, p.seen("-"), sessions)
	}
	return w.Flush()
}
