package main

import (
	"context"
	"fmt"
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"clickky/sync/game"
	"clickky/sync/journal"
	"clickky/sync/ledger"
	"clickky/sync/live"
)

const (
	// tick is how often a server puts its clicks into an event, and ticks how many
	// that are in a second.
	tick  = 100 * time.Millisecond
	ticks = int(time.Second / tick)
)

// simulation is what is simulated.
type simulation struct {
	Servers int `json:"servers"`
	// Players are those on one server, and Clickers the share of them who click,
	// Rate times a second.
	Players  int           `json:"players_each"`
	Clickers float64       `json:"clickers"`
	Rate     float64       `json:"rate"`
	For      time.Duration `json:"for"`
	// Partitions is among how many logs the players are divided; 1: there is one.
	Partitions int `json:"partitions"`
	// Placed tells that players go to the servers of their partition. Otherwise they
	// are anywhere.
	Placed bool `json:"placed"`
	// Full is how many of the servers fold what all do, or all of it that they need.
	Full int    `json:"-"`
	Seed uint64 `json:"-"`
}

// virtual is a server of the simulation.
type virtual struct {
	run    string
	ledger *ledger.Ledger
	live   *live.Live
	seats  []*ledger.Session // of those who click
	names  []string          // of all who are on it
	rng    *rand.Rand
	number uint64          // of its last event
	needs  map[uint32]bool // the partitions of its players
	full   bool
	plan   []int // whose clicks come in this tick

	aggregate uint64 // the clicks of the partitions that it does not fold
}

// event is one on its way.
type event struct {
	from      *virtual
	entry     game.Event
	partition uint32
	position  uint64
	data      []byte
}

// world is all servers of a simulated game, and what really happened in it.
type world struct {
	simulation
	servers []*virtual
	now     time.Time // in the simulation
	// position is that in the log. One counter does for all partitions, for a ledger
	// wants only that positions grow.
	position uint64
	counts   map[string]uint64 // of all players, as added up one by one
	totals   []uint64          // of the partitions, likewise
	costs    costs
	events   []event // of this tick

	// run is for the publishers of the full servers' ledgers.
	run  sync.WaitGroup
	stop context.CancelFunc
}

// newWorld fills the servers with players. The caller must close it.
func newWorld(g simulation) (*world, error) {
	g.Full = min(g.Full, g.Servers)
	ctx, stop := context.WithCancel(context.Background())
	w := &world{simulation: g, now: time.Now().UTC().Truncate(time.Second), counts: make(map[string]uint64), totals: make([]uint64, g.Partitions), stop: stop}
	for i := range g.Servers {
		w.servers = append(w.servers, &virtual{
			run: fmt.Sprintf("server-%d", i), ledger: ledger.New(), full: i < g.Full, needs: make(map[uint32]bool),
			rng: rand.New(rand.NewPCG(g.Seed, uint64(i))), //nolint:gosec // the same game each time
		})
	}
	w.settle()
	for _, v := range w.servers {
		if err := w.open(ctx, v); err != nil {
			w.close()
			return nil, err
		}
	}
	return w, nil
}

// close ends what runs beside the simulation.
func (w *world) close() {
	w.stop()
	w.run.Wait()
}

// settle sends players to the servers: to one of their partition's, the servers
// taking turns, or to whichever has room.
func (w *world) settle() {
	rng := rand.New(rand.NewPCG(w.Seed, 1<<32)) //nolint:gosec // the same game each time
	next := make([]int, w.Partitions)
	for missing, i := w.Servers*w.Players, 0; missing > 0; i++ {
		name := fmt.Sprintf("player-%07d", i)
		partition := w.partitionOf(name)
		at := i % w.Servers
		if w.Placed {
			group := (w.Servers-1-int(partition))/w.Partitions + 1 // how many servers the partition has
			at = int(partition) + next[partition]%group*w.Partitions
			next[partition]++
		}
		v := w.servers[at]
		if len(v.names) == w.Players {
			continue
		}
		missing--
		v.names = append(v.names, name)
		v.needs[partition] = true
		w.counts[name] = uint64(rng.ExpFloat64() * 5000)
		w.totals[partition] += w.counts[name]
	}
}

// partitionOf is the one whose log has the player.
func (w *world) partitionOf(name string) uint32 {
	if w.Partitions == 1 {
		return 0
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(name))
	return h.Sum32() % uint32(w.Partitions) //nolint:gosec // fits
}

// open loads the ledger of a server that folds, and has those come who click.
func (w *world) open(ctx context.Context, v *virtual) error {
	var balances []game.Player
	if v.full {
		for _, other := range w.servers {
			for _, name := range other.names {
				if v.needs[w.partitionOf(name)] {
					balances = append(balances, game.Player{Name: name, Clicks: w.counts[name]})
				}
			}
		}
	}
	if err := v.ledger.Load(game.Contents{Players: balances}); err != nil {
		return fmt.Errorf("load the counts of %s: %w", v.run, err)
	}
	v.ledger.Open()
	v.live = live.New(v.ledger)
	if v.full {
		// The publisher keeps the clock by which clicks go, as in a real server.
		w.run.Go(func() { v.live.Run(ctx) })
	}
	for _, name := range v.names[:int(float64(len(v.names))*w.Clickers+0.5)] {
		v.seats = append(v.seats, v.ledger.Join(name))
	}
	return nil
}

// play simulates the game to its end, and checks that nothing was lost or doubled.
func (w *world) play(ctx context.Context) error {
	for range int(w.For / tick) {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := w.tick(); err != nil {
			return err
		}
	}
	for _, v := range w.servers[:w.Full] {
		w.costs.board.measure(1, func() { v.live.Board() })
		w.costs.flush.measure(1, func() { w.costs.rows = len(v.ledger.Unsaved().Players) })
	}
	return w.check()
}

// tick simulates a tenth of a second.
func (w *world) tick() error {
	w.now = w.now.Add(tick)
	w.events = w.events[:0]
	for _, v := range w.servers {
		w.click(v)
		if err := w.take(v); err != nil {
			return err
		}
	}
	sums, err := w.sum()
	if err != nil {
		return err
	}
	for _, v := range w.servers {
		if !v.full {
			w.foldOwn(v)
			continue
		}
		if err := w.fold(v); err != nil {
			return err
		}
		if err := w.foldSums(v, sums); err != nil {
			return err
		}
		w.costs.snapshot.measure(1, func() { v.live.Latest() })
	}
	return nil
}

// click has the players of a server click.
func (w *world) click(v *virtual) {
	v.plan = v.plan[:0]
	each := w.Rate / float64(ticks)
	for i := range v.seats {
		n := int(each)
		if v.rng.Float64() < each-float64(n) {
			n++
		}
		for range n {
			v.plan = append(v.plan, i)
		}
	}
	clicks := func() {
		for _, i := range v.plan {
			v.seats[i].Click()
		}
	}
	if !v.full { // its ledger is smaller than a real one
		clicks()
		return
	}
	w.costs.clicks.measure(len(v.plan), clicks)
}

// take has a server make its events: one, or one for each partition that it has
// clicks of.
func (w *world) take(v *virtual) error {
	var err error
	first := len(w.events)
	taking := func() {
		entry := v.ledger.Drain(game.MaxEventKeyChanges, game.MaxEventPlayers)
		if entry.Empty() {
			return
		}
		entry.At = w.now
		parts := w.split(entry)
		for _, partition := range slices.Sorted(maps.Keys(parts)) {
			part := parts[partition]
			v.number++
			e := event{from: v, entry: part, partition: partition}
			e.data, err = journal.Encode(journal.Event{
				Server: v.run, Number: v.number, Event: game.Event{At: part.At, LastAction: part.LastAction, Clicks: part.Clicks},
			})
			if err != nil {
				return
			}
			w.events = append(w.events, e)
		}
	}
	if v.full {
		w.costs.take.measure(1, taking)
	} else {
		taking()
	}
	if err != nil {
		return fmt.Errorf("encode an event of %s: %w", v.run, err)
	}
	for i := range w.events[first:] {
		w.append(&w.events[first+i])
	}
	return nil
}

// split divides an entry by the partitions of its players.
func (w *world) split(entry game.Event) map[uint32]game.Event {
	if w.Partitions == 1 {
		return map[uint32]game.Event{0: entry}
	}
	parts := make(map[uint32]game.Event)
	for name, n := range entry.Clicks {
		partition := w.partitionOf(name)
		part, ok := parts[partition]
		if !ok {
			part = game.Event{At: entry.At, LastAction: entry.LastAction, Clicks: make(map[string]uint64)}
			parts[partition] = part
		}
		part.Clicks[name] = n
	}
	return parts
}

// append gives the event its place in the log, and adds up what is in it.
func (w *world) append(e *event) {
	w.position++
	e.position = w.position
	w.costs.events++
	w.costs.bytes += len(e.data)
	for name, n := range e.entry.Clicks {
		w.counts[name] += n
		w.totals[e.partition] += n
	}
}

// foldOwn has a server that folds nothing else know that its events are in the log.
func (w *world) foldOwn(v *virtual) {
	for _, e := range w.events {
		if e.from == v {
			v.ledger.Apply(e.position, e.entry, true)
		}
	}
}

// fold has a server take in all events of the partitions that it needs.
func (w *world) fold(v *virtual) error {
	decoded := make([]journal.Event, 0, len(w.events))
	needed := make([]event, 0, len(w.events))
	for _, e := range w.events {
		if v.needs[e.partition] {
			needed = append(needed, e)
		}
	}
	var err error
	w.costs.decode.measure(len(needed), func() {
		for _, e := range needed {
			var d journal.Event
			if d, err = journal.Decode(e.data); err != nil {
				return
			}
			decoded = append(decoded, d)
		}
	})
	if err != nil {
		return fmt.Errorf("decode an event: %w", err)
	}
	w.costs.fold.measure(len(needed), func() {
		for i, e := range decoded {
			v.ledger.Apply(needed[i].position, game.Event{At: e.At, LastAction: e.LastAction, Clicks: e.Clicks}, needed[i].from == v)
		}
	})
	return nil
}

// check compares the sample of ledgers with what really happened.
func (w *world) check() error {
	var total uint64
	for _, n := range w.totals {
		total += n
	}
	for _, v := range w.servers[:w.Full] {
		if got := v.live.Latest().Total + v.aggregate; got != total {
			return fmt.Errorf("%s has a global count of %d, but %d clicks were made", v.run, got, total)
		}
		for name, n := range w.counts {
			if v.needs[w.partitionOf(name)] && v.ledger.Standing(name).Clicks != n {
				return fmt.Errorf("%s says that %s has %d clicks, but it should be %d", v.run, name, v.ledger.Standing(name).Clicks, n)
			}
		}
	}
	return nil
}
