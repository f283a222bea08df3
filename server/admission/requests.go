package admission

import (
	"cmp"
	"strings"

	gossh "golang.org/x/crypto/ssh"
)

// requestFilter filters the requests on a session channel (RFC 4254, section 6), in their
// order.
type requestFilter struct {
	resized func(Size)
	hasPTY  bool
	started bool
	env     int // accepted variables
	envSize int // their bytes
}

// allow reports whether the session may see the request, and may rewrite its payload. It
// answers all other requests.
func (f *requestFilter) allow(req *gossh.Request) bool {
	ok := false
	switch req.Type {
	case "pty-req":
		ok = !f.started && !f.hasPTY && clampPTY(req)
		f.hasPTY = f.hasPTY || ok
	case "env":
		ok = !f.started && f.allowEnv(req)
	case "shell":
		ok = !f.started
		f.started = true
		req.Payload = nil // a session would take it for a command
	case "exec":
		ok = !f.started && len(req.Payload) <= maxCommand
		f.started = f.started || ok
	case "subsystem":
		ok = !f.started && asCommand(req)
		f.started = f.started || ok
	case "window-change":
		// The session's own loop would block on the second one.
		f.windowChange(req)
		return false
	}
	if !ok {
		_ = req.Reply(false, nil)
	}
	return ok
}

// ptyRequest is the payload of "pty-req".
type ptyRequest struct {
	Term                                   string
	Columns, Rows, WidthPixel, HeightPixel uint32
	Modes                                  string
}

// clampPTY clamps the size in a request, drops the modes, which the server doesn't use, and
// reports whether the request is valid.
func clampPTY(req *gossh.Request) bool {
	var p ptyRequest
	if gossh.Unmarshal(req.Payload, &p) != nil || len(p.Term) > maxTerm || !printableASCII(p.Term) {
		return false
	}
	size := clamp(p.Columns, p.Rows)
	p.Columns, p.Rows = uint32(size.Width), uint32(size.Height)
	p.WidthPixel, p.HeightPixel, p.Modes = 0, 0, ""
	req.Payload = gossh.Marshal(&p)
	return true
}

// asCommand turns a request for a subsystem, such as sftp, into one for an unknown command,
// and reports whether it is valid. Clients show what a command prints, but not why a request
// failed.
func asCommand(req *gossh.Request) bool {
	const command = "subsystem "
	var p struct{ Name string }
	if len(command)+len(req.Payload) > maxCommand || gossh.Unmarshal(req.Payload, &p) != nil {
		return false
	}
	p.Name = command + p.Name
	req.Type, req.Payload = "exec", gossh.Marshal(&p)
	return true
}

// windowChange passes a new size on, unless the session hasn't started.
func (f *requestFilter) windowChange(req *gossh.Request) {
	var w struct{ Columns, Rows, WidthPixel, HeightPixel uint32 }
	ok := f.started && f.hasPTY && gossh.Unmarshal(req.Payload, &w) == nil
	if ok {
		f.resized(clamp(w.Columns, w.Rows))
	}
	_ = req.Reply(ok, nil)
}

// clamp returns a size that a screen can have. Terminals that don't know their size send 0 and
// get 80×24, the size of the VT100.
func clamp(columns, rows uint32) Size {
	return Size{Width: int(min(cmp.Or(columns, 80), MaxWidth)), Height: int(min(cmp.Or(rows, 24), MaxHeight))}
}

// allowEnv reports whether a variable is valid and within the limits, and counts it.
func (f *requestFilter) allowEnv(req *gossh.Request) bool {
	var kv struct{ Key, Value string }
	size := len(req.Payload)
	if f.env >= maxEnv || f.envSize+size > maxEnvSize || gossh.Unmarshal(req.Payload, &kv) != nil {
		return false
	}
	if !printableASCII(kv.Key) || !printableASCII(kv.Value) {
		return false
	}
	f.env++
	f.envSize += size
	return true
}

func printableASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}
