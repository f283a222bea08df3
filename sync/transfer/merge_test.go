package transfer

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"clickky/sync/game"
	"clickky/sync/store"
)

// mergeInto reads a game and merges an input into it.
func mergeInto(t *testing.T, there *memory, in *Input, rule Rule) (game.Checkpoint, Report, error) {
	t.Helper()
	m := NewMerge(in, rule)
	snapshot, err := there.Load(t.Context(), m.Player)
	if err != nil {
		return game.Checkpoint{}, Report{}, err
	}
	return m.Batch(snapshot)
}

func mustMerge(t *testing.T, there *memory, in *Input, rule Rule) (game.Checkpoint, Report) {
	t.Helper()
	batch, report, err := mergeInto(t, there, in, rule)
	if err != nil {
		t.Fatalf("Batch: %v", err)
	}
	return batch, report
}

// parsePlayers parses players such as "alice 3, bob 4" into a game whose total is their sum plus a
// surplus.
func parsePlayers(text string, surplus uint64) *memory {
	g := &memory{}
	g.Total = surplus
	for one := range strings.SplitSeq(text, ", ") {
		var p game.Player
		if n, _ := fmt.Sscanf(one, "%s %d", &p.Name, &p.Clicks); n == 2 {
			g.players = append(g.players, p)
			g.Total += p.Clicks
		}
	}
	return g
}

// savedPlayers returns the players of a checkpoint, sorted.
func savedPlayers(b game.Checkpoint) string {
	var all []string
	for _, p := range b.Players {
		all = append(all, fmt.Sprint(p.Name, " ", p.Clicks))
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

func TestMergeCounts(t *testing.T) {
	for name, c := range map[string]struct {
		there, imported       string
		thereMore, importMore uint64 // in the global counts
		rule                  Rule
		writes                string
		after                 uint64
		counts                [3]int // new, changed, unchanged
	}{
		"keep":                    {"alice 5, bob 6", "alice 50, carol 7", 10, 100, Keep, "carol 7", 157, [3]int{1, 0, 1}},
		"add":                     {"alice 5, bob 6", "alice 50, carol 7", 10, 100, Add, "alice 55, carol 7", 178, [3]int{1, 1, 0}},
		"replace":                 {"alice 5, bob 6", "alice 50, carol 7", 10, 100, Replace, "alice 50, carol 7", 157, [3]int{1, 1, 0}},
		"replace by less":         {"alice 500, bob 6", "alice 5", 10, 0, Replace, "alice 5", 516, [3]int{0, 1, 0}},
		"add nothing":             {"alice 5", "alice 0", 0, 0, Add, "", 5, [3]int{0, 0, 1}},
		"the sum is more":         {"alice 5", "alice 50", 0, 0, Replace, "alice 50", 50, [3]int{0, 1, 0}},
		"into nothing":            {"", "alice 5", 0, 3, Keep, "alice 5", 8, [3]int{1, 0, 0}},
		"nobody":                  {"alice 5", "", 0, 3, Add, "", 8, [3]int{0, 0, 0}},
		"capitals there":          {"Alice 5", "alice 3", 0, 0, Add, "Alice 8", 8, [3]int{0, 1, 0}},
		"capitals in the input":   {"alice 5", "Alice 3", 0, 0, Add, "alice 8", 8, [3]int{0, 1, 0}},
		"other capitals":          {"ALICE 5", "Alice 3", 0, 0, Add, "ALICE 8", 8, [3]int{0, 1, 0}},
		"capitals of one of two":  {"ALICE 5, Alice 6, bob 1", "alice 3", 0, 0, Add, "Alice 9", 15, [3]int{0, 1, 0}},
		"one of two in the input": {"alice 5", "ALICE 3, Alice 2", 0, 0, Add, "Alice 2, alice 8", 10, [3]int{1, 1, 0}},
		"two of two":              {"Alice 5, alice 1", "alice 3, Alice 2", 0, 0, Add, "Alice 7, alice 4", 11, [3]int{0, 2, 0}},
		"that very name first":    {"Alice 5, alice 1", "Alice 2", 0, 0, Add, "Alice 7", 8, [3]int{0, 1, 0}},
		"two where one is there":  {"ALICE 5", "alice 3, ALICE 2", 0, 0, Add, "ALICE 7, alice 3", 10, [3]int{1, 1, 0}},
	} {
		t.Run(name, func(t *testing.T) {
			there := parsePlayers(c.there, c.thereMore)
			in := read(t, exported(t, parsePlayers(c.imported, c.importMore)))
			for range 2 { // the order of players doesn't matter
				batch, r := mustMerge(t, there, in, c.rule)
				if got := savedPlayers(batch); got != c.writes || batch.Total != c.after || r.After != c.after || r.Before != there.Total {
					t.Errorf("writes %q and the total %d, %+v; want %q and %d", got, batch.Total, r, c.writes, c.after)
				}
				if got := [3]int{r.New, r.Changed, r.Unchanged}; got != c.counts {
					t.Errorf("new, changed and unchanged are %v, want %v", got, c.counts)
				}
				slices.Reverse(there.players)
			}
		})
	}
}

func TestMergeRejectsCountOverflow(t *testing.T) {
	const half = MaxTotal / 2
	for name, c := range map[string]struct {
		there    *memory
		imported string
		rule     Rule
	}{
		"added":             {parsePlayers(fmt.Sprint("alice ", half+1), 0), fmt.Sprint("alice ", half), Add},
		"together":          {parsePlayers(fmt.Sprint("alice ", half+1), 0), fmt.Sprint("bob ", half), Keep},
		"the total":         {parsePlayers("alice 1", MaxTotal), "bob 1", Add},
		"a total of 64 bit": {parsePlayers("", math.MaxUint64), fmt.Sprint("bob ", half), Add},
		"there already":     {parsePlayers(fmt.Sprint("alice ", uint64(math.MaxUint64-5), ", bob 10"), 0), "alice 1", Replace},
	} {
		in := read(t, exported(t, parsePlayers(c.imported, 0)))
		if batch, _, err := mergeInto(t, c.there, in, c.rule); !errors.Is(err, ErrTooMany) {
			t.Errorf("%s: %v, %v; want ErrTooMany", name, savedPlayers(batch), err)
		}
	}
	in := read(t, exported(t, parsePlayers(fmt.Sprint("alice ", half), 0)))
	if batch, _ := mustMerge(t, parsePlayers(fmt.Sprint("alice ", half), 0), in, Add); batch.Total != MaxTotal {
		t.Errorf("the total is %d, want all that there can be", batch.Total)
	}
}

func TestMergeKeepsKeysUnlessReplaced(t *testing.T) {
	key := func(n uint64) game.Key { return game.Key{Fingerprint: fingerprint(n), Since: noon} }
	owner := func(name string, keys ...game.Key) game.Owner { return game.Owner{Name: name, Keys: keys} }
	there := parsePlayers("alice 1, bob 2, carol 3, dave 4", 0)
	there.Owners = []game.Owner{owner("alice", key(1)), owner("bob", key(2), key(3)), owner("carol", key(4))}
	there.Preferences = []game.Preference{{Name: "bob", Text: "old"}, {Name: "carol", Text: "old"}}
	from := parsePlayers("alice 1, bob 2, carol 3, dave 4", 0)
	from.Owners = []game.Owner{owner("alice", key(9)), owner("bob", key(3)), owner("carol", key(4)), owner("dave", key(8)), owner("erin", key(7))}
	for _, name := range []string{"alice", "bob", "carol", "dave", "nobody"} {
		from.Preferences = append(from.Preferences, game.Preference{Name: name, Text: "new"})
	}
	in := read(t, exported(t, from))
	for rule, want := range map[Rule]string{
		Keep:    "owners dave erin; kept [alice]; choices dave",
		Add:     "owners dave erin; kept [alice]; choices dave",
		Replace: "owners alice bob dave erin; kept []; choices alice bob carol dave",
	} {
		batch, r := mustMerge(t, there, in, rule)
		var owners, choices []string
		for _, o := range batch.Owners {
			owners = append(owners, o.Name)
		}
		for _, c := range batch.Preferences {
			choices = append(choices, c.Name)
		}
		slices.Sort(owners)
		slices.Sort(choices)
		got := fmt.Sprintf("owners %s; kept %v; choices %s", strings.Join(owners, " "), r.NamesKept, strings.Join(choices, " "))
		if got != want || r.NamesGiven != len(owners) || r.Preferences != len(choices) {
			t.Errorf("%s: %s, %+v; want %s", rule, got, r, want)
		}
	}
}

func TestMergeBansAndLastSeen(t *testing.T) {
	there, from := parsePlayers("alice 1, bob 1", 0), parsePlayers("alice 1, bob 1", 0)
	there.players[0].Seen, there.players[1].Seen = noon, noon
	from.players[0].Seen, from.players[1].Seen = noon.Add(time.Hour), noon.Add(-time.Hour)
	there.Bans = []game.Ban{{Target: "::/0", Until: noon}}
	from.Bans = []game.Ban{{Target: "::/0", Until: noon.Add(time.Hour)}, {Target: "192.0.2.0/24", Until: noon}}
	in := read(t, exported(t, from))
	for rule, want := range map[Rule][2]int{Keep: {1, 0}, Add: {1, 2}, Replace: {2, 1}} {
		batch, r := mustMerge(t, there, in, rule)
		if got := [2]int{len(batch.Bans), len(batch.Players)}; got != want || r.Bans != want[0] {
			t.Errorf("%s: %d bans and %d players are written, want %d and %d", rule, got[0], got[1], want[0], want[1])
		}
	}
	if batch, _ := mustMerge(t, there, in, Replace); batch.Players[0].Name != "alice" || !batch.Players[0].Seen.Equal(noon.Add(time.Hour)) {
		t.Errorf("written are %v, want only when alice was seen", batch.Players)
	}
}

// TestMergeDays merges days by each rule, and a second time: only Add changes something again.
func TestMergeDays(t *testing.T) {
	first := game.DateOf(noon)
	day := func(after game.Date, clicks uint64) game.DayClicks {
		return game.DayClicks{Date: first + after, Clicks: clicks}
	}
	there := parsePlayers("alice 9, bob 5, carol 1, dave 1", 0)
	there.players[0].Days = game.Days{day(0, 3), day(1, 4)}
	there.players[1].Days = game.Days{day(0, 5)}
	there.players[2].Days = game.Days{day(1, 1)}
	from := parsePlayers("alice 8, Bob 5, carol 0, erin 2", 0)
	from.players[0].Days = game.Days{day(1, 6), day(2, 2)}
	from.players[1].Days = game.Days{day(0, 4)}
	from.players[3].Days = game.Days{day(2, 2)}
	in := read(t, exported(t, from))
	csv := read(t, "name,clicks\nalice,8\nbob,5\n")
	for _, c := range []struct {
		in              *Input
		rule            Rule
		want            map[string]game.Days
		changed, change int // by the first and by the second merge
	}{
		{in, Keep, map[string]game.Days{"erin": {day(2, 2)}}, 0, 0},
		{in, Add, map[string]game.Days{"alice": {day(0, 3), day(1, 10), day(2, 2)}, "bob": {day(0, 9)}, "erin": {day(2, 2)}}, 2, 3},
		{in, Replace, map[string]game.Days{"alice": {day(1, 6), day(2, 2)}, "bob": {day(0, 4)}, "carol": nil, "erin": {day(2, 2)}}, 3, 0},
		{csv, Add, map[string]game.Days{"alice": {day(0, 3), day(1, 4)}, "bob": {day(0, 5)}}, 2, 2},
		{csv, Replace, map[string]game.Days{"alice": {day(0, 3), day(1, 4)}}, 1, 0},
	} {
		batch, r := mustMerge(t, there, c.in, c.rule)
		got := map[string]game.Days{}
		for _, p := range batch.Players {
			got[p.Name] = p.Days
		}
		if !reflect.DeepEqual(got, c.want) || r.Changed != c.changed {
			t.Errorf("%s: the days are %v, want %v; %+v", c.rule, got, c.want, r)
		}
		after := &memory{players: batch.Players}
		for _, p := range there.players {
			if _, written := got[p.Name]; !written {
				after.players = append(after.players, p)
			}
		}
		if _, r := mustMerge(t, after, c.in, c.rule); r.Changed != c.change || r.New > 0 {
			t.Errorf("%s again: %+v", c.rule, r)
		}
	}
	there.players[0].Days = game.Days{day(1, MaxTotal-5)}
	if _, _, err := mergeInto(t, there, in, Add); !errors.Is(err, ErrTooMany) {
		t.Errorf("too many clicks on a day: %v, want ErrTooMany", err)
	}
}

// TestMergeAuditLogNeedsFreshDatabase matters because the numbers of audit records are those
// of the database's journal.
func TestMergeAuditLogNeedsFreshDatabase(t *testing.T) {
	act := game.AuditRecord{Number: 1, At: noon, Kind: "kick", Target: "alice"}
	from := parsePlayers("alice 1", 0)
	from.Records = []game.AuditRecord{act}
	in := read(t, exported(t, from))
	for name, there := range map[string]store.Snapshot{
		"empty":       {},
		"played":      {State: store.State{Journal: "j"}},
		"has its own": {Contents: game.Contents{Records: []game.AuditRecord{act}}},
	} {
		batch, r := mustMerge(t, &memory{Snapshot: there}, in, Replace)
		want := 0
		if name == "empty" {
			want = 1
		}
		if len(batch.Records) != want || r.Records != want || r.RecordsLeft != 1-want {
			t.Errorf("%s: %v is written, %+v", name, batch.Records, r)
		}
	}
}

// TestExportFormat holds the format: later versions must read what was exported.
func TestExportFormat(t *testing.T) {
	days := game.Days{{Date: game.DateOf(noon) - 1, Clicks: 4}, {Date: game.DateOf(noon), Clicks: 5}}
	g := &memory{players: []game.Player{{Name: "alice", Clicks: 12, Seen: noon, Days: days}, {Name: "Zoë <😀>", Clicks: 3}}}
	g.Journal, g.State.Position, g.Total = "abc", 42, 20
	g.Owners = []game.Owner{{Name: "bob", Keys: []game.Key{{Fingerprint: key1}}}, {Name: "alice", Keys: []game.Key{
		{Fingerprint: fingerprint(2), Bound: true, Since: noon}, {Fingerprint: fingerprint(3), Since: noon},
	}}}
	g.Preferences = []game.Preference{{Name: "alice", Text: "theme=light"}}
	g.Bans = []game.Ban{{Target: "192.0.2.0/24", Until: noon}}
	g.Records = []game.AuditRecord{{
		Number: 7, At: noon, Admin: "boss", Key: fingerprint(9), Kind: "count", Target: "alice", Reason: "a <slip>",
		Before: game.TargetState{Name: "alice", Player: true, Clicks: 3}, After: game.TargetState{Name: "alice", Player: true, Clicks: 12}, UndoneBy: 8,
	}}
	golden, err := os.ReadFile(filepath.Join("testdata", "export.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	if got := exported(t, g); got != string(golden) {
		t.Errorf("the export is\n%s\nwant\n%s", got, golden)
	}
	in := read(t, string(golden))
	if in.Total != 20 || in.Players() != 2 || len(in.records) != 1 || !reflect.DeepEqual(in.records[0], g.Records[0]) || !reflect.DeepEqual(in.players[0].Player, g.players[0]) {
		t.Errorf("it is read as %+v", in)
	}
}
