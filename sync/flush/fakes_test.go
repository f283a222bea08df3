package flush_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"clickky/sync/game"
	"clickky/sync/game/gametest"
	"clickky/sync/journal"
	"clickky/sync/store"
)

// safeBuffer is a buffer that is safe for concurrent use.
type safeBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

var (
	errDown     = errors.New("connection refused")
	errNoColumn = errors.New("unknown column")
)

// database is a database in memory, for any number of stores.
type database struct {
	mu            sync.Mutex
	rows          map[string]uint64
	days          map[string]game.Days
	seen          map[string]time.Time // without those who were not
	owners        map[string][]game.Key
	bans          map[string]time.Time
	audit         map[uint64]game.AuditRecord
	choices       map[string]string
	bindings      []store.Binding
	lastBindingID uint64        // the ID of the last binding
	bindingsLock  chan struct{} // has a value while TakeBindings runs
	total         uint64
	state         store.State
	leaseEnd      time.Time
	amended       bool  // since a server last had the lease
	altered       error // why the tables reject everything; nil: they don't
	repairable    bool  // Migrate repairs them
	missed        int   // number of Saves that found missing rows
}

// fakeStore is a store on a database, with faults.
type fakeStore struct {
	*database

	fail        error       // error of every method, unless nil
	hang        bool        // Save waits for its context
	loseAnswers int         // number of Saves that write, but return an error
	onLoad      func()      // called while Load reads
	saves       []time.Time // times of attempts
	took        []time.Time // times of successful writes
	batches     []game.Checkpoint
}

func newDatabase() *database {
	return &database{
		rows: map[string]uint64{}, days: map[string]game.Days{}, seen: map[string]time.Time{}, owners: map[string][]game.Key{},
		bans: map[string]time.Time{}, audit: map[uint64]game.AuditRecord{}, choices: map[string]string{},
		bindingsLock: make(chan struct{}, 1),
	}
}

func (m *fakeStore) set(f func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f()
}

func (m *fakeStore) Migrate(context.Context) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail == nil && m.repairable {
		m.altered, m.repairable = nil, false
	}
	return errors.Join(m.fail, m.altered)
}

func (m *fakeStore) Check(context.Context) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return errors.Join(m.fail, m.altered)
}

func (m *fakeStore) now() store.State {
	s := m.state
	s.LeaseLeft = max(time.Until(m.leaseEnd), 0)
	return s
}

func (m *fakeStore) Load(_ context.Context, yield func(game.Player) error) (store.Snapshot, error) {
	if m.onLoad != nil {
		m.onLoad()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	total := uint64(0)
	for name, clicks := range m.rows {
		total += clicks
		if err := yield(game.Player{Name: name, Clicks: clicks, Days: slices.Clone(m.days[name]), Seen: m.seen[name]}); err != nil {
			return store.Snapshot{}, err
		}
	}
	snapshot := store.Snapshot{State: m.now(), Contents: game.Contents{Total: max(total, m.total), Position: m.state.Position}}
	for name, keys := range m.owners {
		snapshot.Owners = append(snapshot.Owners, game.Owner{Name: name, Keys: slices.Clone(keys)})
	}
	for target, until := range m.bans {
		snapshot.Bans = append(snapshot.Bans, game.Ban{Target: target, Until: until})
	}
	for id := uint64(1); id <= uint64(len(m.audit)); id++ {
		snapshot.Records = append(snapshot.Records, m.audit[id])
	}
	for name, text := range m.choices {
		snapshot.Preferences = append(snapshot.Preferences, game.Preference{Name: name, Text: text})
	}
	return snapshot, m.fail
}

func (m *fakeStore) State(context.Context) (store.State, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.now(), m.fail
}

func (m *fakeStore) Lease(_ context.Context, id string, position uint64, d time.Duration) (store.State, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.fail != nil:
		return store.State{}, m.fail
	case m.state.Journal != id && m.state.Journal != "" && time.Now().Before(m.leaseEnd):
		return m.now(), store.ErrLeased
	case m.state.Journal == "":
		m.state.Journal = id
	case m.state.Journal != id:
		m.state.Journal, m.state.Position = id, position
	}
	m.leaseEnd = time.Now().Add(d)
	s := m.now()
	s.Amended, m.amended = m.amended, false
	return s, nil
}

func (m *fakeStore) Release(_ context.Context, id string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.state.Journal == id {
		m.leaseEnd = time.Time{}
	}
	return m.fail
}

func (m *fakeStore) Save(ctx context.Context, b game.Checkpoint) ([]store.Rejected, error) {
	m.mu.Lock()
	hang := m.hang
	m.saves = append(m.saves, time.Now())
	m.mu.Unlock()
	if hang {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.fail != nil:
		return nil, m.fail
	case b.Validate() != nil:
		return nil, b.Validate()
	case m.state.Journal != b.Journal || m.state.Position != b.From:
		return nil, store.ErrMoved
	case m.altered != nil:
		return nil, errNoColumn
	}
	for _, p := range b.Players {
		if _, ok := m.rows[p.Name]; p.Stored && !ok {
			m.missed++
			return nil, store.ErrMissing
		}
	}
	m.batches, m.took = append(m.batches, b), append(m.took, time.Now())
	gametest.SaveDays(m.days, b)
	for _, name := range b.Removed {
		delete(m.rows, name)
		delete(m.seen, name)
	}
	for _, p := range b.Players {
		m.rows[p.Name] = p.Clicks
		if p.Seen.After(m.seen[p.Name]) {
			m.seen[p.Name] = p.Seen
		}
	}
	for _, owner := range b.Owners {
		m.owners[owner.Name] = slices.Clone(owner.Keys)
		if len(owner.Keys) == 0 {
			delete(m.owners, owner.Name)
		}
	}
	m.takeActs(b)
	for _, c := range b.Preferences {
		if m.choices[c.Name] = c.Text; c.Text == "" {
			delete(m.choices, c.Name)
		}
	}
	m.total, m.state.Position = b.Total, b.To
	if m.loseAnswers > 0 {
		m.loseAnswers--
		return nil, errDown
	}
	return nil, nil
}

func (m *fakeStore) takeActs(b game.Checkpoint) {
	for _, ban := range b.Bans {
		m.bans[ban.Target] = ban.Until
		if ban.Until.IsZero() {
			delete(m.bans, ban.Target)
		}
	}
	for _, r := range b.Records {
		m.audit[r.Number] = r
	}
}

func (m *fakeStore) Audit(context.Context, int, uint64) ([]game.AuditRecord, error) {
	return nil, m.fail
}

func (m *fakeStore) Amend(context.Context, func(game.Player) error, func(store.Snapshot) (game.Checkpoint, error)) error {
	return errors.ErrUnsupported // no flusher does
}

func (m *fakeStore) Rejected(context.Context) ([]store.Rejected, error) { return nil, nil }

func (m *fakeStore) RequestBinding(_ context.Context, b store.Binding) (uint64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return 0, m.fail
	}
	m.lastBindingID++
	b.ID = m.lastBindingID
	m.bindings = append(m.bindings, b)
	return b.ID, nil
}

func (m *fakeStore) Bindings(context.Context) ([]store.Binding, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.bindings), m.fail
}

func (m *fakeStore) TakeBindings(ctx context.Context, carryOut func([]store.Binding) []uint64) error {
	select {
	case m.bindingsLock <- struct{}{}:
		defer func() { <-m.bindingsLock }()
	case <-ctx.Done():
		return ctx.Err()
	}
	found, err := m.Bindings(ctx)
	if err != nil {
		return err
	}
	done := carryOut(found)
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := cmp.Or(m.fail, ctx.Err()); err != nil {
		return err
	}
	m.bindings = slices.DeleteFunc(m.bindings, func(b store.Binding) bool { return slices.Contains(done, b.ID) })
	return nil
}

func (m *fakeStore) Close() error { return nil }

func (m *fakeStore) count(name string) (clicks, total uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.rows[name], m.total
}

// seenAt returns when a player was last seen, as the store has it.
func (m *fakeStore) seenAt(name string) time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.seen[name]
}

func (m *fakeStore) attempts() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.saves)
}

// disk is the data of a journal, which outlives the journals that use it.
type disk struct {
	id     string
	mu     sync.Mutex
	events []journal.Event // event i has the sequence number i+1
	first  int             // events before it are purged
	grown  chan struct{}   // closed when events are appended
}

func newDisk(id string) *disk { return &disk{id: id, grown: make(chan struct{})} }

// fakeJournal is a journal on a disk, for one run of a server.
type fakeJournal struct {
	*disk

	run         string
	link        chan struct{} // closed while the run can reach the disk
	fail        error         // error of Append, unless nil
	loseAnswers int           // number of Appends that write, but return an error
	hang        bool          // Append waits for its context
	open        *journal.Event
	written     uint64 // where the open event is, if it is
}

func (l *fakeJournal) set(f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f()
}

func (l *fakeJournal) ID() string  { return l.id }
func (l *fakeJournal) Run() string { return l.run }
func (l *fakeJournal) Room() int   { return game.MaxEventPlayers }

func (l *fakeJournal) Alive(context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.cutOffErr()
}

// cutOffErr returns an error while the run can't reach the disk. l.mu is held.
func (l *fakeJournal) cutOffErr() error {
	select {
	case <-l.link:
		return nil
	default:
		return errDown
	}
}

// setCutOff cuts the run off from the disk, or ends that.
func (l *fakeJournal) setCutOff(off bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if linked := l.cutOffErr() == nil; linked != off {
		return
	}
	if off {
		l.link = make(chan struct{})
	} else {
		close(l.link)
	}
}

func (l *fakeJournal) Append(ctx context.Context, e journal.Event) (uint64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.hang {
		l.mu.Unlock()
		<-ctx.Done()
		l.mu.Lock()
		return 0, ctx.Err()
	}
	if l.open != nil && !maps.Equal(l.open.Clicks, e.Clicks) {
		return 0, journal.ErrUnsettled
	}
	l.open = &e
	if err := errors.Join(l.fail, l.cutOffErr()); err != nil {
		return 0, err
	}
	if l.written == 0 {
		e.Server = l.run
		l.events = append(l.events, e)
		l.written = uint64(len(l.events))
		close(l.grown)
		l.grown = make(chan struct{})
	}
	if l.loseAnswers > 0 {
		l.loseAnswers--
		return 0, errDown
	}
	position := l.written
	l.open, l.written = nil, 0
	return position, nil
}

func (l *fakeJournal) Last(context.Context) (uint64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return uint64(len(l.events)), l.cutOffErr()
}

func (l *fakeJournal) LastOlderThan(_ context.Context, keep time.Duration) (uint64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	young := slices.IndexFunc(l.events, func(e journal.Event) bool { return time.Since(e.At) < keep })
	if young < 0 {
		young = len(l.events)
	}
	return uint64(young), l.cutOffErr()
}

func (l *fakeJournal) Follow(ctx context.Context, after uint64, fold func(uint64, journal.Event) error) error {
	for next := int(after); ; next++ {
		if err := l.awaitReadable(ctx, next); err != nil {
			return err
		}
		l.mu.Lock()
		e, first := l.events[next], l.first
		l.mu.Unlock()
		if next < first {
			return journal.ErrPurged
		}
		if err := fold(uint64(next+1), e); err != nil {
			return err
		}
	}
}

// awaitReadable waits until the run can read an event.
func (l *fakeJournal) awaitReadable(ctx context.Context, event int) error {
	for {
		l.mu.Lock()
		link, grown, size := l.link, l.grown, len(l.events)
		l.mu.Unlock()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-link:
		}
		if event < size {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-grown:
		}
	}
}

func (l *fakeJournal) Purge(_ context.Context, upTo uint64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.first = max(l.first, int(upTo))
	return nil
}
