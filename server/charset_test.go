package server_test

import (
	"bytes"
	"io"
	"strings"
	"sync"
	"testing"
	"unicode"

	"clickky/cmd/clickky/sshtest"
)

const (
	askedForWidth = "\x1b[6n"

	inUnicode, inASCII = "╭─ you", "+- you"
)

func TestCharsetFollowsLocale(t *testing.T) {
	t.Parallel()
	g := start(t, nil).load(t, 0)
	s := sshtest.Dial(t, g.addr, "alice").Play(t, 80, 24, "LANG=de_DE.UTF-8", "LC_ALL=de_DE@euro")
	s.WaitFor(t, inASCII)
	s.Type(t, "?")
	s.WaitFor(t, "names and keys")
	s.Type(t, "q")
	s.Status(t)
	if got := s.Bytes(); bytes.ContainsFunc(got, func(r rune) bool { return r > unicode.MaxASCII }) || bytes.Contains(got, []byte(askedForWidth)) {
		t.Errorf("not only ASCII, or a question: %q", got)
	}
	s = sshtest.Dial(t, g.addr, "bob").Play(t, 80, 24, "LANG=C", "LC_CTYPE=UTF-8")
	s.WaitFor(t, inUnicode)
	if !bytes.Contains(s.Bytes(), []byte(askedForWidth)) {
		t.Error("the width isn't asked for")
	}
}

// received collects what a terminal gets.
type received struct {
	mu   sync.Mutex
	text strings.Builder
}

func (r *received) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(p)
}

func (r *received) has(text string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Contains(r.text.String(), text)
}

func TestCharsetFollowsWidth(t *testing.T) {
	t.Parallel()
	g := start(t, nil).load(t, 0)
	session, err := sshtest.Dial(t, g.addr, "alice").NewSession()
	if err != nil {
		t.Fatal(err)
	}
	keys, err := session.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out := &received{}
	session.Stdout = out
	if err := session.RequestPty("xterm", 24, 80, nil); err != nil {
		t.Fatal(err)
	}
	if err := session.Shell(); err != nil {
		t.Fatal(err)
	}
	sshtest.Eventually(t, "the width is asked for", func() bool { return out.has(askedForWidth) && out.has(inUnicode) })
	if _, err := io.WriteString(keys, "\x1b[2;3R"); err != nil {
		t.Fatal(err)
	}
	sshtest.Eventually(t, "the screen is ASCII", func() bool { return out.has(inASCII) })
	if _, err := io.WriteString(keys, "a"); err != nil {
		t.Fatal(err)
	}
	sshtest.Eventually(t, "it is switched back", func() bool { return out.has("all characters") })
}

func TestCharsetChosenIsKept(t *testing.T) {
	t.Parallel()
	g := start(t, nil).load(t, 0).journal(t)
	key := sshtest.Signer(t, 1)
	owns(t, g, "alice", key)
	for _, c := range []struct{ lang, shows, says, kept string }{
		{"C.UTF-8", inUnicode, "only ASCII", "theme=auto,ascii"},
		{"C.UTF-8", inASCII, "all characters", "theme=auto"},
		{"C", inASCII, "all characters", "theme=auto,unicode"},
		{"C", inUnicode, "only ASCII", "theme=auto"},
	} {
		s := sshtest.Dial(t, g.addr, "alice", key).Play(t, 80, 24, "LANG="+c.lang)
		s.WaitFor(t, c.shows)
		press(t, s, pressing{"a", c.says})
		sshtest.Eventually(t, "the choice is kept", func() bool { return kept(g)["alice"] == c.kept })
	}
}
