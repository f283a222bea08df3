package journal

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"clickky/sync/cluster/natstest"
	"clickky/sync/game"
)

// openRemotely opens a journal on a cluster, through a connection to the servers with these
// numbers, or to all.
func openRemotely(t testing.TB, c *natstest.Cluster, servers ...int) *Journal {
	t.Helper()
	return onConn(t, c.Connect(servers...), &record{})
}

func onConn(t testing.TB, nc *nats.Conn, log *record) *Journal {
	t.Helper()
	j, err := Open(longContext(t), Config{Conn: nc, MaxBytes: 64 << 20, Log: logOf(log)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closed(t, j) })
	return j
}

// longContext returns a context for what may take an election or two.
func longContext(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 90*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func (j *Journal) info(t *testing.T) *jetstream.StreamInfo {
	t.Helper()
	st, err := j.backend.connection().js.Stream(longContext(t), streamName)
	if err != nil {
		t.Fatal(err)
	}
	return st.CachedInfo()
}

// account has the expected events of several journals: each once, in order.
type account struct {
	mu   sync.Mutex
	acks map[string]map[uint64]uint64 // sequence numbers by run and number
}

func (a *account) acknowledged(run string, number, seq uint64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.acks == nil {
		a.acks = map[string]map[uint64]uint64{}
	}
	if a.acks[run] == nil {
		a.acks[run] = map[uint64]uint64{}
	}
	a.acks[run][number] = seq
}

// check reads the log from the start and compares.
func (a *account) check(t *testing.T, j *Journal) {
	t.Helper()
	last, err := j.Last(longContext(t))
	if err != nil {
		t.Fatal(err)
	}
	numbers := map[string]uint64{}
	next := uint64(1)
	err = j.Follow(longContext(t), 0, func(seq uint64, e Event) error {
		if seq != next {
			return fmt.Errorf("event %d instead of %d", seq, next)
		}
		next++
		if numbers[e.Server]++; e.Number != numbers[e.Server] {
			return fmt.Errorf("number %d of %s is at %d, want number %d", e.Number, e.Server, seq, numbers[e.Server])
		}
		if want := a.acks[e.Server][e.Number]; want != seq {
			return fmt.Errorf("number %d of %s is at %d, and was acknowledged at %d", e.Number, e.Server, seq, want)
		}
		if seq == last {
			return errStop
		}
		return nil
	})
	if !errors.Is(err, errStop) {
		t.Fatal(err)
	}
	for run, acks := range a.acks {
		if numbers[run] != uint64(len(acks)) {
			t.Errorf("%s has %d events in the log, and %d were acknowledged", run, numbers[run], len(acks))
		}
	}
}

// persist appends events until stop ends, as flush does: with a deadline, and repeating the same
// one.
func (a *account) persist(stop context.Context, t *testing.T, j *Journal) int {
	t.Helper()
	n := 0
	for ; stop.Err() == nil; n++ {
		for {
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			seq, err := j.Append(ctx, Event{Event: game.Event{At: time.Unix(int64(n), 0), Clicks: map[string]uint64{"alice": uint64(n + 1)}}})
			cancel()
			if err == nil {
				a.acknowledged(j.Run(), uint64(n)+1, seq)
				break
			}
			if t.Failed() || t.Context().Err() != nil || errors.Is(err, ErrPurged) {
				t.Errorf("Append = %v", err)
				return n
			}
			t.Logf("Append = %v", err)
		}
	}
	return n
}

// TestCluster plays what happens to a cluster: servers stop, lose leadership, are cut off,
// come back, and lose answers. It is one test because a cluster takes seconds to start and to
// elect leaders.
func TestCluster(t *testing.T) {
	if testing.Short() {
		t.Skip("electing leaders takes about ten seconds")
	}
	t.Parallel()
	c := natstest.Start(t, 3)
	log := &record{}
	var a account
	proxy := c.Via(0)
	journals := []*Journal{
		onConn(t, c.ConnectTo(natstest.URLOf(proxy.Addr())+","+c.URL(1, 2)), log), openRemotely(t, c, 1, 2, 0), openRemotely(t, c, 2, 0, 1),
	}
	if id := journals[0].ID(); id == "" || journals[1].ID() != id || journals[2].ID() != id {
		t.Fatalf("the journals are %s, %s and %s", id, journals[1].ID(), journals[2].ID())
	}
	if got := journals[0].info(t).Config.Replicas; got != 3 {
		t.Errorf("the log has %d copies, want 3", got)
	}
	stop, end := context.WithCancel(t.Context())
	defer end()
	var playing sync.WaitGroup
	counts := make([]int, len(journals))
	for i, j := range journals {
		playing.Go(func() { counts[i] = a.persist(stop, t, j) })
	}
	// A reader at each, which must see the same events without gaps.
	reading, done := context.WithCancel(t.Context())
	defer done()
	seen := make([]string, len(journals))
	reached := make([]atomic.Uint64, len(journals))
	var following sync.WaitGroup
	for i, j := range journals {
		following.Go(func() {
			next := uint64(1)
			var all strings.Builder
			err := j.Follow(reading, 0, func(seq uint64, e Event) error {
				if seq != next {
					return fmt.Errorf("event %d instead of %d", seq, next)
				}
				next++
				_, _ = fmt.Fprint(&all, e.Server, e.Number, " ")
				reached[i].Store(seq)
				return nil
			})
			if !errors.Is(err, context.Canceled) {
				t.Errorf("Follow = %v", err)
			}
			seen[i] = all.String()
		})
	}
	// goesOn waits until all have read what is appended from now on.
	goesOn := func(after string) {
		t.Helper()
		begin, ctx := time.Now(), longContext(t)
		last, err := journals[0].Last(ctx)
		for err != nil && ctx.Err() == nil {
			last, err = journals[0].Last(ctx)
		}
		if err != nil {
			t.Fatalf("after %s: %v", after, err)
		}
		for i := range journals {
			c.Await(fmt.Sprintf("more than the %d events that journal %d had before %s", last, i, after), func() bool {
				return reached[i].Load() >= last+10
			})
		}
		t.Logf("after %s it took %v", after, time.Since(begin).Round(time.Millisecond))
	}
	goesOn("the start")
	for range 2 {
		leader := c.AwaitLeader(streamName)
		c.Stop(leader)
		goesOn(fmt.Sprint("the leader ", leader, " stopped"))
		c.Start(leader)
		goesOn(fmt.Sprint("the leader ", leader, " started"))
	}
	for range 5 {
		proxy.Cut()
		goesOn("a cut connection")
	}
	proxy.Pause()
	goesOn("a server that does not answer")
	proxy.Resume()
	leader := c.AwaitLeader(streamName)
	c.Isolate(leader)
	// Usually the others elect another leader. Sometimes NATS doesn't for as long as one is cut
	// off; the journal has to survive that, too.
	another := func() bool {
		return slices.ContainsFunc([]int{0, 1, 2}, func(i int) bool { return i != leader && c.Leads(i, streamName) })
	}
	for late := time.Now().Add(30 * time.Second); !another() && time.Now().Before(late); {
		sleep(t.Context(), 5*time.Millisecond)
	}
	t.Logf("another leader was chosen: %v", another())
	c.Join()
	goesOn("a leader that was in the minority")
	for i := range c.Size() { // one after the other, as for an upgrade
		c.Stop(i)
		c.Start(i)
		c.AwaitLeader(streamName)
	}
	goesOn("a restart of all")
	end()
	playing.Wait()
	t.Logf("%v events", counts)
	a.check(t, journals[1])
	last, err := journals[0].Last(longContext(t))
	if err != nil {
		t.Fatal(err)
	}
	for i := range journals {
		c.Await(fmt.Sprintf("the end, event %d, at journal %d", last, i), func() bool { return reached[i].Load() == last })
	}
	done()
	following.Wait()
	if seen[0] != seen[1] || seen[0] != seen[2] {
		t.Error("the readers have not read the same")
	}
}

// TestRemoteSingleServer keeps the log as a cluster does, except for its copies.
func TestRemoteSingleServer(t *testing.T) {
	c := natstest.Start(t, 1)
	log := &record{}
	const openers = 4
	journals := make([]*Journal, openers)
	var opening sync.WaitGroup
	for i := range journals {
		nc := c.Connect()
		opening.Go(func() {
			var err error
			if journals[i], err = Open(longContext(t), Config{Conn: nc, MaxBytes: 64 << 20, Log: logOf(log)}); err != nil {
				t.Error(err)
			}
		})
	}
	opening.Wait()
	if t.Failed() {
		t.FailNow()
	}
	for _, j := range journals {
		t.Cleanup(func() { closed(t, j) })
		if j.ID() != journals[0].ID() || j.Run() == journals[0].Run() && j != journals[0] {
			t.Errorf("journals %s and %s of runs %s and %s", j.ID(), journals[0].ID(), j.Run(), journals[0].Run())
		}
	}
	if lines := log.all(); len(lines) != 0 {
		t.Errorf("the log is %q", lines)
	}
	j := journals[0]
	if got := j.info(t).Config.Replicas; got != 1 {
		t.Errorf("the log has %d copies, want 1", got)
	}
	if room := j.Room(); room < 1000 || room > 1300 { // of 1 MB, NATS' default
		t.Errorf("there is room for %d players", room)
	}
	e := Event{Event: game.Event{Clicks: map[string]uint64{}}}
	for i := range j.Room() {
		e.Clicks[strings.Repeat("\x01", 95)+fmt.Sprintf("%05d", i)] = 1<<64 - 1
	}
	if _, err := j.Append(longContext(t), e); err != nil {
		t.Errorf("Append of the longest names: %v", err)
	}
	inCluster := j.info(t)
	inCluster.Cluster = &jetstream.ClusterInfo{Name: "c1"}
	warnOfFewCopies(logOf(log), inCluster)
	if lines := log.all(); len(lines) != 1 || !strings.Contains(lines[0], "too few copies") {
		t.Errorf("the log is %q, want one warning of too few copies", lines)
	}
	for _, j := range journals {
		if err := j.Alive(shortContext(t)); err != nil {
			t.Errorf("Alive = %v", err)
		}
	}
	c.Stop(0)
	for _, j := range journals {
		c.Await("a lost connection", func() bool { return errors.Is(j.Alive(shortContext(t)), errCutOff) })
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		if _, err := j.Append(ctx, clicks("alice", 1)); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "not in the log") {
			t.Errorf("Append = %v", err)
		}
		cancel()
	}
	c.Start(0)
	for _, j := range journals {
		if _, err := j.Append(longContext(t), clicks("alice", 1)); err != nil {
			t.Error(err)
		}
		if err := j.Alive(shortContext(t)); err != nil {
			t.Errorf("Alive = %v", err)
		}
	}
}

// TestRemoteIdleServerKeepsNothing has a server whose newest event is older than what others
// have purged.
func TestRemoteIdleServerKeepsNothing(t *testing.T) {
	c := natstest.Start(t, 1)
	idle, busy := openRemotely(t, c), openRemotely(t, c)
	appendClicks(t, idle, "alice")
	last := appendClicks(t, busy, times(20, "bob")...)
	if err := idle.Purge(shortContext(t), last-5); err != nil {
		t.Fatal(err)
	}
	wantBounds(t, busy, last-4, last)
	if seq := appendClicks(t, idle, "alice", "alice"); seq != last+2 {
		t.Errorf("then Append = %d", seq)
	}
	// But an unresolved event isn't purged.
	f := broken(idle)
	ctx, cancel := context.WithCancel(t.Context())
	f.onPublish = func(do func() (uint64, error)) (uint64, error) {
		_, _ = do()
		cancel()
		return 0, errLost
	}
	if _, err := idle.Append(ctx, clicks("alice", 1)); !errors.Is(err, errLost) {
		t.Fatal(err)
	}
	appendClicks(t, busy, "bob")
	if err := idle.Purge(shortContext(t), last+4); err != nil {
		t.Fatal(err)
	}
	wantBounds(t, busy, last+3, last+4)
	f.onPublish = func(func() (uint64, error)) (uint64, error) {
		t.Error("it is sent again")
		return 0, errLost
	}
	if seq, err := idle.Append(shortContext(t), clicks("alice", 1)); err != nil || seq != last+3 {
		t.Errorf("Append again = %d, %v", seq, err)
	}
}

// TestDamageOtherLogInSamePlace holds that waiting does not help.
func TestDamageOtherLogInSamePlace(t *testing.T) {
	c := natstest.Start(t, 1)
	j, silent := openRemotely(t, c), openRemotely(t, c)
	appendClicks(t, j, "alice")
	result := make(chan error, 1)
	go func() { result <- j.Follow(longContext(t), 0, func(uint64, Event) error { return nil }) }()
	js := j.backend.connection().js
	if err := js.DeleteStream(shortContext(t), streamName); err != nil {
		t.Fatal(err)
	}
	other := openRemotely(t, c)
	if other.ID() == j.ID() {
		t.Fatal("another log has the same identity")
	}
	appendClicks(t, other, "bob")
	for what, err := range map[string]error{
		"Follow": <-result,
		"Alive":  j.Alive(shortContext(t)),
		"Purge":  j.Purge(shortContext(t), 1),
		"Append": second(j.Append(shortContext(t), clicks("alice", 1))),
		"Old":    second(j.LastOlderThan(shortContext(t), time.Hour)),
		"Last":   second(silent.Last(shortContext(t))),
	} {
		if !errors.Is(err, ErrDamaged) {
			t.Errorf("%s = %v, want ErrDamaged", what, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// TestDamageIgnoresOldReplies has a reply say that the log ends where it ended some time ago:
// the reader waits for more.
func TestDamageIgnoresOldReplies(t *testing.T) {
	c := natstest.Start(t, 1)
	j, other := openRemotely(t, c), openRemotely(t, c)
	appendClicks(t, other, "alice")
	result := make(chan error, 1)
	read := make(chan uint64, 10)
	go func() {
		result <- j.Follow(longContext(t), 3, func(seq uint64, _ Event) error { // the log doesn't have it yet
			read <- seq
			return nil
		})
	}()
	last := appendClicks(t, other, times(5, "alice")...)
	for want := uint64(4); want <= last; want++ {
		select {
		case got := <-read:
			if got != want {
				t.Fatalf("event %d instead of %d", got, want)
			}
		case err := <-result:
			t.Fatalf("Follow = %v", err)
		}
	}
}

func TestDamageIsReportedOnlyWhenItLasts(t *testing.T) {
	var s damageTimer
	damaged := fmt.Errorf("somehow: %w", &MissingError{First: 1, Last: 2, reason: ErrDamaged})
	for range 2 {
		if s.confirmed(damaged, time.Hour) {
			t.Error("damage is believed at once")
		}
	}
	if !s.confirmed(damaged, 0) {
		t.Error("damage is not believed where nobody could know better")
	}
	s.since = time.Now().Add(-time.Minute)
	if !s.confirmed(damaged, 30*time.Second) {
		t.Error("damage is not believed though it lasts")
	}
	if s.clear(); s.confirmed(damaged, 30*time.Second) {
		t.Error("damage from before is believed")
	}
	for _, err := range []error{ErrPurged, ErrVersion, fmt.Errorf("at last: %w", &replacedError{"a", "b"})} {
		if !s.confirmed(err, time.Hour) {
			t.Errorf("%v is not believed", err)
		}
	}
}

// TestMinorityRejectsEvents also holds that it says so when asked.
func TestMinorityRejectsEvents(t *testing.T) {
	if testing.Short() {
		t.Skip("for about ten seconds, a leader without a majority still believes that it leads")
	}
	t.Parallel()
	c := natstest.Start(t, 3)
	setup := openRemotely(t, c)
	appendClicks(t, setup, "alice")
	leader := c.AwaitLeader(streamName)
	few, many := openRemotely(t, c, leader), openRemotely(t, c, (leader+1)%3, (leader+2)%3)
	roaming := onConn(t, c.ConnectTo(c.URL(leader)+","+c.URL((leader+1)%3, (leader+2)%3)), &record{})
	c.Isolate(leader)
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	if seq, err := few.Append(ctx, clicks("alice", 1)); err == nil {
		t.Errorf("a minority takes event %d", seq)
	}
	if _, err := many.Append(longContext(t), clicks("bob", 1)); err != nil {
		t.Errorf("the majority: %v", err)
	}
	c.Await("a minority that knows to be one", func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		return few.Alive(ctx) != nil
	})
	c.Await("a server that finds the majority", func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := roaming.Alive(ctx)
		return err == nil && c.Leader(streamName) >= 0 && !strings.Contains(c.URL(leader), roaming.backend.connection().nc.ConnectedAddr())
	})
	if seq, err := roaming.Append(longContext(t), clicks("carol", 1)); err != nil || seq != 3 {
		t.Errorf("Append with the majority = %d, %v", seq, err)
	}
	c.Join()
	if _, err := few.Append(longContext(t), clicks("alice", 1)); err != nil {
		t.Errorf("after all are together again: %v", err)
	}
	var a account
	a.acknowledged(setup.Run(), 1, 1)
	a.acknowledged(many.Run(), 1, 2)
	a.acknowledged(roaming.Run(), 1, 3)
	a.acknowledged(few.Run(), 1, 4)
	a.check(t, many)
}
