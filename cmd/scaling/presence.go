package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"clickky/sync/cluster"
)

const (
	// known is how many other servers package cluster hears of, and namesEach how
	// many of its names a server tells a second, ten seconds apart at the least.
	known     = 64
	namesEach = 20
	againIn   = 10 * time.Second
	// settleIn is how long it may take until all have heard of all.
	settleIn = time.Minute
)

// present is what the servers take to know of each other.
type present struct {
	Servers int `json:"servers"`
	Players int `json:"players_each"`
	// Told is the bytes that a server sends a second while nobody comes or leaves,
	// Names those of all its names, and CPU the share of a core that a server takes,
	// with its share of NATS.
	Told  float64 `json:"told_bytes_per_second"`
	Names uint64  `json:"names_bytes"`
	CPU   float64 `json:"cpu_share"`
	// JoinBytes is what all send when one more server comes, and JoinCPU what all
	// take for it.
	JoinBytes uint64        `json:"join_bytes"`
	JoinCPU   time.Duration `json:"join_cpu_ns"`
}

// acquaintance is servers that know of each other, over a NATS in this process.
type acquaintance struct {
	players int
	nats    *server.Server
	conns   []*nats.Conn
	joined  []*cluster.Presence
	full    atomic.Bool // their players are there

	mu    sync.Mutex
	heard map[[2]string]bool // whose names each has heard
	news  chan struct{}      // has a value when there may be more
}

// measurePresence has servers know of each other for a while.
func measurePresence(ctx context.Context, servers, players int, d time.Duration) (*present, error) {
	a := &acquaintance{players: players, heard: make(map[[2]string]bool), news: make(chan struct{}, 1)}
	var err error
	if a.nats, err = server.NewServer(&server.Options{DontListen: true, NoSigs: true, NoLog: true}); err != nil {
		return nil, fmt.Errorf("start a NATS server: %w", err)
	}
	a.nats.Start()
	defer a.close()
	// Servers that come one after the other have all tell their names each time. Here
	// they meet while they have no players.
	for range servers {
		if err := a.join(); err != nil {
			return nil, err
		}
	}
	if err := a.until(ctx, "the servers didn't find each other", func() bool { return a.met(servers) }); err != nil {
		return nil, err
	}
	result := &present{Servers: servers, Players: players}
	before := a.sent()
	a.full.Store(true)
	if err := a.until(ctx, "the servers didn't hear each other's names", func() bool { return a.count() == servers*(servers-1) }); err != nil {
		return nil, err
	}
	result.Names = (a.sent() - before) / uint64(servers) //nolint:gosec // is not negative
	if err := a.rest(ctx, result, d); err != nil {
		return nil, err
	}
	before, used := a.sent(), cpu()
	if err := a.join(); err != nil {
		return nil, err
	}
	if err := a.until(ctx, "the servers didn't hear the new server", func() bool { return a.count() == servers*(servers+1) }); err != nil {
		return nil, err
	}
	result.JoinBytes, result.JoinCPU = a.sent()-before, cpu()-used
	return result, nil
}

// rest measures while nobody comes or leaves.
func (a *acquaintance) rest(ctx context.Context, result *present, d time.Duration) error {
	before, used := a.sent(), cpu()
	select {
	case <-time.After(d):
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	each := d.Seconds() * float64(result.Servers)
	again := max(againIn, time.Duration(a.players)*time.Second/namesEach)
	result.Told = float64(a.sent()-before)/each + float64(result.Names)/again.Seconds()
	result.CPU = (cpu() - used).Seconds() / each
	return nil
}

// join adds a server.
func (a *acquaintance) join() error {
	nc, err := nats.Connect("", nats.InProcessServer(a.nats), nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}))
	if err != nil {
		return fmt.Errorf("connect to the NATS server: %w", err)
	}
	a.conns = append(a.conns, nc)
	p, err := cluster.Join(nc, a.self(len(a.joined)))
	if err != nil {
		return err
	}
	a.joined = append(a.joined, p)
	return nil
}

func (a *acquaintance) close() {
	for _, p := range a.joined {
		p.Leave()
	}
	for _, nc := range a.conns {
		nc.Close()
	}
	a.nats.Shutdown()
	a.nats.WaitForShutdown()
}

// self is a server whose players come when it is full, and stay.
func (a *acquaintance) self(i int) cluster.Self {
	run := fmt.Sprint("server", i)
	names := make([]string, a.players)
	for p := range names {
		names[p] = nameOf(i*a.players + p)
	}
	return cluster.Self{
		Run: run, Name: run, Version: "v1.0.0", HostKey: "SHA256:" + fmt.Sprintf("%043d", i), Started: time.Now(),
		Log: slog.New(slog.DiscardHandler),
		Report: func() cluster.Report {
			return cluster.Report{Players: a.players, Sessions: a.players, Folded: 10_000_000, Stored: 9_999_000, Unjournaled: 100}
		},
		Names: func(known uint64) ([]string, uint64) {
			switch full := a.full.Load(); {
			case full && known < 2:
				return names, 2
			case !full && known < 1:
				return []string{}, 1
			}
			return nil, known
		},
		Sessions:  func(string) []cluster.Session { return nil },
		Elsewhere: func(other string, _, _ []string) { a.hear(run, other) },
		Gone:      func(string) {},
	}
}

// hear notes that a server has heard the names of another.
func (a *acquaintance) hear(run, other string) {
	a.mu.Lock()
	a.heard[[2]string{run, other}] = true
	a.mu.Unlock()
	select {
	case a.news <- struct{}{}:
	default:
	}
}

func (a *acquaintance) count() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.heard)
}

// met tells whether each knows that many servers, itself among them.
func (a *acquaintance) met(servers int) bool {
	for _, p := range a.joined {
		if len(p.Members()) < servers {
			return false
		}
	}
	return true
}

// sent is the bytes that all have sent.
func (a *acquaintance) sent() uint64 {
	var bytes uint64
	for _, nc := range a.conns {
		bytes += nc.Stats().OutBytes
	}
	return bytes
}

// until waits for something to become true.
func (a *acquaintance) until(ctx context.Context, not string, is func() bool) error {
	ctx, cancel := context.WithTimeoutCause(ctx, settleIn, errors.New(not))
	defer cancel()
	look := time.NewTicker(tick / 10)
	defer look.Stop()
	for !is() {
		select {
		case <-a.news:
		case <-look.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}
