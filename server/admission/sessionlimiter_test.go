package admission_test

import (
	"errors"
	"net"
	"testing"

	"clickky/server/admission"
)

func addr(ip string) net.Addr { return &net.TCPAddr{IP: net.ParseIP(ip), Port: 1234} }

func TestSessionLimiterCapsAllAndAddress(t *testing.T) {
	for _, c := range []struct {
		what  string
		in    []string
		next  string
		want  error
		limit [2]int
	}{
		{"room for one more", []string{"192.0.2.1"}, "192.0.2.1", nil, [2]int{10, 2}},
		{"address full", []string{"192.0.2.1", "192.0.2.1"}, "192.0.2.1", admission.ErrAddressFull, [2]int{10, 2}},
		{"another address", []string{"192.0.2.1", "192.0.2.1"}, "192.0.2.2", nil, [2]int{10, 2}},
		{"game full", []string{"192.0.2.1", "192.0.2.2"}, "192.0.2.3", admission.ErrFull, [2]int{2, 2}},
		{"same /64", []string{"2001:db8::1", "2001:db8::2:1"}, "2001:db8::ffff:3", admission.ErrAddressFull, [2]int{10, 2}},
		{"other /64", []string{"2001:db8::1", "2001:db8::2"}, "2001:db8:0:1::3", nil, [2]int{10, 2}},
		{"IPv4 in IPv6", []string{"192.0.2.1", "::ffff:192.0.2.1"}, "192.0.2.1", admission.ErrAddressFull, [2]int{10, 2}},
		{"loopback", []string{"127.0.0.1", "127.0.0.1"}, "127.0.0.1", nil, [2]int{10, 2}},
		{"IPv6 loopback", []string{"::1", "::1"}, "::1", nil, [2]int{10, 2}},
		{"loopback counts in all", []string{"::1", "::1"}, "127.0.0.1", admission.ErrFull, [2]int{2, 2}},
	} {
		t.Run(c.what, func(t *testing.T) {
			l := admission.NewSessionLimiter(c.limit[0], c.limit[1])
			var leave []func()
			for _, ip := range c.in {
				f, err := l.Acquire(addr(ip), false, false)
				if err != nil {
					t.Fatal(err)
				}
				leave = append(leave, f)
			}
			f, err := l.Acquire(addr(c.next), false, false)
			if !errors.Is(err, c.want) {
				t.Fatalf("Enter = %v, want %v", err, c.want)
			}
			leave = append(leave, f)
			for _, f := range leave {
				f()
			}
			if _, err := l.Acquire(addr(c.next), false, false); err != nil {
				t.Errorf("after all have left: %v", err)
			}
		})
	}
}

func TestSessionLimiterCapsRejected(t *testing.T) {
	l := admission.NewSessionLimiter(0, 1)
	leave := func() {}
	told := 0
	for range 1000 {
		f, err := l.Acquire(addr("192.0.2.1"), false, false)
		switch {
		case errors.Is(err, admission.ErrFull):
			told++
			leave = f
		case errors.Is(err, admission.ErrTooManyRejected):
			f() // makes no room for others
		default:
			t.Fatalf("Enter = %v", err)
		}
	}
	if told != 100 {
		t.Errorf("%d of 1000 are told why, want 100", told)
	}
	leave()
	if _, err := l.Acquire(addr("192.0.2.1"), false, false); !errors.Is(err, admission.ErrFull) {
		t.Errorf("after one has left: %v, want ErrFull", err)
	}
}

// TestSessionLimiterCapsLoopbackThroughProxy holds that only a client that connects directly
// is a user of this machine.
func TestSessionLimiterCapsLoopbackThroughProxy(t *testing.T) {
	l := admission.NewSessionLimiter(10, 1)
	if _, err := l.Acquire(addr("127.0.0.1"), true, false); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Acquire(addr("127.0.0.1"), true, false); !errors.Is(err, admission.ErrAddressFull) {
		t.Errorf("the second through a proxy: %v, want ErrAddressFull", err)
	}
	if _, err := l.Acquire(addr("127.0.0.1"), false, false); err != nil {
		t.Errorf("one that comes directly: %v", err)
	}
}
