package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// batch and batchBytes bound what is on its way to a reader, as in package journal.
const (
	batch      = 1000
	batchBytes = 16 << 20
)

// deliver has so many servers append and read, each at its own tenth of a second.
func (s *streaming) deliver(ctx context.Context, servers int, d time.Duration, appendCPU time.Duration) (delivered, error) {
	ps, err := s.publishers(servers, "of"+strconv.Itoa(servers)+"-")
	if err != nil {
		return delivered{}, err
	}
	readers, err := s.readers(ctx, ps)
	if err != nil {
		return delivered{}, err
	}
	idle, err := s.idle(ctx, d)
	if err != nil {
		return delivered{}, err
	}
	nodes, err := s.nodes.cpu()
	if err != nil {
		return delivered{}, err
	}
	own := cpu()
	want := servers * int(d/tick)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	reading := make(chan error, 1)
	go func() { reading <- readAll(ctx, readers, want) }()
	appending := s.pace(ctx, ps, d)
	if appending != nil {
		cancel() // what the readers wait for does not come
	}
	if err := errors.Join(appending, <-reading); err != nil {
		return delivered{}, err
	}
	own = cpu() - own
	after, err := s.nodes.cpu()
	if err != nil {
		return delivered{}, err
	}
	deliveries := want * servers
	var late []time.Duration
	for _, r := range readers {
		late = append(late, r.late...)
	}
	return delivered{
		Servers: servers, Appends: float64(want) / d.Seconds(), Deliveries: float64(deliveries) / d.Seconds(),
		Late: quantilesOf(late), Nodes: (after - nodes).Seconds() / d.Seconds(), Idle: idle.Seconds() / d.Seconds(),
		Deliver: max(0, after-nodes-idle-time.Duration(want)*appendCPU) / time.Duration(deliveries),
		Receive: own / time.Duration(deliveries),
	}, nil
}

// idle is what the nodes take in that time while nothing is appended.
func (s *streaming) idle(ctx context.Context, d time.Duration) (time.Duration, error) {
	before, err := s.nodes.cpu()
	if err != nil {
		return 0, err
	}
	select {
	case <-time.After(d):
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	}
	after, err := s.nodes.cpu()
	return after - before, err
}

// pace has all append ten times a second, not all at the same moment.
func (s *streaming) pace(ctx context.Context, ps []*publisher, d time.Duration) error {
	first := time.Now()
	offset := make(map[*publisher]time.Duration, len(ps))
	for i, p := range ps {
		offset[p] = tick * time.Duration(i) / time.Duration(len(ps))
	}
	return together(ps, func(p *publisher) error {
		for n := range int(d / tick) {
			select {
			case <-time.After(time.Until(first.Add(offset[p] + time.Duration(n)*tick))):
			case <-ctx.Done():
				return context.Cause(ctx)
			}
			if err := p.append(ctx); err != nil {
				return err
			}
		}
		return nil
	})
}

// reader reads the stream as journal.Follow does.
type reader struct {
	messages jetstream.MessagesContext
	late     []time.Duration
}

// readers makes one for each publisher, on its connection, from the present end.
func (s *streaming) readers(ctx context.Context, ps []*publisher) ([]*reader, error) {
	all := make([]*reader, len(ps))
	for i, p := range ps {
		var consumer jetstream.Consumer
		err := patiently(ctx, "read the stream", func(ctx context.Context) (err error) {
			consumer, err = p.js.CreateConsumer(ctx, streamName, jetstream.ConsumerConfig{
				DeliverPolicy: jetstream.DeliverNewPolicy, AckPolicy: jetstream.AckNonePolicy,
				InactiveThreshold: time.Minute, MemoryStorage: true, Replicas: 1,
			})
			return err
		})
		if err != nil {
			return nil, err
		}
		messages, err := consumer.Messages(
			jetstream.PullMaxMessagesWithBytesLimit(batch, batchBytes), jetstream.PullHeartbeat(2*time.Second))
		if err != nil {
			return nil, fmt.Errorf("read the stream: %w", err)
		}
		all[i] = &reader{messages: messages}
	}
	return all, nil
}

// readAll has each read so many events.
func readAll(ctx context.Context, readers []*reader, want int) error {
	errs := make([]error, len(readers))
	var running sync.WaitGroup
	for i, r := range readers {
		running.Go(func() { errs[i] = r.read(ctx, want) })
	}
	running.Wait()
	return errors.Join(errs...)
}

func (r *reader) read(ctx context.Context, want int) error {
	defer r.messages.Stop()
	for range want {
		m, err := r.messages.Next(jetstream.NextContext(ctx))
		if err != nil {
			return fmt.Errorf("read the stream: %w", err)
		}
		sent := time.Unix(0, int64(binary.LittleEndian.Uint64(m.Data()))) //nolint:gosec // as append has written it
		r.late = append(r.late, time.Since(sent))
	}
	return nil
}
