package admission

import "testing"

func TestConnLimiterStats(t *testing.T) {
	d := NewConnLimiter(ConnConfig{MaxStartups: 2, PerSourceMaxStartups: 2})
	failed := admit(t, d, "192.0.2.1")
	failed.send(t)
	failed.Release()
	looked := admit(t, d, "192.0.2.2") // as a monitor does
	looked.Release()
	plays := admit(t, d, "192.0.2.3")
	d.authenticated(plays.Conn)
	d.play(plays.Conn, &client{})
	silent := []*testConn{admit(t, d, "192.0.2.4"), admit(t, d, "192.0.2.5")}
	admit(t, d, "192.0.2.6").send(t)
	admit(t, d, "192.0.2.7").send(t)
	for _, v := range silent {
		v.Release()
	}
	if _, err := tryAdmit(t, d, "192.0.2.8"); err == nil {
		t.Error("somebody comes in at the cap")
	}
	want := ConnStats{Waiting: 2, Playing: 1, Accepted: 7, Refused: 1, Evicted: 2, Failed: 1}
	if got := d.Stats(); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}
