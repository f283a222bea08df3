package server_test

import (
	"strings"
	"testing"

	"clickky/cmd/clickky/sshtest"
	"clickky/server"
)

func TestPeopleSeeEachOtherUnlessTheyHide(t *testing.T) {
	t.Parallel()
	g := start(t, nil).load(t, 0).journal(t)
	key := sshtest.Signer(t, 1)
	alice := sshtest.Dial(t, g.addr, "alice", key).Play(t, 120, 40)
	alice.WaitFor(t, "here now", "· alice")
	bob := sshtest.Dial(t, g.addr, "bob").Play(t, 120, 40)
	alice.WaitFor(t, "· ~bob")
	bob.Type(t, " ")
	alice.WaitFor(t, "▁ ~bob")
	bob.Type(t, "h")
	bob.WaitFor(t, "hidden")
	alice.WaitUntil(t, "bob is hidden", func(s string) bool { return !strings.Contains(s, "~bob") })
	bob.Type(t, "h")
	alice.WaitFor(t, "~bob")
	root := sshtest.Dial(t, g.addr, "root").Play(t, 80, 24)
	alice.WaitFor(t, "· ~root")
	root.Type(t, "h") // isn't remembered under a name that everybody shares, but holds for this session
	alice.WaitUntil(t, "root is hidden", func(s string) bool { return !strings.Contains(s, "root") })
}

func TestPeopleStayHiddenWhenTheyComeBack(t *testing.T) {
	t.Parallel()
	g := start(t, nil).load(t, 0).journal(t)
	key := sshtest.Signer(t, 1)
	first := sshtest.Dial(t, g.addr, "alice", key).Play(t, 80, 24)
	first.Type(t, " h")
	first.WaitFor(t, "hidden")
	first.Type(t, "q")
	first.Status(t)
	again := sshtest.Dial(t, g.addr, "alice", key).Play(t, 120, 40)
	bob := sshtest.Dial(t, g.addr, "bob").Play(t, 120, 40)
	bob.WaitFor(t, "here now", "· ~bob")
	bob.WaitUntil(t, "alice is hidden", func(s string) bool { return !strings.Contains(s, "alice") })
	again.Type(t, "h")
	bob.WaitFor(t, "· alice")
}

func TestPeopleStayHiddenWhenAnotherSessionChangesColours(t *testing.T) {
	t.Parallel()
	g := start(t, nil).load(t, 0).journal(t)
	key := sshtest.Signer(t, 1)
	first, second := sshtest.Dial(t, g.addr, "alice", key).Play(t, 80, 24), sshtest.Dial(t, g.addr, "alice", key).Play(t, 80, 24)
	first.Type(t, " ")
	first.WaitFor(t, "1 click by 1 player")
	second.WaitFor(t, "1 click by 1 player")
	first.Type(t, "h")
	first.WaitFor(t, "hidden")
	first.Type(t, "q")
	first.Status(t)
	second.Type(t, "t")
	second.WaitFor(t, "colours:")
	bob := sshtest.Dial(t, g.addr, "bob").Play(t, 120, 40)
	bob.WaitFor(t, "here now", "· ~bob")
	if strings.Contains(bob.Text(), "alice") {
		t.Errorf("alice is shown:\n%s", bob.Text())
	}
	second.Type(t, "hh")
	bob.WaitFor(t, "alice")
}

func TestPeopleAreNotShownWithoutPresence(t *testing.T) {
	t.Parallel()
	g := start(t, func(c *server.Config) { c.Live.HidePeople() }).load(t, 0)
	alice := sshtest.Dial(t, g.addr, "alice").Play(t, 120, 40)
	alice.Type(t, " ")
	alice.WaitFor(t, "1 click by 1 player")
	if strings.Contains(alice.Text(), "here now") {
		t.Errorf("people are shown:\n%s", alice.Text())
	}
}
