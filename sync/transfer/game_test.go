package transfer

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"clickky/server/identity"
	"clickky/sync/game"
	"clickky/sync/store"
)

var noon = time.Date(2026, time.November, 25, 12, 0, 0, 0, time.UTC)

// memory is the contents of a database, in memory.
type memory struct {
	store.Snapshot

	players []game.Player
}

// Load implements Source.
func (g *memory) Load(_ context.Context, yield func(game.Player) error) (store.Snapshot, error) {
	for _, p := range g.players {
		if err := yield(p); err != nil {
			return store.Snapshot{}, err
		}
	}
	return g.Snapshot, nil
}

func playable(name string) (string, bool) {
	n, err := identity.ParseName(name)
	return n.String(), err == nil
}

// fingerprint returns a different fingerprint for each number.
func fingerprint(n uint64) string {
	var sum [32]byte
	binary.BigEndian.PutUint64(sum[:], n)
	return "SHA256:" + base64.RawStdEncoding.EncodeToString(sum[:])
}

// lines returns an export without what differs between two exports: the time, the journal, and the
// order of the players.
func lines(t testing.TB, from Source) string {
	t.Helper()
	all := strings.Split(strings.TrimSuffix(exported(t, from), "\n"), "\n")
	end := all[len(all)-1]
	if at := strings.Index(end, `,"journal"`); at >= 0 {
		all[len(all)-1] = end[:at] + "}}"
	}
	slices.SortFunc(all, func(a, b string) int { return cmp.Compare(a, b) })
	return strings.Join(all, "\n")
}

func exported(t testing.TB, from Source) string {
	t.Helper()
	var out strings.Builder
	if _, err := WriteLines(t.Context(), &out, from, noon, true); err != nil {
		t.Fatalf("WriteLines: %v", err)
	}
	return out.String()
}

func read(t testing.TB, text string) *Input {
	t.Helper()
	in, err := Read(strings.NewReader(text), playable)
	if err != nil || len(in.Rejected) > 0 {
		t.Fatalf("Read: %v, %+v", err, in)
	}
	return in
}

// randomGame returns a game with random contents of every kind.
func randomGame(r *rand.Rand) *memory {
	g := &memory{}
	names := []string{
		"alice", "Alice", "ALICE", "bob", "Bob", "CAROL", "Carol", "dave", "Zoë 😀", "zoë 😀", "a b", " a", "a ", "=1+1", "'=1+1", "@x", "-", "\"q\"",
		"a,b", "a\nb", "a\tb", "a\x00b", "<&>", "\u2028", "{", strings.Repeat("🦆", 100), strings.Repeat("x", 32),
	}
	r.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	var sum uint64
	for _, name := range names[:r.IntN(len(names)+1)] {
		p := game.Player{Name: name, Clicks: r.Uint64N(1 << r.IntN(55))}
		if r.IntN(2) == 0 {
			p.Seen = time.Unix(1+r.Int64N(1<<32-1), 0).UTC()
		}
		for range r.IntN(4) {
			p.Days = p.Days.Add(game.DateOf(time.Now())-game.Date(r.IntN(300)), 1+r.Uint64N(1<<40))
		}
		sum += p.Clicks
		g.players = append(g.players, p)
	}
	g.Total = sum + r.Uint64N(2)*r.Uint64N(1<<40)
	for i, name := range []string{"alice", "bob", "carol", "dave", "erin"}[:r.IntN(6)] {
		o := game.Owner{Name: name}
		for k := range 1 + r.IntN(3) {
			o.Keys = append(o.Keys, game.Key{
				Fingerprint: fingerprint(uint64(10*i + k)), Bound: r.IntN(2) == 0, Since: time.Unix(r.Int64N(1<<33), 0).UTC(),
			})
		}
		g.Owners = append(g.Owners, o)
		if r.IntN(2) == 0 {
			g.Preferences = append(g.Preferences, game.Preference{Name: name, Text: fmt.Sprint("theme=", r.IntN(4))})
		}
	}
	for _, target := range []string{fingerprint(99), "192.0.2.0/24", "2001:db8::/64"}[:r.IntN(4)] {
		g.Bans = append(g.Bans, game.Ban{Target: target, Until: time.Unix(1+r.Int64N(1<<33), 0).UTC()})
	}
	for id := range uint64(r.IntN(4)) {
		g.Records = append(g.Records, game.AuditRecord{
			Number: id + 1, At: time.Unix(1+r.Int64N(1<<33), 0).UTC(), Admin: "boss", Key: fingerprint(1), Kind: "rename", Target: "Zoë",
			Reason: "because <of> \"it\"\n", Before: game.TargetState{Name: "alice", Clicks: 3}, UndoneBy: id / 2,
		})
	}
	return g
}
