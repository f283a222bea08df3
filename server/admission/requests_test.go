package admission

import (
	"strings"
	"testing"

	gossh "golang.org/x/crypto/ssh"
)

func pty(term string, columns, rows uint32) []byte {
	return gossh.Marshal(&ptyRequest{Term: term, Columns: columns, Rows: rows, WidthPixel: 9, HeightPixel: 9, Modes: "\x00"})
}

func env(key, value string) []byte {
	return gossh.Marshal(&struct{ Key, Value string }{key, value})
}

func size(columns, rows uint32) []byte {
	return gossh.Marshal(&struct{ C, R, W, H uint32 }{columns, rows, 0, 0})
}

func TestRequestFilterPassesWhatSessionsNeed(t *testing.T) {
	shell := gossh.Request{Type: "shell"}
	for _, c := range []struct {
		what string
		reqs []gossh.Request
		want string // a letter for each request that passes: its index
	}{
		{"a normal start", []gossh.Request{{Type: "pty-req", Payload: pty("xterm", 80, 24)}, {Type: "env", Payload: env("LANG", "C")}, shell}, "012"},
		{"two terminals", []gossh.Request{{Type: "pty-req", Payload: pty("xterm", 80, 24)}, {Type: "pty-req", Payload: pty("xterm", 80, 24)}}, "0"},
		{"two shells", []gossh.Request{shell, shell, {Type: "exec", Payload: env("", "")}}, "0"},
		{"a terminal too late", []gossh.Request{shell, {Type: "pty-req", Payload: pty("xterm", 80, 24)}}, "0"},
		{"a long command", []gossh.Request{{Type: "exec", Payload: make([]byte, maxCommand+1)}, shell}, "1"},
		{"a terminal type that is none", []gossh.Request{{Type: "pty-req", Payload: pty("a\x1b[2J", 80, 24)}, {Type: "pty-req", Payload: pty(strings.Repeat("x", 65), 80, 24)}}, ""},
		{"half a terminal", []gossh.Request{{Type: "pty-req", Payload: pty("xterm", 80, 24)[:9]}}, ""},
		{"an environment with escapes", []gossh.Request{{Type: "env", Payload: env("A", "\x1b]0;x\a")}, {Type: "env", Payload: env("A\n", "x")}}, ""},
		{"what nobody needs", []gossh.Request{{Type: "subsystem"}, {Type: "auth-agent-req@openssh.com"}, {Type: "x11-req"}, {Type: "signal"}, {Type: "break"}, {Type: "?"}}, ""},
	} {
		f := requestFilter{resized: func(Size) {}}
		var got strings.Builder
		for i := range c.reqs {
			if f.allow(&c.reqs[i]) {
				got.WriteByte(byte('0' + i))
			}
		}
		if got.String() != c.want {
			t.Errorf("%s: %q pass, want %q", c.what, got.String(), c.want)
		}
	}
}

// TestRequestFilterTurnsSubsystemsIntoCommands covers sftp, whose users read the output of a
// command.
func TestRequestFilterTurnsSubsystemsIntoCommands(t *testing.T) {
	f := requestFilter{}
	r := gossh.Request{Type: "subsystem", Payload: gossh.Marshal(&struct{ Name string }{"sftp"})}
	var got struct{ Line string }
	if !f.allow(&r) || r.Type != "exec" || gossh.Unmarshal(r.Payload, &got) != nil || got.Line != "subsystem sftp" {
		t.Errorf("it becomes %s %q", r.Type, r.Payload)
	}
	if f.allow(&gossh.Request{Type: "subsystem", Payload: gossh.Marshal(&struct{ Name string }{"sftp"})}) {
		t.Error("a session begins twice")
	}
}

func TestRequestFilterBoundsEnvironment(t *testing.T) {
	few, large := requestFilter{}, requestFilter{}
	passed := 0
	for range 1000 {
		if few.allow(&gossh.Request{Type: "env", Payload: env("A", "b")}) {
			passed++
		}
	}
	if passed != maxEnv {
		t.Errorf("%d variables pass, want %d", passed, maxEnv)
	}
	bytes := 0
	for range 10 {
		r := gossh.Request{Type: "env", Payload: env("A", strings.Repeat("b", 1000))}
		if large.allow(&r) {
			bytes += len(r.Payload)
		}
	}
	if bytes == 0 || bytes > maxEnvSize {
		t.Errorf("%d bytes pass, want at most %d", bytes, maxEnvSize)
	}
}

func TestRequestFilterClampsSizes(t *testing.T) {
	const huge = 4294967295
	for _, c := range []struct {
		columns, rows uint32
		want          Size
	}{
		{80, 24, Size{80, 24}},
		{1, 1, Size{1, 1}},
		{0, 0, Size{80, 24}},
		{huge, huge, Size{MaxWidth, MaxHeight}},
		{4000, 50, Size{MaxWidth, 50}},
	} {
		r := gossh.Request{Type: "pty-req", Payload: pty("xterm", c.columns, c.rows)}
		var resized Size
		f := requestFilter{resized: func(s Size) { resized = s }}
		var got ptyRequest
		if !f.allow(&r) || gossh.Unmarshal(r.Payload, &got) != nil {
			t.Fatalf("%d×%d does not pass", c.columns, c.rows)
		}
		if (Size{int(got.Columns), int(got.Rows)}) != c.want || got.Term != "xterm" {
			t.Errorf("pty-req of %d×%d becomes %+v, want %v", c.columns, c.rows, got, c.want)
		}
		f.allow(&gossh.Request{Type: "window-change", Payload: size(c.columns, c.rows)})
		if resized != (Size{}) {
			t.Error("a window-change before the shell comes through")
		}
		f.allow(&gossh.Request{Type: "shell"})
		f.allow(&gossh.Request{Type: "window-change", Payload: size(c.columns, c.rows)})
		if resized != c.want {
			t.Errorf("window-change to %d×%d gives %v, want %v", c.columns, c.rows, resized, c.want)
		}
	}
}

func FuzzRequests(f *testing.F) {
	f.Add("pty-req", pty("xterm", 80, 24))
	f.Add("pty-req", pty("", 4294967295, 4294967295))
	f.Add("env", env("A", "b"))
	f.Add("window-change", size(0, 4294967295))
	f.Add("exec", []byte{0xff, 0xff, 0xff, 0xff})
	f.Add("pty-req", pty("xterm", 4000, 4000))
	f.Add("pty-req", pty("xterm", 0, 0))
	f.Add("pty-req", pty("\x1b]52;c;aGk=\a", 80, 24))
	f.Add("pty-req", pty(strings.Repeat("x", 1<<16), 80, 24))
	f.Add("pty-req", pty("xterm", 80, 24)[:12])
	f.Add("window-change", size(4294967295, 4294967295))
	f.Add("window-change", size(80, 24)[:7])
	f.Add("env", env("A", strings.Repeat("x", maxEnvSize)))
	f.Add("env", env("\x1b[2J\n", "\xff"))
	f.Add("env", []byte{0, 0, 0, 1})
	f.Add("exec", gossh.Marshal(&struct{ Line string }{"scp -t /tmp"}))
	f.Add("exec", make([]byte, maxCommand+1))
	f.Add("shell", []byte(nil))
	f.Add("shell", make([]byte, maxCommand+1))
	for _, kind := range []string{"subsystem", "auth-agent-req@openssh.com", "x11-req", "signal", "break", "", "\x1b[2J"} {
		f.Add(kind, []byte("\x00\x00\x00\x04sftp"))
	}
	f.Fuzz(func(t *testing.T, kind string, payload []byte) {
		for _, before := range []bool{false, true} {
			filter := requestFilter{started: before, hasPTY: before, resized: func(s Size) {
				if s.Width < 1 || s.Width > MaxWidth || s.Height < 1 || s.Height > MaxHeight {
					t.Fatalf("size %v comes through", s)
				}
			}}
			req := &gossh.Request{Type: kind, Payload: payload}
			passes := map[string]bool{"pty-req": true, "env": true, "shell": true, "exec": true, "subsystem": true}
			var p ptyRequest
			switch passed := filter.allow(req); {
			case !passed:
				continue
			case !passes[kind] || before:
				t.Fatalf("%q comes through", kind)
			case len(req.Payload) > maxCommand:
				t.Fatalf("%d bytes of %q come through", len(req.Payload), kind)
			}
			if kind == "pty-req" {
				if err := gossh.Unmarshal(req.Payload, &p); err != nil || p.Columns-1 >= MaxWidth || p.Rows-1 >= MaxHeight {
					t.Fatalf("pty-req %+v comes through (%v)", p, err)
				}
			}
		}
	})
}
