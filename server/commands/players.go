package commands

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/dustin/go-humanize"

	"clickky/sync/live"
)

type playersCmd struct {
	List    playersListCmd `cmd:"" default:"withargs" help:"List players."`
	Show    showCmd        `cmd:"" help:"Show everything about a player."`
	Set     setCmd         `cmd:"" help:"Set a player's clicks."`
	Rename  renameCmd      `cmd:"" help:"Rename a player."`
	Delete  deleteCmd      `cmd:"" help:"Delete a player; the global count stays."`
	Release releaseCmd     `cmd:"" help:"Remove all keys from a name."`
	Note    noteCmd        `cmd:"" help:"Keep a note about a player for admins."`
	Kick    kickCmd        `cmd:"" help:"End a player's sessions."`
	Ban     banCmd         `cmd:"" help:"Ban a key or addresses for a while."`
	Unban   unbanCmd       `cmd:"" help:"Lift a ban."`
	Bans    bansCmd        `cmd:"" help:"List bans and when they end."`
	Message messageCmd     `cmd:"" help:"Show a message to everybody, or to one player."`
}

// top limits the number of lines.
type top struct {
	Top int `help:"Show the first N (${default}); 0 shows all." placeholder:"N" default:"20"`
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
	page

	Sort   string `help:"Sort by rank, name, rate or seen." placeholder:"ORDER" enum:"rank,name,rate,seen" default:"rank"`
	Search string `help:"Only names that contain TEXT." placeholder:"TEXT"`
	Online bool   `help:"Only players who are online."`
	JSON   bool   `name:"json" help:"One JSON array."`

	Key keyFlag `help:"Only names of this key (SHA256:…)." placeholder:"KEY"`
}

// orders are the values of --sort.
var orders = map[string]live.SortBy{"rank": live.ByRank, "name": live.ByName, "rate": live.ByRate, "seen": live.BySeen}

// page selects a part of a list.
type page struct {
	Page int `help:"Page N of the list; --top sets its length." placeholder:"N" default:"1"`
}

func (p page) validatePage(top int) error {
	switch {
	case p.Page < 1:
		return errors.New("--page starts at 1")
	case p.Page > 1 && top == 0:
		return errors.New("--page needs a --top of 1 or more")
	}
	return nil
}

// bounds returns the lines of the page, given the lines per page and in total.
func (p page) bounds(top, all int) (from, to int) {
	switch {
	case top == 0:
		return 0, all
	case p.Page-1 > all/top: // avoids an overflow in the next line
		return all, all
	}
	from = (p.Page - 1) * top
	return from, from + min(top, all-from)
}

// Validate implements kong's check.
func (c *playersListCmd) Validate() error {
	if err := c.top.Validate(); err != nil {
		return err
	}
	return c.validatePage(c.Top)
}

// listedJSON is a player in "players" in JSON.
type listedJSON struct {
	Row

	Sessions int `json:"sessions"` // on this server
	activityJSON
	Servers []string `json:"servers,omitempty"` // other servers that the player is connected to
}

// activityJSON is when and how fast a player clicks, in JSON.
type activityJSON struct {
	Rate   float64 `json:"rate"`
	Online bool    `json:"online"`
	Seen   *string `json:"seen"`
}

func newActivityJSON(r live.Row) activityJSON {
	return activityJSON{r.Rate, r.Online, knownTime(r.Seen)}
}

// seen returns when the player was last online, or the given text for never.
func (a *activityJSON) seen(never string) string {
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
	for _, s := range r.localSessions() {
		sessions[s.Name]++
	}
	var all list
	switch o := orders[c.Sort]; {
	case c.Key != "":
		names := r.Ledger.NamesByKey(string(c.Key))
		if c.Online {
			names = slices.DeleteFunc(names, func(name string) bool { return sessions[name] == 0 && len(r.otherServers(name)) == 0 })
		}
		all = r.rowsFor(names, o)
	case c.Online:
		all = r.rowsFor(r.onlineNames(sessions), o)
	default:
		view := r.Live.Leaderboard().SortedBy(o)
		all = list{view.Len(), view.At}
	}
	if c.Search != "" {
		all = all.search(c.Search)
	}
	from, to := c.bounds(c.Top, all.n)
	players := all.sublist(from, to)
	at := func(i int) listedJSON {
		p := players.at(i)
		return listedJSON{NewRow(p), sessions[p.Name], newActivityJSON(p), r.otherServers(p.Name)}
	}
	if c.JSON {
		return printArray(r.out, players.n, at)
	}
	return r.printPlayers(players.n, at)
}

// onlineNames returns the players with sessions on any server, including those without clicks.
func (r *request) onlineNames(sessions map[string]int) []string {
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

func (r *request) rowsFor(names []string, o live.SortBy) list {
	all := make([]live.Row, len(names))
	for i, name := range names {
		all[i] = r.Live.Row(name)
	}
	slices.SortFunc(all, func(a, b live.Row) int {
		byRank := cmp.Or(cmp.Compare(a.Rank, b.Rank), cmp.Compare(a.Name, b.Name))
		switch o {
		case live.ByName:
			return cmp.Compare(a.Name, b.Name)
		case live.ByRate:
			return cmp.Or(cmp.Compare(b.Rate, a.Rate), byRank)
		case live.BySeen:
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
	return listOf(all)
}

// search returns the players whose names contain a text, ignoring case.
func (l list) search(text string) list {
	var lines []int
	text = strings.ToLower(text)
	for i := range l.n {
		if strings.Contains(strings.ToLower(l.at(i).Name), text) {
			lines = append(lines, i)
		}
	}
	return list{len(lines), func(i int) live.Row { return l.at(lines[i]) }}
}

func (r *request) printPlayers(n int, at func(i int) listedJSON) error {
	if n == 0 {
		_, err := fmt.Fprintln(r.out, "No players found.")
		return err
	}
	return printColumns(r.out, 1+n, func(i int) []string {
		if i == 0 {
			return []string{"rank", "name", "clicks", "rate", "seen", "sessions"}
		}
		p := at(i - 1)
		sessions := strconv.Itoa(p.Sessions)
		if len(p.Servers) > 0 {
			sessions += ", " + serversText(p.Servers)
		}
		return []string{humanize.Comma(int64(p.Rank)), p.Name, commas(p.Clicks), fmt.Sprintf("%.1f", p.Rate), p.seen("-"), sessions}
	})
}
