package gate

import "testing"

func TestADoorCountsWhoComes(t *testing.T) {
	d := NewDoor(DoorConfig{MaxWaiting: 2, MaxWaitingPerOrigin: 2})
	failed := enter(t, d, "192.0.2.1")
	failed.speak(t)
	failed.Leave()
	looked := enter(t, d, "192.0.2.2") // as a monitor does
	looked.Leave()
	plays := enter(t, d, "192.0.2.3")
	d.authenticated(plays.Conn)
	d.play(plays.Conn, &client{})
	silent := []*visitor{enter(t, d, "192.0.2.4"), enter(t, d, "192.0.2.5")}
	enter(t, d, "192.0.2.6").speak(t)
	enter(t, d, "192.0.2.7").speak(t)
	for _, v := range silent {
		v.Leave()
	}
	if _, err := knock(t, d, "192.0.2.8"); err == nil {
		t.Error("somebody comes in at the cap")
	}
	want := DoorStats{Waiting: 2, Playing: 1, Accepted: 7, Refused: 1, Evicted: 2, Failed: 1}
	if got := d.Stats(); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}
