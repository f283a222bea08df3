package main

import (
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"clickky/cmd/clickky/sshtest"
	"clickky/sync/cluster/natstest"
	"clickky/sync/store"
	"clickky/sync/store/mysql/dbproxy"
	"clickky/sync/store/mysql/mariadbtest"
	"clickky/sync/tcpproxy"
)

// chiefKey is the number of the key of the admin of every trio.
const chiefKey = 100

// gaveUp is when the database gives up the transaction of a server that is frozen, which keeps the
// others from saving: after a little more than the 30 seconds that their lease lasts.
const gaveUp = 32 * time.Second

// trio is three servers, each a real process, that play one game: on one database, and
// with the journal on three NATS servers. Between each of them and the rest there is a
// network that fails when a test wants it to.
//
// While it is there, the database is checks: it must never go back.
type trio struct {
	t       *testing.T
	db      mariadbtest.DB
	conn    *sql.DB
	nats    *natstest.Cluster
	sites   []*site
	players []*tapper // all who have ever clicked
	nobodys uint64    // clicks of those who were deleted
}

// site is one of the servers, as its operator sees it.
type site struct {
	*program // nil before the first start

	name  string
	dir   string
	args  []string
	nats  []*tcpproxy.Proxy // to each NATS server
	db    *dbproxy.Proxy
	alive bool
}

// newTrio makes the three, and starts as many of them as wanted.
func newTrio(t *testing.T, running int, args ...string) *trio {
	t.Helper()
	g := &trio{t: t, db: mariadbtest.New(t), nats: natstest.Start(t, 3)}
	g.conn = g.db.Open(t)
	hostKey := filepath.Join(t.TempDir(), "host_key") // the first that starts makes it
	for _, name := range []string{"a", "b", "c"} {
		s := &site{name: name, dir: t.TempDir()}
		var urls []string
		for i := range g.nats.Size() {
			via := g.nats.Via(i)
			s.nats = append(s.nats, via)
			urls = append(urls, natstest.URLOf(via.Addr()))
		}
		u, err := url.Parse(g.db.URL)
		if err != nil {
			t.Fatal(err)
		}
		s.db = dbproxy.Start(t, u.Host)
		u.Host = s.db.Addr()
		u.RawQuery = fmt.Sprintf("timeout=2s&readTimeout=2s&writeTimeout=2s&wait_timeout=%.0f", gaveUp.Seconds())
		s.args = append([]string{
			"--db", u.String(), "--nats", strings.Join(urls, ","), "--server-name", name, "--host-key", hostKey,
			"--admin", "chief=" + sshtestFingerprint(t, chiefKey), "--flush-every", "300ms",
		}, args...)
		g.sites = append(g.sites, s)
	}
	g.start(g.sites[0])
	g.start(g.sites[1:running]...)
	t.Cleanup(g.watch())
	return g
}

// start starts servers, all at the same moment.
func (g *trio) start(sites ...*site) {
	g.t.Helper()
	var starting sync.WaitGroup
	failed := make([]error, len(sites))
	for i, s := range sites {
		starting.Go(func() { s.program, failed[i] = startProgram(s.dir, os.Environ(), s.args...) })
	}
	starting.Wait()
	if err := errors.Join(failed...); err != nil {
		g.t.Fatal(err)
	}
	for _, s := range sites {
		s.alive = true
		s.untilEndOf(g.t)
	}
}

// watch looks at the database all the time, until stop is called.
func (g *trio) watch() (stop func()) {
	const look = "SELECT position, (SELECT count FROM global_count WHERE id = 1), " +
		"(SELECT CAST(COALESCE(SUM(user_count), 0) AS UNSIGNED) FROM users), " +
		"(SELECT CAST(COALESCE(SUM(clicks), 0) AS UNSIGNED) FROM clickky_days) FROM clickky_state WHERE id = 1"
	done := make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() {
		var position, total uint64
		tick := time.NewTicker(30 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
			}
			var at, all, sum, days uint64
			if err := g.conn.QueryRow(look).Scan(&at, &all, &sum, &days); err != nil {
				g.t.Errorf("looking at the database: %v", err)
				return
			}
			if at < position || all < total || all < sum || sum < days {
				g.t.Errorf("the database went from %d clicks at %d to %d (%d by day) of %d at %d", total, position, sum, days, all, at)
				return
			}
			position, total = at, all
		}
	})
	return func() { close(done); watching.Wait() }
}

// state is what the database says of itself.
func (g *trio) state() (s store.State) {
	g.t.Helper()
	var left int64
	row := g.conn.QueryRowContext(g.t.Context(), "SELECT journal, position, "+
		"COALESCE(TIMESTAMPDIFF(MICROSECOND, UTC_TIMESTAMP(6), lease_until), 0) FROM clickky_state WHERE id = 1")
	if err := row.Scan(&s.Journal, &s.Position, &left); err != nil {
		g.t.Fatal(err)
	}
	s.LeaseLeft = time.Duration(left) * time.Microsecond
	return s
}

// within waits until it is so, and tells how long that took.
func (g *trio) within(limit time.Duration, what string, so func() bool) {
	g.t.Helper()
	begun := time.Now()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for late := time.After(limit); !so(); {
		select {
		case <-tick.C:
		case <-late:
			g.t.Fatalf("not within %v: %s", limit, what)
		}
	}
	g.t.Logf("%s: after %v", what, time.Since(begun).Round(10*time.Millisecond))
}

// kill ends a server at once.
func (s *site) kill() {
	s.alive = false
	_, _ = s.signal(os.Kill)
}

// freeze stops a server in the middle of whatever it does, and thaw ends that.
func (s *site) freeze(t *testing.T) { s.send(t, syscall.SIGSTOP) }

func (s *site) thaw(t *testing.T) { s.send(t, syscall.SIGCONT) }

func (s *site) send(t *testing.T, what syscall.Signal) {
	t.Helper()
	if err := s.cmd.Process.Signal(what); err != nil {
		t.Fatal(err)
	}
}

// terminate ends a server in good order.
func (s *site) terminate(t *testing.T) {
	t.Helper()
	s.alive = false
	s.program.terminate(t)
}

// noNATS cuts the server off from all NATS servers: its connections are refused, or
// nothing comes through them. someNATS ends both.
func (s *site) noNATS(silently bool) {
	for _, p := range s.nats {
		if silently {
			p.Pause()
		} else {
			p.Down()
		}
	}
}

func (s *site) someNATS() {
	for _, p := range s.nats {
		p.Up()
		p.Resume()
	}
}

// saves is how many times the server has saved the counts so far.
func (s *site) saves() int { return strings.Count(s.Log(), "counts saved") }

// end ends all servers that are left, all at the same moment, and compares what all
// players were shown with what the database has then.
func (g *trio) end() {
	g.t.Helper()
	var ending sync.WaitGroup
	for _, s := range g.sites {
		if !s.alive {
			continue
		}
		s.alive = false
		ending.Go(func() {
			if status, err := s.signal(syscall.SIGTERM); status != 0 {
				g.t.Errorf("server %s ends with status %d, %v", s.name, status, err)
			}
		})
	}
	ending.Wait()
	g.compare()
	for _, s := range g.sites {
		if s.program != nil && (strings.Contains(s.Log(), "panic") || strings.Contains(s.Log(), natstest.Password)) {
			g.t.Errorf("the log of server %s has a panic or a password in it", s.name)
		}
	}
}

// total is what all players together have been shown, and what is nobody's.
func (g *trio) total() (total uint64) {
	total = g.nobodys
	for _, p := range g.players {
		total += p.count
	}
	return total
}

// compare compares what all players were shown with what the database has.
func (g *trio) compare() {
	g.t.Helper()
	want := g.total()
	for _, p := range g.players {
		if clicks, total := countsBesides(g.t, g.conn, p.name, p.dayless); clicks != p.count || total != want {
			g.t.Errorf("the database has %d clicks of %s and %d in all; %d and %d were shown", clicks, p.name, total, p.count, want)
		}
	}
}

// allSee waits until the screens of these players show all clicks of everybody.
func (g *trio) allSee(limit time.Duration, when string, players ...*tapper) {
	g.t.Helper()
	want := grouped(g.total()) + " clicks by"
	g.within(limit, "all see "+want+", "+when, func() bool {
		for _, p := range players {
			if !strings.Contains(p.screen.Text(), want) {
				return false
			}
		}
		return true
	})
}

// screen opens the screen of somebody who does not click.
func (g *trio) screen(at *site, name string, key byte) *sshtest.Screen {
	g.t.Helper()
	return play(g.t, at.program, name, sshtest.Signer(g.t, key))
}
