package admission

import (
	gossh "golang.org/x/crypto/ssh"
)

// requestFilter decides about the requests on a session channel (RFC 4254,
// section 6), one after the other.
type requestFilter struct {
	resized func(Size)
	hasPTY  bool
	started bool
	env     int // variables passed
	envSize int // bytes passed
}

// pass tells whether the session may see the request, whose payload it may
// have rewritten. A request that it may not see has been answered.
func (f *requestFilter) pass(req *gossh.Request) bool {
	ok := false
	switch req.Type {
	case "pty-req":
		ok = !f.started && !f.hasPTY && clampPTY(req)
		f.hasPTY = f.hasPTY || ok
	case "env":
		ok = !f.started && f.admitEnv(req)
	case "shell":
		ok = !f.started
		f.started = true
		req.Payload = nil // it has none; the session would take one for a command
	case "exec":
		ok = !f.started && len(req.Payload) <= maxCommand
		f.started = f.started || ok
	case "subsystem":
		ok = !f.started && asCommand(req)
		f.started = f.started || ok
	case "window-change":
		// The session's own loop would block on the second of them.
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

// clampPTY rewrites the size, and tells whether the request makes sense. The
// modes are dropped: nothing here obeys them.
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

// asCommand turns a request for a subsystem, such as sftp, into one for a command
// that does not exist. Clients show what a command says, but not why a request was
// refused.
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

// windowChange passes on a size. Before the session has started there is
// nobody to tell, and the size is dropped.
func (f *requestFilter) windowChange(req *gossh.Request) {
	var w struct{ Columns, Rows, WidthPixel, HeightPixel uint32 }
	ok := f.started && f.hasPTY && gossh.Unmarshal(req.Payload, &w) == nil
	if ok {
		f.resized(clamp(w.Columns, w.Rows))
	}
	_ = req.Reply(ok, nil)
}

// clamp brings a size into what a screen can be. A terminal that does not know
// its size says 0, and gets the size that terminals have had since the VT100.
func clamp(columns, rows uint32) Size {
	if columns == 0 {
		columns = 80
	}
	if rows == 0 {
		rows = 24
	}
	return Size{Width: int(min(columns, MaxWidth)), Height: int(min(rows, MaxHeight))}
}

// admitEnv tells whether one more variable fits.
func (f *requestFilter) admitEnv(req *gossh.Request) bool {
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
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}
