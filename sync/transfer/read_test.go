package transfer

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"clickky/sync/game"
	"clickky/sync/store"
)

const (
	head = `{"clickky":1,"exported_at":"2026-11-25T12:00:00Z"}` + "\n"
	key1 = "SHA256:AAAAAAAAAAEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
)

func end(players int, total uint64) string {
	return fmt.Sprintf(`{"end":{"players":%d,"total":%d}}`+"\n", players, total)
}

func TestReadNamesInvalidLine(t *testing.T) {
	for name, c := range map[string]struct{ text, says string }{
		"nothing":                  {"", "the file is empty"},
		"no columns":               {"alice,3\n", "line 1 must name the columns"},
		"one column":               {"name\nalice\n", "line 1 must name the columns"},
		"a row that is too short":  {"name,clicks\nalice,1\nbob\n", "line 3 doesn't have as many columns as line 1"},
		"a quote that is not shut": {"name,clicks\n\"alice,1\nbob,2\n", "line 3"},
		"a row without end":        {"name,clicks\na,1\n" + strings.Repeat("x", maxLine+5000), "line 3: longer than 1048576 bytes"},
		"a header without end":     {strings.Repeat("x", maxLine+5000), "line 1: longer than 1048576 bytes"},
		"no header":                {`{"player":"alice","clicks":1}` + "\n", `line 1: an export starts with exactly one line like {"clickky":1}`},
		"two headers":              {head + head + end(0, 0), "line 2: an export starts with"},
		"a later version":          {`{"clickky":2}` + "\n", "line 1: the export has version 2"},
		"no end":                   {head + `{"player":"alice","clicks":1}` + "\n", "the export is cut off after line 2"},
		"half a line":              {head + `{"player":"al`, "line 2 isn't part of an export: its end is missing"},
		"lines are missing":        {head + `{"player":"alice","clicks":1}` + "\n" + end(2, 1), "line 3: the export should have 2 players, but has 1"},
		"more behind the end":      {head + end(0, 0) + "{}\n", "line 3: there's more"},
		"a line of no kind":        {head + "{}\n" + end(0, 0), "line 2 isn't part of an export: it must have exactly one of the keys"},
		"a line of two kinds":      {head + `{"player":"alice","clicks":1,"owner":"alice"}` + "\n" + end(1, 1), "line 2 isn't part of an export"},
		"a count below 0":          {head + `{"player":"alice","clicks":-1}` + "\n" + end(1, 1), `line 2 isn't part of an export: "clicks" must be a whole number, 0 or more`},
		"a count beyond 64 bits":   {head + `{"player":"alice","clicks":18446744073709551616}` + "\n" + end(1, 1), `line 2 isn't part of an export: "clicks" must be a whole number`},
		"a comma too many":         {head + `{"player":,"clicks":1}` + "\n" + end(1, 1), "line 2 isn't part of an export: it isn't valid JSON at byte 11"},
		"a name that is a number":  {head + `{"player":7,"clicks":1}` + "\n" + end(1, 1), `line 2 isn't part of an export: "player" can't be a JSON number`},
		"a time that is none":      {head + `{"player":"alice","clicks":1,"seen":"yesterday"}` + "\n" + end(1, 1), `"yesterday" isn't a time such as`},
		"a day that is none":       {head + `{"player":"alice","clicks":1,"days":{"2026-02-30":1}}` + "\n" + end(1, 1), `line 2 isn't part of an export: "2026-02-30" isn't a date such as`},
		"a day before 1970":        {head + `{"player":"alice","clicks":1,"days":{"1969-12-31":1}}` + "\n" + end(1, 1), "line 2 isn't part of an export: 1969-12-31 is out of range"},
		"a day with less than 0":   {head + `{"player":"alice","clicks":1,"days":{"2026-11-25":-1}}` + "\n" + end(1, 1), `line 2 isn't part of an export: "days" must be a whole number, 0 or more`},
		"days that are none":       {head + `{"player":"alice","clicks":1,"days":[1]}` + "\n" + end(1, 1), `line 2 isn't part of an export: "days" can't be a JSON array`},
		"no UTF-8":                 {head + "{\"player\":\"a\xff\",\"clicks\":1}\n" + end(1, 1), "line 2 isn't part of an export: it isn't valid UTF-8"},
		"a line without limit":     {head + `{"player":"` + strings.Repeat("x", maxLine), "line 2 is longer than 1048576 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			in, err := Read(strings.NewReader(c.text), playable)
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("Read = %+v, %v; want an error that says %q", in, err, c.says)
			}
		})
	}
}

func TestReadRejectsLines(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want Rejection
	}{
		"no name":                {"name,clicks\n,1\n", Rejection{2, "", errNoName.Error()}},
		"a long name":            {"name,clicks\n" + strings.Repeat("ö", 101) + ",1\n", Rejection{2, strings.Repeat("ö", 101), errLongName.Error()}},
		"a name of bytes":        {"name,clicks\na\xff,1\n", Rejection{2, "a\xff", errNoText.Error()}},
		"no count":               {"name,clicks\nalice,\n", Rejection{2, "alice", "has an invalid count: it must be a whole number"}},
		"NULL":                   {"username,user_count\nalice,NULL\n", Rejection{2, "alice", "has an invalid count: it must be a whole number"}},
		"a large count":          {"name,clicks\nalice,4611686018427387905\n", Rejection{2, "alice", errTooMany.Error()}},
		"a huge count":           {"name,clicks\nalice,99999999999999999999\n", Rejection{2, "alice", errTooMany.Error()}},
		"a large sum":            {"name,clicks\nalice,4611686018427387904\nbob,1\n", Rejection{3, "bob", errTooMany.Error()}},
		"a name twice":           {"name,clicks\nalice,1\n\"bob\nx\",1\nalice,2\n", Rejection{5, "alice", "appears twice, first on line 2"}},
		"capitals twice":         {"name,clicks\nalice,1\nAlice,2\n", Rejection{3, "alice", "appears twice, first on line 2"}},
		"an act that is no JSON": {head + `{"act":7,"at":"2026-01-01T00:00:00Z","target":"a","before":{}}` + "\n" + end(0, 0), Rejection{2, "a", "has action #7 without a valid before and after"}},
		"a player twice":         {head + `{"player":"a","clicks":1}` + "\n" + `{"player":"a","clicks":1}` + "\n" + end(2, 2), Rejection{3, "a", "appears twice, first on line 2"}},
		"no clicks":              {head + `{"player":"a"}` + "\n" + end(1, 2), Rejection{2, "a", "has no clicks"}},
		"a total too large":      {head + end(0, 1<<62+1), Rejection{2, "", errTooMany.Error()}},
		"seen before 1970":       {head + `{"player":"a","clicks":1,"seen":"1969-01-01T00:00:00Z"}` + "\n" + end(1, 1), Rejection{2, "a", errNoTime.Error()}},
		"a day with too much":    {head + `{"player":"a","clicks":1,"days":{"2026-11-25":4611686018427387905}}` + "\n" + end(1, 1), Rejection{2, "a", errTooMany.Error()}},
		"a key that is none":     {head + `{"owner":"a","keys":[{"fingerprint":"MD5:aa"}]}` + "\n" + end(0, 0), Rejection{2, "a", errNoKey.Error()}},
		"a key twice": {
			head + `{"owner":"a","keys":[{"fingerprint":"` + key1 + `"},{"fingerprint":"` + key1 + `"}]}` + "\n" + end(0, 0),
			Rejection{2, "a", errNoKey.Error()},
		},
		"owners twice": {
			head + strings.Repeat(`{"owner":"a","keys":[{"fingerprint":"`+key1+`"}]}`+"\n", 2) + end(0, 0),
			Rejection{3, "a", "has a second entry of the same kind"},
		},
		"a choice that is none":   {head + `{"choice":"a","text":"\n"}` + "\n" + end(0, 0), Rejection{2, "a", "has invalid preferences"}},
		"a ban of nothing":        {head + `{"ban":"all","until":"2030-01-01T00:00:00Z"}` + "\n" + end(0, 0), Rejection{2, "all", "is neither a key nor a network"}},
		"a ban written otherwise": {head + `{"ban":"192.0.2.1/24","until":"2030-01-01T00:00:00Z"}` + "\n" + end(0, 0), Rejection{2, "192.0.2.1/24", "is neither a key nor a network"}},
		"a ban without end":       {head + `{"ban":"192.0.2.0/24"}` + "\n" + end(0, 0), Rejection{2, "192.0.2.0/24", errNoTime.Error()}},
		"acts in another order":   {head + strings.Repeat(`{"act":7,"at":"2026-01-01T00:00:00Z","target":"a","before":{},"after":{}}`+"\n", 2) + end(0, 0), Rejection{3, "a", "has number 7, which doesn't come after 7"}},
		"an act that had no time": {head + `{"act":7,"target":"a"}` + "\n" + end(0, 0), Rejection{2, "a", errNoTime.Error()}},
	} {
		t.Run(name, func(t *testing.T) {
			in, err := Read(strings.NewReader(c.text), playable)
			if err != nil || len(in.Rejected) != 1 || in.Rejected[0] != c.want {
				t.Errorf("Read: %v, refused %+v; want %+v", err, in, c.want)
			}
		})
	}
}

func TestReadCountsRejections(t *testing.T) {
	in, err := Read(strings.NewReader("name,clicks\n"+strings.Repeat("alice,x\n", 100)), playable)
	if err != nil || len(in.Rejected) != maxRejections || in.More != 100-maxRejections || in.Rejected[0].Line != 2 {
		t.Errorf("Read: %v, %d refused and %d more", err, len(in.Rejected), in.More)
	}
}

func TestReadCSVDialects(t *testing.T) {
	for name, text := range map[string]string{
		"ours":             "name,clicks\nAlice,3\nZoë,4\n",
		"the Node.js ones": "id,username,user_count\n1,alice,3\n7,Zoë,4\n",
		"a leaderboard's":  "rank,name,clicks\r\n1,Zoë,4\r\n2,alice,3\r\n",
		"a spreadsheet's":  "\uFEFF\"Name\",\" Clicks \"\n\"ALICE\",\" 3 \"\n\"Zoë\",4",
	} {
		in := read(t, text)
		got := map[string]uint64{}
		for _, p := range in.players {
			got[p.Name] = p.Clicks
		}
		if len(got) != 2 || got["alice"] != 3 || got["Zoë"] != 4 || in.Total != 7 {
			t.Errorf("%s: %v, total %d", name, got, in.Total)
		}
	}
}

func TestExportCSVIsSafeForSpreadsheets(t *testing.T) {
	g := &memory{}
	for i, name := range []string{"alice", "=1+1", "+1", "-1", "@SUM(A1)", "'", "'=1", "''", "a,\"b\"", "=x\ny"} {
		g.players = append(g.players, game.Player{Name: name, Clicks: uint64(i)})
	}
	var out strings.Builder
	noLines := func(name string) string { return strings.ReplaceAll(name, "\n", "·") }
	if _, err := WriteCSV(t.Context(), &out, g, noLines); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(out.String()) {
		if strings.IndexAny(strings.TrimPrefix(line, `"`), "=+-@") == 0 {
			t.Errorf("a spreadsheet calculates with %s", line)
		}
	}
	in := read(t, out.String())
	for i, p := range g.players {
		if got := in.players[i]; got.Name != noLines(p.Name) || got.Clicks != p.Clicks {
			t.Errorf("%q came back as %q with %d clicks, want %d", p.Name, got.Name, got.Clicks, p.Clicks)
		}
	}
}

// TestExportReportsErrors holds that an error on either side leaves nothing that looks like an
// export.
func TestExportReportsErrors(t *testing.T) {
	g := &memory{players: []game.Player{{Name: "a\xff", Clicks: 1}}}
	if _, err := WriteLines(t.Context(), io.Discard, g, noon, false); err == nil || !strings.Contains(err.Error(), `"a\xff"`) {
		t.Errorf("WriteLines of a name that is no text = %v", err)
	}
	g = &memory{players: make([]game.Player, 10_000)}
	full := errors.New("disk full")
	if _, err := WriteLines(t.Context(), failing{full}, g, noon, false); !errors.Is(err, full) {
		t.Errorf("WriteLines = %v", err)
	}
	if _, err := WriteCSV(t.Context(), failing{full}, g, strings.ToLower); !errors.Is(err, full) {
		t.Errorf("WriteCSV = %v", err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func FuzzRead(f *testing.F) {
	f.Add([]byte("name,clicks\nalice,3\nBob,4\n"))
	f.Add([]byte("\uFEFFusername,user_count\n\"a\"\"b\",1\r\n'=x,2\n"))
	f.Add([]byte(head + `{"player":"alice","clicks":3,"seen":"2026-11-25T12:00:00Z","days":{"2026-11-25":2}}` + "\n" +
		`{"owner":"alice","keys":[{"fingerprint":"` + key1 + `","bound":true,"since":"2026-11-25T12:00:00+01:00"}]}` + "\n" +
		`{"choice":"alice","text":"theme=light"}` + "\n" + `{"ban":"::/0","until":"2030-01-01T00:00:00Z"}` + "\n" +
		`{"act":1,"at":"2026-01-01T00:00:00Z","who":"boss","what":"kick","target":"a","before":{},"after":{"text":"x"}}` + "\n" + end(1, 9)))
	f.Add([]byte(head + end(0, 0)))
	f.Fuzz(func(t *testing.T, text []byte) {
		in, err := Read(strings.NewReader(string(text)), playable)
		if err != nil || len(in.Rejected) > 0 {
			return
		}
		sum, seen := uint64(0), map[string]bool{}
		for _, p := range in.players {
			if checkName(p.Name) != nil || seen[p.Name] {
				t.Errorf("took the name %q", p.Name)
			}
			seen[p.Name] = true
			sum += p.Clicks
		}
		if sum > in.Total || in.Total > MaxTotal {
			t.Errorf("the sum is %d, the total %d", sum, in.Total)
		}
		// Importing an export again changes nothing.
		merge := NewMerge(in, Replace)
		batch, report, err := merge.Batch(store.Snapshot{})
		if err != nil || report.New != in.Players() || report.After != in.Total {
			t.Fatalf("Batch: %+v, %v", report, err)
		}
		g := &memory{players: batch.Players, Snapshot: store.Snapshot{Contents: game.Contents{
			Total: batch.Total, Owners: batch.Owners, Preferences: batch.Preferences, Bans: batch.Bans, Records: batch.Records,
		}}}
		first := lines(t, g)
		again, _, err := NewMerge(read(t, exported(t, g)), Replace).Batch(store.Snapshot{})
		if err != nil {
			t.Fatal(err)
		}
		g = &memory{players: again.Players, Snapshot: store.Snapshot{Contents: game.Contents{
			Total: again.Total, Owners: again.Owners, Preferences: again.Preferences, Bans: again.Bans, Records: again.Records,
		}}}
		if second := lines(t, g); second != first {
			t.Errorf("exported it is\n%s\nand then\n%s", first, second)
		}
	})
}
