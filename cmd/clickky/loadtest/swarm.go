package loadtest

import (
	"context"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// swarm is all players of a run.
type swarm struct {
	cfg       Config
	started   time.Time
	latencies *latencies
	tallies   []tally      // of each target
	reason    atomic.Value // string: why the last player who failed did not get in

	mu      sync.Mutex
	players []*player
	running sync.WaitGroup
}

// tally counts the players of one target.
type tally struct {
	addr    string
	sources []netip.Addr

	connected, refused, failed, ended atomic.Int64
	loggedIn                          atomic.Int64 // nanoseconds from the start to the newest login
}

func newSwarm(cfg Config) *swarm {
	s := &swarm{cfg: cfg, started: time.Now(), latencies: newLatencies(), tallies: make([]tally, len(cfg.Targets))}
	for i, t := range cfg.Targets {
		s.tallies[i].addr, s.tallies[i].sources = t.Addr, sourcesTo(t.Addr)
	}
	return s
}

// connect logs all players in, a few at a time, and returns when each has connected or failed.
func (s *swarm) connect(ctx context.Context) {
	sources := 0
	for i := range s.tallies {
		sources += len(s.tallies[i].sources)
	}
	numbers := make(chan int)
	var logins sync.WaitGroup
	for i := range min(sources*loginsPerSource, maxLogins, s.cfg.Players) {
		logins.Go(func() {
			for n := range numbers {
				s.join(ctx, n, i)
			}
		})
	}
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for n := 0; n < s.cfg.Players && ctx.Err() == nil; {
		select {
		case numbers <- n:
			n++
		case <-tick.C:
			if s.cfg.Progress != nil {
				s.cfg.Progress(s.progress())
			}
		case <-ctx.Done():
		}
	}
	close(numbers)
	logins.Wait()
}

// join connects one player from one of the source addresses.
func (s *swarm) join(ctx context.Context, n, source int) {
	p := &player{number: n, server: n % len(s.tallies), running: &s.running}
	if n < min(s.cfg.Clickers, sampled) || n >= s.cfg.Clickers && n < s.cfg.Clickers+sampled {
		p.sampled = s.latencies.newSampledScreen(p.server)
	}
	t := &s.tallies[p.server]
	first, err := t.login(ctx, p, t.sources[source%len(t.sources)])
	if err != nil {
		if ctx.Err() == nil {
			t.failed.Add(1)
			s.reason.Store(err.Error())
		}
		return
	}
	t.connected.Add(1)
	t.loggedIn.Store(int64(time.Since(s.started)))
	s.mu.Lock()
	s.players = append(s.players, p)
	s.mu.Unlock()
	s.running.Go(func() {
		defer t.ended.Add(1)
		p.watch(first)
	})
}

// startClickers starts the clickers.
func (s *swarm) startClickers(ctx context.Context) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.players {
		if p.number < s.cfg.Clickers {
			s.running.Go(func() { p.click(ctx, s.cfg.Rate, s.latencies) })
			if s.cfg.Chaff {
				s.running.Go(func() { sendChaff(ctx, p.conn) })
			}
		}
	}
}

// close closes all connections and waits for all goroutines of the swarm.
func (s *swarm) close() {
	s.mu.Lock()
	for _, p := range s.players {
		_ = p.conn.Close()
	}
	s.mu.Unlock()
	s.running.Wait()
	s.latencies.close()
}

func (s *swarm) progress() Progress {
	p := Progress{Players: s.cfg.Players}
	for i := range s.tallies {
		t := &s.tallies[i]
		p.Connected += int(t.connected.Load() - t.ended.Load())
		p.Refused += int(t.refused.Load())
	}
	_, p.LoginsPerSecond = s.logins()
	return p
}

// logins returns how many logins have succeeded, in all and per second.
func (s *swarm) logins() (connected int, perSecond float64) {
	newest := int64(0)
	for i := range s.tallies {
		connected += int(s.tallies[i].connected.Load())
		newest = max(newest, s.tallies[i].loggedIn.Load())
	}
	return connected, each(connected, newest)
}

// each returns the logins per second if the newest came after that many nanoseconds.
func each(connected int, newest int64) float64 {
	if newest == 0 {
		return 0
	}
	return float64(connected) / time.Duration(newest).Seconds()
}

// describeLogins fills in how the players connected.
func (s *swarm) describeLogins(r *Report) {
	r.Connected, r.LoginsPerSecond = s.logins()
	for i := range s.tallies {
		t := &s.tallies[i]
		connected, refused, failed := int(t.connected.Load()), int(t.refused.Load()), int(t.failed.Load())
		r.Refused, r.Failed = r.Refused+refused, r.Failed+failed
		if len(s.tallies) > 1 {
			r.Servers = append(r.Servers, ServerReport{
				Target: t.addr, Connected: connected, Refused: refused, Failed: failed,
				LoginsPerSecond: each(connected, t.loggedIn.Load()),
			})
		}
	}
	r.Reason, _ = s.reason.Load().(string)
}

// sample is what all players have received so far, and what the servers and this process have used.
type sample struct {
	at     time.Time
	parts  []part // of each target
	client use
}

// part is one server's share of a sample.
type part struct {
	watchers, clickers Received
	ended              int64
	used               use
	visible            bool // used is known
}

func (p part) frames() uint64 { return p.watchers.Frames + p.clickers.Frames }

// all returns the sum of all parts.
func (s sample) all() part {
	sum := part{visible: true}
	for _, p := range s.parts {
		sum.watchers.add(p.watchers)
		sum.clickers.add(p.clickers)
		sum.ended += p.ended
		sum.used.cpu += p.used.cpu
		sum.used.rss += p.used.rss
		sum.visible = sum.visible && p.visible
	}
	return sum
}

func (s *swarm) take() sample {
	now := sample{at: time.Now(), client: ownUse(), parts: make([]part, len(s.tallies))}
	for i := range now.parts {
		p := &now.parts[i]
		p.ended = s.tallies[i].ended.Load()
		p.used, p.visible = processUse(s.cfg.Targets[i].PID)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.players {
		sum := &now.parts[p.server].watchers
		if p.number < s.cfg.Clickers {
			sum = &now.parts[p.server].clickers
		}
		sum.add(Received{Players: 1, Frames: p.frames.Load(), Bytes: p.bytes.Load()})
	}
	return now
}
