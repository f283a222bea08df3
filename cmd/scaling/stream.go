package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	streamName = "scaling"
	// crowd is how many append at once where it is measured how many appends there
	// can be, and alone how many appends are made one after the other.
	crowd = 32
	alone = 300
	// eventsEach is how many events a server makes a second.
	eventsEach = 10
)

// streamed is what a stream on NATS takes. Nodes' processor time is that of all of
// them, and shares are of one core.
type streamed struct {
	Nodes int  `json:"nodes"`
	Sync  bool `json:"sync"` // every message, before it is acknowledged
	Bytes int  `json:"event_bytes"`

	// Append is how long one takes if nobody else appends.
	Append quantiles `json:"append"`
	// Most is how many appends there were a second when many waited for theirs, and
	// AppendCPU what the nodes took for each.
	Most      float64       `json:"appends_per_second"`
	AppendCPU time.Duration `json:"append_cpu_ns"`

	Runs []delivered `json:"deliveries"`
}

// delivered is what it takes if so many servers append ten events a second each, and
// all read all of them.
type delivered struct {
	Servers    int     `json:"servers"`
	Appends    float64 `json:"appends_per_second"`
	Deliveries float64 `json:"deliveries_per_second"`
	// Late is the time from before an append until a reader has the event.
	Late  quantiles `json:"late"`
	Nodes float64   `json:"nodes_share"`
	// Idle is what the nodes take while the readers wait and nothing is appended.
	Idle float64 `json:"nodes_idle_share"`
	// Deliver is what the nodes take for one delivery, beyond that and the appends, and
	// Receive what a reader takes for it before decoding, with its share of appending.
	Deliver time.Duration `json:"deliver_cpu_ns"`
	Receive time.Duration `json:"receive_cpu_ns"`
}

// quantiles are of times.
type quantiles struct {
	P50 time.Duration `json:"p50_ns"`
	P99 time.Duration `json:"p99_ns"`
}

func quantilesOf(took []time.Duration) quantiles {
	if len(took) == 0 {
		return quantiles{}
	}
	slices.Sort(took)
	return quantiles{took[len(took)/2], took[len(took)*99/100]}
}

// streaming is a stream of the kind that package journal makes, with who uses it.
type streaming struct {
	nodes nodes
	conns []*nats.Conn
	event []byte
}

// measureStream measures a stream on that many nodes, with the event.
func measureStream(ctx context.Context, n int, sync bool, event []byte, servers []int, d time.Duration) (_ *streamed, err error) {
	dir, err := os.MkdirTemp("", "clickky-scaling-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	started, err := startNodes(ctx, dir, n, sync)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, started.stop()) }()
	s := &streaming{nodes: started, event: event}
	defer s.disconnect()
	if err := s.connect(max(crowd, slices.Max(servers))); err != nil {
		return nil, err
	}
	if err := s.create(ctx, n); err != nil {
		return nil, err
	}
	result := &streamed{Nodes: n, Sync: sync, Bytes: len(event)}
	if err := s.appendAlone(ctx, result); err != nil {
		return nil, err
	}
	if err := s.appendAll(ctx, result, d); err != nil {
		return nil, err
	}
	for _, servers := range servers {
		run, err := s.deliver(ctx, servers, d, result.AppendCPU)
		if err != nil {
			return nil, err
		}
		result.Runs = append(result.Runs, run)
	}
	return result, nil
}

// connect makes connections, as many to each node.
func (s *streaming) connect(n int) error {
	for i := range n {
		nc, err := nats.Connect(s.nodes[i%len(s.nodes)].url)
		if err != nil {
			return fmt.Errorf("connect to a NATS server: %w", err)
		}
		s.conns = append(s.conns, nc)
	}
	return nil
}

func (s *streaming) disconnect() {
	for _, nc := range s.conns {
		nc.Close()
	}
}

// create makes the stream.
func (s *streaming) create(ctx context.Context, replicas int) error {
	js, err := jetstream.New(s.conns[0])
	if err != nil {
		return err
	}
	return patiently(ctx, "create the stream", func(ctx context.Context) error {
		_, err := js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
			Name: streamName, Subjects: []string{streamName + ".*"}, Replicas: replicas,
			Discard: jetstream.DiscardNew, MaxBytes: 2 << 30, DenyDelete: true,
		})
		return err
	})
}

// patiently asks the cluster again and again, for nobody answers while there is no
// leader, or while it has too much to do.
func patiently(ctx context.Context, what string, ask func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, startIn)
	defer cancel()
	again := time.NewTicker(tick)
	defer again.Stop()
	for {
		asking, stop := context.WithTimeout(ctx, startIn/10)
		err := ask(asking)
		stop()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s: %w", what, errors.Join(context.Cause(ctx), err))
		case <-again.C:
		}
	}
}

// publisher appends on a subject of its own, as a server does.
type publisher struct {
	js      jetstream.JetStream
	subject string
	last    uint64
	data    []byte
}

// publishers makes one on each of so many connections. The name tells them from
// those before.
func (s *streaming) publishers(n int, name string) ([]*publisher, error) {
	all := make([]*publisher, n)
	for i := range all {
		js, err := jetstream.New(s.conns[i])
		if err != nil {
			return nil, err
		}
		all[i] = &publisher{js: js, subject: streamName + "." + name + strconv.Itoa(i), data: slices.Clone(s.event)}
	}
	return all, nil
}

// append appends an event, which tells when it began. As package journal does, it asks
// what the last one is when the stream says that it is another, or nothing at all.
func (p *publisher) append(ctx context.Context) error {
	binary.LittleEndian.PutUint64(p.data, uint64(time.Now().UnixNano())) //nolint:gosec // is not negative
	for {
		ack, err := p.js.Publish(ctx, p.subject, p.data,
			jetstream.WithExpectLastSequencePerSubject(p.last), jetstream.WithRetryAttempts(0))
		switch {
		case err == nil:
			p.last = ack.Sequence
			return nil
		case ctx.Err() != nil || !refused(err):
			return fmt.Errorf("append an event: %w", err)
		}
		if err := patiently(ctx, "read the last event", p.look); err != nil {
			return err
		}
	}
}

// refused tells that the event is not in the stream.
func refused(err error) bool {
	var said *jetstream.APIError
	if errors.As(err, &said) {
		return said.ErrorCode == codeWrongLast || said.ErrorCode == codeWrongLastR
	}
	return errors.Is(err, jetstream.ErrNoStreamResponse) || errors.Is(err, nats.ErrNoResponders)
}

// The codes of JetStream for an append after another event than the last.
const (
	codeWrongLast  = 10071
	codeWrongLastR = 10164 // of a replicated stream, while another append is under way
)

// look asks for the last event of the subject.
func (p *publisher) look(ctx context.Context) error {
	stream, err := p.js.Stream(ctx, streamName)
	if err != nil {
		return fmt.Errorf("find the stream: %w", err)
	}
	m, err := stream.GetLastMsgForSubject(ctx, p.subject)
	switch {
	case errors.Is(err, jetstream.ErrMsgNotFound):
		p.last = 0
	case err != nil:
		return fmt.Errorf("read the last event: %w", err)
	default:
		p.last = m.Sequence
	}
	return nil
}

// appendAlone measures appends one after the other.
func (s *streaming) appendAlone(ctx context.Context, result *streamed) error {
	ps, err := s.publishers(1, "alone")
	if err != nil {
		return err
	}
	took := make([]time.Duration, alone)
	for i := range took {
		start := time.Now()
		if err := ps[0].append(ctx); err != nil {
			return err
		}
		took[i] = time.Since(start)
	}
	result.Append = quantilesOf(took)
	return nil
}

// appendAll measures as many appends as there can be.
func (s *streaming) appendAll(ctx context.Context, result *streamed, d time.Duration) error {
	ps, err := s.publishers(crowd, "crowd")
	if err != nil {
		return err
	}
	before, err := s.nodes.cpu()
	if err != nil {
		return err
	}
	var appends atomic.Int64
	end := time.Now().Add(d)
	err = together(ps, func(p *publisher) error {
		for time.Now().Before(end) {
			if err := p.append(ctx); err != nil {
				return err
			}
			appends.Add(1)
		}
		return nil
	})
	if err != nil {
		return err
	}
	after, err := s.nodes.cpu()
	if err != nil {
		return err
	}
	result.Most = float64(appends.Load()) / d.Seconds()
	result.AppendCPU = (after - before) / time.Duration(appends.Load())
	return nil
}

// together does something for all publishers at the same time.
func together(ps []*publisher, do func(*publisher) error) error {
	errs := make([]error, len(ps))
	var running sync.WaitGroup
	for i, p := range ps {
		running.Go(func() { errs[i] = do(p) })
	}
	running.Wait()
	return errors.Join(errs...)
}
