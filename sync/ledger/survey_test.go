package ledger

import (
	"maps"
	"testing"
	"testing/synctest"
	"time"

	"clickky/sync/game"
)

func TestSurveyForgetsWhoHasLeftAndWhoIsQuiet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New()
		if err := l.Load(game.Contents{Players: []game.Player{{Name: "a", Clicks: 5}, {Name: "b", Clicks: 5}}}); err != nil {
			t.Fatal(err)
		}
		l.Open()
		nobody := maps.Keys(map[string]int{})
		if s := l.Survey(nobody); len(s.All) != 2 || len(s.Moved) != 0 {
			t.Errorf("the first survey has %+v", s)
		}
		l.Join("b").Leave()
		seat := l.Join("a")
		seat.Click()
		if s := l.Survey(nobody); s.All != nil || len(s.Moved) != 2 || len(l.departed) != 0 || len(l.busy) != 1 {
			t.Errorf("after a click: %+v; %d have left, %d are busy", s, len(l.departed), len(l.busy))
		}
		time.Sleep(time.Hour)
		if s := l.Survey(nobody); len(s.Moved) != 0 || len(s.Nearby) != 1 || len(l.busy) != 0 {
			t.Errorf("an hour later: %+v; %d are still busy", s, len(l.busy))
		}
	})
}
