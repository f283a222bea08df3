package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"clickky/server/commands"
	"clickky/sync/game"
	"clickky/sync/ledger"
	"clickky/sync/live"
)

// readTimeout bounds how long a command reads from the database.
const readTimeout = time.Minute

// leaderboardCmd prints the leaderboard from the database, which is up to one flush behind a running
// server.
type leaderboardCmd struct {
	databaseFlags
	commands.Format
}

// Run implements the command.
func (c *leaderboardCmd) Run(p *app) error {
	db, err := c.openToRead()
	if err != nil {
		return err
	}
	board, err := readLeaderboard(p.ctx, db, c.Length())
	if err := errors.Join(err, db.Close()); err != nil {
		return err
	}
	return commands.PrintLeaderboard(p.stdout, board, c.Format)
}

// readLeaderboard reads the leaderboard of the last days from the database, or of all time if days is
// 0.
func readLeaderboard(ctx context.Context, db *database, days int) (*live.Leaderboard, error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	var balances []game.Player
	snapshot, err := db.Load(ctx, func(p game.Player) error {
		balances = append(balances, game.Player{Name: p.Name, Clicks: p.Clicks, Days: p.Days})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", db.where, err)
	}
	l := ledger.New()
	if err := l.Load(game.Contents{Players: balances, Total: snapshot.Total}); err != nil {
		return nil, err
	}
	return live.New(l).DayLeaderboard(days), nil
}
