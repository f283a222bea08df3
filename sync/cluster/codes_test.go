package cluster

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

func TestCodesWorkOnceOnAnyServer(t *testing.T) {
	s := natsServer(t)
	codes := make([]*Codes, 8)
	for i := range codes {
		var err error
		if codes[i], err = NewCodes(connect(t, s), 10*time.Minute, 1); err != nil {
			t.Fatal(err)
		}
	}
	ctx := t.Context()
	if _, err := codes[0].Take(ctx, "abc"); !errors.Is(err, ErrNoCode) {
		t.Errorf("before there were any: %v", err)
	}
	alice := Grant{Name: "alice", By: "SHA256:k"}
	if err := codes[0].Add(ctx, "secret", alice); err != nil {
		t.Fatal(err)
	}
	if _, err := codes[1].Take(ctx, "other"); !errors.Is(err, ErrNoCode) {
		t.Errorf("another code: %v", err)
	}
	var took atomic.Int32
	var all sync.WaitGroup
	for _, c := range codes {
		all.Go(func() {
			switch g, err := c.Take(ctx, "secret"); {
			case err == nil && g == alice:
				took.Add(1)
			case !errors.Is(err, ErrNoCode):
				t.Errorf("%+v, %v", g, err)
			}
		})
	}
	all.Wait()
	if took.Load() != 1 {
		t.Errorf("used %d times", took.Load())
	}
}

func TestCodesNewestOfNameWins(t *testing.T) {
	s := natsServer(t)
	one, err := NewCodes(connect(t, s), 10*time.Minute, 1)
	if err != nil {
		t.Fatal(err)
	}
	two, err := NewCodes(connect(t, s), 10*time.Minute, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, add := range []struct {
		c          *Codes
		code, name string
	}{{one, "first", "alice"}, {one, "bobs", "bob."}, {two, "second", "alice"}} {
		if err := add.c.Add(t.Context(), add.code, Grant{Name: add.name}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := two.Take(t.Context(), "first"); !errors.Is(err, ErrNoCode) {
		t.Errorf("the old one: %v", err)
	}
	for code, name := range map[string]string{"second": "alice", "bobs": "bob."} {
		if g, err := one.Take(t.Context(), code); err != nil || g.Name != name {
			t.Errorf("%s: %+v, %v", code, g, err)
		}
	}
}

func TestCodesAreHashedAndExpire(t *testing.T) {
	nc := connect(t, natsServer(t))
	c, err := NewCodes(nc, time.Second, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Add(t.Context(), "secret", Grant{Name: "alice"}); err != nil {
		t.Fatal(err)
	}
	kv, err := c.js.KeyValue(t.Context(), codesBucket)
	if err != nil {
		t.Fatal(err)
	}
	changes, err := kv.WatchAll(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer changes.Stop() //nolint:errcheck // ends with the connection
	for e := range changes.Updates() {
		if e == nil {
			break
		}
		if strings.Contains(e.Key()+string(e.Value()), "secret") {
			t.Errorf("the code stands in %s: %s", e.Key(), e.Value())
		}
	}
	for { // until NATS has expired it
		_, err := kv.Get(t.Context(), codeKey("secret"))
		if errors.Is(err, jetstream.ErrKeyNotFound) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.Take(t.Context(), "secret"); !errors.Is(err, ErrNoCode) {
		t.Errorf("after its time: %v", err)
	}
}

func TestCodesFailWhileNATSDown(t *testing.T) {
	s := natsServer(t)
	c, err := NewCodes(connect(t, s), time.Minute, 1)
	if err != nil {
		t.Fatal(err)
	}
	s.Shutdown()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := c.Add(ctx, "secret", Grant{Name: "alice"}); err == nil {
		t.Error("a code is kept nowhere")
	}
	if _, err := c.Take(ctx, "secret"); err == nil || errors.Is(err, ErrNoCode) {
		t.Errorf("a code is said to be no good: %v", err)
	}
}
