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
	messageHowToName      = "Choose another name: ssh NAME@HOST"
	messageNoKey          = "You need an SSH key to play here. Make one with ssh-keygen, then reconnect."
	messageDatabaseDown   = "The game is paused: its database is unreachable, and we don't want to lose your clicks. Try again in a minute."
	messageDatabaseErrors = "The game is paused: its database reports errors, and we don't want to lose your clicks. Try again in a minute."
	messageDatabaseInUse  = "The game is paused: another server is using its database. Try again in a minute."
	messageStarting       = "The game is starting. Try again in a moment."
	messageFull           = "The game is full. Try again later."
	messageAddressFull    = "There are too many players at your address. Close one of those sessions first."
	messageNoTerminal     = "Clickky needs a terminal: ssh -t NAME@HOST. Without one, run a command; help lists them."
	messageRestarting     = "The server is restarting. Your clicks are safe; reconnect in a moment with the same command."
	messageClicksUnsafe   = "The server is restarting and can't write its journal: your last clicks may be lost. Reconnect in a moment with the same command."
	messageAway           = "You were away for a while. Your clicks are safe; come back whenever you like."
	messageCrashed        = "Something went wrong on this screen. Your clicks are safe; please reconnect."
	messageNameLost       = "The name %s now belongs to another SSH key. Reconnect with that key, or under another name."
)

type loginResult int

const (
	played             loginResult = iota // on a screen or in plain text
	ranCommand                            // one command
	redeemed                              // used a one-time code, valid or not
	rejectedName                          // the name is invalid
	rejectedKey                           // the name belongs to another key
	rejectedGuest                         // guests may not play
	rejectedBanned                        // the key or the address is banned
	rejectedFull                          // too many sessions
	rejectedAddress                       // too many sessions from the address
	rejectedSilently                      // too many rejections at once; the connection was closed
	rejectedNoTerminal                    // neither a terminal nor a command
	rejectedClosed                        // the game is paused, or the server is closing
	loginResults                          // the number of results
)

// String returns the name for logs and metrics.
func (r loginResult) String() string {
	return [loginResults]string{
		"played", "command", "code", "refused_name", "refused_key", "refused_guest", "refused_banned",
		"refused_full", "refused_address", "refused_crowd", "refused_terminal", "closed",
	}[r]
}

// rejection is why a session may not play: a sentence for its player, and how it is counted.
type rejection struct {
	result  loginResult
	message string
}

// Error implements error.
func (r rejection) Error() string { return r.message }

// rejectionFor returns what the session's player reads about an error of a step.
func (s *Session) rejectionFor(why error) rejection {
	var r rejection
	switch {
	case errors.As(why, &r):
		return r
	case errors.Is(why, admission.ErrFull):
		return rejection{rejectedFull, messageFull}
	case errors.Is(why, admission.ErrAddressFull):
		return rejection{rejectedAddress, messageAddressFull}
	case errors.Is(why, admission.ErrTooManyRejected):
		return rejection{rejectedSilently, ""}
	case errors.Is(why, identity.ErrBadName):
		return rejection{rejectedName, why.Error() + " " + messageHowToName}
	case errors.Is(why, identity.ErrNoKey):
		return rejection{rejectedGuest, cmp.Or(weakness(s.Context()), messageNoKey)}
	case errors.Is(why, identity.ErrNotYours):
		return rejection{rejectedKey, notOwnerText(s.login, rejectedKeys(s.Context()), weakness(s.Context()))}
	default:
		return rejection{rejectedClosed, why.Error()}
	}
}

// countRejection counts a rejected session and logs it.
func (s *Session) countRejection(r loginResult) {
	s.server.counters.logins[r].Add(1)
	log := s.server.Log.With("player", excerpt(s.User()), "from", s.RemoteAddr().String(), "result", r.String(), "key", string(s.key))
	s.server.rejections.info(log, "login refused")
}

// logRekeying logs that a connection ends because its client rekeys too often.
func (s *Server) logRekeying(from net.Addr) {
	s.rejections.info(s.Log.With("from", from.String(), "err", admission.ErrRekeying), "connection closed")
}

// pausedReason returns why nobody can play yet; nil if everybody can.
func (s *Server) pausedReason() error {
	select {
	case <-s.Ledger.Loaded():
		return nil
	default:
	}
	switch snapshot := s.Live.Latest(); {
	case snapshot.Ownership == game.Awaited:
		return rejection{rejectedClosed, messageDatabaseInUse}
	case snapshot.StoreRefuses:
		return rejection{rejectedClosed, messageDatabaseErrors}
	case snapshot.StoreDown:
		return rejection{rejectedClosed, messageDatabaseDown}
	default:
		return rejection{rejectedClosed, messageStarting}
	}
}

// reject counts a session that may not play, and ends it with a sentence.
func (s *Session) reject(why error) {
	r := s.rejectionFor(why)
	s.countRejection(r.result)
	switch r.result {
	case rejectedSilently:
		s.channel.Abort()
	case rejectedNoTerminal:
		s.exitWith(commands.Usage, r.message)
	default:
		s.exitWith(commands.Failed, r.message)
	}
}

// notOwnerText returns the text for a player whose keys don't own the name.
func notOwnerText(name string, keys []identity.Fingerprint, weak string) string {
	const maxShown = 5
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
		for _, key := range keys[1:min(len(keys), maxShown)] {
			fmt.Fprintf(&b, "                %s\n", key)
		}
		if len(keys) > maxShown {
			fmt.Fprintf(&b, "                and %d more\n", len(keys)-maxShown)
		}
	}
	fmt.Fprintf(&b, `
To play, choose another name:   ssh NAME@HOST
If you are %[1]s, log in with the key that first scored under this name:

  ssh -i KEY %[1]s@HOST             plays
  ssh -i KEY %[1]s@HOST keys add    lets you add another key`, name)
	return b.String()
}

// exitWith ends a session without a screen, with a sentence on standard error.
func (s *Session) exitWith(status int, message string) {
	s.channel.Finish() // before the write, which blocks if the client doesn't read
	if _, _, raw := s.Pty(); raw {
		message = strings.ReplaceAll(message, "\n", "\r\n") + "\r"
	}
	_, _ = fmt.Fprintln(s.Stderr(), message)
	_ = s.Exit(status)
}
