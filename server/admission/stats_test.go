package admission

import "testing"

func TestConnLimiterStats(t *testing.T) {
	d := NewConnLimiter(ConnConfig{MaxStartups: 2, PerSourceMaxStartups: 2})
	failed := enter(t, d, "192.0.2.1")
	failed.speak(t)
	failed.Release()
	looked := enter(t, d, "192.0.2.2") // as a monitor does
	looked.Release()
	plays := enter(t, d, "192.0.2.3")
	d.authenticated(plays.Conn)
	d.play(plays.Conn, &client{})
	silent := []*visitor{enter(t, d, "192.0.2.4"), enter(t, d, "192.0.2.5")}
	enter(t, d, "192.0.2.6").speak(t)
	enter(t, d, "192.0.2.7").speak(t)
	for _, v := range silent {
		v.Release()
	}
	if _, err := knock(t, d, "192.0.2.8"); err == nil {
		t.Error("somebody comes in at the cap")
	}
	want := ConnStats{Waiting: 2, Playing: 1, Accepted: 7, Refused: 1, Evicted: 2, Failed: 1}
	if got := d.Stats(); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}
