package commands

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/dustin/go-humanize"

	"clickky/server/identity"
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

	Online bool `help:"Only who is connected to this server."`
	JSON   bool `name:"json" help:"One JSON array."`
}

// listed is one player of "players" in JSON.
type listed struct {
	row

	Sessions int `json:"sessions"`
}

// Run implements the command.
func (c *playersListCmd) Run(r *request) error {
	sessions := map[string]int{}
	for _, s := range r.sessions() {
		sessions[s.Name]++
	}
	players := []listed{}
	if c.Online {
		for name, n := range sessions {
			s := r.Ledger.Standing(name)
			players = append(players, listed{row{s.Rank, s.Name, s.Clicks}, n})
		}
		slices.SortFunc(players, func(a, b listed) int {
			return cmp.Or(cmp.Compare(a.Rank, b.Rank), cmp.Compare(a.Name, b.Name))
		})
	} else {
		board := r.Ledger.Board()
		for i := range board.Len() {
			if i == c.Top && c.Top > 0 {
				break
			}
			p := board.At(i)
			players = append(players, listed{row{p.Rank, p.Name, p.Clicks}, sessions[p.Name]})
		}
	}
	if c.Top > 0 {
		players = players[:min(c.Top, len(players))]
	}
	for i := range players {
		players[i].Name = identity.Printable(players[i].Name)
	}
	if c.JSON {
		return printJSON(r.out, players)
	}
	return r.printPlayers(players)
}

func (r *request) printPlayers(players []listed) error {
	if len(players) == 0 {
		_, err := fmt.Fprintln(r.out, "There are none.")
		return err
	}
	w := tabwriter.NewWriter(r.out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "rank\tname\tclicks\tsessions") // Flush tells of the error
	for _, p := range players {
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%d\n", humanize.Comma(int64(p.Rank)), p.Name, commas(p.Clicks), p.Sessions)
	}
	return w.Flush()
}

type showCmd struct {
	Name string `arg:"" help:"Whom."`
	JSON bool   `name:"json" help:"One JSON object."`
}

// shown is the answer to "players show".
type shown struct {
	Name     string    `json:"name"`
	Clicks   uint64    `json:"clicks"`
	Rank     int       `json:"rank"`
	Keys     []key     `json:"keys"`
	Sessions []session `json:"sessions"`
}

type session struct {
	From     string `json:"from"`
	Terminal string `json:"terminal"`
	Since    string `json:"since"`
}

// Run implements the command.
func (c *showCmd) Run(r *request) error {
	p, err := r.find(c.Name)
	if err != nil {
		return err
	}
	a := shown{
		Name: identity.Printable(p.Name), Clicks: p.Clicks, Rank: p.Rank,
		Keys: r.keysOf(r.loginOf(p.Name)), Sessions: []session{},
	}
	for _, s := range r.sessionsOf(p.Name) {
		a.Sessions = append(a.Sessions, session{s.From, identity.Printable(s.Terminal), s.Since.UTC().Format(time.RFC3339)})
	}
	if c.JSON {
		return printJSON(r.out, a)
	}
	pairs := []pair{{"name", a.Name}, {"clicks", commas(a.Clicks)}, {"rank", humanize.Comma(int64(a.Rank))}}
	for _, k := range a.Keys {
		pairs = append(pairs, pair{"key", k.Fingerprint + k.remark()})
	}
	for _, s := range a.Sessions {
		pairs = append(pairs, pair{"session", "from " + s.From + " since " + s.Since + "  " + cmp.Or(s.Terminal, "no terminal")})
	}
	return printPairs(r.out, pairs...)
}
