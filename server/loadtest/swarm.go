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
	cfg      Config
	started  time.Time
	evidence *evidence

	connected, refused, failed, ended atomic.Int64
	loggedIn                          atomic.Int64 // nanoseconds from the start to the newest login
	reason                            atomic.Value // string: why the last player who failed did not get in

	mu      sync.Mutex
	players []*player
	running sync.WaitGroup
}

func newSwarm(cfg Config) *swarm {
	return &swarm{cfg: cfg, started: time.Now(), evidence: newEvidence()}
}

// connect lets all players log in, a few at a time, and returns when each is
// in or has failed.
func (s *swarm) connect(ctx context.Context) {
	sources := sourcesTo(s.cfg.Addr)
	numbers := make(chan int)
	var logins sync.WaitGroup
	for i := range min(len(sources)*loginsPerSource, maxLogins, s.cfg.Players) {
		logins.Go(func() {
			for n := range numbers {
				s.join(ctx, n, sources[i%len(sources)])
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

// join brings in one player.
func (s *swarm) join(ctx context.Context, n int, source netip.Addr) {
	p := &player{number: n, running: &s.running}
	if n < min(s.cfg.Clickers, sampled) || n >= s.cfg.Clickers && n < s.cfg.Clickers+sampled {
		p.eye = s.evidence.newEye()
	}
	first, err := s.login(ctx, p, source)
	if err != nil {
		if ctx.Err() == nil {
			s.failed.Add(1)
			s.reason.Store(err.Error())
		}
		return
	}
	s.connected.Add(1)
	s.loggedIn.Store(int64(time.Since(s.started)))
	s.mu.Lock()
	s.players = append(s.players, p)
	s.mu.Unlock()
	s.running.Go(func() {
		defer s.ended.Add(1)
		p.watch(first)
	})
}

// startClickers lets those players press space who are clickers.
func (s *swarm) startClickers(ctx context.Context) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.players {
		if p.number < s.cfg.Clickers {
			s.running.Go(func() { p.click(ctx, s.cfg.Rate, s.evidence) })
		}
	}
}

// close ends all connections and waits for everything that belongs to them.
func (s *swarm) close() {
	s.mu.Lock()
	for _, p := range s.players {
		_ = p.conn.Close()
	}
	s.mu.Unlock()
	s.running.Wait()
	s.evidence.close()
}

func (s *swarm) progress() Progress {
	p := Progress{
		Connected: int(s.connected.Load() - s.ended.Load()), Players: s.cfg.Players, Refused: int(s.refused.Load()),
	}
	if took := time.Duration(s.loggedIn.Load()).Seconds(); took > 0 {
		p.LoginsPerSecond = float64(s.connected.Load()) / took
	}
	return p
}

// describeLogins fills in how the players got in.
func (s *swarm) describeLogins(r *Report) {
	p := s.progress()
	r.Connected, r.Refused, r.Failed = int(s.connected.Load()), p.Refused, int(s.failed.Load())
	r.LoginsPerSecond = p.LoginsPerSecond
	r.Reason, _ = s.reason.Load().(string)
}

// sample is what everybody has received up to a moment, and what the server
// and this process have used.
type sample struct {
	at                 time.Time
	watchers, clickers Received
	ended              int64
	server, client     use
}

func (s sample) frames() uint64 { return s.watchers.Frames + s.clickers.Frames }

func (s *swarm) take() sample {
	now := sample{at: time.Now(), ended: s.ended.Load(), client: ownUse()}
	now.server, _ = processUse(s.cfg.PID)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.players {
		sum := &now.watchers
		if p.number < s.cfg.Clickers {
			sum = &now.clickers
		}
		sum.Players++
		sum.Frames += p.frames.Load()
		sum.Bytes += p.bytes.Load()
	}
	return now
}
