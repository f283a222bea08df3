package journal

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"
)

func nameOf(i int) string { return fmt.Sprintf("player-%06d", i) }

func TestAnEventIsJSONThatAPersonCanRead(t *testing.T) {
	data, err := encode(Event{
		Version: 1, Server: "s", Number: 7,
		At:     time.Date(2026, 11, 23, 1, 2, 3, 4e6, time.UTC),
		Clicks: map[string]uint64{"bob": 2, "a<b": 1<<64 - 1, "alice": 3},
	})
	const want = `{"v":1,"server":"s","number":7,"at":"2026-11-23T01:02:03.004Z","clicks":{"a<b":18446744073709551615,"alice":3,"bob":2}}`
	if err != nil || string(data) != want {
		t.Errorf("encode = %s, %v; want %s", data, err, want)
	}
}

func TestAnEventHasTheOldestVersionInWhichItCanBeTold(t *testing.T) {
	data, err := encode(Event{
		Server: "s", Number: 7, At: time.Date(2026, 11, 23, 1, 2, 3, 0, time.UTC),
		Changes: []Change{{Do: "claim", Name: "alice", Key: "SHA256:a"}, {Do: "add", Name: "bob", Key: "SHA256:b", By: "SHA256:c"}},
		Clicks:  map[string]uint64{"alice": 1},
	})
	const want = `{"v":2,"server":"s","number":7,"at":"2026-11-23T01:02:03Z","changes":[` +
		`{"do":"claim","name":"alice","key":"SHA256:a"},{"do":"add","name":"bob","key":"SHA256:b","by":"SHA256:c"}],"clicks":{"alice":1}}`
	if err != nil || string(data) != want {
		t.Errorf("encode = %s, %v; want %s", data, err, want)
	}
	for _, e := range []Event{
		{Changes: []Change{{Do: "something new"}}},
		{Changes: make([]Change, MaxChanges+1)},
	} {
		if data, err := encode(e); err == nil {
			t.Errorf("encode = %s, want an error", data)
		}
	}
}

func TestDecodingIsStrictAboutTheVersionOnly(t *testing.T) {
	const good = `{"v":1,"server":"s","number":7,"at":"2026-11-23T01:02:03Z","clicks":{"a":1},"added":{"later":[1]}}`
	if e, err := decode([]byte(good)); err != nil || e.Number != 7 || e.Clicks["a"] != 1 {
		t.Errorf("decode = %+v, %v", e, err)
	}
	for data, later := range map[string]bool{
		`{"v":3,"server":"s","number":7}`:                                                         true,
		`{"v":3,"server":["not","a","string"]}`:                                                   true,
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
		if e, err := decode([]byte(data)); err == nil || errors.Is(err, ErrVersion) != later {
			t.Errorf("decode(%s) = %+v, %v", data, e, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{"v":1,"server":"s","number":7,"at":"2026-11-23T01:02:03.004Z","clicks":{"alice":3,"bob":2}}`,
		`{"v":1,"server":"s","number":18446744073709551615}`,
		`{"v":3,"server":7}`,
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
		e, err := decode(data)
		if err != nil {
			return
		}
		if e.Version < 1 || e.Version > Version || e.Server == "" || e.Number == 0 {
			t.Fatalf("decode(%q) = %+v", data, e)
		}
		again, err := encode(e)
		if errors.Is(err, ErrTooLarge) || e.At.Year() > 9999 || e.At.Year() < 0 {
			return
		}
		if err != nil {
			t.Fatalf("encode(%+v) = %v", e, err)
		}
		if same, err := decode(again); err != nil || !same.At.Equal(e.At) || !reflect.DeepEqual(clicksOf(same), clicksOf(e)) ||
			!slices.Equal(same.Changes, e.Changes) {
			t.Fatalf("%+v became %+v, %v", e, same, err)
		}
	})
}

// clicksOf is without the difference between none and an empty map.
func clicksOf(e Event) map[string]uint64 {
	if len(e.Clicks) == 0 {
		return nil
	}
	return e.Clicks
}
