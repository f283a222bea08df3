package server_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"clickky/cmd/clickky/sshtest"
)

// freshKey returns a new key.
func (a *attacker) freshKey() gossh.Signer {
	a.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		a.Fatal(err)
	}
	key, err := gossh.NewSignerFromKey(private)
	if err != nil {
		a.Fatal(err)
	}
	return key
}

// takeName presses space once under a name and leaves. It reports whether the login succeeded,
// because many logins at once are rejected at random.
func takeName(addr, name string, key gossh.Signer) bool {
	client, err := gossh.Dial("tcp", addr, sshtest.Config(name, key))
	if err != nil {
		return false
	}
	defer client.Close()
	session, err := client.NewSession()
	if err != nil {
		return false
	}
	keys, err := session.StdinPipe()
	// A terminal whose background the server asks for would be waited for at the end.
	if err != nil || session.RequestPty("vt100", 24, 80, nil) != nil || session.Shell() != nil {
		return false
	}
	_, err = io.WriteString(keys, " q")
	return err == nil && session.Wait() == nil
}

// nameAttacks create many names, which stay for good.
var nameAttacks = []attack{
	{"names without end by one key", 80, func(a *attacker) {
		key, begin := a.freshKey(), time.Now()
		var pressed atomic.Int64
		var crowd sync.WaitGroup
		for worker := range 4 {
			crowd.Go(func() {
				for i := range a.times / 4 {
					if takeName(a.g.addr, fmt.Sprintf("x%d-%d-%d", begin.UnixNano(), worker, i), key) {
						pressed.Add(1)
					}
				}
			})
		}
		crowd.Wait()
		names := len(a.g.NamesByKey(fingerprint(key)))
		if most := 5 + int(time.Since(begin)/time.Minute); names < 5 || names > most || pressed.Load() < int64(a.times/2) {
			a.Errorf("%d presses under new names claimed %d of them, want 5 to %d", pressed.Load(), names, most)
		}
	}},
}
