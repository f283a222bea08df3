package server

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"strings"

	"clickky/server/admission"
	"clickky/server/commands"
	"clickky/server/identity"
	"clickky/sync/game"
)

// Sentences for sessions that are rejected or ended.
const (
	sayHowToName  = "Choose another name: ssh NAME@HOST"
	sayNoKey      = "You need an SSH key to play here. Make one with ssh-keygen, then reconnect."
	sayClosed     = "The game is paused: its database is unreachable, and we don't want to lose your clicks. Try again in a minute."
	sayRefused    = "The game is paused: its database reports errors, and we don't want to lose your clicks. Try again in a minute."
	sayAwaited    = "The game is paused: another server is using its database. Try again in a minute."
	sayOpening    = "The game is starting. Try again in a moment."
	sayFull       = "The game is full. Try again later."
	sayTooMany    = "There are too many players at your address. Close one of those sessions first."
	sayTerminal   = "Clickky needs a terminal: ssh -t NAME@HOST. Without one, run a command; help lists them."
	sayRestarting = "The server is restarting. Your clicks are safe; reconnect in a moment with the same command."
	sayUnsure     = "The server is restarting and can't write its journal: your last clicks may be lost. Reconnect in a moment with the same command."
	sayAway       = "You were away for a while. Your clicks are safe; come back whenever you like."
	sayCrashed    = "Something went wrong on this screen. Your clicks are safe; please reconnect."
	sayTaken      = "The name %s now belongs to another SSH key. Reconnect with that key, or under another name."
)

// outcome is the result of a login.
type outcome int

const (
	played           outcome = iota // on a screen, or in lines of text
	commanded                       // one command
	redeemed                        // came with a one-time code, good or not
	rejectedName                    // that cannot be a name
	rejectedKey                     // the name belongs to another key
	rejectedGuest                   // there are no guests
	rejectedBanned                  // an admin keeps the key or the address out
	rejectedFull                    // there are too many sessions
	rejectedAddress                 // there are too many from that address
	rejectedCrowd                   // too many are being rejected; the connection was closed
	rejectedTerminal                // neither a terminal nor a command
	rejectedClosed                  // the game is paused, or the server is closing
	outcomes                        // how many there are
)

// String returns the name for logs and metrics.
func (o outcome) String() string {
	return [outcomes]string{
		"played", "command", "code", "refused_name", "refused_key", "refused_guest", "refused_banned",
		"refused_full", "refused_address", "refused_crowd", "refused_terminal", "closed",
	}[o]
}

// outcomeOf is the outcome for a rejected session.
func outcomeOf(why error) outcome {
	var ban errBanned
	switch {
	case errors.As(why, &ban):
		return rejectedBanned
	case errors.Is(why, admission.ErrFull):
		return rejectedFull
	case errors.Is(why, admission.ErrAddressFull):
		return rejectedAddress
	case errors.Is(why, admission.ErrTooManyRejected):
		return rejectedCrowd
	case errors.Is(why, identity.ErrBadName):
		return rejectedName
	case errors.Is(why, identity.ErrNoKey):
		return rejectedGuest
	case errors.Is(why, identity.ErrNotYours):
		return rejectedKey
	case errors.Is(why, errNoTerminal):
		return rejectedTerminal
	default: // errPaused
		return rejectedClosed
	}
}

// countRejection counts a rejected session and logs it.
func (s *Session) countRejection(o outcome) {
	s.server.counters.logins[o].Add(1)
	log := s.server.Log.With("player", excerpt(s.User()), "from", s.RemoteAddr().String(), "result", o.String(), "key", string(s.key))
	s.server.refusals.info(log, "login refused")
}

// rekeying logs that a connection ends because its client rekeys too often.
func (s *Server) rekeying(from net.Addr) {
	s.refusals.info(s.Log.With("from", from.String(), "err", admission.ErrRekeying), "connection closed")
}

// errNoTerminal means that a client has neither a terminal nor a command.
var errNoTerminal = errors.New("the session has neither a terminal nor a command")

// errPaused is a sentence about why nobody can play yet.
type errPaused string

func (e errPaused) Error() string { return string(e) }

// pausedReason returns why nobody can play yet; nil if everybody can.
func (s *Server) pausedReason() error {
	select {
	case <-s.Ledger.Loaded():
		return nil
	default:
	}
	switch now := s.Live.Latest(); {
	case now.Ownership == game.Awaited:
		return errPaused(sayAwaited)
	case now.StoreRefuses:
		return errPaused(sayRefused)
	case now.StoreDown:
		return errPaused(sayClosed)
	default:
		return errPaused(sayOpening)
	}
}

// reject ends a session that may not play with a sentence, and counts it.
func (s *Session) reject(why error) {
	s.countRejection(outcomeOf(why))
	status, say := commands.Failed, why.Error()
	switch {
	case errors.Is(why, admission.ErrTooManyRejected):
		s.channel.Abort()
		return
	case errors.Is(why, errNoTerminal):
		status, say = commands.Usage, sayTerminal
	case errors.Is(why, admission.ErrFull):
		say = sayFull
	case errors.Is(why, admission.ErrAddressFull):
		say = sayTooMany
	case errors.Is(why, identity.ErrBadName):
		say += " " + sayHowToName
	case errors.Is(why, identity.ErrNoKey):
		say = cmp.Or(weakness(s.Context()), sayNoKey)
	case errors.Is(why, identity.ErrNotYours):
		say = notYours(s.login, offered(s.Context()), weakness(s.Context()))
	}
	s.exitWith(status, say)
}

// notYours is the text for somebody whose keys don't own the name.
func notYours(name string, keys []identity.Fingerprint, weak string) string {
	const most = 5
	var b strings.Builder
	fmt.Fprintf(&b, "The name %s isn't yours: it belongs to another SSH key.\n\n", name)
	switch {
	case weak != "":
		fmt.Fprintf(&b, "  %s\n", weak)
	case len(keys) == 0:
		b.WriteString("  Your client didn't offer a key.\n")
	case len(keys) == 1:
		fmt.Fprintf(&b, "  Your key is %s\n", keys[0])
	default:
		fmt.Fprintf(&b, "  Your keys are %s\n", keys[0])
		for _, key := range keys[1:min(len(keys), most)] {
			fmt.Fprintf(&b, "                %s\n", key)
		}
		if len(keys) > most {
			fmt.Fprintf(&b, "                and %d more\n", len(keys)-most)
		}
	}
	fmt.Fprintf(&b, `
To play, choose another name:   ssh NAME@HOST
If you are %[1]s, log in with the key that first scored under this name:

  ssh -i KEY %[1]s@HOST             plays
  ssh -i KEY %[1]s@HOST keys add    lets you add another key`, name)
	return b.String()
}

// exitWith says a sentence in a session without a screen, and ends it.
func (s *Session) exitWith(status int, say string) {
	s.channel.Finish() // the client may not even read this
	if _, _, raw := s.Pty(); raw {
		say = strings.ReplaceAll(say, "\n", "\r\n") + "\r"
	}
	_, _ = fmt.Fprintln(s.Stderr(), say)
	_ = s.Exit(status)
}
