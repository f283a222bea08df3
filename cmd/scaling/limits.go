package main

import (
	"cmp"
	"math"
	"slices"
	"time"
)

const (
	// flushEvery is how often counts are saved.
	flushEvery = 30 * time.Second
	// network is what a machine is taken to have, in bytes a second: a gigabit.
	network = 125e6
	// ram is what the ledger of a server may have, in bytes.
	ram = 4 << 30
)

// limit is a resource, and at how many servers it is used up.
type limit struct {
	Players  int     `json:"players_each"`
	Resource string  `json:"resource"`
	Servers  float64 `json:"servers"`
}

// stream is the one on the most nodes that sync; nil if none was measured.
func (r *report) stream() *streamed {
	var stream *streamed
	for _, s := range r.Streams {
		if s.Sync && (stream == nil || s.Nodes > stream.Nodes) {
			stream = s
		}
	}
	return stream
}

// last is with the most servers, where waking up costs the least of a delivery.
func (s *streamed) last() delivered { return s.Runs[len(s.Runs)-1] }

// like is the largest run that had no more deliveries than a game has, or the first.
func (s *streamed) like(p *played) delivered {
	found := s.Runs[0]
	for _, run := range s.Runs {
		if run.Deliveries <= p.deliveries() && run.Deliveries > found.Deliveries {
			found = run
		}
	}
	return found
}

// serve is how many cores NATS takes for a game.
func (s *streamed) serve(p *played) float64 {
	return p.EventsPerSecond*s.AppendCPU.Seconds() + p.deliveries()*s.like(p).Deliver.Seconds()
}

// read is the share of a core that a server takes for what others do.
func (s *streamed) read(p *played) float64 {
	return p.deliveries()/float64(p.Servers)*s.like(p).Receive.Seconds() + p.FoldShare
}

// deliveries is how many messages all servers get a second.
func (p *played) deliveries() float64 {
	each := p.FoldedPerSecond
	if p.Partitions > 1 {
		each += float64(ticks) // of sums
	}
	return each * float64(p.Servers)
}

// limitsOf computes them from what was measured, those that are reached first before
// the others: for each number of players by the largest game with so many, and the
// stream on the most nodes that sync.
func limitsOf(r *report) []limit {
	if len(r.Games) == 0 || len(r.Memory) == 0 || r.Join == nil {
		return nil
	}
	stream := r.stream()
	if stream == nil {
		return nil
	}
	largest := map[int]*played{}
	for _, g := range r.Games {
		if known := largest[g.Players]; known == nil || known.Servers < g.Servers {
			largest[g.Players] = g
		}
	}
	var limits []limit
	for _, g := range largest {
		limits = append(limits, limitsOfGame(r, g, stream)...)
	}
	slices.SortFunc(limits, func(a, b limit) int {
		return cmp.Or(cmp.Compare(a.Players, b.Players), cmp.Compare(a.Servers, b.Servers), cmp.Compare(a.Resource, b.Resource))
	})
	return limits
}

func limitsOfGame(r *report, g *played, stream *streamed) []limit {
	run := stream.last()
	memory := r.Memory[len(r.Memory)-1]
	perPlayer := float64(memory.Clicked+memory.Elsewhere) / float64(memory.Players)
	save := r.Join.Saves[len(r.Join.Saves)-1]
	rows := float64(save.Rows) / save.Took.Seconds()
	nodes := float64(stream.Nodes)
	at := func(resource string, servers float64) limit { return limit{g.Players, resource, servers} }
	return []limit{
		at("one core of each server, for reading, decoding and applying the others' events",
			1/(eventsEach*(run.Receive+g.Decode+g.Fold).Seconds())),
		at("appends per second to the stream on this machine", stream.Most/eventsEach),
		at("one core of each NATS server, for appends and deliveries",
			positiveRoot(eventsEach*run.Deliver.Seconds(), eventsEach*stream.AppendCPU.Seconds(), nodes)),
		at("1 Gbit/s out of each NATS server, for deliveries", math.Sqrt(network*nodes/(eventsEach*g.EventBytes))),
		at("1 Gbit/s into each server, for deliveries", network/(eventsEach*g.EventBytes)),
		at("rows per second into the database (SQLite)", rows*flushEvery.Seconds()/(float64(g.Players)*g.Clickers)),
		at("4 GiB of memory on each server, for the ledger", ram/(perPlayer*float64(g.Players))),
		at("other servers that one server can track", known+1),
	}
}

// positiveRoot is where a·x² + b·x is c.
func positiveRoot(a, b, c float64) float64 {
	if a == 0 {
		return c / b
	}
	return (math.Sqrt(b*b+4*a*c) - b) / (2 * a)
}
