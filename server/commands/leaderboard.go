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
	"clickky/sync/live"
	"clickky/sync/transfer"
)

// Format is how a leaderboard is printed.
type Format struct {
	Top  int  `help:"Show the first N players (${default}); 0 shows all." placeholder:"N" default:"20"`
	JSON bool `name:"json" help:"One JSON array." xor:"format"`
	CSV  bool `name:"csv" help:"Comma-separated values with a header line." xor:"format"`
}

// Validate implements kong's check.
func (f *Format) Validate() error {
	if f.Top < 0 {
		return errors.New("--top takes a number of players, or 0 for all")
	}
	return nil
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
	return c.validate(c.Top)
}

// errTooMany is a sentence for the player, with status Failed.
var errTooMany = errors.New("a page has at most 1,000 players; see the next page with `leaderboard --top 1000 --page 2`")

// Run implements the command.
func (c *leaderboardCmd) Run(r *request) error {
	if !r.MayList(r.player) {
		return errNotAllowed
	}
	board := r.Live.Board()
	from, to := c.lines(c.Top, board.Len())
	if to-from > maxPage && !r.player.Admin {
		return errTooMany
	}
	return printBoard(r.out, cut(board.In(live.ByRank), from, to), c.Format)
}

// row is one player of a leaderboard in JSON.
type row struct {
	Rank   int    `json:"rank"`
	Name   string `json:"name"`
	Clicks uint64 `json:"clicks"`
}

// PrintBoard prints the first f.Top players, or all of them when it is 0. Names
// are made safe to print in a terminal, in JSON and CSV as well, since that is
// where it is read most. In CSV no spreadsheet takes one for a formula.
func PrintBoard(w io.Writer, b *live.Board, f Format) error {
	from, to := page{1}.lines(f.Top, b.Len())
	return printBoard(w, section{b.In(live.ByRank), from, to}, f)
}

func printBoard(w io.Writer, players list, f Format) error {
	at := func(i int) row {
		r := players.At(i)
		return row{Rank: r.Rank, Name: identity.Printable(r.Name), Clicks: r.Clicks}
	}
	switch {
	case f.JSON:
		return printArray(w, players.Len(), at)
	case f.CSV:
		return printCSV(w, players.Len(), at)
	default:
		return printTable(w, players.Len(), at)
	}
}

func printCSV(w io.Writer, n int, at func(i int) row) error {
	cw := csv.NewWriter(w)
	_ = cw.Write([]string{"rank", "name", "clicks"}) // Error tells of it
	for i := range n {
		r := at(i)
		if err := cw.Write([]string{strconv.Itoa(r.Rank), transfer.EscapeCell(r.Name), strconv.FormatUint(r.Clicks, 10)}); err != nil {
			return err
		}
	}
	cw.Flush()
	return cw.Error()
}

func printTable(w io.Writer, n int, at func(i int) row) error {
	if n == 0 {
		_, err := fmt.Fprintln(w, "Nobody has clicked yet.")
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

// commas prints a count with thousands separators.
func commas(n uint64) string { return humanize.BigComma(new(big.Int).SetUint64(n)) }
