package cluster

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats.go"

	"clickky/sync/game"
)

// settle is long enough for all servers to hear each other.
const settle = 3 * time.Second

func bubble(t *testing.T, f func(t *testing.T, a *network)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { f(t, &network{}) })
}

func is(t *testing.T, what string, got, want any) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func TestMembersSeeEachOther(t *testing.T) {
	bubble(t, func(t *testing.T, a *network) {
		one := a.joinServer(t, "one")
		is(t, "alone", one.states(), "one up")
		one.setPlayers("alice", "bob")
		two := a.joinServer(t, "two", func(s *Self) { s.Started = time.Now().Add(-time.Hour) })
		one.setReport(Report{Applied: 990})
		two.setReport(Report{Sessions: 3, Applied: 1000, Stored: 900, Unjournaled: 4})
		two.setPlayers("bob", "carol")
		time.Sleep(settle)
		is(t, "one knows", one.states(), "one up, two up")
		is(t, "two knows", two.states(), "one up, two up")
		is(t, "two's players, for one", one.onlineOn("two"), "[bob carol]")
		is(t, "one's players, for two", two.onlineOn("one"), "[alice bob]")
		is(t, "all elsewhere", one.Online(), "[bob carol]")
		m := one.Servers()[1]
		want := game.Server{
			Run: "two", Name: "server two", Version: "v1", HostKey: "SHA256:k", State: game.ServerUp,
			Players: 2, Sessions: 3, Unjournaled: 4, Up: m.Up,
		}
		if m != want || m.Up < time.Hour || m.Up > time.Hour+settle {
			t.Errorf("one knows of two %+v", m)
		}
		is(t, "two's report", one.reportOf("two"), fmt.Sprint(Report{Players: 2, Sessions: 3, Applied: 1000, Stored: 900, Unjournaled: 4}))
		is(t, "this one", []bool{one.Servers()[0].Here, m.Here}, "[true false]")
		if on := one.serversOf("carol"); len(on) != 1 || on[0].Run != "two" {
			t.Errorf("carol is on %v", on)
		}
		is(t, "alice, elsewhere", len(one.On("alice")), 0)

		two.setPlayers("carol", "dave")
		time.Sleep(settle)
		is(t, "two's players later", one.onlineOn("two"), "[carol dave]")
		two.Leave()
		synctest.Wait()
		is(t, "after two has left", one.states(), "one up")
		is(t, "its players", one.onlineOn("two"), "[]")
		is(t, "two's view of others", two.onlineOn("one"), "[]")
	})
}

func TestHeartbeatHasSavedPosition(t *testing.T) {
	bubble(t, func(t *testing.T, a *network) {
		var saved []uint64 // only run uses it, which waits between heartbeats
		a.joinServer(t, "one", func(s *Self) { s.PeerSaved = func(position uint64) { saved = append(saved, position) } })
		two := a.joinServer(t, "two")
		for _, position := range []uint64{0, 900, 900, 901, 850} {
			two.setReport(Report{Stored: position})
			time.Sleep(settle)
		}
		synctest.Wait()
		is(t, "one learns", saved, "[900 901]")
	})
}

func TestMembersSilentLeaveAndReturn(t *testing.T) {
	bubble(t, func(t *testing.T, a *network) {
		one, two := a.joinServer(t, "one"), a.joinServer(t, "two")
		two.setPlayers("carol")
		time.Sleep(settle)
		two.wire.setDown(true)
		time.Sleep(silentAfter + heartbeatInterval)
		is(t, "after five seconds", one.states(), "one up, two silent")
		is(t, "its players", one.onlineOn("two"), "[]")
		is(t, "on", len(one.On("carol")), 0)
		is(t, "what the one that is cut off knows", two.states(), "one silent, two up")
		two.setPlayers("carol", "dave")
		two.wire.setDown(false)
		time.Sleep(settle)
		is(t, "back", one.states(), "one up, two up")
		is(t, "its players then", one.onlineOn("two"), "[carol dave]")
		two.wire.setDown(true)
		time.Sleep(forgetAfter + heartbeatInterval)
		is(t, "after a minute", one.states(), "one up")
	})
}

func TestHeartbeatRepeatsLostNames(t *testing.T) {
	bubble(t, func(t *testing.T, a *network) {
		random := rand.New(rand.NewPCG(1, 2)) // each third message could always be the answer
		a.lose = func(_ *fakeConn, _ string, _ []byte) bool { return random.IntN(3) == 0 }
		a.small = 1 << 10 // in many parts
		one, two := a.joinServer(t, "one"), a.joinServer(t, "two")
		for i := range 50 {
			var names []string
			for j := range i * 7 % 120 {
				names = append(names, fmt.Sprintf("player%d", (i*31+j)%200))
			}
			two.setPlayers(names...)
			time.Sleep(time.Second)
		}
		two.setPlayers("alice", "bob")
		for end := time.Now().Add(5 * resendInterval); time.Now().Before(end) && len(one.onlineOn("two")) != 2; {
			time.Sleep(time.Second) // two is silent while one misses several heartbeats
		}
		is(t, "two's players, for one", one.onlineOn("two"), "[alice bob]")
	})
}

func TestAloneNeedsListening(t *testing.T) {
	bubble(t, func(t *testing.T, a *network) {
		one := a.joinServer(t, "one")
		is(t, "at once", one.Alone(), false)
		time.Sleep(silentAfter + heartbeatInterval)
		is(t, "after a while", one.Alone(), true)
		two := a.joinServer(t, "two")
		time.Sleep(settle)
		is(t, "with another", one.Alone(), false)
		two.wire.setDown(true)
		time.Sleep(silentAfter + 2*heartbeatInterval)
		is(t, "when it is silent", one.Alone(), false)
		time.Sleep(aloneAfter)
		is(t, "when it was silent for long", one.Alone(), true)
		two.wire.setDown(false)
		time.Sleep(settle)
		is(t, "when it is back", one.Alone(), false)
		two.Leave()
		synctest.Wait()
		is(t, "when it has said that it leaves", one.Alone(), true)
		one.wire.setDown(true)
		is(t, "cut off", one.Alone(), false)
		time.Sleep(aloneAfter)
		one.wire.setDown(false)
		is(t, "connected again just now", one.Alone(), false)
		time.Sleep(silentAfter + 2*heartbeatInterval)
		is(t, "connected again", one.Alone(), true)
	})
}

func TestHeartbeatMeasuresClockDifference(t *testing.T) {
	bubble(t, func(t *testing.T, a *network) {
		one := a.joinServer(t, "one")
		other := a.wire()
		for i := range 20 {
			late := time.Duration(50+i%5*100) * time.Millisecond // on the way
			b := heartbeat{Name: "two", At: time.Now().Add(3*time.Second - late)}
			_ = other.Publish(presencePrefix+"two", encode(message{V: format, Heartbeat: &b}))
			time.Sleep(time.Second)
		}
		is(t, "skew", one.Servers()[1].Skew, 2950*time.Millisecond)
	})
}

func TestHeartbeatShowsLagAndTrouble(t *testing.T) {
	bubble(t, func(t *testing.T, a *network) {
		one, two := a.joinServer(t, "one"), a.joinServer(t, "two")
		for _, c := range []struct {
			folded, ours uint64
			r            Report
			want         string
			lag          uint64
		}{
			{1000, 1000, Report{}, "one up, two up", 0},
			{1000, 1050, Report{}, "one up, two up", 50},
			{1000, 1150, Report{}, "one up, two behind", 150},
			{1300, 1150, Report{}, "one behind, two up", 0},
			{1300, 1300, Report{StoreDown: true}, "one up, two database down", 0},
			{1300, 1300, Report{StoreDown: true, JournalDown: true}, "one up, two journal down", 0},
		} {
			c.r.Applied = c.folded
			one.setReport(Report{Applied: c.ours})
			two.setReport(c.r)
			time.Sleep(settle)
			is(t, "states", one.states(), c.want)
			is(t, "lag", one.Servers()[1].Lag, c.lag)
		}
	})
}

func TestMembersOfOneNameAreDistinct(t *testing.T) {
	bubble(t, func(t *testing.T, a *network) {
		same := func(s *Self) { s.Name = "host" }
		one := a.joinServer(t, "20261101-120000-aaaaaaone1", same)
		a.joinServer(t, "20261101-120000-aaaaaatwo2", same)
		time.Sleep(settle)
		is(t, "states", one.states(), "host-one1 up, host-two2 up")
	})
}

func TestMessagesInvalidAreIgnored(t *testing.T) {
	bubble(t, func(t *testing.T, a *network) {
		one, two := a.joinServer(t, "one"), a.joinServer(t, "two")
		two.setPlayers("carol")
		time.Sleep(settle)
		other := a.wire()
		long := strings.Repeat("x", maxMessage)
		for _, subject := range []string{presencePrefix + "two", presencePrefix + "x", presencePrefix + "a b\x1b[2J", presencePrefix, askPrefix + "one"} {
			for _, text := range []string{
				"", "{", "null", "[]", `{}`, `{"v":1}`, `{"v":2,"bye":true}`, `{"v":1,"beat":{}}`, `{"v":1,"beat":{"name":5}}`,
				`{"v":1,"beat":{"name":"x","players":-1}}`, `{"v":1,"beat":{"name":"` + long + `"}}`,
				`{"v":1,"names":{"number":9,"after":1,"part":1,"parts":1}}`, `{"v":1,"names":{"number":9,"after":1,"parts":1,"come":["dave",""]}}`,
				`{"v":1,"names":{"number":1,"after":1,"parts":1,"come":["dave"]}}`, `{"v":1,"names":{"number":9,"after":7,"parts":1,"come":["dave"]}}`,
				"{\"v\":1,\"names\":{\"number\":9,\"parts\":1,\"come\":[\"" + strings.Repeat("y", maxName+1) + "\"]}}",
				`{"v":1,"names":{"number":9,"after":7,"part":3,"parts":1000000000,"come":["dave"]}}`, "\xff\xfe", `{"v":1,"sessions":""}`,
			} {
				_ = other.send(subject, "reply", []byte(text))
			}
		}
		synctest.Wait()
		is(t, "states", one.states(), "one up, two up")
		is(t, "two's players", one.onlineOn("two"), "[carol]")
	})
}

func TestMessagesOfLaterVersionsAreAccepted(t *testing.T) {
	bubble(t, func(t *testing.T, a *network) {
		one := a.joinServer(t, "one")
		other := a.wire()
		_ = other.Publish(presencePrefix+"new", []byte(`{"v":1,"what":{"a":[1]},"beat":{"name":"n\u001b[2Jew","more":true,"names":1}}`))
		_ = other.Publish(presencePrefix+"new", []byte(`{"v":1,"names":{"number":1,"parts":1,"come":["Zo\u00eb"],"new":1}}`))
		synctest.Wait()
		is(t, "states", one.states(), "n.[2Jew up, one up")
		is(t, "players", one.onlineOn("new"), "[Zoë]")
	})
}

func TestMembersAndNamesAreBounded(t *testing.T) {
	bubble(t, func(t *testing.T, a *network) {
		one := a.joinServer(t, "one")
		other := a.wire()
		for i := range 5 * maxPeers {
			_ = other.Publish(fmt.Sprint(presencePrefix, "x", i), encode(message{V: format, Heartbeat: &heartbeat{Name: "x", Names: 1}}))
			synctest.Wait()
		}
		is(t, "servers", len(one.Servers()), maxPeers+1)
		names := make([]string, 2000)
		const rolls = 60 // more than are kept, in changes and in one update
		for _, parts := range []int{1, rolls} {
			for i := range uint64(rolls) {
				for j := range names {
					names[j] = fmt.Sprint("player", i, ".", j)
				}
				r := nameUpdate{Number: i + 1, After: i, Parts: 1, Joined: names}
				if parts > 1 {
					r = nameUpdate{Number: 100, Part: int(i), Parts: parts, Joined: names}
				}
				_ = other.Publish(presencePrefix+"x0", encode(message{V: format, Names: &r}))
				synctest.Wait()
			}
			is(t, "names", len(one.onlineOn("x0")), maxNames)
		}
	})
}

func TestNamesTenThousandCostLittle(t *testing.T) {
	bubble(t, func(t *testing.T, a *network) {
		one := a.joinServer(t, "one")
		two := a.joinServer(t, "two")
		names := make([]string, 10_000)
		for i := range names {
			names[i] = fmt.Sprintf("player%05d", i)
		}
		two.setPlayers(names...)
		time.Sleep(settle)
		is(t, "names", len(one.onlineOn("two")), len(names))
		measure := func(what string, most int, f func(i int)) {
			a.mu.Lock()
			before := a.bytes
			a.mu.Unlock()
			const seconds = 500 // until all names were sent again
			for i := range seconds {
				f(i)
				time.Sleep(time.Second)
			}
			a.mu.Lock()
			defer a.mu.Unlock()
			rate := (a.bytes - before) / seconds
			t.Logf("%s: %d bytes a second", what, rate)
			if rate > most {
				t.Errorf("%s: %d bytes a second", what, rate)
			}
		}
		measure("nobody comes or goes", 2000, func(int) {})
		measure("ten come and ten go each second", 3000, func(i int) {
			for j := range 10 {
				names[(10*i+j)%len(names)] = fmt.Sprintf("other%d.%d", i, j)
			}
			two.setPlayers(slices.Clone(names)...)
		})
		time.Sleep(settle)
		is(t, "in the end", len(one.onlineOn("two")), len(names))
	})
}

func TestMessagesFitSizeLimit(t *testing.T) {
	names := []string{strings.Repeat("\x01", maxName), strings.Repeat("<", maxName), strings.Repeat("𝄞", maxName), "alice"}
	for i := range 1000 {
		names = append(names, fmt.Sprintf("player%d\"<>&", i))
	}
	for _, limit := range []int{2 << 10, maxPart} {
		var h peerNames
		var come []string
		for _, data := range parts(limit, 1, 0, names, nil) {
			if len(data) > limit {
				t.Errorf("a part has %d bytes of %d", len(data), limit)
			}
			m, err := decode(data)
			if err != nil {
				t.Fatal(err)
			}
			come, _ = h.receive(m.Names)
		}
		if len(come) != len(names) || h.number != 1 {
			t.Errorf("%d of %d names arrive", len(come), len(names))
		}
	}
}

func TestPeerAnswersSessionsOfPlayer(t *testing.T) {
	bubble(t, func(t *testing.T, a *network) {
		one := a.joinServer(t, "one")
		a.joinServer(t, "two", func(s *Self) {
			s.Sessions = func(name string) []game.SessionInfo {
				return slices.Repeat([]game.SessionInfo{{From: "192.0.2.1", Terminal: name + "\x1b[2J", Since: time.Unix(7, 0).UTC()}}, 10*maxSessions)
			}
		})
		got, err := one.sessionsOn(t.Context(), "two", "alice")
		if err != nil || len(got) != maxSessions || got[0] != (game.SessionInfo{From: "192.0.2.1", Terminal: "alice.[2J", Since: time.Unix(7, 0).UTC()}) {
			t.Errorf("%d sessions, %v", len(got), err)
		}
		start := time.Now()
		if _, err := one.sessionsOn(t.Context(), "nobody", "alice"); err == nil || time.Since(start) != requestTimeout {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		other := a.wire()
		stop, _ := other.subscribe(askPrefix+"liar", func(m *nats.Msg) { _ = other.Publish(m.Reply, []byte(`{"v":1,"sessions":{}}`)) })
		defer stop()
		if _, err := one.sessionsOn(t.Context(), "liar", "alice"); err == nil {
			t.Error("an answer that makes no sense is taken")
		}
	})
}

func FuzzDecode(f *testing.F) {
	f.Add(encode(message{V: format, Heartbeat: &heartbeat{Name: "a", Version: "v1", At: time.Unix(1, 2)}}))
	f.Add(encode(message{V: format, Goodbye: true}))
	for _, part := range parts(500, 3, 2, []string{"alice", "bob\x1b"}, []string{"carol"}) {
		f.Add(part)
	}
	f.Add([]byte(`{"v":1,"names":{"number":18446744073709551615,"part":-1,"parts":9}}`))
	f.Add([]byte(`{"v":1,"beat":{"name":"\ud800","players":1e9}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := decode(data)
		if err != nil {
			return
		}
		if m.Heartbeat != nil {
			for _, s := range []string{m.Heartbeat.Name, m.Heartbeat.Version} {
				if cleanLabel(s) != s {
					t.Errorf("%q may be shown", s)
				}
			}
			if s := m.Heartbeat.HostKey; cleanText(s, maxHostKey) != s {
				t.Errorf("%q may be shown", s)
			}
			if member := newMember("run", m.Heartbeat, 0); member.Up < 0 || member.Players < 0 {
				t.Errorf("%+v", member)
			}
		}
		if m.Names != nil && m.Heartbeat == nil {
			var h peerNames
			come, left := h.receive(m.Names)
			if len(left) > 0 || len(come) != len(h.names) {
				t.Errorf("%d come, %d leave, %d are there", len(come), len(left), len(h.names))
			}
		}
		again, err := decode(encode(m))
		if a, b := encode(again), encode(m); err == nil && !json.Valid(a) || err == nil && string(a) != string(b) {
			t.Errorf("%s becomes %s", b, a)
		}
	})
}
