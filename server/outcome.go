package server

import (
	"errors"
	"net"

	"charm.land/ssh"

	"clickky/server/gate"
	"clickky/server/identity"
)

// outcome is what became of somebody who has logged in and begun a session.
type outcome int

const (
	played          outcome = iota // on a screen, or in lines of text
	commanded                      // one command
	redeemed                       // came with a one-time code, good or not
	refusedName                    // that cannot be a name
	refusedKey                     // the name belongs to another key
	refusedGuest                   // there are no guests
	refusedBanned                  // an admin keeps the key or the address out
	refusedFull                    // there are too many sessions
	refusedAddress                 // likewise from that address
	refusedCrowd                   // too many are being told so; the connection was closed
	refusedTerminal                // neither a terminal nor a command
	refusedClosed                  // the game is not open yet, or not any more
	outcomes                       // how many there are
)

// String is the name that log and metrics have for it.
func (o outcome) String() string {
	return [outcomes]string{
		"played", "command", "code", "refused_name", "refused_key", "refused_guest", "refused_banned",
		"refused_full", "refused_address", "refused_crowd", "refused_terminal", "closed",
	}[o]
}

// outcomeOf is the outcome for who is turned away.
func outcomeOf(why error) outcome {
	var ban errBanned
	switch {
	case errors.As(why, &ban):
		return refusedBanned
	case errors.Is(why, gate.ErrFull):
		return refusedFull
	case errors.Is(why, gate.ErrTooMany):
		return refusedAddress
	case errors.Is(why, gate.ErrCrowd):
		return refusedCrowd
	case errors.Is(why, identity.ErrBadName):
		return refusedName
	case errors.Is(why, identity.ErrNoKey):
		return refusedGuest
	case errors.Is(why, identity.ErrNotYours):
		return refusedKey
	default: // errClosed
		return refusedClosed
	}
}

// refused counts a refused login and logs it.
func (s *Server) refused(sess ssh.Session, o outcome) {
	s.tally.logins[o].Add(1)
	log := s.Log.With("player", excerpt(sess.User()), "from", sess.RemoteAddr().String(), "result", o.String(),
		"key", string(identity.FingerprintOf(sess.PublicKey())))
	s.refusals.info(log, "login refused")
}

// rekeying logs that a connection ends because its client asks for new keys too
// often.
func (s *Server) rekeying(from net.Addr) {
	s.refusals.info(s.Log.With("from", from.String(), "err", gate.ErrRekeying), "connection closed")
}
