package server

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/anmitsu/go-shlex"

	"clickky/server/commands"
	"clickky/server/identity"
	"clickky/sync/ledger"
	"clickky/sync/live"
	"clickky/tui/admin"
)

// desk is what the dashboard of one screen is made of, while its player is an
// admin. It has no goroutine: the screen calls it from those of its own, and close
// ends, and waits for, whatever may take long.
type desk struct {
	server *Server
	key    identity.Fingerprint
	seat   *ledger.Session
	ctx    context.Context // a desk lives as long as its screen
	cancel context.CancelFunc

	mu     sync.Mutex
	closed bool
	calls  sync.WaitGroup // grows only while not closed
}

// deskOf is what the dashboard of the player is made of; nil for who is no admin.
func (f *feed) deskOf(player identity.Player) *admin.Desk {
	if !player.Admin {
		return nil
	}
	if f.desk == nil { // most players never have one
		f.desk = &desk{server: f.server, key: player.Key, seat: f.seat}
		f.desk.ctx, f.desk.cancel = context.WithCancel(f.ctx)
	}
	return &admin.Desk{Machine: f.server.machine, Sheet: f.desk.sheet, Run: f.desk.run, Second: f.desk.second}
}

// close ends what is under way, and waits for it.
func (d *desk) close() {
	d.mu.Lock()
	d.closed = true
	d.mu.Unlock()
	d.cancel()
	d.calls.Wait()
}

// begin tells whether the desk may be used; then the caller calls done.
func (d *desk) begin() (done func(), ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil, false
	}
	d.calls.Add(1)
	return d.calls.Done, true
}

// second returns after a second, or when the screen is over.
func (d *desk) second() {
	done, ok := d.begin()
	if !ok {
		return
	}
	defer done()
	timer := time.NewTimer(time.Second)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-d.ctx.Done():
	}
}

// sheet is all that is known of a player.
func (d *desk) sheet(name string) admin.Sheet {
	done, ok := d.begin()
	if !ok {
		return admin.Sheet{Row: live.Row{Name: name}}
	}
	defer done()
	return d.server.sheet(d.ctx, name)
}

// run does a command line as if it had come over SSH. Whether the player is an
// admin is looked at each time.
func (d *desk) run(line string, sure bool) admin.Output {
	done, ok := d.begin()
	if !ok {
		return admin.Output{}
	}
	defer done()
	player, err := d.server.whoIs(d.seat.Name(), d.key)
	if err != nil {
		return failed(err)
	}
	args, err := shlex.Split(line, true)
	if err != nil {
		return failed(errors.New("the command has an unmatched quotation mark or backslash"))
	}
	d.server.Log.Debug("command", "player", player.Name.String(), "line", excerpt(line))
	var out answer
	err = d.server.commands.Answer(d.ctx, player, args, sure, &out)
	var question commands.Question
	switch {
	case errors.As(err, &question):
		return admin.Output{Question: identity.Printable(string(question))}
	case err != nil:
		return failed(err)
	}
	return admin.Output{Lines: out.lines(), OK: true}
}

func failed(err error) admin.Output {
	return admin.Output{Lines: []string{identity.Printable(err.Error())}}
}
