package commands

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strconv"
	"text/tabwriter"

	"github.com/dustin/go-humanize"

	"clickky/server/identity"
	"clickky/sync/ledger"
	"clickky/sync/transfer"
)

// Format is how a leaderboard is printed.
type Format struct {
	Top  int  `help:"Only the first N players (${default}); 0 prints all." placeholder:"N" default:"20"`
	JSON bool `name:"json" help:"One JSON array." xor:"format"`
	CSV  bool `name:"csv" help:"Comma-separated values under a header line." xor:"format"`
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

	Admin bool `hidden:"" help:"Accepted for its old name."`
}

// Run implements the command.
func (c *leaderboardCmd) Run(r *request) error {
	if !r.MayList(r.player) {
		return errNotAllowed
	}
	return PrintBoard(r.out, r.Ledger.Board(), c.Format)
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
func PrintBoard(w io.Writer, b *ledger.Board, f Format) error {
	n := b.Len()
	if f.Top > 0 {
		n = min(n, f.Top)
	}
	rows := make([]row, n)
	for i := range rows {
		r := b.At(i)
		rows[i] = row{Rank: r.Rank, Name: identity.Printable(r.Name), Clicks: r.Clicks}
	}
	switch {
	case f.JSON:
		return printJSON(w, rows)
	case f.CSV:
		return printCSV(w, rows)
	default:
		return printTable(w, rows)
	}
}

func printCSV(w io.Writer, rows []row) error {
	cw := csv.NewWriter(w)
	_ = cw.Write([]string{"rank", "name", "clicks"}) // Error tells of it
	for _, r := range rows {
		_ = cw.Write([]string{strconv.Itoa(r.Rank), transfer.EscapeCell(r.Name), strconv.FormatUint(r.Clicks, 10)})
	}
	cw.Flush()
	return cw.Error()
}

func printTable(w io.Writer, rows []row) error {
	if len(rows) == 0 {
		_, err := fmt.Fprintln(w, "Nobody has clicked yet.")
		return err
	}
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(tw, "rank\tname\tclicks") // Flush tells of the error
	for _, r := range rows {
		_, _ = fmt.Fprintf(tw, "%s\t%s\t%s\n", humanize.Comma(int64(r.Rank)), r.Name, commas(r.Clicks))
	}
	return tw.Flush()
}

// commas prints a count with thousands separators.
func commas(n uint64) string { return humanize.BigComma(new(big.Int).SetUint64(n)) }
