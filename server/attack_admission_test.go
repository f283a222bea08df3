package server_test

import (
	"context"
	"fmt"
	"net"
	"sync"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"clickky/cmd/clickky/sshtest"
)

// balancer is a loopback address that the server trusts as a proxy.
const balancer = "127.0.0.2"

// dialFrom opens a connection from that client address; nil if the server rejects it.
func (a *attacker) dialFrom(ip string) *sshtest.Raw {
	a.Helper()
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(balancer)}}
	conn, err := dialer.DialContext(context.Background(), "tcp", a.g.addr)
	if err != nil {
		a.Fatal(err)
	}
	a.conns = append(a.conns, conn)
	if _, err := fmt.Fprintf(conn, "PROXY TCP4 %s 198.51.100.7 50000 22\r\n", ip); err != nil {
		return nil
	}
	return sshtest.NewRaw(conn)
}

// exchange sends the version line and exchanges keys.
func exchange(r *sshtest.Raw) error {
	for _, step := range []func() error{func() error { return r.Greet("SSH-2.0-keys") }, r.BeginKeys, r.FinishKeys} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// rekey exchanges keys until the server disconnects, and returns how often it succeeded.
func rekey(r *sshtest.Raw) (times int) {
	for ; times < 100; times++ {
		if r.BeginKeys() != nil || r.FinishKeys() != nil {
			break
		}
	}
	return times
}

// says sends bytes, and reports whether the connection is still open.
func says(r *sshtest.Raw, what string) bool {
	_, err := r.Write([]byte(what))
	return err == nil
}

// admissionAttacks try to use up the server's capacity for logins.
var admissionAttacks = []attack{
	{"key exchanges that cost much", 20, func(a *attacker) {
		for range a.times {
			for _, way := range []string{
				gossh.KeyExchangeDH14SHA256, gossh.KeyExchangeDH16SHA512, gossh.KeyExchangeDHGEXSHA256,
				gossh.InsecureKeyExchangeDH14SHA1, gossh.InsecureKeyExchangeDH1SHA1, gossh.KeyExchangeECDHP521,
			} {
				r := a.dial()
				r.Offers = []string{way}
				if err := exchange(r); err == nil {
					a.Errorf("%s is done", way)
				}
				a.awaitEnd(r)
			}
		}
	}},
	{"new keys without end, before the login", 1, func(a *attacker) {
		a.keepOn(20*time.Millisecond, func() {
			r := a.dial()
			if err := exchange(r); err != nil {
				return // the crowd is thinned
			}
			if n := rekey(r); n > 0 {
				a.Errorf("keys are exchanged again %d times", n)
			}
			_ = r.Close()
		})
	}},
	{"new keys without end, after the login", 1, func(a *attacker) {
		a.keepOn(40*time.Millisecond, func() {
			r, err := sshtest.RawLogin(a.dial().Conn, "alice")
			if err != nil {
				return
			}
			if n := rekey(r); n != 3 {
				a.Errorf("keys are exchanged again %d times, want 3", n)
			}
			_ = r.Close()
		})
	}},
	{"logins without end", 50, func(a *attacker) {
		var logins sync.WaitGroup
		free := make(chan struct{}, a.times)
		a.keepOn(5*time.Millisecond, func() {
			select {
			case free <- struct{}{}:
			default:
				return
			}
			if r := a.dialFrom("203.0.113.99"); r != nil {
				logins.Go(func() {
					defer func() { <-free }()
					_, _ = sshtest.RawLogin(r.Conn, "alice") // it may be held, or refused
					_ = r.Close()
				})
			}
		})
		for _, c := range a.conns {
			_ = c.Close()
		}
		logins.Wait()
	}},
	{"a byte now and then, from many addresses", 50, func(a *attacker) {
		const addresses = 11
		crowd := make([]*sshtest.Raw, addresses*a.times)
		next := 0
		a.keepOn(10*time.Millisecond, func() {
			for range len(crowd) / 50 { // each has its turn twice a second
				i := next % len(crowd)
				next++
				if crowd[i] != nil && says(crowd[i], "x") {
					continue
				}
				if crowd[i] = a.dialFrom(fmt.Sprintf("203.0.113.%d", i%addresses)); crowd[i] != nil {
					says(crowd[i], "SSH-2.0-")
				}
			}
		})
	}},
}
