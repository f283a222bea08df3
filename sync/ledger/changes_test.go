package ledger

import (
	"maps"
	"testing"
	"testing/synctest"
	"time"

	"clickky/sync/game"
)

func TestSurveyForgetsQuietPlayers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New()
		if err := l.Load(game.Contents{Players: []game.Player{{Name: "a", Clicks: 5}, {Name: "b", Clicks: 5}}}); err != nil {
			t.Fatal(err)
		}
		l.Open()
		nobody := maps.Keys(map[string]int{})
		if s := l.Changes(nobody); len(s.Loaded) != 2 || len(s.Changed) != 0 {
			t.Errorf("the first survey has %+v", s)
		}
		l.Join("b").Leave()
		session := l.Join("a")
		session.Click()
		if s := l.Changes(nobody); s.Loaded != nil || len(s.Changed) != 2 || len(l.changes.wentOffline) != 0 || len(l.changes.active) != 1 {
			t.Errorf("after a click: %+v; %d have left, %d are busy", s, len(l.changes.wentOffline), len(l.changes.active))
		}
		time.Sleep(time.Hour)
		if s := l.Changes(nobody); len(s.Changed) != 0 || len(s.Active) != 1 || len(l.changes.active) != 0 {
			t.Errorf("an hour later: %+v; %d are still busy", s, len(l.changes.active))
		}
	})
}
