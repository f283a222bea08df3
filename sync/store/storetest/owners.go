package storetest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"clickky/sync/game"
	"clickky/sync/store"
)

// owned has the keys of names, sorted by fingerprint for comparisons.
type owned map[string][]game.Key

func (o owned) owners() (owners []game.Owner) {
	for name, keys := range o {
		owners = append(owners, game.Owner{Name: name, Keys: keys})
	}
	return owners
}

func (o owned) batch() game.Checkpoint { return game.Checkpoint{Owners: o.owners()} }

// key returns a key that is different for each number.
func key(number int) game.Key {
	return game.Key{
		Fingerprint: fmt.Sprintf("SHA256:%043d", number),
		Bound:       number%2 == 1,
		Since:       time.Unix(1_800_000_000+int64(number), 0).UTC(),
	}
}

// ownedSince returns that many names that all got their key in the same second.
func ownedSince(size int, second uint64) owned {
	o := make(owned, size)
	for i := range size {
		k := key(i)
		k.Since = time.Unix(int64(second), 0).UTC()
		o[fmt.Sprintf("p-%d", i)] = []game.Key{k}
	}
	return o
}

// ownersOf returns the owners of a snapshot, in a fixed order.
func ownersOf(t *testing.T, snapshot store.Snapshot) owned {
	t.Helper()
	found := owned{}
	for _, owner := range snapshot.Owners {
		if _, twice := found[owner.Name]; twice || len(owner.Keys) == 0 {
			t.Errorf("Load has the owner %+v twice or without keys", owner)
		}
		found[owner.Name] = slices.SortedFunc(slices.Values(owner.Keys), func(a, b game.Key) int {
			return strings.Compare(a.Fingerprint, b.Fingerprint)
		})
	}
	return found
}

func (o owned) equal(other owned) bool {
	return maps.EqualFunc(o, other, slices.Equal[[]game.Key])
}

// checkOwners loads the owners and compares them.
func checkOwners(t *testing.T, g *fixture, want owned) {
	t.Helper()
	_, snapshot, err := load(t.Context(), g)
	if err != nil {
		t.Fatalf("Load: %v", err)
	}
	switch got := ownersOf(t, snapshot); {
	case got.equal(want):
	case len(got) > 50 || len(want) > 50:
		t.Fatalf("Load yields %d owners which are not the %d expected", len(got), len(want))
	default:
		t.Fatalf("Load yields the owners\n%v, want\n%v", got, want)
	}
}

func saveKeys(t *testing.T, g *fixture) {
	migrate(t, g)
	checkOwners(t, g, owned{})
	batch := counts{"alice": 1}.batch(1)
	// A name needs no count to be owned.
	batch.Owners = owned{"alice": {key(1)}, "bob": {key(2), key(3)}, "carol": {key(4)}, "dave": {key(5)}}.owners()
	save(t, g, batch)
	checkOwners(t, g, owned{"alice": {key(1)}, "bob": {key(2), key(3)}, "carol": {key(4)}, "dave": {key(5)}})

	// One key more, another key, none, and a key that one name loses to the next.
	bound := key(4)
	bound.Bound, bound.Since = true, bound.Since.Add(time.Hour)
	save(t, g, owned{"alice": {key(1), key(2)}, "bob": {key(3)}, "carol": {bound}, "dave": nil, "nobody": nil}.batch())
	checkOwners(t, g, owned{"alice": {key(1), key(2)}, "bob": {key(3)}, "carol": {bound}})

	// Counts don't change keys, and keys don't change counts.
	save(t, g, counts{"alice": 2, "bob": 3}.batch(9))
	save(t, g, game.Checkpoint{Total: 9, Owners: owned{"carol": nil, "bob": {key(6)}}.owners()})
	checkOwners(t, g, owned{"alice": {key(1), key(2)}, "bob": {key(6)}})
	check(t, g, counts{"alice": 2, "bob": 3}, 9)
}

// saveKeysFromOtherPosition checks that a Save that writes no count writes no key.
func saveKeysFromOtherPosition(t *testing.T, g *fixture) {
	migrate(t, g)
	want := owned{"alice": {key(1)}, "bob": {key(2)}}
	batch := g.next(want.batch())
	save(t, g, batch)
	wantMoved(t, g, batch)
	batch.Owners = owned{"alice": {key(3)}, "bob": nil, "carol": {key(4)}}.owners()
	wantMoved(t, g, batch)
	batch = g.next(batch)
	batch.Journal = "another"
	wantMoved(t, g, batch)
	checkOwners(t, g, want)
}

func keepOwnersApart(t *testing.T, g *fixture) {
	migrate(t, g)
	names := []string{"a", "a.", "a_", "a-", "aa", "a.a", "A", "a ", " a", "a%", "á", "a\x00", "🦆", strings.Repeat("x", 100)}
	want, others := owned{}, owned{}
	lower, upper := key(0), key(0)
	lower.Fingerprint, upper.Fingerprint = "SHA256:key", "SHA256:KEY"
	for i, name := range names {
		lower.Since, upper.Since = key(i).Since, key(i+1).Since
		want[name] = []game.Key{upper, lower}
	}
	save(t, g, want.batch())
	checkOwners(t, g, want)
	// A change of one leaves the others alone.
	for i, name := range names {
		if i%2 == 0 {
			others[name], want[name] = []game.Key{lower}, []game.Key{lower}
		} else {
			others[name] = nil
			delete(want, name)
		}
		save(t, g, owned{name: others[name]}.batch())
		checkOwners(t, g, want)
	}
	save(t, g, others.batch())
	checkOwners(t, g, want)
}

func manyKeys(t *testing.T, g *fixture) {
	migrate(t, g)
	var all []game.Key
	for i := range 20 {
		all = append(all, key(i))
	}
	want := owned{"alice": all, "bob": {key(7)}}
	save(t, g, want.batch())
	checkOwners(t, g, want)
	want["alice"] = slices.Concat(all[:3], all[15:])
	save(t, g, owned{"alice": want["alice"]}.batch())
	checkOwners(t, g, want)
}

func manyOwners(t *testing.T, g *fixture) {
	migrate(t, g)
	const size = 10_000
	want := ownedSince(size, 1)
	for i := 0; i < size; i += 10 {
		name := fmt.Sprintf("p-%d", i)
		want[name] = append(want[name], key(size+i))
	}
	save(t, g, want.batch())
	checkOwners(t, g, want)
	// A third of them now have other keys, and a third none.
	changed := owned{}
	for i := range size {
		switch name := fmt.Sprintf("p-%d", i); i % 3 {
		case 1:
			changed[name] = []game.Key{key(3 * size), key(4*size + i)}
			want[name] = changed[name]
		case 2:
			changed[name] = nil
			delete(want, name)
		}
	}
	save(t, g, changed.batch())
	checkOwners(t, g, want)
}

func timesOfKeys(t *testing.T, g *fixture) {
	migrate(t, g)
	want := owned{}
	for i, since := range []time.Time{
		{},
		time.Unix(0, 0),
		time.Date(1969, time.July, 20, 20, 17, 40, 0, time.UTC),
		time.Date(2026, time.October, 25, 1, 30, 0, 0, time.UTC), // twice, on many clocks
		time.Date(2038, time.January, 19, 3, 14, 8, 0, time.UTC), // beyond 31 bits
		time.Date(9999, time.December, 31, 23, 59, 59, 0, time.UTC),
		time.Now().Truncate(time.Second),
	} {
		for bound, name := range map[bool]string{true: "bound", false: "claimed"} {
			want[name] = append(want[name], game.Key{Fingerprint: key(i).Fingerprint, Bound: bound, Since: since.UTC()})
		}
	}
	save(t, g, want.batch())
	checkOwners(t, g, want)
}

func keysOfRejected(t *testing.T, g *fixture) {
	migrate(t, g)
	g.db.Refuse(t, "mallory")
	want := owned{"alice": {key(1)}, "mallory": {key(2)}}
	names := counts{"alice": 1, "mallory": 2}
	batch := names.batch(3)
	batch.Owners = want.owners()
	compareRejected(t, saveSome(t, g, batch), counts{"mallory": 2})
	wantRejected(t, g, counts{"mallory": 2})
	check(t, g, names, 3)
	checkOwners(t, g, want)
}

// tablesWithoutKeys uses the tables of the last version without keys.
func tablesWithoutKeys(t *testing.T, g *fixture) {
	migrate(t, g)
	want := counts{"alice": 1}
	batch := want.batch(1)
	batch.Owners = owned{"alice": {key(1)}}.owners()
	save(t, g, batch)
	for _, statement := range []string{
		dropSeen, dropDays,
		"DROP TABLE clickky_choices", "DROP TABLE clickky_bans", "DROP TABLE clickky_audit",
		"DROP TABLE clickky_keys", "DROP TABLE clickky_bindings", "DELETE FROM clickky_migrations WHERE version_id >= 3",
	} {
		g.db.Exec(t, statement)
	}
	check(t, g, want, 1)
	checkOwners(t, g, owned{})
	wantState(t, g, journal, 1)
	wantNoBindings(t, g)
	migrate(t, g)
	check(t, g, want, 1)
	checkOwners(t, g, owned{})
	save(t, g, batch)
	checkOwners(t, g, owned{"alice": {key(1)}})
	if _, err := g.RequestBinding(t.Context(), store.Binding{Name: "alice", Fingerprint: key(2).Fingerprint}); err != nil {
		t.Errorf("RequestBinding: %v", err)
	}
}
