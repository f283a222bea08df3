package journal

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"clickky/sync/game"
)

func nameOf(i int) string { return fmt.Sprintf("player-%06d", i) }

func TestEventIsReadableJSON(t *testing.T) {
	data, err := Encode(Event{
		Version: 1, Server: "s", Number: 7,
		Event: game.Event{
			At:     time.Date(2026, 11, 23, 1, 2, 3, 4e6, time.UTC),
			Clicks: map[string]uint64{"bob": 2, "a<b": 1<<64 - 1, "alice": 3},
		},
	})
	const want = `{"v":1,"server":"s","number":7,"at":"2026-11-23T01:02:03.004Z","clicks":{"a<b":18446744073709551615,"alice":3,"bob":2}}`
	if err != nil || string(data) != want {
		t.Errorf("encode = %s, %v; want %s", data, err, want)
	}
}

func TestEventHasOldestPossibleVersion(t *testing.T) {
	data, err := Encode(Event{
		Server: "s", Number: 7, Event: game.Event{
			At:         time.Date(2026, 11, 23, 1, 2, 3, 0, time.UTC),
			KeyChanges: []game.KeyChange{{Kind: "claim", Name: "alice", Key: "SHA256:a"}, {Kind: "add", Name: "bob", Key: "SHA256:b", By: "SHA256:c"}},
			Clicks:     map[string]uint64{"alice": 1},
		},
	})
	const want = `{"v":2,"server":"s","number":7,"at":"2026-11-23T01:02:03Z","changes":[` +
		`{"do":"claim","name":"alice","key":"SHA256:a"},{"do":"add","name":"bob","key":"SHA256:b","by":"SHA256:c"}],"clicks":{"alice":1}}`
	if err != nil || string(data) != want {
		t.Errorf("encode = %s, %v; want %s", data, err, want)
	}
	for _, e := range []Event{
		{Event: game.Event{KeyChanges: []game.KeyChange{{Kind: "something new"}}}},
		{Event: game.Event{KeyChanges: make([]game.KeyChange, game.MaxEventKeyChanges+1)}},
		{Event: game.Event{Actions: []game.AdminAction{{Kind: "claim"}}}},
		{Event: game.Event{Actions: make([]game.AdminAction, game.MaxEventActions+1)}},
		{Event: game.Event{Preferences: makePreferences(game.MaxEventPreferences + 1)}},
		{Event: game.Event{Preferences: map[string]string{"alice": ""}}},
		{Event: game.Event{Preferences: map[string]string{"alice": strings.Repeat("x", game.MaxPreference+1)}}},
		{Event: game.Event{Preferences: map[string]string{"alice": "b\tc"}}},
		{Event: game.Event{Preferences: map[string]string{"alice": "é"}}},
		{Event: game.Event{Preferences: map[string]string{"alice": "\xff"}}},
	} {
		if data, err := Encode(e); err == nil {
			t.Errorf("encode = %s, want an error", data)
		}
	}
}

func TestEventWithAdminActionsIsVersionThree(t *testing.T) {
	at := time.Date(2026, 11, 23, 1, 2, 3, 0, time.UTC)
	data, err := Encode(Event{
		Server: "s", Number: 7, Event: game.Event{
			At: at, LastAction: 3,
			KeyChanges: []game.KeyChange{{Kind: "claim", Name: "alice", Key: "SHA256:a"}},
			Actions: []game.AdminAction{
				{Kind: "rename", Admin: "boss", Key: "SHA256:b", Target: "alice", To: "bob", Reason: "<asked>"},
				{Kind: "ban", Admin: "boss", Target: "192.0.2.0/24", Until: at},
			},
			Clicks: map[string]uint64{"": 2, "alice": 1},
		},
	})
	const want = `{"v":3,"server":"s","number":7,"at":"2026-11-23T01:02:03Z","seen":3,"changes":[` +
		`{"do":"claim","name":"alice","key":"SHA256:a"}],"acts":[` +
		`{"do":"rename","who":"boss","key":"SHA256:b","why":"\u003casked\u003e","target":"alice","to":"bob"},` +
		`{"do":"ban","who":"boss","target":"192.0.2.0/24","until":"2026-11-23T01:02:03Z"}],"clicks":{"":2,"alice":1}}`
	if err != nil || string(data) != want {
		t.Errorf("encode = %s, %v; want %s", data, err, want)
	}
	seen, err := Encode(Event{Server: "s", Number: 8, Event: game.Event{At: at, LastAction: 3, Clicks: map[string]uint64{"alice": 1}}})
	if e, decodeErr := Decode(seen); err != nil || decodeErr != nil || e.Version != 1 || e.LastAction != 3 {
		t.Errorf("an event after an act: %+v, %v, %v; want the first version, and what it has seen", e, err, decodeErr)
	}
}

// makePreferences returns n preferences of the maximum size.
func makePreferences(n int) map[string]string {
	choices := map[string]string{}
	for i := range n {
		choices[fmt.Sprintf("%s%04d", strings.Repeat("\x01", 96), i)] = strings.Repeat("&", game.MaxPreference)
	}
	return choices
}

func TestEventWithPreferencesIsVersionFour(t *testing.T) {
	at := time.Date(2026, 11, 23, 1, 2, 3, 0, time.UTC)
	choices := map[string]string{"bob": "~ !", "alice": "theme=light,calm"}
	data, err := Encode(Event{
		Server: "s", Number: 7, Event: game.Event{
			At: at, LastAction: 3, Preferences: choices, Clicks: map[string]uint64{"alice": 1},
			Actions: []game.AdminAction{{Kind: "kick", Admin: "boss", Target: "bob"}},
		},
	})
	const want = `{"v":4,"server":"s","number":7,"at":"2026-11-23T01:02:03Z","seen":3,` +
		`"acts":[{"do":"kick","who":"boss","target":"bob"}],` +
		`"choices":{"alice":"theme=light,calm","bob":"~ !"},"clicks":{"alice":1}}`
	if err != nil || string(data) != want {
		t.Errorf("encode = %s, %v; want %s", data, err, want)
	}
	if e, err := Decode(data); err != nil || e.Version != 4 || !maps.Equal(e.Preferences, choices) {
		t.Errorf("decode = %+v, %v", e, err)
	}
	for _, text := range []string{"", strings.Repeat("x", game.MaxPreference+1), `b\tc`, "é", `\ud800`} {
		data := `{"v":4,"server":"s","number":7,"choices":{"alice":"` + text + `"}}`
		if e, err := Decode([]byte(data)); err == nil || errors.Is(err, ErrVersion) {
			t.Errorf("Decode(%s) = %+v, %v; want it refused", data, e, err)
		}
	}
}

// TestEventLargestFits writes an event that is as large as all its limits allow.
func TestEventLargestFits(t *testing.T) {
	name, text := strings.Repeat("\x01", 100), strings.Repeat("\x01", 500)
	e := Event{Server: "s", Number: 7, Event: game.Event{At: time.Now().UTC(), LastAction: 1 << 63, Clicks: map[string]uint64{}}}
	for i := range game.MaxEventPlayers {
		e.Clicks[fmt.Sprintf("%s%04d", name[4:], i)] = 1<<64 - 1
	}
	for range game.MaxEventKeyChanges {
		e.KeyChanges = append(e.KeyChanges, game.KeyChange{Kind: "bind", Name: name, Key: strings.Repeat("k", 50), By: strings.Repeat("k", 50), Sole: true})
	}
	for range game.MaxEventActions {
		e.Actions = append(e.Actions, game.AdminAction{
			Kind: "message", Admin: name, Key: name, Reason: text, Target: name, To: name,
			Clicks: 1 << 63, Until: e.At, Text: text, Number: 1 << 63,
		})
	}
	e.Preferences = makePreferences(game.MaxEventPreferences)
	if _, err := Encode(e); err != nil {
		t.Error(err)
	}
}

func TestEventDecodingIsStrictOnlyAboutVersion(t *testing.T) {
	const good = `{"v":1,"server":"s","number":7,"at":"2026-11-23T01:02:03Z","clicks":{"a":1},"added":{"later":[1]}}`
	if e, err := Decode([]byte(good)); err != nil || e.Number != 7 || e.Clicks["a"] != 1 {
		t.Errorf("decode = %+v, %v", e, err)
	}
	for data, later := range map[string]bool{
		`{"v":6,"server":"s","number":7}`:                                                         true,
		`{"v":6,"server":["not","a","string"]}`:                                                   true,
		`{"v":3,"server":"s","number":7,"acts":[{"do":"a later thing","who":"a"}]}`:               true,
		`{"v":2,"server":"s","number":7,"changes":[{"do":"a later thing","name":"a","key":"k"}]}`: true,
		`{"v":1,"server":["not","a","string"]}`:                                                   false,
		`{"v":0,"server":"s","number":7}`:                                                         false,
		`{"server":"s","number":7}`:                                                               false,
		`{"v":1,"server":"s"}`:                                                                    false,
		`{"v":1,"number":7}`:                                                                      false,
		`{"v":1,"server":"s","number":-7}`:                                                        false,
		`{"v":1,"server":"s","number":7,"clicks":[]}`:                                             false,
		`{"v":1,"server":"s","number":7} {}`:                                                      false,
		`{"v":1,"server":"s","number":7`:                                                          false,
		`[]`:                                                                                      false,
		``:                                                                                        false,
	} {
		if e, err := Decode([]byte(data)); err == nil || errors.Is(err, ErrVersion) != later {
			t.Errorf("Decode(%s) = %+v, %v", data, e, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{"v":1,"server":"s","number":7,"at":"2026-11-23T01:02:03.004Z","clicks":{"alice":3,"bob":2}}`,
		`{"v":1,"server":"s","number":18446744073709551615}`,
		`{"v":5,"server":7}`,
		`{"v":4,"server":"s","number":1,"seen":3,"choices":{"alice":"theme=light,calm","bob":"~"},"clicks":{"alice":1}}`,
		`{"v":4,"server":"s","number":1,"choices":{"alice":""}}`,
		`{"v":4,"server":"s","number":1,"choices":{"a":"\u0000","b":"\ud800"}}`,
		`{"v":3,"server":"s","number":1,"seen":3,"acts":[{"do":"rename","who":"a","key":"SHA256:k","target":"b","to":"c","why":"d"}]}`,
		`{"v":3,"server":"s","number":1,"acts":[{"do":"count","who":"a","target":"b","clicks":7},{"do":"undo","who":"a","number":1},` +
			`{"do":"ban","who":"a","target":"::/0","until":"2026-11-23T01:02:03Z"},{"do":"message","text":"\u2028\n"}]}`,
		`{"v":2,"server":"s","number":1,"changes":[{"do":"bind","name":"a","key":"SHA256:k","sole":true}]}`,
		`{"v":1,"server":"\u0000\ud800","number":1,"clicks":{"\ufffd":0}}`,
		`{"v":1,"V":2,"server":"s","number":1}`,
		`{"v":1e0}`,
		`null`,
		`{`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := Decode(data)
		if err != nil {
			return
		}
		if e.Version < 1 || e.Version > Version || e.Server == "" || e.Number == 0 {
			t.Fatalf("Decode(%q) = %+v", data, e)
		}
		again, err := Encode(e)
		if errors.Is(err, ErrTooLarge) || exceedsJSON(e) {
			return
		}
		if err != nil {
			t.Fatalf("Encode(%+v) = %v", e, err)
		}
		if same, err := Decode(again); err != nil || !same.At.Equal(e.At) || !reflect.DeepEqual(clicksOf(same), clicksOf(e)) ||
			!slices.Equal(same.KeyChanges, e.KeyChanges) || !slices.EqualFunc(same.Actions, e.Actions, sameAct) ||
			!maps.Equal(same.Preferences, e.Preferences) || same.LastAction != e.LastAction {
			t.Fatalf("%+v became %+v, %v", e, same, err)
		}
	})
}

// exceedsJSON reports whether JSON can't hold a time of the event.
func exceedsJSON(e Event) bool {
	times := []time.Time{e.At}
	for _, a := range e.Actions {
		times = append(times, a.Until)
	}
	return slices.ContainsFunc(times, func(at time.Time) bool { return at.Year() > 9999 || at.Year() < 0 })
}

func sameAct(a, b game.AdminAction) bool {
	until := a.Until
	a.Until = b.Until
	return a == b && until.Equal(b.Until)
}

// clicksOf returns the clicks, an empty map as nil.
func clicksOf(e Event) map[string]uint64 {
	if len(e.Clicks) == 0 {
		return nil
	}
	return e.Clicks
}
