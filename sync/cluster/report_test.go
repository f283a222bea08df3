package cluster

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"clickky/sync/finding"
	"clickky/sync/finding/findingtest"
	"clickky/sync/game"
)

func TestReportNATSServers(t *testing.T) {
	good := attempt{server: "nats://a:4222", name: "n1", version: "2.15.2", cluster: "c"}
	away := attempt{server: "nats://b:4222", err: fmt.Errorf("connect: %w", nats.ErrNoServers)}
	stranger := attempt{server: "nats://b:4222", err: nats.ErrAuthorization}
	broken := attempt{server: "tls://b:4222", err: errors.New("tls: unknown authority")}
	other := good
	other.cluster = "d"
	for _, c := range []struct {
		what      string
		tried     []attempt
		at        int // which result
		want      finding.Severity
		says, fix string
	}{
		{"it answers", []attempt{good, good}, 0, finding.OK, "n1, version 2.15.2, in the cluster c", ""},
		{"one does not", []attempt{good, away}, 1, finding.Warning, "nats://b:4222 doesn't answer", "start it"},
		{"none does", []attempt{away, away}, 0, finding.Problem, "doesn't answer", "host and port"},
		{"wrong password", []attempt{good, stranger}, 1, finding.Problem, "rejects this user", "--nats-password-file"},
		{"no trust", []attempt{good, broken}, 1, finding.Warning, "unknown authority", "--nats-ca"},
		{"two clusters", []attempt{good, other}, 2, finding.Problem, "belong to different clusters", "--nats"},
		{"one of several", []attempt{good}, 1, finding.Warning, "names only one server", "all of them"},
		{"alone", []attempt{{server: "nats://localhost:4222"}}, 0, finding.OK, "not in a cluster", ""},
		{"near", []attempt{{server: "nats://localhost:4222"}}, 1, finding.OK, "not needed", ""},
		{"far", []attempt{good, good}, 2, finding.Warning, "isn't encrypted", "tls://"},
		{"far, encrypted", []attempt{{server: "tls://a:4222", tls: "TLS 1.3"}}, 1, finding.OK, "TLS 1.3", ""},
	} {
		var r finding.Report
		reached := report(c.tried, &r)
		findingtest.Judged(t, c.what, r[c.at], c.want, c.says, c.fix)
		if want := slices.ContainsFunc(c.tried, func(t attempt) bool { return t.err == nil }); reached != want {
			t.Errorf("%s: reached is %v", c.what, reached)
		}
	}
}

func (h Here) reported(members ...game.Server) (r finding.Report) {
	h.report(members, &r)
	return r
}

func TestReportMembers(t *testing.T) {
	const key = "SHA256:a"
	here := Here{Name: "one", Version: "v1", KeyFiles: "host_key", HostKey: key}
	one := game.Server{Name: "one", Version: "v1", HostKey: key, State: game.ServerUp, Players: 1}
	with := func(change func(*game.Server)) game.Server {
		two := one
		two.Name = "two"
		change(&two)
		return two
	}
	named := func(results finding.Report, name string) (found finding.Report) {
		for _, r := range results {
			if r.Name == name {
				found = append(found, r)
			}
		}
		return found
	}
	for _, c := range []struct {
		what      string
		other     game.Server
		here      Here
		name      string
		want      finding.Severity
		says, fix string
	}{
		{"all well", with(func(*game.Server) {}), here, "servers", finding.OK, "2 servers: one, two", ""},
		{"up", with(func(*game.Server) {}), here, "server", finding.OK, "two: up, 1 player, 0 events behind", ""},
		{"cut off", with(func(m *game.Server) { m.State, m.Unjournaled = game.ServerJournalDown, 9 }), here, "server", finding.Problem, "9 clicks in memory only", "NATS"},
		{"no database", with(func(m *game.Server) { m.State = game.ServerDatabaseDown }), here, "server", finding.Problem, "database down", "database"},
		{"behind", with(func(m *game.Server) { m.State, m.Lag = game.ServerBehind, 500 }), here, "server", finding.Warning, "500 events behind", "CPU"},
		{"clocks", with(func(m *game.Server) { m.Skew = -time.Second }), here, "clocks", finding.OK, "at most 1s", ""},
		{"a clock", with(func(m *game.Server) { m.Skew = -3 * time.Second }), here, "clocks", finding.Warning, "the clock of this machine is 3s ahead of the clock of two", "NTP"},
		{"the clock here", with(func(m *game.Server) { m.Skew = time.Minute }), here, "clocks", finding.Problem, "the clock of two is 1m0s ahead", "NTP"},
		{"one key", with(func(*game.Server) {}), here, "host-keys", finding.OK, key, ""},
		{"two keys", with(func(m *game.Server) { m.HostKey = "SHA256:x" }), here, "host-keys", finding.Problem, "two has SHA256:x", "copy the host key"},
		{"another here", with(func(*game.Server) {}), Here{Name: "one", Version: "v1", KeyFiles: "host_key", HostKey: "SHA256:b"}, "host-keys", finding.Problem, "here is SHA256:", "copy"},
		{"none here", with(func(*game.Server) {}), Here{Name: "one", Version: "v1", KeyFiles: "none", KeyErr: errors.New("there is none")}, "host-keys", finding.Warning, "can't read none to compare", "before you start one"},
		{"versions", with(func(m *game.Server) { m.Version = "v2" }), here, "versions", finding.Warning, "two runs v2", "one server at a time"},
		{"the version here", with(func(*game.Server) {}), Here{Name: "one", Version: "v0", KeyFiles: "host_key", HostKey: key}, "versions", finding.Warning, "this program is v0", "newest"},
		{"not heard", with(func(*game.Server) {}), Here{Name: "six", Version: "v1", KeyFiles: "host_key", HostKey: key, Running: true}, "servers", finding.Warning, "can't hear the server on this machine (six)", "log"},
		{"heard", with(func(m *game.Server) { m.Name = "six-abcd" }), Here{Name: "six", Version: "v1", KeyFiles: "host_key", HostKey: key, Running: true}, "servers", finding.OK, "six-abcd", ""},
	} {
		found := named(c.here.reported(one, c.other), c.name)
		if len(found) == 0 {
			t.Errorf("%s: there is no %s", c.what, c.name)
			continue
		}
		findingtest.Judged(t, c.what, found[len(found)-1], c.want, c.says, c.fix)
	}
	findingtest.Judged(t, "nobody", here.reported()[0], finding.OK, "none running", "")
	here.Running = true
	findingtest.Judged(t, "nobody but the one here", here.reported()[0], finding.Warning, "can't hear", "/readyz")
}
