package journal

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"clickky/sync/game"
)

var told = time.Date(2026, 11, 25, 12, 34, 56, 789e6, time.UTC)

// eventsOfVersions has events of each version, as stored in testdata since that version. A journal
// may have any of them, and servers that are updated one after the other read each other's events.
var eventsOfVersions = map[string]Event{
	"v1.json": {
		Version: 1, Server: "20261125-123400-abcdefghij", Number: 7, Event: game.Event{
			At:     told,
			Clicks: map[string]uint64{"alice": 3, "bob": 18_446_744_073_709_551_615, `"quoted" \ name`: 1, "名前 🦆": 2, "": 5},
		},
	},
	"v2.json": {
		Version: 2, Server: "20261125-123400-abcdefghij", Number: 8, Event: game.Event{
			At: told, LastAction: 4,
			KeyChanges: []game.KeyChange{
				{Kind: "claim", Name: "alice", Key: "SHA256:a"},
				{Kind: "add", Name: "alice", Key: "SHA256:b", By: "SHA256:a"},
				{Kind: "remove", Name: "alice", Key: "SHA256:a", By: "SHA256:b"},
				{Kind: "bind", Name: "bob", Key: "SHA256:c", Sole: true},
			},
			Clicks: map[string]uint64{"alice": 1},
		},
	},
	"v3.json": {
		Version: 3, Server: "20261125-123400-abcdefghij", Number: 9, Event: game.Event{
			At: told, LastAction: 5,
			Actions: []game.AdminAction{
				{Kind: "count", Admin: "boss", Key: "SHA256:boss", Reason: "a slip", Target: "alice", Clicks: 12},
				{Kind: "rename", Admin: "boss", Key: "SHA256:boss", Reason: "asked for", Target: "bob", To: "robert"},
				{Kind: "delete", Admin: "boss", Key: "SHA256:boss", Target: "mallory"},
				{Kind: "release", Admin: "boss", Key: "SHA256:boss", Target: "alice"},
				{Kind: "ban", Admin: "boss", Key: "SHA256:boss", Target: "192.0.2.0/24", Until: told.Truncate(time.Second).Add(time.Hour)},
				{Kind: "unban", Admin: "boss", Key: "SHA256:boss", Target: "SHA256:evil"},
				{Kind: "kick", Admin: "boss", Key: "SHA256:boss", Target: "bob", Text: "enough"},
				{Kind: "message", Admin: "boss", Key: "SHA256:boss", Text: "hello <all> & everybody"},
				{Kind: "undo", Admin: "boss", Key: "SHA256:boss", Number: 3},
			},
		},
	},
	"v4.json": {
		Version: 4, Server: "20261125-123400-abcdefghij", Number: 10, Event: game.Event{
			At: told, LastAction: 14,
			KeyChanges:  []game.KeyChange{{Kind: "claim", Name: "carol", Key: "SHA256:d"}},
			Actions:     []game.AdminAction{{Kind: "kick", Admin: "boss", Key: "SHA256:boss", Target: "bob"}},
			Preferences: map[string]string{"alice": "theme=light,calm", "carol": "theme=dark"},
			Clicks:      map[string]uint64{"carol": 1},
		},
	},
	"v5.json": {
		Version: 5, Server: "20261129-225400-abcdefghij", Number: 11, Event: game.Event{
			At: told, LastAction: 15,
			Actions: []game.AdminAction{{Kind: "note", Admin: "boss", Key: "SHA256:boss", Target: "bob", Text: "asked twice"}},
		},
	},
}

// TestEventsOfAllVersions reads them, and writes them unchanged: a change of the test's data
// is a change of the format.
func TestEventsOfAllVersions(t *testing.T) {
	for name, want := range eventsOfVersions {
		data, err := os.ReadFile(filepath.Join("testdata", "events", name))
		if err != nil {
			t.Fatal(err)
		}
		data = bytes.TrimSuffix(data, []byte("\n"))
		got, err := Decode(data)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s is\n%+v, %v; want\n%+v", name, got, err, want)
		}
		if again, err := Encode(want); err != nil || !bytes.Equal(again, data) {
			t.Errorf("%s is written as\n%s, %v; want\n%s", name, again, err, data)
		}
	}
	if Version != len(eventsOfVersions) {
		t.Errorf("there is no event of version %d", Version)
	}
}
