package commands

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strconv"

	"github.com/dustin/go-humanize"

	"clickky/server/identity"
	"clickky/sync/game"
	"clickky/sync/live"
	"clickky/sync/transfer"
)

// Format says how a leaderboard is printed.
type Format struct {
	Top  int  `help:"Show the first N players (${default}); 0 shows all." placeholder:"N" default:"20"`
	JSON bool `name:"json" help:"One JSON array." xor:"format"`
	CSV  bool `name:"csv" help:"Comma-separated values with a header line." xor:"format"`
	Period
}

// Period says which days a leaderboard covers.
type Period struct {
	Today bool `help:"Only clicks since midnight UTC." xor:"period"`
	Days  *int `help:"Only clicks of the last N days, today included." placeholder:"N" xor:"period"`
}

// Length returns the number of days; 0 for all time.
func (p Period) Length() int {
	switch {
	case p.Today:
		return 1
	case p.Days != nil:
		return *p.Days
	default:
		return 0
	}
}

func (p Period) validate() error {
	if p.Days != nil && (*p.Days < 1 || *p.Days > game.KeptDays) {
		return fmt.Errorf("--days takes a number from 1 to %d", game.KeptDays)
	}
	return nil
}

// Validate implements kong's check.
func (f *Format) Validate() error {
	if f.Top < 0 {
		return errors.New("--top takes a number of players, or 0 for all")
	}
	return f.validate()
}

type leaderboardCmd struct {
	Format
	page

	Admin bool `hidden:"" help:"Accepted for its old name."`
}

// Validate implements kong's check.
func (c *leaderboardCmd) Validate() error {
	if err := c.Format.Validate(); err != nil {
		return err
	}
	return c.validatePage(c.Top)
}

// errTooMany is a sentence for the player, with status Failed.
var errTooMany = errors.New("a page has at most 1,000 players; see the next page with `leaderboard --top 1000 --page 2`")

// errPastEnd is a sentence for the player, with status Failed.
var errPastEnd = errors.New("the leaderboard ends before that page; `leaderboard` shows the first one")

// Run implements the command.
func (c *leaderboardCmd) Run(r *request) error {
	if !r.MayList(r.player) {
		return errNotAllowed
	}
	board := r.Live.DayLeaderboard(c.Length())
	from, to := c.bounds(c.Top, board.Len())
	if to-from > maxPage && !r.player.Admin {
		return errTooMany
	}
	if from > 0 && from == board.Len() && !c.JSON && !c.CSV {
		return errPastEnd
	}
	return printBoard(r.out, list{board.Len(), board.At}.sublist(from, to), c.Format)
}

// Row is a player on a leaderboard, with the same JSON in "leaderboard" and on the web page.
type Row struct {
	Rank   int    `json:"rank"`
	Name   string `json:"name"`
	Clicks uint64 `json:"clicks"`
}

// NewRow returns a row with a name that is safe to print in a terminal.
func NewRow(r live.Row) Row { return Row{r.Rank, identity.Printable(r.Name), r.Clicks} }

// PrintLeaderboard prints the first f.Top players, or all if it is 0. Names are safe to print in a
// terminal, in JSON and CSV too, since that is where people read them. In CSV no spreadsheet takes
// a name for a formula.
func PrintLeaderboard(w io.Writer, b *live.Leaderboard, f Format) error {
	from, to := page{1}.bounds(f.Top, b.Len())
	return printBoard(w, list{b.Len(), b.At}.sublist(from, to), f)
}

func printBoard(w io.Writer, players list, f Format) error {
	at := func(i int) Row { return NewRow(players.at(i)) }
	switch {
	case f.JSON:
		return printArray(w, players.n, at)
	case f.CSV:
		return printCSV(w, players.n, at)
	default:
		return printTable(w, players.n, at, f.Length())
	}
}

func printCSV(w io.Writer, n int, at func(i int) Row) error {
	cw := csv.NewWriter(w)
	_ = cw.Write([]string{"rank", "name", "clicks"}) // Error returns the error
	for i := range n {
		r := at(i)
		if err := cw.Write([]string{strconv.Itoa(r.Rank), transfer.EscapeCell(r.Name), strconv.FormatUint(r.Clicks, 10)}); err != nil {
			return err
		}
	}
	cw.Flush()
	return cw.Error()
}

// printTable prints the players of the last days, or of all time if days is 0.
func printTable(w io.Writer, n int, at func(i int) Row, days int) error {
	if n == 0 {
		when := "in the last " + strconv.Itoa(days) + " days"
		switch days {
		case 0:
			when = "yet"
		case 1:
			when = "today"
		}
		_, err := fmt.Fprintln(w, "Nobody has clicked "+when+".")
		return err
	}
	return printColumns(w, 1+n, func(i int) []string {
		if i == 0 {
			return []string{"rank", "name", "clicks"}
		}
		r := at(i - 1)
		return []string{humanize.Comma(int64(r.Rank)), r.Name, commas(r.Clicks)}
	})
}

// commas formats a count with thousands separators.
func commas(n uint64) string { return humanize.BigComma(new(big.Int).SetUint64(n)) }
