package checkup

import (
	"context"
	"crypto/ed25519"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	gossh "golang.org/x/crypto/ssh"

	"clickky/sync/cluster"
	"clickky/sync/finding/findingtest"
	"clickky/sync/journal"
	"clickky/sync/store"
)

func TestHowNATSServersAreReached(t *testing.T) {
	good := cluster.Tried{Server: "nats://a:4222", Name: "n1", Version: "2.15.2", Cluster: "c"}
	away := cluster.Tried{Server: "nats://b:4222", Err: fmt.Errorf("connect: %w", nats.ErrNoServers)}
	stranger := cluster.Tried{Server: "nats://b:4222", Err: nats.ErrAuthorization}
	broken := cluster.Tried{Server: "tls://b:4222", Err: errors.New("tls: unknown authority")}
	other := good
	other.Cluster = "d"
	for _, c := range []struct {
		what      string
		tried     []cluster.Tried
		at        int // which result
		want      Severity
		says, fix string
	}{
		{"it answers", []cluster.Tried{good, good}, 0, OK, "n1, version 2.15.2, in the cluster c", ""},
		{"one does not", []cluster.Tried{good, away}, 1, Warning, "nats://b:4222 doesn't answer", "start it"},
		{"none does", []cluster.Tried{away, away}, 0, Problem, "doesn't answer", "host and port"},
		{"wrong password", []cluster.Tried{good, stranger}, 1, Problem, "rejects this user", "--nats-password-file"},
		{"no trust", []cluster.Tried{good, broken}, 1, Warning, "unknown authority", "--nats-ca"},
		{"two clusters", []cluster.Tried{good, other}, 2, Problem, "belong to different clusters", "--nats"},
		{"one of several", []cluster.Tried{good}, 1, Warning, "names only one server", "all of them"},
		{"alone", []cluster.Tried{{Server: "nats://localhost:4222"}}, 0, OK, "not in a cluster", ""},
		{"near", []cluster.Tried{{Server: "nats://localhost:4222"}}, 1, OK, "not needed", ""},
		{"far", []cluster.Tried{good, good}, 2, Warning, "aren't encrypted", "tls://"},
		{"far, encrypted", []cluster.Tried{{Server: "tls://a:4222", TLS: "TLS 1.3"}}, 1, OK, "TLS 1.3", ""},
	} {
		results, reached := NATS(c.tried)
		findingtest.Judged(t, c.what, results[c.at], c.want, c.says, c.fix)
		if want := slices.ContainsFunc(c.tried, func(t cluster.Tried) bool { return t.Err == nil }); reached != want {
			t.Errorf("%s: reached is %v", c.what, reached)
		}
	}
}

func TestWhatJetStreamAnswers(t *testing.T) {
	f := journal.Facts{LeastPayload: 64 << 10, BestPayload: 8 << 20, MaxPayload: 1 << 20}
	for _, c := range []struct {
		err       error
		want      Severity
		says, fix string
	}{
		{nil, OK, "answers in", ""},
		{journal.ErrNotEnabled, Problem, "isn't enabled", "jetstream block"},
		{journal.ErrNotAllowed, Problem, "isn't allowed", "$JS.API.>"},
		{fmt.Errorf("ask: %w", context.DeadlineExceeded), Problem, "half of the NATS servers", "start the others"},
		{fmt.Errorf("ask: %w", journal.ErrNoMajority), Problem, "half of the NATS servers", "start the others"},
		{errors.New("what?"), Problem, "what?", "NATS reports"},
	} {
		results := Stream(f, c.err)
		findingtest.Judged(t, c.says, results[0], c.want, c.says, c.fix)
		if known := len(results) > 2; known != (c.err == nil) {
			t.Errorf("%s: %+v", c.says, results)
		}
	}
	for payload, want := range map[int64]Severity{8 << 20: OK, 1 << 20: OK, 512 << 10: Warning, 32 << 10: Problem} {
		f.MaxPayload = payload
		findingtest.Judged(t, fmt.Sprint(payload), judgePayload(f), want, "per message", "")
	}
}

func TestTheStreamOnNATS(t *testing.T) {
	const gib = 1 << 30
	limited := func(limit int64, flat bool, streams int) journal.Facts {
		return journal.Facts{MaxBytes: 8 * gib, WantedCopies: 3, Limit: limit, Flat: flat, Streams: streams, MaxStreams: 3}
	}
	for _, c := range []struct {
		f         journal.Facts
		want      Severity
		says, fix string
	}{
		{journal.Facts{MaxBytes: 8 * gib, WantedCopies: 3, Limit: -1, MaxStreams: -1}, OK, "3 copies of at most 8.0 GiB", ""},
		{limited(24*gib, true, 1), OK, "the server creates it", ""},
		{limited(23*gib, true, 0), Problem, "needs 24 GiB", "max_file"},
		{limited(23*gib, false, 0), OK, "the server creates it", ""},
		{limited(0, false, 0), Problem, "0 B left", "max_file"},
		{limited(-1, false, 2), Problem, "3 streams", "max_streams"},
		{journal.Facts{Made: true}, Problem, "another program", "nats stream rm"},
		{journal.Facts{Made: true, ID: "i", Altered: "it is kept in memory"}, Problem, "kept in memory", "nats stream edit"},
		{journal.Facts{Made: true, ID: "i", Untrusted: errors.New("no leader")}, Problem, "no leader", "start the NATS servers"},
		{journal.Facts{Made: true, ID: "i", First: 4, Last: 3}, OK, "the next one is 4", ""},
		{journal.Facts{Made: true, ID: "i", First: 4, Last: 9}, OK, "events 4 to 9", ""},
	} {
		findingtest.Judged(t, fmt.Sprintf("%+v", c.f), judgeStream(c.f), c.want, c.says, c.fix)
	}
	for bytes, want := range map[int64]Severity{0: OK, 4 * gib: OK, 7 * gib: Warning, 8 * gib: Problem} {
		findingtest.Judged(t, fmt.Sprint(bytes), judgeRoom(journal.Facts{Bytes: bytes, MaxBytes: 8 * gib}), want, "of 8.0 GiB", "")
	}
	findingtest.Judged(t, "no limit", judgeRoom(journal.Facts{Bytes: gib}), OK, "no limit", "")
}

func TestCopiesOfTheStream(t *testing.T) {
	current := []journal.Copy{{Server: "n2", Current: true}, {Server: "n3", Current: true}}
	for what, c := range map[string]struct {
		f         journal.Facts
		want      Severity
		says, fix string
	}{
		"three":    {journal.Facts{Clustered: true, Copies: 3, WantedCopies: 3, Leader: "n1", Others: current}, OK, "n1 is the leader", ""},
		"one away": {journal.Facts{Clustered: true, Copies: 3, WantedCopies: 3, Others: []journal.Copy{current[0], {Server: "n3", Offline: true}}}, Warning, "those on n3 are down", "peer-remove"},
		"one late": {journal.Facts{Clustered: true, Copies: 3, WantedCopies: 3, Others: []journal.Copy{current[0], {Server: "n3", Lag: 7}}}, Warning, "n3 (7 operations behind)", "wait"},
		"too few":  {journal.Facts{Clustered: true, Copies: 1, WantedCopies: 3}, Warning, "should be 3", "--replicas 3"},
		"alone":    {journal.Facts{Copies: 1, WantedCopies: 1}, Warning, "the only NATS server", "three"},
	} {
		findingtest.Judged(t, what, judgeCopies(c.f), c.want, c.says, c.fix)
	}
}

func TestWhetherADatabaseFitsToTheStream(t *testing.T) {
	at := func(position uint64) *store.State { return &store.State{Journal: "i", Position: position} }
	f := journal.Facts{Made: true, ID: "i", First: 100, Last: 200}
	for what, c := range map[string]struct {
		f     journal.Facts
		err   error
		state *store.State
		want  Severity
		says  string
	}{
		"nothing known":   {f, errors.New("no"), at(1), Skipped, "journal's"},
		"no database":     {f, nil, nil, Skipped, "database's"},
		"both new":        {journal.Facts{}, nil, &store.State{}, OK, "nothing to replay yet"},
		"taken over":      {f, nil, &store.State{Position: 150}, OK, "replays 50 events"},
		"moving here":     {journal.Facts{}, nil, at(5), Warning, "continue with the saved counts"},
		"another's":       {f, nil, &store.State{Journal: "other"}, Warning, "another journal (other)"},
		"another's lease": {f, nil, &store.State{Journal: "other", LeaseLeft: 1}, Skipped, "another journal"},
		"all saved":       {f, nil, at(200), OK, "everything up to event 200"},
		"the oldest":      {f, nil, at(99), OK, "replays 101 events"},
		"cut":             {f, nil, at(98), Problem, "events 99 to 99 are gone"},
		"lost":            {f, nil, at(201), Problem, "ends at 200"},
		"old news":        {journal.Facts{Made: true, ID: "i", Untrusted: errors.New("no leader")}, nil, at(201), Skipped, "may be out of date"},
	} {
		findingtest.Judged(t, what, SharedPosition(c.f, c.err, c.state), c.want, c.says, "")
	}
	held := store.State{Journal: "i", LeaseLeft: 20 * time.Second}
	findingtest.Judged(t, "in use", SharedLease(held, "i", 2), OK, "20s left", "")
	findingtest.Judged(t, "ended", SharedLease(held, "i", 0), OK, "continue at once", "")
	findingtest.Judged(t, "elsewhere", SharedLease(held, "j", 2), Warning, "another journal (i)", "stop that server")
	findingtest.Judged(t, "lost", SharedLease(store.State{Journal: "i"}, "i", 2), Warning, "none of them", "logs")
	findingtest.Judged(t, "no stream", SharedLease(held, "", 2), Problem, "gone", "start them again")
	findingtest.Judged(t, "no stream yet", SharedLease(store.State{}, "", 0), OK, "no server", "")
	findingtest.Judged(t, "free", SharedLease(store.State{Journal: "i"}, "i", 0), OK, "no server", "")
}

// hostKey writes a private key and returns its path and fingerprint.
func hostKey(t *testing.T, seed byte) (path, fingerprint string) {
	t.Helper()
	key := ed25519.NewKeyFromSeed([]byte(strings.Repeat(string(rune(seed)), ed25519.SeedSize)))
	block, err := gossh.MarshalPrivateKey(key, "")
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
		t.Fatal(err)
	}
	signer, err := gossh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return path, gossh.FingerprintSHA256(signer.PublicKey())
}

func TestServersOfAGame(t *testing.T) {
	path, key := hostKey(t, 'a')
	otherPath, _ := hostKey(t, 'b')
	here := Here{Name: "one", Version: "v1", KeyFiles: []string{path}}
	one := cluster.Member{Name: "one", Version: "v1", HostKey: key, State: cluster.Up, Report: cluster.Report{Players: 1}}
	with := func(change func(*cluster.Member)) cluster.Member {
		two := one
		two.Name = "two"
		change(&two)
		return two
	}
	named := func(results []Finding, name string) (found []Finding) {
		for _, r := range results {
			if r.Name == name {
				found = append(found, r)
			}
		}
		return found
	}
	for _, c := range []struct {
		what      string
		other     cluster.Member
		here      Here
		name      string
		want      Severity
		says, fix string
	}{
		{"all well", with(func(*cluster.Member) {}), here, "servers", OK, "2 servers: one, two", ""},
		{"up", with(func(*cluster.Member) {}), here, "server", OK, "two: up, 1 player, 0 events behind", ""},
		{"cut off", with(func(m *cluster.Member) { m.State, m.Unjournaled = cluster.JournalDown, 9 }), here, "server", Problem, "9 clicks in memory only", "NATS"},
		{"no database", with(func(m *cluster.Member) { m.State = cluster.DatabaseDown }), here, "server", Problem, "database down", "database"},
		{"behind", with(func(m *cluster.Member) { m.State, m.Lag = cluster.Behind, 500 }), here, "server", Warning, "500 events behind", "CPU"},
		{"clocks", with(func(m *cluster.Member) { m.Skew = -time.Second }), here, "clocks", OK, "at most 1s", ""},
		{"a clock", with(func(m *cluster.Member) { m.Skew = -3 * time.Second }), here, "clocks", Warning, "the clock of this machine is 3s ahead of the clock of two", "NTP"},
		{"the clock here", with(func(m *cluster.Member) { m.Skew = time.Minute }), here, "clocks", Problem, "the clock of two is 1m0s ahead", "NTP"},
		{"one key", with(func(*cluster.Member) {}), here, "host-keys", OK, key, ""},
		{"two keys", with(func(m *cluster.Member) { m.HostKey = "SHA256:x" }), here, "host-keys", Problem, "two has SHA256:x", "copy the host key"},
		{"another here", with(func(*cluster.Member) {}), Here{Name: "one", Version: "v1", KeyFiles: []string{otherPath}}, "host-keys", Problem, "here is SHA256:", "copy"},
		{"none here", with(func(*cluster.Member) {}), Here{Name: "one", Version: "v1", KeyFiles: []string{"none"}}, "host-keys", Warning, "can't read none to compare", "before you start one"},
		{"versions", with(func(m *cluster.Member) { m.Version = "v2" }), here, "versions", Warning, "two runs v2", "one server at a time"},
		{"the version here", with(func(*cluster.Member) {}), Here{Name: "one", Version: "v0", KeyFiles: []string{path}}, "versions", Warning, "this program is v0", "newest"},
		{"not heard", with(func(*cluster.Member) {}), Here{Name: "six", Version: "v1", KeyFiles: []string{path}, Running: true}, "servers", Warning, "can't hear the server on this machine (six)", "log"},
		{"heard", with(func(m *cluster.Member) { m.Name = "six-abcd" }), Here{Name: "six", Version: "v1", KeyFiles: []string{path}, Running: true}, "servers", OK, "six-abcd", ""},
	} {
		found := named(Servers([]cluster.Member{one, c.other}, c.here), c.name)
		if len(found) == 0 {
			t.Errorf("%s: there is no %s", c.what, c.name)
			continue
		}
		findingtest.Judged(t, c.what, found[len(found)-1], c.want, c.says, c.fix)
	}
	findingtest.Judged(t, "nobody", Servers(nil, here)[0], OK, "none running", "")
	here.Running = true
	findingtest.Judged(t, "nobody but the one here", Servers(nil, here)[0], Warning, "can't hear", "/readyz")
}
