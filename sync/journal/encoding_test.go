package journal

import (
	"errors"
	"testing"
)

func TestEventEncodingIsThatOfAppend(t *testing.T) {
	j := openJournal(t, t.TempDir())
	e := clicks("alice", 3)
	seq, err := j.Append(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	var there Event
	if err := j.Follow(t.Context(), seq-1, func(_ uint64, e Event) error { there = e; return errStop }); !errors.Is(err, errStop) {
		t.Fatal(err)
	}
	data, err := Encode(there)
	if err != nil {
		t.Fatal(err)
	}
	_, appended, _, err := j.stream.lastOf(t.Context(), j.subject())
	if err != nil || string(data) != string(appended) {
		t.Errorf("%s, want %s as in the log: %v", data, appended, err)
	}
	if back, err := Decode(data); err != nil || back.Clicks["alice"] != 3 || back.Server != j.Run() {
		t.Errorf("%+v, %v", back, err)
	}
	if _, err := Decode([]byte(`{"v":99}`)); !errors.Is(err, ErrVersion) {
		t.Errorf("a later version: %v", err)
	}
}
