package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"clickky/sync/flush"
	"clickky/sync/game"
	"clickky/sync/journal"
	"clickky/sync/ledger"
	"clickky/sync/store"
	"clickky/sync/store/sqlite"
)

// margin is how many events stay in the log after they were saved, for a server that
// joins to replay, as in package flush.
const margin = 1000

// joined is what one server takes, with a log and a database in its directory.
type joined struct {
	Players int `json:"players"`
	Events  int `json:"events"`
	Bytes   int `json:"event_bytes"`
	// Append is of journal.Append, and AppendCPU what the process takes for one.
	Append    quantiles     `json:"append"`
	AppendCPU time.Duration `json:"append_cpu_ns"`
	// Load is how long flush.Flusher takes to open the game from the database and
	// the log, and Replay how long reading, decoding and folding the events takes.
	Load   time.Duration `json:"open_ns"`
	Replay time.Duration `json:"replay_ns"`
	// Saves are transactions with counts.
	Saves []saved `json:"saves"`
}

// saved is one of them.
type saved struct {
	Rows int           `json:"rows"`
	Took time.Duration `json:"took_ns"`
	CPU  time.Duration `json:"cpu_ns"`
}

// directory is a data directory to measure in.
type directory struct {
	journal *journal.Journal
	store   store.Store
}

// measureJoin makes a game of so many players with events to replay, and joins it.
func measureJoin(ctx context.Context, players, replay int, events []journal.Event) (_ *joined, err error) {
	dir, err := os.MkdirTemp("", "clickky-scaling-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	var d directory
	if d.journal, err = journal.Open(ctx, journal.Config{Dir: filepath.Join(dir, "journal")}); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, d.journal.Close()) }()
	if d.store, err = sqlite.Open(filepath.Join(dir, "clickky.db"), slog.New(slog.DiscardHandler)); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, d.store.Close()) }()
	result := &joined{Players: players, Events: replay}
	if err := d.fill(ctx, result); err != nil {
		return nil, fmt.Errorf("fill the database: %w", err)
	}
	if err := d.append(ctx, events, result); err != nil {
		return nil, err
	}
	if result.Load, err = d.open(ctx); err != nil {
		return nil, err
	}
	result.Replay, err = d.replay(ctx, result)
	return result, err
}

// fill brings all players into the database, and then saves some of them again.
func (d *directory) fill(ctx context.Context, result *joined) error {
	if err := d.store.Migrate(ctx); err != nil {
		return err
	}
	if _, err := d.store.Lease(ctx, d.journal.ID(), 0, time.Hour); err != nil {
		return err
	}
	crowd := crowdOf(result.Players)
	const atOnce = 100_000
	for first := 0; first < len(crowd); first += atOnce {
		if _, err := d.save(ctx, crowd[first:min(first+atOnce, len(crowd))]); err != nil {
			return err
		}
	}
	for _, rows := range []int{1000, 10_000, 100_000} {
		if rows > len(crowd) {
			break
		}
		for i := range rows { // all over the table, as those who click are
			crowd[i], crowd[i*(len(crowd)/rows)] = crowd[i*(len(crowd)/rows)], crowd[i]
			crowd[i].Clicks++
		}
		s, err := d.save(ctx, crowd[:rows])
		if err != nil {
			return err
		}
		result.Saves = append(result.Saves, s)
	}
	return nil
}

// save writes some players, and leaves the position where it is.
func (d *directory) save(ctx context.Context, players []game.Player) (saved, error) {
	b := game.Checkpoint{Journal: d.journal.ID()}
	for _, p := range players {
		b.Players = append(b.Players, game.Player{Name: p.Name, Clicks: p.Clicks})
		b.Total += p.Clicks
	}
	start, used := time.Now(), cpu()
	rejected, err := d.store.Save(ctx, b)
	if err == nil && len(rejected) > 0 {
		err = fmt.Errorf("the database rejects %d players", len(rejected))
	}
	return saved{Rows: len(players), Took: time.Since(start), CPU: cpu() - used}, err
}

// append appends events like the given ones.
func (d *directory) append(ctx context.Context, events []journal.Event, result *joined) error {
	took := make([]time.Duration, 0, result.Events)
	used := cpu()
	for i := range result.Events {
		e := events[i%len(events)]
		data, err := journal.Encode(e)
		if err != nil {
			return err
		}
		result.Bytes = len(data)
		start := time.Now()
		if _, err := d.journal.Append(ctx, e); err != nil {
			return err
		}
		took = append(took, time.Since(start))
	}
	result.AppendCPU = (cpu() - used) / time.Duration(result.Events)
	result.Append = quantilesOf(took)
	return nil
}

// open starts a server a few times as far as its game, and says how long that takes
// at the least: what else runs on the machine disturbs it.
func (d *directory) open(ctx context.Context) (least time.Duration, err error) {
	const times = 3
	for range times {
		took, err := d.openOnce(ctx)
		if err != nil {
			return 0, err
		}
		if least == 0 || took < least {
			least = took
		}
		runtime.GC()
	}
	return least, nil
}

func (d *directory) openOnce(ctx context.Context) (time.Duration, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	l := ledger.New()
	f := flush.New(l, d.journal, d.store, time.Hour, slog.New(slog.DiscardHandler))
	ended := make(chan error, 1)
	start := time.Now()
	go func() { ended <- f.Run(ctx) }()
	select {
	case <-l.Loaded():
	case err := <-ended:
		return 0, errors.Join(errors.New("the game didn't open"), err)
	}
	took := time.Since(start)
	cancel()
	return took, <-ended
}

// errAll ends a replay.
var errAll = errors.New("that was all")

// replay folds the events of the log into a ledger, and says how long that takes.
func (d *directory) replay(ctx context.Context, result *joined) (time.Duration, error) {
	l := ledger.New()
	if err := l.Load(game.Contents{Players: crowdOf(result.Players)}); err != nil {
		return 0, fmt.Errorf("load counts: %w", err)
	}
	start, left := time.Now(), result.Events
	err := d.journal.Follow(ctx, 0, func(position uint64, e journal.Event) error {
		l.Apply(position, game.Event{At: e.At, LastAction: e.LastAction, Clicks: e.Clicks}, false)
		if left--; left == 0 {
			return errAll
		}
		return nil
	})
	if !errors.Is(err, errAll) {
		return 0, err
	}
	return time.Since(start), nil
}
