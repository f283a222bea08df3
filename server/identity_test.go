package server_test

import (
	"crypto/rand"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"clickky/cmd/clickky/sshtest"
	"clickky/server"
	"clickky/sync/game"
)

// journal makes the ledger apply its events at once, like a journal without a disk.
func (g *testServer) journal(t *testing.T) *testServer {
	t.Helper()
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
			}
			if e := g.Drain(10, 10); !e.Empty() {
				e.At = time.Now()
				g.Apply(g.Position()+1, e, true)
			}
		}
	}()
	t.Cleanup(func() { close(stop); <-stopped })
	return g
}

// owns makes keys own a name, as if the database had them.
func owns(t *testing.T, g *testServer, name string, keys ...gossh.Signer) *testServer {
	t.Helper()
	for _, k := range keys {
		g.ProposeKeyChange(game.KeyChange{Kind: game.KeyBind, Name: name, Key: fingerprint(k)})
	}
	e := g.Drain(100, 0)
	g.Apply(g.Position()+1, e, true)
	return g
}

// certified returns a key with a certificate for a principal, from an unknown authority.
func certified(t *testing.T, key gossh.Signer, principal string) gossh.Signer {
	t.Helper()
	cert := &gossh.Certificate{
		Key: key.PublicKey(), CertType: gossh.UserCert, KeyId: principal,
		ValidPrincipals: []string{principal}, ValidBefore: gossh.CertTimeInfinity,
	}
	if err := cert.SignCert(rand.Reader, sshtest.Signer(t, 200)); err != nil {
		t.Fatal(err)
	}
	signer, err := gossh.NewCertSigner(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

func TestIdentityComesFromProvedKey(t *testing.T) {
	t.Parallel()
	owner, other, boss, bound := sshtest.Signer(t, 1), sshtest.Signer(t, 2), sshtest.Signer(t, 3), sshtest.Signer(t, 4)
	agent := []gossh.Signer{}
	for n := range byte(8) {
		agent = append(agent, sshtest.Signer(t, 10+n))
	}
	withSeventh := func(key gossh.Signer) []gossh.Signer {
		keys := append([]gossh.Signer{}, agent...)
		keys[6] = key
		return keys
	}
	g := start(t, func(c *server.Config) {
		c.Admins = admins(t, fingerprint(boss), "chief="+fingerprint(boss), "kept")
	}).load(t, 0)
	owns(t, g, "alice", owner)
	owns(t, g, "kept", bound)
	const notYours = "isn't yours"
	for what, c := range map[string]struct {
		name string
		keys []gossh.Signer
		want string // in what me --json prints, or in the refusal
	}{
		"the owner":                          {"alice", []gossh.Signer{owner}, `"claimed":true,"admin":false`},
		"the owner in capitals":              {"Alice", []gossh.Signer{owner}, `"name":"alice"`},
		"another key":                        {"alice", []gossh.Signer{other}, notYours},
		"another admin's key":                {"alice", []gossh.Signer{boss}, notYours},
		"no key":                             {"alice", nil, "Your client didn't offer a key"},
		"an agent whose seventh key is it":   {"alice", withSeventh(owner), `"claimed":true`},
		"an agent with eight wrong keys":     {"alice", agent, "and 3 more"},
		"a certificate for the name":         {"alice", []gossh.Signer{certified(t, other, "alice")}, notYours},
		"a certificate of the owner's key":   {"alice", []gossh.Signer{certified(t, owner, "alice")}, notYours},
		"a certificate, and then the key":    {"alice", []gossh.Signer{certified(t, owner, "alice"), owner}, `"claimed":true`},
		"a guest":                            {"bob", nil, `"claimed":false,"admin":false`},
		"a key under a free name":            {"bob", []gossh.Signer{other}, `"claimed":false,"admin":false`},
		"an admin under a free name":         {"bob", []gossh.Signer{boss}, `"claimed":false,"admin":true`},
		"an admin under the name of the key": {"chief", []gossh.Signer{boss}, `"claimed":true,"admin":true`},
		"another under an admin's name":      {"chief", []gossh.Signer{owner}, notYours},
		"nobody under an admin's name":       {"chief", nil, notYours},
		"a kept name by a bound key":         {"kept", []gossh.Signer{bound}, `"claimed":true,"admin":true`},
		"a kept name by another admin":       {"kept", []gossh.Signer{boss}, notYours},
		"a shared name without a key":        {"root", nil, `"claimed":false,"admin":false`},
		"a shared name with a key":           {"root", []gossh.Signer{other}, `"claimed":false,"admin":false`},
		"a shared name with an admin's key":  {"root", []gossh.Signer{boss}, `"claimed":false,"admin":true`},
	} {
		r := sshtest.Dial(t, g.addr, c.name, c.keys...).Run(t, "me --json", false)
		status := 0
		if !strings.HasPrefix(c.want, `"`) {
			status = 1
		}
		if r.Status != status || !strings.Contains(r.Out+r.Errors, c.want) {
			t.Errorf("%s: %+v, want status %d and %s", what, r, status, c.want)
		}
		if status == 1 && len(c.keys) == 1 && !strings.Contains(what, "certificate") && !strings.Contains(r.Errors, fingerprint(c.keys[0])) {
			t.Errorf("%s is not told the fingerprint: %s", what, r.Errors)
		}
	}
}

func TestClaimGoesToFirstScoringKey(t *testing.T) {
	t.Parallel()
	owner, other := sshtest.Signer(t, 1), sshtest.Signer(t, 2)
	g := start(t, nil).load(t, 0, game.Player{Name: "alice", Clicks: 41}).journal(t)
	guest := sshtest.Dial(t, g.addr, "alice").Play(t, 100, 24)
	guest.WaitFor(t, "~alice", "ssh-keygen")
	looker := sshtest.Dial(t, g.addr, "alice", other).Play(t, 80, 24)
	looker.WaitFor(t, "your first click makes alice yours")
	s := sshtest.Dial(t, g.addr, "alice", owner).Play(t, 80, 24)
	s.WaitFor(t, "alice")
	s.Type(t, " ")
	s.WaitUntil(t, "shows the old score and one more", func(screen string) bool {
		return strings.Contains(screen, "42") && !strings.Contains(screen, "~alice")
	})
	for _, gone := range []*sshtest.Screen{guest, looker} {
		if status := gone.Status(t); status != 0 {
			t.Errorf("status %d", status)
		}
		gone.WaitFor(t, "now belongs to another SSH key")
	}
	if r := sshtest.Dial(t, g.addr, "alice", owner).Run(t, "me --json", false); !strings.Contains(r.Out, `"clicks":42,"rank":1,"claimed":true`) {
		t.Errorf("%+v", r)
	}
	if r := sshtest.Dial(t, g.addr, "alice", other).Run(t, "me", false); r.Status != 1 {
		t.Errorf("another key: %+v", r)
	}
}

func TestClaimRaceHasOneOwner(t *testing.T) {
	t.Parallel()
	g := start(t, nil).load(t, 0).journal(t)
	for round := range 5 {
		name := fmt.Sprint("racer", round)
		keys := []gossh.Signer{sshtest.Signer(t, 1), sshtest.Signer(t, 2), sshtest.Signer(t, 3)}
		var screens []*sshtest.Screen
		for _, k := range keys {
			s := sshtest.Dial(t, g.addr, name, k).Play(t, 80, 24)
			s.WaitFor(t, name)
			screens = append(screens, s)
		}
		for _, s := range screens {
			go s.TryType(" ")
		}
		sshtest.Eventually(t, "somebody owns the name", func() bool { return len(g.Keys(name)) > 0 && !g.Keys(name)[0].Since.IsZero() })
		owners := 0
		for i, k := range keys {
			if sshtest.Dial(t, g.addr, name, k).Run(t, "me", false).Status == 0 {
				owners++
				screens[i].WaitFor(t, "+1 ")
			}
		}
		if owners != 1 || g.Standing(name).Clicks != 1 {
			t.Errorf("%s has %d owners and %d clicks", name, owners, g.Standing(name).Clicks)
		}
	}
}

func TestClaimSkipsSharedName(t *testing.T) {
	t.Parallel()
	g := start(t, nil).load(t, 0).journal(t)
	for range 2 {
		for _, keys := range [][]gossh.Signer{{sshtest.Signer(t, 1)}, {sshtest.Signer(t, 2)}, nil} {
			s := sshtest.Dial(t, g.addr, "root", keys...).Play(t, 80, 24)
			s.WaitFor(t, "~root", "ssh NAME@HOST")
			s.Type(t, " ")
			s.WaitFor(t, "+1 ")
			s.Type(t, "q")
			s.Status(t)
		}
	}
	if keys := g.Keys("root"); len(keys) > 0 || g.Standing("root").Clicks != 6 {
		t.Errorf("keys %v, %+v", keys, g.Standing("root"))
	}
}

func TestGuestsRejectedReadAboutKeys(t *testing.T) {
	t.Parallel()
	g := start(t, func(c *server.Config) { c.NoGuests = true }).load(t, 0)
	for _, name := range []string{"alice", "root"} {
		if r := sshtest.Dial(t, g.addr, name).Run(t, "", true); r.Status != 1 || !strings.Contains(r.Errors, "ssh-keygen") {
			t.Errorf("%s: %+v", name, r)
		}
	}
	if r := sshtest.Dial(t, g.addr, "alice", sshtest.Signer(t, 1)).Run(t, "me", false); r.Status != 0 {
		t.Errorf("with a key: %+v", r)
	}
}

func TestCodeAddsSecondKey(t *testing.T) {
	t.Parallel()
	first, second, third := sshtest.Signer(t, 1), sshtest.Signer(t, 2), sshtest.Signer(t, 3)
	g := start(t, nil).load(t, 0).journal(t)
	owns(t, g, "alice", first)
	run := func(name, line string, key gossh.Signer) sshtest.Result {
		t.Helper()
		return sshtest.Dial(t, g.addr, name, key).Run(t, line, false)
	}
	r := run("alice", "keys add", first)
	code := regexp.MustCompile(`\+[a-z0-9-]+`).FindString(r.Out)
	if r.Status != 0 || !strings.Contains(r.Out, "ssh "+code+"@HOST") {
		t.Fatalf("%+v", r)
	}
	if r := sshtest.Dial(t, g.addr, code).Run(t, "", true); r.Status != 1 || !strings.Contains(r.Errors, "didn't offer one") {
		t.Errorf("the code without a key: %+v", r)
	}
	if r := sshtest.Dial(t, g.addr, code, second).Run(t, "", true); r.Status != 0 || !strings.Contains(r.Out, "now plays as alice") {
		t.Fatalf("the code with a key: %+v", r)
	}
	if r := run(code, "", third); r.Status != 1 || !strings.Contains(r.Errors, "unknown, used or expired") {
		t.Errorf("the code once more: %+v", r)
	}
	r = run("alice", "keys list", second)
	if r.Status != 0 || !strings.Contains(r.Out, fingerprint(first)) || !strings.Contains(r.Out, fingerprint(second)) || strings.Count(r.Out, "\n") != 2 {
		t.Errorf("keys list: %+v", r)
	}

	playing := sshtest.Dial(t, g.addr, "alice", first).Play(t, 80, 24)
	playing.WaitFor(t, "alice")
	if r := run("alice", "keys remove "+fingerprint(first)[:15], second); r.Status != 0 {
		t.Errorf("keys remove: %+v", r)
	}
	playing.WaitFor(t, "now belongs to another SSH key")
	if r := run("alice", "me", first); r.Status != 1 {
		t.Errorf("the removed key: %+v", r)
	}
	if r := run("alice", "keys remove "+fingerprint(second), second); r.Status != 1 || !strings.Contains(r.Errors, "only key") {
		t.Errorf("the last key: %+v", r)
	}
}

func TestKeysCommandIsForOwners(t *testing.T) {
	t.Parallel()
	boss := sshtest.Signer(t, 1)
	g := start(t, func(c *server.Config) { c.Admins = admins(t, "boss="+fingerprint(boss)) }).load(t, 0)
	for what, c := range map[string]struct {
		name string
		keys []gossh.Signer
		want string
	}{
		"a guest":     {"alice", nil, "guest"},
		"a newcomer":  {"alice", []gossh.Signer{boss}, "score once"},
		"a sharer":    {"root", []gossh.Signer{boss}, "guest"},
		"a kept name": {"boss", []gossh.Signer{boss}, "clickky bind"},
	} {
		for _, line := range []string{"keys add", "keys remove SHA256:x"} {
			r := sshtest.Dial(t, g.addr, c.name, c.keys...).Run(t, line, false)
			if r.Status != 1 || !strings.Contains(r.Errors, c.want) || r.Out != "" {
				t.Errorf("%s, %s: %+v, want status 1 and %q", what, line, r, c.want)
			}
		}
	}
}
