package server_test

import (
	"io"
	"strings"
	"testing"

	gossh "golang.org/x/crypto/ssh"

	"clickky/cmd/clickky/sshtest"
)

// listening starts the plain game. What it says may be read when it has ended.
func listening(t *testing.T, g *testServer, key gossh.Signer) (*gossh.Session, io.Writer, *strings.Builder) {
	t.Helper()
	session, err := sshtest.Dial(t, g.addr, "alice", key).NewSession()
	if err != nil {
		t.Fatal(err)
	}
	keys, err := session.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out := &strings.Builder{}
	session.Stdout = out
	if err := session.RequestPty("xterm-256color", 24, 80, nil); err != nil {
		t.Fatal(err)
	}
	if err := session.Start("plain"); err != nil {
		t.Fatal(err)
	}
	return session, keys, out
}

func TestPlainTextGame(t *testing.T) {
	t.Parallel()
	g := start(t, nil).load(t, 0)
	session, keys, out := listening(t, g, sshtest.Signer(t, 1))
	for _, key := range []string{" ", " ", "\r", "s"} {
		if _, err := io.WriteString(keys, key); err != nil {
			t.Fatal(err)
		}
	}
	sshtest.Eventually(t, "three clicks", func() bool { return g.Standing("alice").Clicks == 3 })
	if _, err := io.WriteString(keys, "q"); err != nil {
		t.Fatal(err)
	}
	if err := session.Wait(); err != nil {
		t.Errorf("ended with %v", err)
	}
	for _, want := range []string{"Welcome to clickky, alice.", "Thanks for playing", "3"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
	if strings.Contains(out.String(), "\x1b") {
		t.Errorf("an escape sequence in %q", out.String())
	}
	if r := sshtest.Dial(t, g.addr, "alice").Run(t, "plain", false); r.Status != 1 || !strings.Contains(r.Errors, "ssh -t") && !strings.Contains(r.Errors, "isn't yours") {
		t.Errorf("without a terminal: %+v", r)
	}
}

func TestShutdownEndsPlainText(t *testing.T) {
	t.Parallel()
	g := start(t, nil).load(t, 0)
	session, _, out := listening(t, g, sshtest.Signer(t, 1))
	sshtest.Eventually(t, "alice plays", func() bool { return g.Latest().Online == 1 })
	g.end()
	if err := session.Wait(); err != nil || !strings.Contains(out.String(), "restarting") {
		t.Errorf("%v, %s", err, out)
	}
}

func TestPlainTextForTerminalsWithoutScreen(t *testing.T) {
	t.Parallel()
	g := start(t, nil).load(t, 0)
	for _, c := range []struct {
		term, why string
		env       []string
	}{
		{term: "dumb", why: "Your terminal, dumb, can't show"},
		{term: "", why: "TERM is empty"},
		{term: "unknown", env: []string{"LANG=de_DE.ISO-8859-15"}, why: "Your terminal, unknown, can't show"},
		{term: "xterm", env: []string{"LANG=en_US.UTF-8", "LC_ALL=C"}},
		{term: "xterm-kitty", env: []string{"LC_ALL=en_US.utf8", "LANG=C"}},
		{term: "xterm"},
	} {
		session, err := sshtest.Dial(t, g.addr, "alice", sshtest.Signer(t, 1)).NewSession()
		if err != nil {
			t.Fatal(err)
		}
		out := &strings.Builder{}
		session.Stdout, session.Stdin = out, strings.NewReader(" s?q")
		for _, kv := range c.env {
			name, value, _ := strings.Cut(kv, "=")
			if err := session.Setenv(name, value); err != nil {
				t.Fatal(err)
			}
		}
		if err := session.RequestPty(c.term, 24, 80, nil); err != nil {
			t.Fatal(err)
		}
		if err := session.Shell(); err != nil {
			t.Fatal(err)
		}
		if err := session.Wait(); err != nil {
			t.Errorf("%+v: ended with %v", c, err)
		}
		first, _, _ := strings.Cut(out.String(), "\n")
		switch got := out.String(); {
		case c.why == "" && strings.Contains(got, "Welcome to"):
			t.Errorf("%+v: the plain game instead of the screen: %q", c, got)
		case c.why != "" && (!strings.Contains(first, c.why) || !strings.Contains(got, "Thanks for playing")):
			t.Errorf("%+v: %q", c, got)
		case c.why != "" && strings.Contains(got, "\x1b"):
			t.Errorf("%+v: an escape sequence in %q", c, got)
		case c.env != nil && c.why != "" && strings.ContainsFunc(got, func(r rune) bool { return r > '~' }):
			t.Errorf("%+v: more than ASCII in %q", c, got)
		}
	}
}
